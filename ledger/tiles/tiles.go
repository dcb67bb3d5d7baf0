// Package tiles publishes a ledger's log of headers as a folder of static files, in the layout of C2SP tlog-tiles, so
// that any web server hands it out and any monitor of transparency logs mirrors it.
//
//	checkpoint                      the signed note that all of the rest stands under
//	tile/L/N, tile/L/N.p/W          hashes of level 8·L: 256 of them, or the first W
//	tile/entries/N[.p/W]            the headers themselves, each after its length in 2 bytes
//
// N is written in groups of three digits, all but the last with an x before them. Files are moved into place whole, and
// before the checkpoint that covers them. The folder holds nothing that the store does not: what is missing or damaged is
// made again.
package tiles

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"weir/ledger/history"
	"weir/ledger/internal/durable"
	"weir/ledger/proof"
)

// height of a tile, in levels of the tree, and its width in hashes.
const (
	height = 8
	width  = 1 << height
	// entries marks bundles of headers where a tile's level stands.
	entries = -1
)

// checkpointFile is what a reader begins with.
const checkpointFile = "checkpoint"

// Publisher keeps a folder of tiles up to date. Its methods are for one goroutine.
type Publisher struct {
	// Final gives the checkpoint to publish, of this log: with cosignatures, where witnesses are needed. nil: the store's newest.
	Final func(ctx context.Context) ([]byte, error)

	folder string
	from   history.Reader
	size   uint64 // of the log that the folder holds
}

// Open takes up a folder, or begins one, for the log in a store. Nothing is written yet but the folder itself.
func Open(folder string, from history.Reader) (*Publisher, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("open tiles: %w", err)
	}
	if err := durable.Clean(folder); err != nil {
		return nil, fmt.Errorf("open tiles: %w", err)
	}
	p := &Publisher{folder: folder, from: from}
	p.size = p.shown()
	return p, nil
}

// shown is the size that the folder's checkpoint says; 0, so that all is published again, when it is missing or is not
// of this log.
func (p *Publisher) shown() uint64 {
	b, err := os.ReadFile(filepath.Join(p.folder, checkpointFile))
	if err != nil {
		return 0
	}
	c, err := proof.ReadCheckpoint(b)
	last, begun := p.from.Store.Head()
	if err != nil || !begun || c.Size > last.Height+1 {
		return 0
	}
	root, err := p.from.Log(c.Size).Root()
	stored, storedErr := p.from.Checkpoint()
	if err != nil || storedErr != nil || root != c.Root || c.Size == last.Height+1 && !bytes.HasPrefix(b, stored) {
		return 0
	}
	return c.Size
}

// Publish brings the folder to the newest checkpoint that is to be published, and gives the size of its log. There is nothing
// to do before the first.
func (p *Publisher) Publish(ctx context.Context) (uint64, error) {
	newest := p.Final
	if newest == nil {
		newest = func(context.Context) ([]byte, error) { return p.from.Checkpoint() }
	}
	checkpoint, err := newest(ctx)
	if errors.Is(err, history.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("publish tiles: %w", err)
	}
	c, err := proof.ReadCheckpoint(checkpoint)
	if err != nil {
		return 0, fmt.Errorf("publish tiles: %w", err)
	}
	if err := p.advance(c.Size, checkpoint); err != nil {
		return 0, fmt.Errorf("publish tiles of %d headers: %w", c.Size, err)
	}
	return c.Size, nil
}

func (p *Publisher) advance(size uint64, checkpoint []byte) error {
	if size < p.size {
		p.size = 0
	}
	list := tilesOf(p.size, size)
	for _, t := range list {
		content, err := p.content(t, size)
		if err != nil {
			return err
		}
		if err := p.put(t, content); err != nil {
			return err
		}
	}
	if err := durable.Replace(filepath.Join(p.folder, checkpointFile), checkpoint); err != nil {
		return err
	}
	p.size = size
	return p.dropPartial(list)
}

// Follow publishes whenever moved says that there may be more, until ctx ends. moved gives a channel that is closed at the
// next checkpoint (solo.Sequencer, Moved; gather.Gatherer, Moved).
func (p *Publisher) Follow(ctx context.Context, moved func() <-chan struct{}) error {
	for {
		next := moved()
		if _, err := p.Publish(ctx); err != nil {
			return err
		}
		select {
		case <-next:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// tilesOf are what is new in a log of size headers for whoever has that of old.
func tilesOf(old, size uint64) []tlog.Tile {
	var list []tlog.Tile
	for _, t := range tlog.NewTiles(height, int64(old), int64(size)) {
		list = append(list, t)
		if t.L == 0 {
			t.L = entries
			list = append(list, t)
		}
	}
	return list
}

// content is what the file of a tile has to be.
func (p *Publisher) content(t tlog.Tile, size uint64) ([]byte, error) {
	if t.L != entries {
		return tlog.ReadTileData(t, p.from.Log(size))
	}
	var b []byte
	for i := range uint64(t.W) {
		h, err := p.from.Header(uint64(t.N)*width + i)
		if err != nil {
			return nil, err
		}
		encoded := h.Encode()
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(encoded))), encoded...)
	}
	return b, nil
}

// put writes a tile. Full ones stay for good and are synced; partial ones go soon.
func (p *Publisher) put(t tlog.Tile, content []byte) error {
	path := filepath.Join(p.folder, filepath.FromSlash(Path(t)))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if t.W == width {
		return durable.Replace(path, content)
	}
	return durable.Put(path, content)
}

// dropPartial removes the partial tiles whose full ones are there now.
func (p *Publisher) dropPartial(list []tlog.Tile) error {
	for _, t := range list {
		if t.W == width {
			if err := os.RemoveAll(filepath.Join(p.folder, filepath.FromSlash(Path(t))+".p")); err != nil {
				return err
			}
		}
	}
	return nil
}

// Path is where the file of a tile lies, with slashes. A level of -1 means the headers.
func Path(t tlog.Tile) string {
	path := strings.TrimPrefix(t.Path(), fmt.Sprintf("tile/%d/", height)) // the layout of golang.org/x/mod, which names the height
	return "tile/" + strings.Replace(path, "data/", "entries/", 1)
}

// Check compares every file with the store, and gives the paths of those that are missing or differ. With repair they are
// written again; a checkpoint that is not of this log takes a Publish.
func (p *Publisher) Check(ctx context.Context, repair bool, step func(done, total int)) ([]string, error) {
	var bad []string
	if p.size == 0 {
		bad = append(bad, checkpointFile)
	}
	list := tilesOf(0, p.size)
	for i, t := range list {
		if err := ctx.Err(); err != nil {
			return bad, err
		}
		want, err := p.content(t, p.size)
		if err != nil {
			return bad, fmt.Errorf("check tiles: %w", err)
		}
		got, err := os.ReadFile(filepath.Join(p.folder, filepath.FromSlash(Path(t))))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return bad, fmt.Errorf("check tiles: %w", err)
		}
		if err != nil || !bytes.Equal(got, want) {
			bad = append(bad, Path(t))
			if repair {
				if err := p.put(t, want); err != nil {
					return bad, fmt.Errorf("repair tiles: %w", err)
				}
			}
		}
		step(i+1, len(list))
	}
	return bad, nil
}
