package badgerdb

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/ledger"
	"weir/ledger/ledgertest"
	"weir/ledger/machine"
)

// inspect says "good" when the whole ledger of height blocks is served, "halted" with the reason otherwise.
func inspect(folder string) string {
	d, err := Open(folder)
	if err != nil {
		return "halted " + err.Error()
	}
	defer d.Close()
	m, err := machine.Open(ledgertest.Config(new(testing.T), d))
	if err != nil {
		return "halted " + err.Error()
	}
	again, err := machine.Replay(m, ledgertest.Config(new(testing.T), new(ledgertest.Memory)))
	if err != nil {
		return "halted " + err.Error()
	}
	return "good " + again.Head().Digest().String()
}

// A18: bits flipped, files halved, tails zeroed, files gone: either everything is as it was, or nothing is served and a
// message says that the ledger is damaged. Both for a store that was closed and for one that was killed, whose last
// blocks are in the write-ahead log.
func TestDamagedFiles(t *testing.T) {
	closed, dead := t.TempDir(), t.TempDir()
	killed(t, dead, "", 12)
	copied := copyFolder(t, dead)
	d := open(t, copied)
	shut(t, d)
	if err := os.CopyFS(closed, os.DirFS(copied)); err != nil {
		t.Fatal(err)
	}
	seed := rand.New(rand.NewPCG(4, 18))
	halted, unharmed := 0, 0
	for name, folder := range map[string]string{"closed": closed, "killed": dead} {
		source := remember(t, folder)
		want := inspect(source.restore(t))
		if !strings.HasPrefix(want, "good ") {
			t.Fatalf("%s: %s", name, want)
		}
		for file, f := range source {
			if len(f.used) == 0 {
				continue
			}
			for kind, damage := range damages {
				damaged := maps.Clone(source)
				damaged[file] = damage(seed, f)
				got := inspect(damaged.restore(t))
				switch {
				case got == want:
					unharmed++
				case strings.HasPrefix(got, "halted ") && strings.Contains(got, ledger.ErrDamaged.Error()):
					halted++
				default:
					t.Errorf("%s, %s of %s: %s", name, kind, file, got)
				}
			}
		}
	}
	t.Logf("%d halted with a message, %d harmless", halted, unharmed)
	if halted < 20 {
		t.Errorf("only %d halted", halted)
	}
}

// file is a file's bytes up to its trailing zeros, and its length: Badger's logs are long and mostly empty.
type file struct {
	used   []byte
	length int
}

type folder map[string]file

func remember(t *testing.T, path string) folder {
	t.Helper()
	all := folder{}
	for _, name := range files(t, path) {
		b, err := os.ReadFile(filepath.Join(path, name))
		if err != nil {
			t.Fatal(err)
		}
		all[name] = file{used: bytes.Clone(bytes.TrimRight(b, "\x00")), length: len(b)}
	}
	return all
}

func (f folder) restore(t *testing.T) string {
	t.Helper()
	path := t.TempDir()
	for name, file := range f {
		at := filepath.Join(path, name)
		err := os.MkdirAll(filepath.Dir(at), 0o700)
		if err == nil {
			err = os.WriteFile(at, file.used, 0o600)
		}
		if err == nil {
			err = os.Truncate(at, int64(file.length))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return path
}

var damages = map[string]func(*rand.Rand, file) file{
	"bit flipped":         flip,
	"another bit flipped": flip,
	"half a file":         func(_ *rand.Rand, f file) file { n := len(f.used) / 2; return file{f.used[:n], n} },
	"half its content":    func(_ *rand.Rand, f file) file { return file{f.used[:len(f.used)/2], f.length} },
	"tail zeroed":         func(_ *rand.Rand, f file) file { return file{f.used[:max(0, len(f.used)-700)], f.length} },
	"nothing left":        func(*rand.Rand, file) file { return file{} },
}

func flip(seed *rand.Rand, f file) file {
	b := bytes.Clone(f.used)
	b[seed.IntN(len(b))] ^= 1 << seed.IntN(8)
	return file{b, f.length}
}
