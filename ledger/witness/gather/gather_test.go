package gather_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"weir/ledger"
	"weir/ledger/history"
	"weir/ledger/ledgertest"
	"weir/ledger/machine"
	"weir/ledger/proof"
	"weir/ledger/witness/gather"
)

// world is a ledger, and what gathers for it.
type world struct {
	*gather.Gatherer
	t       testing.TB
	machine *machine.Machine
	config  gather.Config
	mu      sync.Mutex
	moved   chan struct{}
	blocks  uint64
}

func found(t testing.TB, need int) *world {
	t.Helper()
	w := &world{t: t, machine: ledgertest.Found(t, new(ledgertest.Memory)), moved: make(chan struct{})}
	w.config = gather.Config{Log: w.machine, Trust: ledgertest.Witnessed(t, need, "w1", "w2", "w3"), File: filepath.Join(t.TempDir(), "cosigned"),
		Moved: func() <-chan struct{} {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.moved
		}}
	w.open()
	return w
}

func (w *world) open() {
	w.t.Helper()
	var err error
	if w.Gatherer, err = gather.Open(w.config); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) grow() {
	w.t.Helper()
	ledgertest.Run(w.t, w.machine, ledgertest.Tx("alice", w.blocks, "count/add", "a 1"))
	w.blocks++
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.moved)
	w.moved = make(chan struct{})
}

func (w *world) candidate() *proof.Checkpoint {
	w.t.Helper()
	c, err := w.Candidate()
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// line is a witness's over a checkpoint.
func (w *world) line(name string, c *proof.Checkpoint) []byte {
	w.t.Helper()
	line, err := ledgertest.Cosigner(w.t, name).Cosign(c, time.Unix(1_700_000_000, 0))
	if err != nil {
		w.t.Fatal(err)
	}
	return line
}

func (w *world) cosign(name string, c *proof.Checkpoint) {
	w.t.Helper()
	if err := w.Cosign(c.Size, w.line(name, c)); err != nil {
		w.t.Fatalf("%s: %v", name, err)
	}
}

// finals is how many blocks the final checkpoint is over, 0 for none. It must be final by the trust, whoever asks.
func (w *world) finals() uint64 {
	w.t.Helper()
	c, err := w.Final()
	if errors.Is(err, history.ErrNotFound) {
		return 0
	}
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.config.Trust.Open(c.Note); err != nil {
		w.t.Fatalf("shown as final: %v", err)
	}
	return c.Size
}

// A checkpoint is final with the lines of two out of three, stays the candidate until then however the log grows, and is
// there after a crash. Lines that come late are added.
func TestTwoOfThree(t *testing.T) {
	w := found(t, 2)
	if _, err := w.Candidate(); !errors.Is(err, history.ErrNotFound) {
		t.Fatalf("candidate before the first checkpoint: %v", err)
	}
	w.grow()
	c := w.candidate()
	w.cosign("w1", c)
	w.grow()
	w.cosign("w1", c) // again: one witness is not two
	if again := w.candidate(); again.Size != c.Size || len(again.Cosignatures) != 1 || w.finals() != 0 {
		t.Fatalf("candidate of %d blocks with %d lines, final %d", again.Size, len(again.Cosignatures), w.finals())
	}
	w.cosign("w3", c)
	if w.finals() != 2 {
		t.Fatalf("final over %d blocks", w.finals())
	}
	next := w.candidate()
	if next.Size != 3 || len(next.Cosignatures) != 0 {
		t.Fatalf("next candidate of %d blocks", next.Size)
	}
	w.cosign("w2", c) // late
	if final, err := w.Final(); err != nil || len(final.Cosignatures) != 3 {
		t.Errorf("%d lines, %v", len(final.Cosignatures), err)
	}
	w.open()
	if w.finals() != 2 {
		t.Errorf("after a crash final over %d blocks", w.finals())
	}
	w.cosign("w2", c)
	w.grow()
	if c := w.candidate(); c.Size != 4 {
		t.Errorf("after a crash the candidate is over %d blocks", c.Size)
	}
}

// Without a quorum the log's word is enough, and whoever cosigns is carried along.
func TestNoneNeeded(t *testing.T) {
	w := found(t, 0)
	w.grow()
	c := w.candidate()
	w.cosign("w2", c)
	if final, err := w.Final(); err != nil || len(final.Note) <= len(c.Note) || final.Size != 2 {
		t.Errorf("%v", err)
	}
	w.grow()
	if w.candidate().Size != 3 {
		t.Errorf("the candidate waits for nobody: %d", w.candidate().Size)
	}
	w.grow()
	if w.finals() != 4 || w.candidate().Size != 4 {
		t.Errorf("final %d, candidate %d", w.finals(), w.candidate().Size)
	}
	if _, err := os.Stat(w.config.File); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that nobody needs: %v", err)
	}
	w.config.Trust = nil
	w.open()
	final, err := w.Final()
	if refused := w.Cosign(4, w.line("w1", c)); !errors.Is(refused, gather.ErrCosignature) || err != nil || final.Size != 4 {
		t.Errorf("where nobody gathers: %v, %v", refused, err)
	}
}

// A19: nothing but one good line of a listed witness over this very checkpoint counts.
func TestLinesRefused(t *testing.T) {
	w := found(t, 2)
	w.grow()
	c := w.candidate()
	good := w.line("w1", c)
	other := ledgertest.Found(t, new(ledgertest.Memory))
	ledgertest.Run(t, other, ledgertest.Tx("bob", 0, "count/add", "b 1"))
	b, err := other.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	fork, err := proof.ReadCheckpoint(b)
	if err != nil {
		t.Fatal(err)
	}
	_, logLine, _ := bytes.Cut(c.Note, []byte("\n\n"))
	for name, line := range map[string][]byte{
		"by nobody on the list":   w.line("mallory", c),
		"over another history":    w.line("w1", fork),
		"the log's own":           logLine,
		"two lines":               append(bytes.Clone(good), w.line("w2", c)...),
		"no end":                  good[:len(good)-1],
		"nothing":                 {},
		"a text":                  []byte("hello\n"),
		"a changed byte":          bytes.Replace(good, good[20:21], []byte("A"), 1),
		"another way to write it": bytes.Replace(good, []byte("w1 "), []byte("w1  "), 1),
		"long":                    append(bytes.Repeat([]byte("x"), gather.MaxLine), '\n'),
	} {
		if err := w.Cosign(c.Size, line); !errors.Is(err, gather.ErrCosignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := w.Cosign(c.Size+1, good); !errors.Is(err, gather.ErrStale) {
		t.Errorf("for another size: %v", err)
	}
	if got := w.candidate(); len(got.Cosignatures) != 0 {
		t.Errorf("%d lines", len(got.Cosignatures))
	}
}

// A node whose ledger lacks what witnesses cosigned does not begin.
func TestAnOlderLedgerIsRefused(t *testing.T) {
	w := found(t, 1)
	w.grow()
	w.grow()
	w.cosign("w1", w.candidate())
	for name, blocks := range map[string]int{"shorter": 1, "another of the same length": 2, "another, longer": 3} {
		other := ledgertest.Found(t, new(ledgertest.Memory))
		for n := range blocks {
			ledgertest.Run(t, other, ledgertest.Tx("bob", uint64(n), "count/add", "b 1"))
		}
		config := w.config
		config.Log = other
		if _, err := gather.Open(config); !errors.Is(err, ledger.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.WriteFile(w.config.File, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := gather.Open(w.config); !errors.Is(err, ledger.ErrDamaged) {
		t.Errorf("a damaged file: %v", err)
	}
}

// Whoever waits is told at once, and not before.
func TestAwait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := found(t, 1)
		w.grow()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		told := make(chan uint64, 2)
		go func() {
			c, err := w.AwaitFinal(ctx, 1)
			if err == nil {
				told <- c.Size
			}
		}()
		synctest.Wait()
		if len(told) != 0 {
			t.Fatal("told before the witness spoke")
		}
		w.cosign("w1", w.candidate())
		synctest.Wait()
		if len(told) != 1 || <-told != 2 {
			t.Fatal("not told")
		}
		go func() {
			c, err := w.AwaitCandidate(ctx, 2)
			if err == nil {
				told <- c.Size
			}
		}()
		synctest.Wait()
		w.grow()
		synctest.Wait()
		if len(told) != 1 || <-told != 3 {
			t.Fatal("not told of the next block")
		}
		if c, err := w.AwaitFinal(ctx, 2); err != nil || c.Size != 2 || ctx.Err() == nil { // the wait ends with what there is
			t.Errorf("%v", err)
		}
	})
}

// What stood under the final checkpoint can be shown while blocks come faster than witnesses sign: what nothing replaced since,
// and never anything else for what was.
func TestStateUnderTheFinalCheckpoint(t *testing.T) {
	w := found(t, 2)
	ledgertest.Run(t, w.machine, ledgertest.Tx("bob", 0, "count/add", "kept 5"))
	w.grow()
	if _, at := w.FinalState(); at != nil {
		t.Error("a state before anything is final")
	}
	c := w.candidate()
	for range 3 {
		w.grow()
	}
	w.cosign("w1", c)
	w.cosign("w2", c)
	w.grow()
	checkpoint, at := w.FinalState()
	if at == nil || checkpoint.Size != c.Size {
		t.Fatalf("no state under the final checkpoint, or another's")
	}
	bundle, err := at.State(checkpoint.Note, machine.StateKey{Contract: "counter", Key: "count/kept"}, machine.StateKey{Contract: "counter", Key: "never"})
	if err != nil {
		t.Fatal(err)
	}
	shown, err := w.config.Trust.VerifyState(bundle.Encode())
	if err != nil || shown.Header.Height+1 != c.Size || shown.Entries[0].Standing != proof.Live || shown.Entries[1].Standing != proof.Absent {
		t.Errorf("%+v, %v", shown, err)
	}
	if _, err := at.State(checkpoint.Note, machine.StateKey{Contract: "counter", Key: "count/a"}); !errors.Is(err, machine.ErrNotFound) {
		t.Errorf("an entry that was replaced since: %v", err)
	}
	w.open() // a node that starts again has the state of its last block alone
	if _, at := w.FinalState(); at != nil {
		t.Error("a state of before the start")
	}
	c = w.candidate()
	w.cosign("w1", c)
	w.cosign("w3", c)
	w.open()
	if checkpoint, at := w.FinalState(); at == nil || checkpoint.Size != c.Size {
		t.Error("the last block is final, and its state is not at hand")
	}
}
