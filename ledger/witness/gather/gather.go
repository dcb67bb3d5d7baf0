// Package gather is how a node comes to checkpoints that enough witnesses have cosigned. It is for nodes: witnesses only
// dial, fetch the checkpoint that is being gathered for, and hand in their line.
//
// Witnesses that each signed the newest checkpoint of their moment would never meet under load. So one checkpoint at a time is
// the candidate: the newest when it was chosen, and none other until it is final. What is final is on disk before it is
// shown: a node that showed less after a crash would look like one that took history back. It takes the lines of listed
// witnesses over its own log alone, and holds two checkpoints, however many lines arrive.
package gather

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/mod/sumdb/note"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/history"
	"weir/ledger/internal/durable"
	"weir/ledger/machine"
	"weir/ledger/merkle"
	"weir/ledger/proof"
)

// MaxLine bounds a cosignature line, in bytes.
const MaxLine = 512

// ErrCosignature is returned for bytes that are not one good cosignature line of a listed witness.
var ErrCosignature = errors.New("cosignature refused")

// ErrStale is returned for a cosignature over a checkpoint that is not being gathered for, or no more.
var ErrStale = errors.New("cosignatures are gathered over another checkpoint")

// Log is the ledger's log of headers: *machine.Machine.
type Log interface {
	// Signed is the newest signed checkpoint, and the ledger under it, nil where that is not at hand; or history.ErrNotFound.
	Signed() (checkpoint []byte, at *machine.At, err error)
	Tree() (size uint64, root engine.Digest)
	Log(size uint64) merkle.Log
}

// Config is what a Gatherer works with.
type Config struct {
	Log   Log
	Trust *proof.Trust // the ledger's own: whose lines are taken, and how many make a checkpoint final; nil: nobody's, none
	File  string       // holds the last final checkpoint; not used where no witness is needed
	// Moved gives a channel that is closed when the next block is durable (solo.Sequencer, Moved).
	Moved func() <-chan struct{}
}

// Gatherer gathers cosignatures. It is safe for concurrent use.
type Gatherer struct {
	config Config
	need   int
	known  note.Verifiers // the log's and the witnesses'

	mu        sync.Mutex
	candidate *gathered
	final     *gathered // nil before the first, and where no witness is needed
	changed   chan struct{}
}

// gathered is a checkpoint as the log signed it, and with the lines so far.
type gathered struct {
	bare, with *proof.Checkpoint
	lines      int
	at         *machine.At // nil: not at hand
}

// Open takes up the last final checkpoint. One that the log does not have is refused with ledger.ErrDamaged: the log lost
// blocks that witnesses have cosigned, and every one of them would refuse it.
func Open(config Config) (*Gatherer, error) {
	g := &Gatherer{config: config, changed: make(chan struct{})}
	if config.Trust == nil {
		return g, nil
	}
	if err := config.Trust.Check(); err != nil {
		return nil, fmt.Errorf("gather cosignatures: %w", err)
	}
	var all []note.Verifier
	for _, text := range append(append([]string{}, config.Trust.CheckpointKeys...), config.Trust.Witnesses.Keys...) {
		v, err := proof.NewVerifier(text)
		if err != nil {
			return nil, fmt.Errorf("gather cosignatures: %w", err)
		}
		all = append(all, v)
	}
	g.known, g.need = note.VerifierList(all...), config.Trust.Witnesses.Need
	if g.need == 0 {
		return g, nil
	}
	if err := g.resume(); err != nil {
		return nil, fmt.Errorf("gather cosignatures: %w", err)
	}
	return g, nil
}

func (g *Gatherer) resume() error {
	b, err := os.ReadFile(g.config.File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	c, err := g.config.Trust.Open(b)
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ledger.ErrDamaged, filepath.Base(g.config.File), err)
	}
	root := engine.Digest{}
	if size, _ := g.config.Log.Tree(); c.Size <= size {
		if root, err = g.config.Log.Log(c.Size).Root(); err != nil {
			return err
		}
	}
	if root != c.Root {
		return fmt.Errorf("%w: witnesses have cosigned %d blocks that this ledger does not have: it is an older copy, or another one", ledger.ErrDamaged, c.Size)
	}
	signed, err := g.config.Trust.Follow(b) // without the lines
	if err != nil {
		return err
	}
	g.final = &gathered{bare: signed.Last(), with: c, lines: len(c.Cosignatures)}
	if newest, at, err := g.newest(); err == nil && newest.Size == c.Size {
		g.final.at = at
	}
	return nil
}

// Final is the newest checkpoint with as many cosignatures as are needed; where none is, the newest that the log signed.
// history.ErrNotFound before the first.
func (g *Gatherer) Final() (*proof.Checkpoint, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.need > 0 {
		if g.final == nil {
			return nil, fmt.Errorf("%w: no checkpoint has the cosignatures of %d witnesses yet", history.ErrNotFound, g.need)
		}
		return g.final.with, nil
	}
	newest, _, err := g.newest()
	if err == nil && g.candidate != nil && g.candidate.with.Size == newest.Size {
		newest = g.candidate.with
	}
	return newest, err
}

// Candidate is the checkpoint that is being gathered for, with the lines so far; where none is needed, the newest.
// history.ErrNotFound before the log's first.
func (g *Gatherer) Candidate() (*proof.Checkpoint, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.candidate != nil && g.candidate.lines < g.need {
		return g.candidate.with, nil
	}
	newest, at, err := g.newest()
	if err != nil {
		return nil, err
	}
	if g.candidate == nil || newest.Size > g.candidate.bare.Size {
		g.candidate = &gathered{bare: newest, with: newest, at: at}
	}
	return g.candidate.with, nil
}

func (g *Gatherer) newest() (*proof.Checkpoint, *machine.At, error) {
	b, at, err := g.config.Log.Signed()
	if err != nil {
		return nil, nil, err
	}
	c, err := proof.ReadCheckpoint(b)
	return c, at, err
}

// FinalState is the final checkpoint and the ledger under it, so that what stood there can be shown while blocks come faster
// than witnesses sign. Without witnesses, and until the first checkpoint of this process is final, it is nil.
func (g *Gatherer) FinalState() (*proof.Checkpoint, *machine.At) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.need == 0 || g.final == nil || g.final.at == nil {
		return nil, nil
	}
	return g.final.with, g.final.at
}

// Cosign takes a witness's line over the checkpoint of a size; the same again changes nothing. Errors are ErrCosignature,
// ErrStale, or the disk's.
func (g *Gatherer) Cosign(size uint64, line []byte) error {
	if len(line) > MaxLine || bytes.IndexByte(line, '\n') != len(line)-1 || g.known == nil {
		return fmt.Errorf("%w: want one line of at most %d bytes", ErrCosignature, MaxLine)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, over := range []*gathered{g.candidate, g.final} {
		if over == nil || over.bare.Size != size {
			continue
		}
		return g.add(over, line)
	}
	return fmt.Errorf("%w than that of %d blocks", ErrStale, size)
}

func (g *Gatherer) add(over *gathered, line []byte) error {
	alone, err := over.bare.With(g.known, line)
	if err != nil || len(alone.Cosignatures) != 1 {
		return fmt.Errorf("%w: it is not by a listed witness over this checkpoint", ErrCosignature)
	}
	with, err := over.with.With(g.known, line)
	if err != nil { // of a witness that is there already, or one line too many for a checkpoint
		return nil
	}
	added := &gathered{bare: over.bare, with: with, lines: over.lines + 1, at: over.at}
	if over != g.candidate { // late for one that is final: its quorum is on disk
		g.final = added
		return nil
	}
	return g.advance(added)
}

// advance makes what was gathered the candidate, and final where it is enough.
func (g *Gatherer) advance(c *gathered) error {
	final := g.final
	if g.need > 0 && c.lines >= g.need {
		if err := durable.Replace(g.config.File, c.with.Note); err != nil {
			return fmt.Errorf("keep final checkpoint: %w", err)
		}
		final = c
	}
	g.candidate, g.final = c, final
	close(g.changed)
	g.changed = make(chan struct{})
	return nil
}

// AwaitFinal is Final once it is over more than size blocks, or what there is when ctx ends.
func (g *Gatherer) AwaitFinal(ctx context.Context, size uint64) (*proof.Checkpoint, error) {
	return g.await(ctx, size, g.Final)
}

// AwaitCandidate is Candidate once it is over more than size blocks, or what there is when ctx ends.
func (g *Gatherer) AwaitCandidate(ctx context.Context, size uint64) (*proof.Checkpoint, error) {
	return g.await(ctx, size, g.Candidate)
}

func (g *Gatherer) await(ctx context.Context, size uint64, look func() (*proof.Checkpoint, error)) (*proof.Checkpoint, error) {
	for {
		moved, changed := g.config.Moved(), g.change()
		c, err := look()
		if err != nil && !errors.Is(err, history.ErrNotFound) || err == nil && c.Size > size {
			return c, err
		}
		select {
		case <-moved:
		case <-changed:
		case <-ctx.Done():
			return c, err
		}
	}
}

// Moved gives a channel that is closed when Final may be another.
func (g *Gatherer) Moved() <-chan struct{} {
	if g.need == 0 {
		return g.config.Moved()
	}
	return g.change()
}

func (g *Gatherer) change() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.changed
}
