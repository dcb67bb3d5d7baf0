package badgerdb

import (
	"os"
	"path/filepath"
	"testing"
)

func oneTable(t testing.TB) []byte {
	t.Helper()
	folder := t.TempDir()
	grown(t, folder, 2)
	names, err := filepath.Glob(filepath.Join(folder, "db", "*.sst"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no tables: %v", err)
	}
	b, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Every byte of a table is covered by a checksum, or is a length that leads elsewhere when it changes.
func TestEveryByteOfATableIsChecked(t *testing.T) {
	b := oneTable(t)
	if err := checkTable(b); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(b); i += 1 + i%7 {
		b[i] ^= 4
		if checkTable(b) == nil {
			t.Errorf("byte %d of %d changed: passes", i, len(b))
		}
		b[i] ^= 4
		if i%101 == 0 && checkTable(b[:i]) == nil {
			t.Errorf("cut at %d: passes", i)
		}
	}
}

// A table that a crash left half made is in no list, and does no harm; one that is listed and gone does.
func TestTablesOfTheList(t *testing.T) {
	folder := t.TempDir()
	grown(t, folder, 2)
	if err := os.WriteFile(filepath.Join(folder, "db", "000999.sst"), make([]byte, 500), 0o600); err != nil {
		t.Fatal(err)
	}
	shut(t, open(t, folder))
	names, err := listed(filepath.Join(folder, "db"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%v, %v", names, err)
	}
	if err := os.Remove(filepath.Join(folder, "db", names[0])); err != nil {
		t.Fatal(err)
	}
	refuse(t, "a table is gone", folder)
}

// A crash between making a log and giving it its size leaves one without a byte.
func TestEmptyLog(t *testing.T) {
	for _, name := range []string{"00099.mem", "000099.vlog"} {
		folder := t.TempDir()
		grown(t, folder, 2)
		if err := os.WriteFile(filepath.Join(folder, "db", name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		d := open(t, folder)
		if head, _ := d.Head(); head.Height != 2 {
			t.Errorf("%s: height %d", name, head.Height)
		}
		shut(t, d)
	}
}

func FuzzCheckTable(f *testing.F) {
	f.Add(make([]byte, 64))
	f.Add([]byte{0x10, 0, 0, 0, 0, 2})
	f.Fuzz(func(t *testing.T, b []byte) { checkTable(b) }) // must return
}
