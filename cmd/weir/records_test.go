package main

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"weir/engine/holder/agentd"
)

// TestRecordsCheckOfAnAgent checks an agent whose records are in a database, as its operator does before starting it.
func TestRecordsCheckOfAnAgent(t *testing.T) {
	dir := newDatabaseAgent(t)
	for name, c := range map[string]struct {
		change func()
		code   int
		want   string // in stdout and stderr together
	}{
		"sound":         {func() {}, 0, "│ tax    │    2 │ sales  │       1 │       0 │           0 │       0 │"},
		"a defect":      {setting(t, dir, "query", "select subject, sales + 1000 as sales from records"), exitUsage, "database:1:2: sales: outside the range 0 to 100"},
		"no such table": {setting(t, dir, "query", "select * from CANARY"), exitUsage, "asking the database: SQLite result 1"},
		"both":          {func() { writeIn(t, dir, "records/tax/records.csv", "subject,sales\n", 0o600) }, exitUsage, "there is a records.csv beside the schema: keep one of them"},
		"open secret":   {func() { chmod(t, dir, "dsn.secret", 0o640) }, exitUsage, "a secret must be readable by its owner alone: mode 0640, want 0600"},
		"no secret":     {setting(t, dir, "dsn_file", ""), exitUsage, "database.dsn_file is not set"},
		"no timeout":    {setting(t, dir, "timeout", "0s"), exitUsage, "no timeout, want one such as 5m"},
		"away": {func() {
			setting(t, dir, "driver", "mysql")()
			writeIn(t, dir, "dsn.secret", "u:CANARY@tcp(127.0.0.1:1)/x", 0o600)
		}, exitUnreachable, "the database cannot be reached: connection refused"},
		"an unknown driver": {setting(t, dir, "driver", "db2"), exitUsage, "driver \"db2\", want postgres, mysql or sqlite"},
	} {
		restore(t, dir)
		c.change()
		var out bytes.Buffer
		code := run(t.Context(), []string{"records", "check", "--agent", dir}, strings.NewReader(""), &out, &out)
		if code != c.code || !strings.Contains(out.String(), c.want) || strings.Contains(out.String(), "CANARY") {
			t.Errorf("%s: status %d, want %d with %q:\n%s", name, code, c.code, c.want, out.String())
		}
	}
}

// The configuration that a new agent gets says how a database is named; without its comment signs it is one.
func TestExampleOfADatabase(t *testing.T) {
	dir := t.TempDir()
	text := strings.NewReplacer("#database", "database", "#  driver", "  driver", "#  dsn_file", "  dsn_file", "#  query", "  query", "#  timeout", "  timeout").
		Replace(agentd.Example("tax-office/tax"))
	writeIn(t, dir, "config.yaml", text, 0o644)
	var out bytes.Buffer
	code := run(t.Context(), []string{"records", "check", "--agent", dir}, strings.NewReader(""), &out, &out)
	if code != exitUsage || !strings.Contains(out.String(), "database.dsn_file: ") {
		t.Errorf("status %d: %s", code, out.String())
	}
}

// newDatabaseAgent makes the folder of an agent for source tax.
func newDatabaseAgent(t *testing.T) string {
	dir := t.TempDir()
	restore(t, dir)
	db, err := sql.Open("sqlite", filepath.Join(dir, "tax.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("create table records (subject text, sales); insert into records values ('a', 1), ('b', null)"); err != nil {
		t.Fatal(err)
	}
	return dir
}

// restore writes the sound files.
func restore(t *testing.T, dir string) {
	writeIn(t, dir, "config.yaml", "party: tax-office/tax\ndatabase:\n  driver: sqlite\n  dsn_file: dsn.secret\n  query: select * from records\n", 0o644)
	writeIn(t, dir, "dsn.secret", "tax.db\n", 0o600)
	chmod(t, dir, "dsn.secret", 0o600)
	writeIn(t, dir, "records/tax/schema.json", `{"source": "tax", "epoch": "2026-10", "subjects": "opaque", "features": [{"name": "sales", "scale": 0, "min": 0, "max": 100}]}`, 0o644)
	os.Remove(filepath.Join(dir, "records/tax/records.csv"))
}

// setting gives a function that appends a setting of the database, or replaces it.
func setting(t *testing.T, dir, key, value string) func() {
	return func() {
		name := filepath.Join(dir, "config.yaml")
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for line := range strings.Lines(string(text)) {
			if !strings.HasPrefix(line, "  "+key+":") {
				lines = append(lines, line)
			}
		}
		writeIn(t, dir, "config.yaml", strings.Join(lines, "")+"  "+key+": \""+value+"\"\n", 0o644)
	}
}

func writeIn(t *testing.T, dir, name, text string, mode os.FileMode) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func chmod(t *testing.T, dir, name string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
		t.Fatal(err)
	}
}

// TestRecordsCheckOfParquet checks a folder whose records are a Parquet file, sound and damaged.
func TestRecordsCheckOfParquet(t *testing.T) {
	dir := t.TempDir()
	file, err := os.ReadFile("../../engine/source/parquet/testdata/arrow-v1-snappy.parquet")
	if err != nil {
		t.Fatal(err)
	}
	writeIn(t, dir, "tax/schema.json", `{"source": "tax", "epoch": "2026-10", "subjects": "opaque", "features": [{"name": "sales", "scale": 0, "min": 0, "max": 4000000000},
		{"name": "growth", "scale": 4, "min": -1, "max": 50}, {"name": "late", "scale": 0, "min": 0, "max": 12}, {"name": "rating", "categories": ["A", "B", "优"]}]}`, 0o644)
	for _, c := range []struct {
		bytes []byte
		code  int
		want  string
	}{
		{file, 0, "│ tax    │  700 │ sales  │     100 │"},
		{file[:len(file)-1], exitUsage, "tax/records.parquet: no Parquet file"},
	} {
		writeIn(t, dir, "tax/records.parquet", string(c.bytes), 0o644)
		var out bytes.Buffer
		if code := run(t.Context(), []string{"records", "check", dir}, strings.NewReader(""), &out, &out); code != c.code || !strings.Contains(out.String(), c.want) {
			t.Errorf("status %d, want %d with %q:\n%s", code, c.code, c.want, out.String())
		}
	}
}
