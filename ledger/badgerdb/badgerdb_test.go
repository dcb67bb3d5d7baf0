package badgerdb

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
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
	ahead, torn, err := readHead(whole)
	if err != nil || torn || ahead.Height != 3 {
		t.Fatalf("%v, %v, %v", ahead, torn, err)
	}
	other := ahead
	ahead.Height++
	other.Header[0] ^= 1
	with := func(slot int, b []byte) string {
		return string(slices.Concat(good[:slot*slotSize], b, good[(slot+1)*slotSize:]))
	}
	for name, text := range map[string]string{
		"missing":           "",
		"empty":             " ",
		"a block ahead":     with(0, formatHead(ahead)),
		"another history":   with(1, formatHead(other)),
		"cut":               string(good[:len(good)-1]),
		"half":              string(good[:slotSize]),
		"extended":          string(good) + "\x00",
		"zeros":             string(make([]byte, headFileSize)),
		"another format":    strings.ReplaceAll(string(good), "head/2", "head/3"),
		"older slot broken": with(0, bytes.Repeat([]byte("x"), slotSize)),
		"slots exchanged":   string(slices.Concat(good[slotSize:], good[:slotSize])),
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
	// the newest slot torn: a crash while it was written looks like that, and the database has the block
	folder := copyFolder(t, whole)
	if err := os.WriteFile(filepath.Join(folder, headFile), []byte(with(1, bytes.Repeat([]byte("x"), slotSize))), 0o600); err != nil {
		t.Fatal(err)
	}
	shut(t, open(t, folder))
	if repaired, _, err := readHead(folder); err != nil || repaired.Height != 3 {
		t.Errorf("%v, %v", repaired, err)
	}
	folder = copyFolder(t, whole)
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

// A store that lost acknowledged blocks can be read up to where it got, and not written.
func TestSalvage(t *testing.T) {
	older, whole := t.TempDir(), t.TempDir()
	grown(t, older, 2)
	grown(t, whole, 5)
	head, err := os.ReadFile(filepath.Join(whole, headFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(older, headFile), head, 0o600); err != nil {
		t.Fatal(err)
	}
	refuse(t, "behind", older)
	d, lost, err := Salvage(older)
	if err != nil || lost != 3 {
		t.Fatalf("%d lost, %v", lost, err)
	}
	defer shut(t, d)
	m, err := machine.Open(ledgertest.Config(t, d))
	if err != nil || m.Head().Height != 2 {
		t.Fatalf("%v", err)
	}
	if err := d.Commit(ledger.Head{Height: 3}, nil); err == nil {
		t.Error("written")
	}
	if _, _, err := Salvage(t.TempDir()); err == nil {
		t.Error("nothing is salvaged")
	}
}

func FuzzParseHead(f *testing.F) {
	f.Add(formatHead(ledger.Head{Height: 7}))
	f.Fuzz(func(t *testing.T, slot []byte) {
		if h, readable := parseHead(slot); readable && !bytes.Equal(formatHead(h), slot) {
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
