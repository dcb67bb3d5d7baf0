package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"weir/ledger/badgerdb"
	"weir/ledger/ledgertest"
	"weir/ledger/machine"
	"weir/ledger/tiles"
)

// makeLedger makes a ledger of some blocks with its published log, and gives both folders.
func makeLedger(t *testing.T) (dir, log string) {
	t.Helper()
	dir, log = filepath.Join(t.TempDir(), "ledger"), filepath.Join(t.TempDir(), "log")
	db, err := badgerdb.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	m := ledgertest.Found(t, db)
	for n := range uint64(5) {
		ledgertest.Run(t, m, ledgertest.Tx("alice", n, "count/add", "apples 1"), ledgertest.Tx("bob", n, "count/fill", "50"))
	}
	p, err := tiles.Open(log, m.Reader)
	if err == nil {
		_, err = p.Publish(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, log
}

// weir runs a command line and gives its exit status, its result and what it said.
func weir(t *testing.T, args ...string) (int, ledgerResult, string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), append(args, "--json", "--progress=none"), nil, &stdout, &stderr)
	var r ledgerResult
	if stdout.Len() > 0 {
		if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
			t.Fatalf("%q: %v: %s", args, err, stdout.String())
		}
	}
	return code, r, stderr.String()
}

func TestLedgerCommands(t *testing.T) {
	dir, log := makeLedger(t)
	work := t.TempDir()
	file, snapshot, again := filepath.Join(work, "b"), filepath.Join(work, "s"), filepath.Join(work, "again")
	var header string
	for _, c := range []struct {
		code int
		args []string
	}{
		{0, []string{"verify", dir, "--tiles", log}},
		{0, []string{"backup", dir, file}},
		{2, []string{"backup", dir, file}},
		{0, []string{"verify", file}},
		{0, []string{"snapshot", dir, snapshot}},
		{0, []string{"verify", snapshot}},
		{0, []string{"restore", file, again}},
		{2, []string{"restore", file, again}},
		{0, []string{"verify", again, "--tiles", log}},
		{1, []string{"restore", snapshot, filepath.Join(work, "none")}},
		{2, []string{"verify", filepath.Join(work, "none")}},
		{2, []string{"verify", work}},
		{2, []string{"backup", work, filepath.Join(work, "none")}},
	} {
		code, r, said := weir(t, append([]string{"ledger"}, c.args...)...)
		if code != c.code || code == 0 && (r.Height != 5 || !r.OK) || code != 0 && said == "" {
			t.Errorf("%q: status %d, want %d: %+v %s", c.args, code, c.code, r, said)
		}
		if h := r.Header.String(); code == 0 {
			if header = max(header, h); header != h {
				t.Errorf("%q: another head", c.args)
			}
		}
	}
	left, _ := filepath.Glob(filepath.Join(work, "*"))
	if slices.Sort(left); len(left) != 3 {
		t.Errorf("left over: %q", left)
	}
}

// A18: whatever file of a ledger is cut, flipped or zeroed, verify halts with a message or finds everything as it was, and
// the backup makes it good.
func TestDamagedLedgerIsRestored(t *testing.T) {
	dir, _ := makeLedger(t)
	file := filepath.Join(t.TempDir(), "backup")
	if code, _, said := weir(t, "ledger", "backup", dir, file); code != 0 {
		t.Fatal(said)
	}
	halts := 0
	for _, name := range filesOf(t, dir) {
		for kind, damage := range map[string]func([]byte) []byte{
			"flipped": func(b []byte) []byte { b[len(b)/2] ^= 0x10; return b },
			"half":    func(b []byte) []byte { return b[:len(b)/2] },
			"zeroed":  func(b []byte) []byte { clear(b[len(b)/3:]); return b },
		} {
			damaged := filepath.Join(t.TempDir(), "ledger")
			if err := os.CopyFS(damaged, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			used := len(bytes.TrimRight(b, "\x00"))
			if used == 0 {
				continue
			}
			if err := os.WriteFile(filepath.Join(damaged, name), append(damage(bytes.Clone(b[:used])), b[used:]...), 0o600); err != nil {
				t.Fatal(err)
			}
			code, r, said := weir(t, "ledger", "verify", damaged)
			switch {
			case code == 0 && r.Height == 5:
			case code == 1 && len(r.Damages) > 0 && strings.Contains(said, "restore"):
				halts++
			default:
				t.Errorf("%s of %s: status %d, %+v %s", kind, name, code, r, said)
			}
		}
	}
	if halts < 5 {
		t.Errorf("only %d halts", halts)
	}
	again := filepath.Join(t.TempDir(), "again")
	if code, r, said := weir(t, "ledger", "restore", file, again); code != 0 || r.Height != 5 {
		t.Errorf("restore: %d, %+v %s", code, r, said)
	}
}

func filesOf(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, filepath.FromSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// A ledger that lost its last blocks is refused, and what is left of it can still be taken.
func TestLedgerThatLostBlocks(t *testing.T) {
	dir, _ := makeLedger(t)
	older := filepath.Join(t.TempDir(), "older")
	if err := os.CopyFS(older, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	db, err := badgerdb.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	m, err := machine.Open(ledgertest.Config(t, db))
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		ledgertest.Run(t, m)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	head, err := os.ReadFile(filepath.Join(dir, "HEAD"))
	if err != nil {
		t.Fatal(err)
	}
	if dir = older; os.WriteFile(filepath.Join(dir, "HEAD"), head, 0o600) != nil {
		t.Fatal("not written")
	}
	file := filepath.Join(t.TempDir(), "left")
	if code, r, _ := weir(t, "ledger", "verify", dir); code != 1 || !strings.Contains(r.Damages[0], "block 9 was acknowledged") {
		t.Errorf("verify: %d, %+v", code, r)
	}
	if code, _, _ := weir(t, "ledger", "backup", dir, file); code != 1 {
		t.Errorf("backup: %d", code)
	}
	if code, r, said := weir(t, "ledger", "backup", dir, file, "--behind"); code != 0 || r.Lost != 4 || r.Height != 5 {
		t.Errorf("backup --behind: %d, %+v %s", code, r, said)
	}
}

func TestPublishedLogIsRepaired(t *testing.T) {
	dir, log := makeLedger(t)
	tile := filepath.Join(log, "tile", "0", "000.p", "6")
	if err := os.WriteFile(tile, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, r, _ := weir(t, "ledger", "verify", dir, "--tiles", log); code != 1 || len(r.Damages) != 1 || !strings.Contains(r.Damages[0], "tile/0/000.p/6") {
		t.Errorf("%d, %+v", code, r)
	}
	if code, _, said := weir(t, "ledger", "verify", dir, "--tiles", log, "--repair"); code != 0 || !strings.Contains(said, "made again") {
		t.Errorf("%d, %s", code, said)
	}
	if code, r, _ := weir(t, "ledger", "verify", dir, "--tiles", log); code != 0 {
		t.Errorf("%d, %+v", code, r)
	}
	contents := t.TempDir()
	if err := os.WriteFile(filepath.Join(contents, strings.Repeat("ab", 32)), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, r, _ := weir(t, "ledger", "verify", dir, "--contents", contents); code != 1 || len(r.Damages) != 1 {
		t.Errorf("contents: %d, %+v", code, r)
	}
}
