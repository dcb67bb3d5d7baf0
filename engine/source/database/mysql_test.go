package database

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMySQL runs against a server whose DSN WEIR_TEST_MYSQL gives, in a database where it may make tables.
func TestMySQL(t *testing.T) {
	dsn := os.Getenv("WEIR_TEST_MYSQL")
	if dsn == "" {
		t.Skip("WEIR_TEST_MYSQL names no server: only the protocol is tested, by TestMySQLProtocol")
	}
	c := Config{Driver: "mysql", DSN: DSN(dsn)}
	fill(t, "mysql", dsn, "drop table if exists records", "drop table if exists other",
		"create table records (subject varchar(64), sales bigint(12) unsigned zerofill, growth decimal(10, 4), late tinyint unsigned, rating enum('A', 'B', '优')) charset utf8mb4",
		"insert into records values ('a', 0, -1, 0, 'A'), ('b', 4000000000, 0.1234, 12, 'B'), ('c', null, null, null, null), ('d', 5, 50.5, 13, '优'), ('e', 7, -0.5, 3, 'A')",
		"create table other (kind text)")
	for _, query := range []string{
		"select * from records",
		"select rating, cast(late as char) as late, cast(growth as double) as growth, cast(sales as decimal(20, 3)) as sales, subject from records",
		"select subject, sales, cast(growth as float) as growth, late, concat('', rating) as rating from records;",
	} {
		c.Query = query
		checkSame(t, c)
	}
	const row = "select 'a' subject, %s sales, %s growth, 1 late, 'A' rating"
	for query, want := range map[string]string{
		fmt.Sprintf(row, "18446744073709551615", "1"):             "database:1:2: sales: outside the range 0 to 4000000000",
		fmt.Sprintf(row, "-1", "1"):                               "database:1:2: sales: outside the range 0 to 4000000000",
		fmt.Sprintf(row, "1", "0.1e0 + 0.2e0"):                    "database:1:3: growth: a binary float with more than 15 significant digits: cast it to a decimal at the source",
		fmt.Sprintf(row, "1", "cast(0.1234567 as float)"):         "database:1:3: growth: a binary float with more than 6 significant digits: cast it to a decimal at the source",
		fmt.Sprintf(row, "1", "0.12345"):                          "database:1:3: growth: too many digits after the point: 5 where the scale is 4",
		fmt.Sprintf(row, "now()", "1"):                            "database: column \"sales\": type DATETIME: cast it to text, a whole number or a decimal in the query",
		fmt.Sprintf(row, "cast('1' as binary)", "1"):              "database: column \"sales\": type VARBINARY: cast it to text, a whole number or a decimal in the query",
		"select 7 subject, 1 sales, 1 growth, 1 late, 'A' rating": "database:1:1: subject: a number, want text: a number has lost the zeros before it",
		"insert into other values ('CANARY')":                     myAnswered("1792, " + noWriting),
		"select 1; drop table other":                              myAnswered("1064, " + syntax),
		"select CANARY from records":                              myAnswered("1054, " + noColumn),
		"select * from CANARY":                                    myAnswered("1146, " + noTable),
	} {
		c.Query = query
		checkRefused(t, c, want)
	}
}

func myAnswered(code string) string {
	return "asking the database: MySQL error " + code + " (its message is withheld, it may hold values)"
}

var myRecords = []myColumn{{name: "subject", kind: myVarString}, {name: "sales", kind: myLongLong, unsigned: true}, {name: "growth", kind: myNewDecimal, binary: true},
	{name: "late", kind: myTiny, unsigned: true}, {name: "rating", kind: myVarString}}

// TestMySQLProtocol holds what becomes of each of the protocol's types.
func TestMySQLProtocol(t *testing.T) {
	with := func(i int, kind byte, v any) myAnswer {
		columns, row := slices.Clone(myRecords), []any{"a", int64(1), "0.5", int64(1), "A"}
		columns[i].kind, columns[i].unsigned, columns[i].binary, row[i] = kind, kind == myLongLong, kind == myBlob, v
		return myAnswer{columns: columns, rows: [][]any{row}}
	}
	server := &myServer{answers: map[string]myAnswer{
		"all": {columns: myRecords, rows: [][]any{{"a", int64(0), "-1.0000", int64(0), "A"}, {"b", int64(4000000000), "0.1234", int64(12), "B"},
			{"c", nil, nil, nil, nil}, {"d", int64(5), "0050.5000", int64(13), "优"}, {"e", int64(7), "-0.5000", int64(3), "A"}}},
		"uint64":  with(1, myLongLong, uint64(1<<64-1)),
		"double":  with(2, myDouble, 0.1+0.2000000000000001),
		"float":   with(2, myFloat, float32(0.1234567)),
		"time":    with(2, myDateTime, nil),
		"blob":    with(4, myBlob, canary),
		"long":    with(4, myVarString, string(make([]byte, 1<<17))),
		"number":  with(0, myLongLong, int64(7)),
		"text":    with(2, myVarString, "0.50000"),
		"breaks":  {columns: myRecords, rows: [][]any{{canary, int64(0), "1", int64(0), "A"}}, code: 1317},
		"refused": {columns: myRecords, code: 1142},
	}}
	c := Config{Driver: "mysql", DSN: DSN(server.start(t)), Query: "all"}
	checkSame(t, c)
	want := []string{"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "START TRANSACTION READ ONLY", "prepare all"}
	if !slices.Equal(server.heard[:min(3, len(server.heard))], want) {
		t.Errorf("the server heard %q, want first %q", server.heard, want)
	}
	for query, want := range map[string]string{
		"uint64":  "database:1:2: sales: outside the range 0 to 4000000000",
		"double":  "database:1:3: growth: a binary float with more than 15 significant digits: cast it to a decimal at the source",
		"float":   "database:1:3: growth: a binary float with more than 6 significant digits: cast it to a decimal at the source",
		"time":    "database: column \"growth\": type DATETIME: cast it to text, a whole number or a decimal in the query",
		"blob":    "database: column \"rating\": type BLOB: cast it to text, a whole number or a decimal in the query",
		"long":    "database:1:5: rating: longer than 65536 bytes",
		"number":  "database:1:1: subject: a number, want text: a number has lost the zeros before it",
		"text":    "database:1:3: growth: too many digits after the point: 5 where the scale is 4",
		"breaks":  "database: after 1 rows: reading from the database: MySQL error 1317 (its message is withheld, it may hold values)",
		"refused": "database: after 0 rows: reading from the database: MySQL error 1142, this user may not read it (its message is withheld, it may hold values)",
		"CANARY":  myAnswered("1064, " + syntax),
	} {
		c.Query = query
		checkRefused(t, c, want)
	}
}

// A server that does not speak the protocol ends no agent.
func TestMySQLGarbled(t *testing.T) {
	for _, hello := range []string{"\x0a", "\x0a8.0\x00\x01", "\x0a8.0\x00\x01\x00\x00\x00saltsalt\x00\xff\xf7", "\xff"} {
		server := &myServer{hello: []byte(hello)}
		c := Config{Driver: "mysql", DSN: DSN(server.start(t)), Query: "all", Timeout: time.Minute}
		records, _, err := Read(t.Context(), c, parseSchema(t))
		if err == nil || records != nil || strings.Contains(err.Error(), canary) {
			t.Errorf("%q: %v", hello, err)
		}
	}
}
