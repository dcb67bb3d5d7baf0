package badgerdb

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/ledger"
	"weir/ledger/ledgertest"
	"weir/ledger/machine"
)

func open(t testing.TB, folder string) *DB {
	t.Helper()
	d, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func shut(t testing.TB, d *DB) {
	t.Helper()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestConformance(t *testing.T) {
	ledgertest.TestStore(t, func(t *testing.T) ledger.Store {
		d := open(t, t.TempDir())
		t.Cleanup(func() { shut(t, d) })
		return d
	})
	ledgertest.TestStore(t, func(*testing.T) ledger.Store { return new(ledgertest.Memory) })
}

// grown makes a ledger of some blocks in a folder and closes it.
func grown(t testing.TB, folder string, blocks uint64) {
	t.Helper()
	d := open(t, folder)
	m := ledgertest.Found(t, d)
	for n := range blocks {
		ledgertest.Run(t, m, ledgertest.Tx("alice", n, "count/add", fmt.Sprintf("apples %d", n)), ledgertest.Tx("bob", n, "count/fill", "20"))
	}
	shut(t, d)
}

func TestReopen(t *testing.T) {
	folder := t.TempDir()
	grown(t, folder, 3)
	d := open(t, folder)
	defer shut(t, d)
	m, err := machine.Open(ledgertest.Config(t, d))
	if err != nil {
		t.Fatal(err)
	}
	if m.Head().Height != 3 || ledgertest.Value(t, m, "apples") != "3" {
		t.Errorf("height %d", m.Head().Height)
	}
	if _, err := Open(folder); !errors.Is(err, ErrInUse) {
		t.Errorf("opened twice: %v", err)
	}
	again, err := machine.Replay(m, ledgertest.Config(t, new(ledgertest.Memory)))
	if err != nil || again.Head().Digest() != m.Head().Digest() {
		t.Errorf("replay: %v", err)
	}
}

func copyFolder(t testing.TB, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

// A18: the HEAD file decides. Whatever it says that the database does not, the store is refused.
func TestHeadFile(t *testing.T) {
	older, whole := t.TempDir(), t.TempDir()
	grown(t, older, 2)
	grown(t, whole, 3)
	good, err := os.ReadFile(filepath.Join(whole, headFile))
	if err != nil {
		t.Fatal(err)
	}
	ahead, err := parseHead(string(good))
	if err != nil {
		t.Fatal(err)
	}
	ahead.Height++
	for name, text := range map[string]string{
		"missing":         "",
		"empty":           " ",
		"a block ahead":   formatHead(ahead),
		"another history": strings.Replace(string(good), " ", " ", 1)[:len(good)-2] + "0\n",
		"cut":             string(good[:len(good)-1]),
		"extended":        string(good) + "\n",
		"another format":  strings.Replace(string(good), "/1", "/2", 1),
		"sign":            strings.Replace(string(good), " 3 ", " +3 ", 1),
		"2^64":            strings.Replace(string(good), " 3 ", " 18446744073709551616 ", 1),
	} {
		folder := copyFolder(t, whole)
		path := filepath.Join(folder, headFile)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if text == "" {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
		refuse(t, name, folder)
	}
	// a database restored from an older copy, under the HEAD of today; and the other way round
	for name, c := range map[string][2]string{"database rolled back": {older, whole}, "HEAD rolled back": {whole, older}} {
		folder := copyFolder(t, c[0])
		head, err := os.ReadFile(filepath.Join(c[1], headFile))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, headFile), head, 0o600); err != nil {
			t.Fatal(err)
		}
		if name == "HEAD rolled back" { // one block: that is how a crash between the two looks, and is taken up
			shut(t, open(t, folder))
			continue
		}
		refuse(t, name, folder)
	}
	folder := copyFolder(t, whole)
	if err := os.RemoveAll(filepath.Join(folder, "db")); err != nil {
		t.Fatal(err)
	}
	refuse(t, "database gone", folder)
}

func refuse(t *testing.T, name, folder string) {
	t.Helper()
	d, err := Open(folder)
	if err == nil {
		t.Errorf("%s: opened", name)
		shut(t, d)
		return
	}
	if !errors.Is(err, ledger.ErrDamaged) {
		t.Errorf("%s: %v", name, err)
	}
}

func TestUnreadableFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file); err == nil || errors.Is(err, ledger.ErrDamaged) {
		t.Errorf("%v", err)
	}
}

func FuzzParseHead(f *testing.F) {
	f.Add(formatHead(ledger.Head{Height: 7}))
	f.Fuzz(func(t *testing.T, text string) {
		if h, err := parseHead(text); err == nil && formatHead(h) != text {
			t.Fatal("reads as something else")
		}
	})
}

// files lists a folder's files of some size.
func files(t *testing.T, folder string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Size() > 0 {
			rel, _ := filepath.Rel(folder, path)
			list = append(list, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
