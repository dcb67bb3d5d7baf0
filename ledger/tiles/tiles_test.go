package tiles_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"weir/ledger"
	"weir/ledger/ledgertest"
	"weir/ledger/machine"
	"weir/ledger/proof"
	"weir/ledger/tiles"
)

func publisher(t *testing.T, folder string, m *machine.Machine) *tiles.Publisher {
	t.Helper()
	p, err := tiles.Open(folder, m.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func publish(t *testing.T, p *tiles.Publisher) uint64 {
	t.Helper()
	size, err := p.Publish(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return size
}

func grow(t *testing.T, m *machine.Machine, blocks uint64) {
	t.Helper()
	for range blocks {
		ledgertest.Run(t, m)
	}
}

// mirror is a monitor that has nothing but the folder: it reads hashes out of tiles and trusts none that does not lead to
// the root.
type mirror string

func (mirror) Height() int                     { return 8 }
func (mirror) SaveTiles([]tlog.Tile, [][]byte) {}
func (f mirror) ReadTiles(list []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, t := range list {
		b, err := os.ReadFile(filepath.Join(string(f), tiles.Path(t)))
		if err != nil {
			return nil, err
		}
		data = append(data, b)
	}
	return data, nil
}

// check reads the folder as an outsider: the checkpoint, every header, and the proof of each.
func check(t *testing.T, folder string, m *machine.Machine) {
	t.Helper()
	note, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := ledgertest.Trust(t).Open(note)
	if err != nil {
		t.Fatal(err)
	}
	tree := tlog.Tree{N: int64(c.Size), Hash: tlog.Hash(c.Root)}
	hashes := tlog.TileHashReader(tree, mirror(folder))
	var read uint64
	for n := int64(0); n<<8 < tree.N; n++ {
		bundle := tlog.Tile{H: 8, L: -1, N: n, W: int(min(256, tree.N-n<<8))}
		b, err := os.ReadFile(filepath.Join(folder, tiles.Path(bundle)))
		if err != nil {
			t.Fatal(err)
		}
		for len(b) > 0 {
			size := int(binary.BigEndian.Uint16(b))
			record := b[2 : 2+size]
			b = b[2+size:]
			h, err := ledger.DecodeHeader(record)
			if err != nil || h.Height != read {
				t.Fatalf("entry %d: %v", read, err)
			}
			if read%17 == 0 || read+3 > c.Size {
				prove(t, tree, hashes, int64(read), record)
			}
			read++
		}
	}
	if size, _ := m.Tree(); read != c.Size || read != size {
		t.Errorf("%d entries under a checkpoint of %d, the log has %d", read, c.Size, size)
	}
}

func prove(t *testing.T, tree tlog.Tree, hashes tlog.HashReader, at int64, record []byte) {
	t.Helper()
	path, err := tlog.ProveRecord(tree.N, at, hashes)
	if err != nil {
		t.Fatal(err)
	}
	if err := tlog.CheckRecord(path, tree.N, tree.Hash, at, tlog.RecordHash(record)); err != nil {
		t.Fatalf("entry %d: %v", at, err)
	}
}

// At every size, however many blocks came at once, whoever has only the folder reads the whole log.
func TestFolderIsTheLog(t *testing.T) {
	m := ledgertest.Found(t, new(ledgertest.Memory))
	folder := t.TempDir()
	p := publisher(t, folder, m)
	if size := publish(t, p); size != 0 {
		t.Errorf("published %d before the first checkpoint", size)
	}
	for _, more := range []uint64{1, 1, 250, 3, 1, 1, 254, 1} {
		grow(t, m, more)
		publish(t, p)
		check(t, folder, m)
		p = publisher(t, folder, m) // a restart
	}
	if left, _ := filepath.Glob(filepath.Join(folder, "tile", "0", "000.p", "*")); len(left) != 0 {
		t.Errorf("partial tiles are left: %v", left)
	}
}

// Where witnesses are needed the folder stands under the checkpoint that they cosigned, also when the log is longer, and stays
// there over a restart.
func TestCosignedCheckpoints(t *testing.T) {
	m := ledgertest.Found(t, new(ledgertest.Memory))
	grow(t, m, 3)
	signed, err := m.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	c, err := proof.ReadCheckpoint(signed)
	if err != nil {
		t.Fatal(err)
	}
	line, err := ledgertest.Cosigner(t, "w1").Cosign(c, ledgertest.Began)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for _, more := range []uint64{0, 2} {
		if more > 0 {
			grow(t, m, more)
		}
		p := publisher(t, folder, m)
		p.Final = func(context.Context) ([]byte, error) { return append(bytes.Clone(signed), line...), nil }
		if size := publish(t, p); size != c.Size {
			t.Errorf("published %d blocks", size)
		}
		note, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
		if err != nil {
			t.Fatal(err)
		}
		if opened, err := ledgertest.Witnessed(t, 1, "w1").Open(note); err != nil || opened.Size != c.Size {
			t.Errorf("%v", err)
		}
		if bad, err := publisher(t, folder, m).Check(t.Context(), false, func(int, int) {}); err != nil || len(bad) != 0 {
			t.Errorf("%q, %v", bad, err)
		}
	}
}

func TestPaths(t *testing.T) {
	for want, tile := range map[string]tlog.Tile{
		"tile/0/x001/x234/067":      {H: 8, L: 0, N: 1234067, W: 256},
		"tile/2/000.p/1":            {H: 8, L: 2, N: 0, W: 1},
		"tile/0/273.p/112":          {H: 8, L: 0, N: 273, W: 112},
		"tile/entries/x001/000.p/9": {H: 8, L: -1, N: 1000, W: 9},
	} {
		if got := tiles.Path(tile); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// A18: files that are gone, cut, changed, or of another ledger are found and made again.
func TestDamageIsFoundAndRepaired(t *testing.T) {
	m := ledgertest.Found(t, new(ledgertest.Memory))
	folder := t.TempDir()
	grow(t, m, 300)
	publish(t, publisher(t, folder, m))
	damages := map[string]func(path string, b []byte) error{
		"gone":    func(path string, _ []byte) error { return os.Remove(path) },
		"half":    func(path string, b []byte) error { return os.WriteFile(path, b[:len(b)/2], 0o600) },
		"flipped": func(path string, b []byte) error { b[len(b)/2] ^= 4; return os.WriteFile(path, b, 0o600) },
		"zeroed":  func(path string, b []byte) error { clear(b[len(b)/2:]); return os.WriteFile(path, b, 0o600) },
	}
	for _, file := range []string{"checkpoint", "tile/0/000", "tile/0/001.p/45", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/45"} {
		for name, damage := range damages {
			path := filepath.Join(folder, file)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := damage(path, b); err != nil {
				t.Fatal(err)
			}
			bad, err := publisher(t, folder, m).Check(t.Context(), true, func(int, int) {})
			if err != nil || len(bad) != 1 || bad[0] != file {
				t.Errorf("%s of %s: found %v, %v", name, file, bad, err)
			}
			publish(t, publisher(t, folder, m))
			check(t, folder, m)
		}
	}
}

func TestFolderOfAnotherLedger(t *testing.T) {
	other, m := ledgertest.Found(t, new(ledgertest.Memory)), ledgertest.Found(t, new(ledgertest.Memory))
	folder := t.TempDir()
	ledgertest.Run(t, other, ledgertest.Tx("bob", 0, "count/add", "apples 1"))
	grow(t, other, 9)
	publish(t, publisher(t, folder, other))
	grow(t, m, 20)
	publish(t, publisher(t, folder, m))
	check(t, folder, m)
}

// Follow publishes every time that the ledger moved, until it is told to end.
func TestFollow(t *testing.T) {
	m := ledgertest.Found(t, new(ledgertest.Memory))
	folder := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	rounds := 0
	err := publisher(t, folder, m).Follow(ctx, func() <-chan struct{} {
		moved := make(chan struct{})
		if rounds++; rounds < 4 {
			grow(t, m, 2)
			close(moved)
		} else {
			cancel()
		}
		return moved
	})
	if !errors.Is(err, context.Canceled) || rounds != 4 {
		t.Errorf("%d rounds, %v", rounds, err)
	}
	check(t, folder, m)
}

func Example() {
	t := new(testing.T)
	m := ledgertest.Found(t, new(ledgertest.Memory))
	ledgertest.Run(t, m)
	folder, _ := os.MkdirTemp("", "tiles")
	defer os.RemoveAll(folder)
	p, err := tiles.Open(folder, m.Reader)
	if err != nil {
		fmt.Println(err)
		return
	}
	size, err := p.Publish(t.Context())
	entries, _ := filepath.Glob(filepath.Join(folder, "tile", "entries", "*", "*"))
	fmt.Println(size, len(entries), err)
	// Output: 2 1 <nil>
}
