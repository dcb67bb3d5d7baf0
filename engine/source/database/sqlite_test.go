package database

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"
)

// newSQLite makes a file with the table `records`, whose cells have types of their own.
func newSQLite(t *testing.T, statements ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a ?#%20.db")
	db, err := sql.Open("sqlite", "file:"+(filepath.Dir(path))+"/a%20%3F%23%2520.db")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range append([]string{
		"create table records (subject text, sales integer, growth real, late, rating)",
		"insert into records values ('a', 0, -1, 0, 'A'), ('b', 4000000000, 0.1234, '12', 'B'), ('c', null, null, null, null)",
		"insert into records values ('d', 5.0, 50.5, 13.0, '优'), ('e', '7', '-0.5', '3', 'A')",
	}, statements...) {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	return path
}

func TestSQLite(t *testing.T) {
	c := Config{Driver: "sqlite", DSN: DSN(newSQLite(t, "create table times (at datetime)", "insert into times values ('2026-01-01 00:00:00')"))}
	for _, q := range []string{"select * from records", "select rating, late, growth, sales, subject from records order by subject desc;"} {
		c.Query = q
		checkSame(t, c)
	}
	row := func(cells string) string { return "select " + cells }
	for query, want := range map[string]string{
		row("'a' subject, 1 sales, 0.1+0.2 growth, 1 late, 'A' rating"):             "database:1:3: growth: a binary float with more than 15 significant digits: cast it to a decimal at the source",
		row("'a' subject, 1 sales, 0.12345 growth, 1 late, 'A' rating"):             "database:1:3: growth: too many digits after the point: 5 where the scale is 4",
		row("'a' subject, 1 sales, '0.50000' growth, 1 late, 'A' rating"):           "database:1:3: growth: too many digits after the point: 5 where the scale is 4",
		row("'a' subject, 1 sales, 9e999 growth, 1 late, 'A' rating"):               "database:1:3: growth: NaN or infinite",
		row("'a' subject, -1 sales, 1 growth, 1 late, 'A' rating"):                  "database:1:2: sales: outside the range 0 to 4000000000",
		row("'a' subject, '' sales, 1 growth, 1 late, 'A' rating"):                  "database:1:2: sales: an empty text; a missing value is NULL",
		row("'a' subject, x'41' sales, 1 growth, 1 late, x'41' rating"):             "database:1:2: sales: a blob, want text or a number\ndatabase:1:5: rating: a blob, want text or a number",
		row("7 subject, 1 sales, 1 growth, 1 late, 'A' rating"):                     "database:1:1: subject: a number, want text: a number has lost the zeros before it",
		row("null subject, 1 sales, 1 growth, 1 late, 'A' rating"):                  "database:1:1: subject: NULL, want an identifier",
		row("'CANARY' subject, 1 sales, 1 growth, 1 late, 'CANARY' rating"):         "database:1:5: rating: not a category of this feature",
		"select at subject, 1 sales, 1 growth, 1 late, 'A' rating from times":       "database:1:1: subject: a time, want text or a number",
		"select * from records union all select * from records where subject = 'c'": "database:6:1: subject: the same subject as on row 3",
		"select subject, sales, growth, late from records":                          "database: there is no column for feature \"rating\"",
		"select *, 1 CANARY from records":                                           "database: column 6 is no feature of the schema",
		"delete from records":                                                       "asking the database: SQLite result 8, it would write (its message is withheld, it may hold values)",
		"select CANARY from records":                                                "asking the database: SQLite result 1, the query is not well formed, or names what is not there (its message is withheld, it may hold values)",
	} {
		c.Query = query
		checkRefused(t, c, want)
	}
}

func TestSQLiteFiles(t *testing.T) {
	dir := t.TempDir()
	other := filepath.Join(dir, canary)
	if err := os.WriteFile(other, []byte("no database, of a length that it could be one"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := Config{Driver: "sqlite", Query: "select * from records"}
	for path, want := range map[string]string{
		dir:                              "database: the SQLite file is not a regular file",
		filepath.Join(dir, canary+".db"): "database: there is no such SQLite file, or it cannot be read: the DSN is its path",
		other:                            "asking the database: SQLite result 26, the file is no SQLite database (its message is withheld, it may hold values)",
	} {
		c.DSN = DSN(path)
		checkRefused(t, c, want)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("reading left files behind: %v, %v", entries, err)
	}
}
