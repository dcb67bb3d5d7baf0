package badgerdb

import (
	"os"
	"path/filepath"
	"testing"
)

func table(t testing.TB) []byte {
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
	b := table(t)
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

func FuzzCheckTable(f *testing.F) {
	f.Add(make([]byte, 64))
	f.Add([]byte{0x10, 0, 0, 0, 0, 2})
	f.Fuzz(func(t *testing.T, b []byte) { checkTable(b) }) // must return
}
