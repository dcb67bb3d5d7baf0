package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// TestPostgres runs against a server of its own, or against WEIR_TEST_POSTGRES, a DSN in whose database it may make tables.
func TestPostgres(t *testing.T) {
	dsn := os.Getenv("WEIR_TEST_POSTGRES")
	if dsn == "" {
		dsn = startPostgres(t)
	}
	c := Config{Driver: "postgres", DSN: DSN(dsn)}
	fill(t, "pgx", dsn,
		"drop table if exists records, other",
		"create table records (subject text, sales bigint, growth numeric(10, 4), late smallint, rating varchar(8))",
		"insert into records values ('a', 0, -1, 0, 'A'), ('b', 4000000000, 0.1234, 12, 'B'), ('c', null, null, null, null), ('d', 5, 50.5, 13, '优'), ('e', 7, -0.5, 3, 'A')",
		"create table other (kind text)")
	for _, query := range []string{
		"select * from records",
		"select late, growth, rating, sales, subject from records",
		"select subject, sales::numeric(20, 5), growth::float8, late::text, rating::text from records",
		"select subject, sales::text, growth::float4, late::int, rating from records",
		"select subject::bpchar, sales, growth::text::numeric, late::float8, rating from records;",
	} {
		c.Query = query
		checkSame(t, c)
	}
	const row = "select 'a' subject, %s sales, %s growth, 1 late, 'A' rating"
	for query, want := range map[string]string{
		fmt.Sprintf(row, "1", "'NaN'::numeric"):                                               "database:1:3: growth: NaN or infinite",
		fmt.Sprintf(row, "1", "'-Infinity'::numeric"):                                         "database:1:3: growth: NaN or infinite",
		fmt.Sprintf(row, "1", "'Infinity'::float8"):                                           "database:1:3: growth: NaN or infinite",
		fmt.Sprintf(row, "1", "0.1::float8+0.2"):                                              "database:1:3: growth: a binary float with more than 15 significant digits: cast it to a decimal at the source",
		fmt.Sprintf(row, "1", "0.1234567::float4"):                                            "database:1:3: growth: a binary float with more than 6 significant digits: cast it to a decimal at the source",
		fmt.Sprintf(row, "1", "0.12345"):                                                      "database:1:3: growth: too many digits after the point: 5 where the scale is 4",
		fmt.Sprintf(row, "4000000000.5", "1"):                                                 "database:1:2: sales: too many digits after the point: 1 where the scale is 0",
		fmt.Sprintf(row, "18446744073709551618", "1"):                                         "database:1:2: sales: outside the range 0 to 4000000000",
		fmt.Sprintf(row, "true", "1"):                                                         "database:1:2: sales: not a decimal number",
		fmt.Sprintf(row, "now()", "1"):                                                        "database: column \"sales\": type TIMESTAMPTZ: cast it to text, a whole number or a decimal in the query",
		fmt.Sprintf(row, "'{1}'::int[]", "1"):                                                 "database: column \"sales\": type _INT4: cast it to text, a whole number or a decimal in the query",
		fmt.Sprintf(row, "'\\x41'::bytea", "1"):                                               "database: column \"sales\": type BYTEA: cast it to text, a whole number or a decimal in the query",
		"select 7 subject, 1 sales, 1 growth, 1 late, 'A' rating":                             "database:1:1: subject: a number, want text: a number has lost the zeros before it",
		"select 'CANARY ' subject, 1 sales, 1 growth, 1 late, repeat('CANARY', 20000) rating": "database:1:5: rating: longer than 65536 bytes",
		"select r.subject, sales, growth, late, rating from records r, generate_series(1, 2) order by subject limit 2": "database:2:1: subject: the same subject as on row 1",
		"select subject, sales, growth, late, 'CANARY'::int rating from records":                                       answer("22P02"),
		"select subject, sales / 0 as sales, growth, late, rating from records":                                        answer("22012"),
		"select subject, sales / (late - 12) as sales, growth, late, rating from records":                              "database: after 1 rows: reading from the database: SQLSTATE 22012 (its message is withheld, it may hold values)",
		"insert into other values ('CANARY') returning kind":                                                           "asking the database: SQLSTATE 25006, it would write (its message is withheld, it may hold values)",
		"select 1; drop table other":     answer("42601, " + syntax),
		"select \"CANARY\" from records": answer("42703, " + noColumn),
		"select * from \"CANARY\"":       answer("42P01, " + noTable),
		"select 1 from CANARY where":     answer("42601, " + syntax),
		"select repeat('CANARY', 1000000) subject, 1 sales, 1 growth, 1 late, 'A' rating": "asking the database: the driver failed (its message is withheld, it may hold values)",
	} {
		c.Query = query
		checkRefused(t, c, want)
	}
	c.Query, c.Timeout = "select 'a' subject, 1 sales, 1 growth, 1 late, 'A' rating from pg_sleep(60)", time.Second/2
	checkRefused(t, c, "asking the database: context deadline exceeded: not done within database.timeout")
}

func answer(code string) string {
	return "asking the database: SQLSTATE " + code + " (its message is withheld, it may hold values)"
}

// A query sees one state: what is committed while it is read is not in it.
func TestPostgresReadsOneState(t *testing.T) {
	dsn := startPostgres(t)
	fill(t, "pgx", dsn, "create table records (subject text, n int)", "insert into records select 'x' || i, 1 from generate_series(1, 20000) i")
	c := Config{Driver: "postgres", DSN: DSN(dsn)}
	db, err := openPostgres(&c)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.BeginTx(t.Context(), snapshot)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	for range 2 { // the second time after another's commit
		rows, err := query(t.Context(), tx, "select n from records where n > 1")
		if err != nil {
			t.Fatal(err)
		}
		if rows.Next() {
			t.Fatal("the transaction sees what was committed after it began")
		}
		rows.Close()
		fill(t, "pgx", dsn, "update records set n = n + 1")
	}
}

func TestPostgresWrongPassword(t *testing.T) {
	dsn := startPostgres(t)
	c := Config{Driver: "postgres", DSN: DSN(dsn + " password=CANARY"), Query: "select 1"}
	checkRefused(t, c, "connecting to the database: SQLSTATE 28P01, user or password refused (its message is withheld, it may hold values)")
	_, _, err := Read(context.Background(), Config{Driver: c.Driver, DSN: c.DSN, Query: c.Query, Timeout: time.Minute}, parseSchema(t))
	if errors.Is(err, ErrUnreachable) {
		t.Error("a refusal is no unreachable database")
	}
}

// fill runs statements with a driver that weir links.
func fill(t *testing.T, driver, dsn string, statements ...string) {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// startPostgres starts a throwaway server on a socket in a temporary folder and gives its DSN.
func startPostgres(t *testing.T) string {
	t.Helper()
	initdb, postgres := find(t, "initdb"), find(t, "postgres")
	dir, err := os.MkdirTemp("", "weirpg") // short: a socket's path has at most 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	password := filepath.Join(dir, "password")
	if err := os.WriteFile(password, []byte("right"), 0o644); err != nil {
		t.Fatal(err)
	}
	attributes := unprivileged(t, dir)
	data := filepath.Join(dir, "data")
	run := func(name string, args ...string) *exec.Cmd {
		cmd := exec.Command(name, args...)
		cmd.Dir, cmd.SysProcAttr = dir, attributes
		return cmd
	}
	if out, err := run(initdb, "-D", data, "-U", "weir", "-A", "scram-sha-256", "--pwfile", password, "-E", "UTF8", "--locale", "C", "--no-sync").CombinedOutput(); err != nil {
		t.Skipf("initdb does not run here: %v: %s", err, out)
	}
	server := run(postgres, "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Process.Signal(syscall.SIGINT); server.Wait() })
	dsn := fmt.Sprintf("host=%s user=weir password=right dbname=postgres", dir)
	awaitServer(t, "pgx", dsn)
	return dsn
}

// find gives the path of a PostgreSQL program, or skips the test.
func find(t *testing.T, name string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	installed, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(installed) == 0 {
		t.Skipf("PostgreSQL is not installed (no %s): this test starts a server of its own", name)
	}
	return installed[len(installed)-1]
}

// unprivileged makes a command run as another user where this one is root, which PostgreSQL refuses.
func unprivileged(t *testing.T, dir string) *syscall.SysProcAttr {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Skip("this is root, and there is no user nobody to run PostgreSQL as")
	}
	uid, _ := strconv.Atoi(nobody.Uid)
	gid, _ := strconv.Atoi(nobody.Gid)
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Skip(err)
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}

func awaitServer(t *testing.T, driver, dsn string) {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if err = db.PingContext(t.Context()); err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server does not answer: %v", err)
		}
	}
}
