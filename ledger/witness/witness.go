// Package witness follows a ledger and cosigns what it saw (C2SP tlog-cosignature). It is for every agent, bank and
// outsider: what one of them accepted, on disk before it is acted on, no ledger can take back without leaving evidence.
//
// A witness refuses a log that goes back or parts from what it saw, a newest block whose time is ahead of its clock or did
// not move on, and one that claims to have been made well before the witness last looked. It signs nothing else, and
// nothing before it is stored.
package witness

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger"
	"weir/ledger/internal/durable"
	"weir/ledger/merkle"
	"weir/ledger/proof"
)

// MaxSkew is how far clocks may be apart.
const MaxSkew = 2 * time.Minute

// ErrTime is returned for a newest block with a time that cannot be right.
var ErrTime = errors.New("block time refused")

// ErrHeader is returned for a header that is not the newest one under its checkpoint.
var ErrHeader = errors.New("newest header refused")

// Shown is what a ledger shows of itself.
type Shown struct {
	Checkpoint  []byte          // signed note
	Consistency []engine.Digest // from the last checkpoint accepted; empty for the first, and for one of equal size
	Header      []byte          // the newest under the checkpoint, encoded
	Path        []engine.Digest // from it to the checkpoint
}

// Witness remembers a ledger in a file. It is not safe for concurrent use.
type Witness struct {
	file     string
	trust    *proof.Trust
	follower *proof.Follower
	cosigner *proof.Cosigner // nil: it only follows
	block    int64           // time of the newest header accepted, Unix milliseconds
	looked   int64           // when that was, by the witness's clock
}

// memory is the file: what was accepted last, and when.
type memory struct {
	_             struct{} `cbor:",toarray"`
	Format        string
	Checkpoint    []byte
	Block, Looked int64
}

const format = "weir-witness/1"

// Open takes up a witness's file, or begins one with the first checkpoint that it will accept on the log's word alone.
// Whoever deletes the file forgets what was seen: a damaged one is refused with an error that wraps ledger.ErrDamaged,
// not begun anew. A nil cosigner makes a witness that follows and does not sign.
func Open(file string, trust *proof.Trust, cosigner *proof.Cosigner) (*Witness, error) {
	w := &Witness{file: file, trust: trust, cosigner: cosigner}
	var m memory
	b, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("open witness: %w", err)
	default:
		if err := canonical.Decode(b, proof.MaxCheckpoint+64, &m); err != nil || m.Format != format {
			return nil, fmt.Errorf("open witness: %w: %s is not readable", ledger.ErrDamaged, filepath.Base(file))
		}
	}
	if w.follower, err = trust.Follow(m.Checkpoint); err != nil {
		return nil, fmt.Errorf("open witness: %w", err)
	}
	w.block, w.looked = m.Block, m.Looked
	return w, nil
}

// Last is the last checkpoint accepted, nil before the first.
func (w *Witness) Last() *proof.Checkpoint { return w.follower.Last() }

// Accept takes the next checkpoint, stores it, and gives this witness's cosignature line; none, nil, without a cosigner.
// Errors wrap what proof.Follower says, ErrHeader or ErrTime, and leave everything as it was.
func (w *Witness) Accept(s *Shown, now time.Time) ([]byte, error) {
	next, err := w.trust.Follow(nil)
	if last := w.Last(); err == nil && last != nil {
		next, err = w.trust.Follow(last.Note)
	}
	if err != nil {
		return nil, fmt.Errorf("witness: %w", err)
	}
	c, err := next.Accept(s.Checkpoint, s.Consistency)
	if err != nil {
		return nil, fmt.Errorf("witness: %w", err)
	}
	block, err := w.judge(c, s, now)
	if err != nil {
		return nil, fmt.Errorf("witness: %w", err)
	}
	if err := w.remember(c, block, now); err != nil {
		return nil, fmt.Errorf("witness: %w", err)
	}
	w.follower, w.block, w.looked = next, block, now.UnixMilli()
	if w.cosigner == nil {
		return nil, nil
	}
	return w.cosigner.Cosign(c, now)
}

// judge reads the newest header and gives its time.
func (w *Witness) judge(c *proof.Checkpoint, s *Shown, now time.Time) (int64, error) {
	h, err := ledger.DecodeHeader(s.Header)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrHeader, err)
	}
	if h.Chain != w.trust.Chain || h.Height+1 != c.Size {
		return 0, fmt.Errorf("%w: block %d of %s under a checkpoint of %d", ErrHeader, h.Height, h.Chain, c.Size)
	}
	if err := merkle.CheckPath(c.Root, c.Size, h.Height, s.Header, s.Path); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrHeader, err)
	}
	skew := MaxSkew.Milliseconds()
	last := w.Last()
	switch {
	case h.Time > now.UnixMilli()+skew:
		return 0, fmt.Errorf("%w: ahead of this clock by more than %v", ErrTime, MaxSkew)
	case last == nil || c.Size == last.Size:
	case h.Time <= w.block:
		return 0, fmt.Errorf("%w: not after that of an earlier block", ErrTime)
	case h.Time < w.looked-skew:
		return 0, fmt.Errorf("%w: the block was not there when it claims to have been made", ErrTime)
	}
	return h.Time, nil
}

// remember stores what was accepted, durably. The same again costs nothing.
func (w *Witness) remember(c *proof.Checkpoint, block int64, now time.Time) error {
	if last := w.Last(); last != nil && bytes.Equal(last.Note, c.Note) {
		return nil
	}
	m := memory{Format: format, Checkpoint: c.Note, Block: block, Looked: now.UnixMilli()}
	return durable.Replace(w.file, canonical.Encode(m))
}

// Accuse makes evidence out of another signed checkpoint, as proof.Follower does.
func (w *Witness) Accuse(other []byte, root engine.Digest, consistency []engine.Digest) (*proof.Fork, error) {
	return w.follower.Accuse(other, root, consistency)
}
