package witness_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/ledgertest"
	"weir/ledger/machine"
	"weir/ledger/proof"
	"weir/ledger/witness"
)

func cosigner(t *testing.T) (*proof.Cosigner, *proof.Trust) {
	t.Helper()
	c, err := proof.NewCosigner("w1", ledgertest.Key("w1"))
	if err != nil {
		t.Fatal(err)
	}
	public := ledgertest.Public("w1")
	key, err := proof.CosignatureKey("w1", public[:])
	if err != nil {
		t.Fatal(err)
	}
	trust := ledgertest.Trust(t)
	trust.Witnesses = proof.Witnesses{Need: 1, Keys: []string{key}}
	return c, trust
}

func open(t *testing.T, file string) *witness.Witness {
	t.Helper()
	c, trust := cosigner(t)
	w, err := witness.Open(file, trust, c)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// show is what a ledger shows to whoever saw it at a size, 0 for nobody.
func show(t *testing.T, m *machine.Machine, seen uint64) *witness.Shown {
	t.Helper()
	s := &witness.Shown{Header: m.Head().Encode()}
	size, _ := m.Tree()
	var err error
	if s.Checkpoint, err = m.Checkpoint(); err != nil {
		t.Fatal(err)
	}
	if seen > 0 && seen < size {
		if s.Consistency, err = m.Consistency(seen, size); err != nil {
			t.Fatal(err)
		}
	}
	if s.Path, err = m.Log(size).Path(size - 1); err != nil {
		t.Fatal(err)
	}
	return s
}

func grown(t *testing.T, blocks uint64, body string) *machine.Machine {
	t.Helper()
	m := ledgertest.Found(t, new(ledgertest.Memory))
	for n := range blocks {
		ledgertest.Run(t, m, ledgertest.Tx("alice", n, "count/add", body))
	}
	return m
}

// A witness accepts one history, across restarts, and its word makes a checkpoint final.
func TestWitnessCosigns(t *testing.T) {
	file := filepath.Join(t.TempDir(), "witness")
	_, trust := cosigner(t)
	m := grown(t, 2, "a 1")
	seen := uint64(0)
	for n := range uint64(5) {
		w := open(t, file)
		s := show(t, m, seen)
		line, err := w.Accept(s, m.Head().At())
		if err != nil {
			t.Fatal(err)
		}
		c, err := trust.Open(append(bytes.Clone(s.Checkpoint), line...))
		if err != nil || !c.Cosignatures[0].Time.Equal(m.Head().At()) {
			t.Errorf("%+v, %v", c, err)
		}
		if _, err := w.Accept(show(t, m, 0), m.Head().At().Add(time.Hour)); err != nil {
			t.Errorf("the same, later: %v", err)
		}
		seen = c.Size
		ledgertest.Run(t, m, ledgertest.Tx("alice", n+2, "count/add", "a 1"))
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

// A18: going back, parting, and times that cannot be right are refused, and what was accepted stays on disk.
func TestWitnessRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "witness")
	short, m, other := grown(t, 2, "a 1"), grown(t, 3, "a 1"), grown(t, 5, "b 1")
	at := m.Head().At()
	if _, err := open(t, file).Accept(show(t, m, 0), at); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(file)
	ledgertest.Run(t, m, ledgertest.Tx("alice", 3, "count/add", "a 1"))
	good := func() *witness.Shown { return show(t, m, 4) }
	for name, c := range map[string]struct {
		shown *witness.Shown
		now   time.Time
		want  error
	}{
		"back":               {show(t, short, 0), at, proof.ErrRollback},
		"another history":    {show(t, other, 4), at, proof.ErrFork},
		"no proof":           {show(t, m, 0), at, proof.ErrFork},
		"header before":      {&witness.Shown{Checkpoint: good().Checkpoint, Consistency: good().Consistency, Header: short.Head().Encode()}, at, witness.ErrHeader},
		"no header":          {&witness.Shown{Checkpoint: good().Checkpoint, Consistency: good().Consistency}, at, witness.ErrHeader},
		"header's path gone": {&witness.Shown{Checkpoint: good().Checkpoint, Consistency: good().Consistency, Header: good().Header}, at, witness.ErrHeader},
		"clock behind":       {good(), at.Add(-witness.MaxSkew), witness.ErrTime},
	} {
		if _, err := open(t, file).Accept(c.shown, c.now); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if after, _ := os.ReadFile(file); !bytes.Equal(before, after) {
			t.Fatalf("%s: the file changed", name)
		}
	}
	if _, err := open(t, file).Accept(good(), at); err != nil {
		t.Error(err)
	}
}

// A block that was made after the witness looked cannot claim to be much older than that look.
func TestBackdatedBlock(t *testing.T) {
	w := open(t, filepath.Join(t.TempDir(), "witness"))
	m := grown(t, 2, "a 1")
	looked := m.Head().At().Add(time.Hour) // nothing happened for an hour, as the witness saw
	if _, err := w.Accept(show(t, m, 0), looked); err != nil {
		t.Fatal(err)
	}
	ledgertest.Run(t, m, ledgertest.Tx("alice", 2, "count/add", "a 1")) // a second after the block before
	if _, err := w.Accept(show(t, m, 3), looked.Add(time.Second)); !errors.Is(err, witness.ErrTime) {
		t.Errorf("%v", err)
	}
}

func TestDamagedMemoryIsNotForgotten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "witness")
	m := grown(t, 2, "a 1")
	if _, err := open(t, file).Accept(show(t, m, 0), m.Head().At()); err != nil {
		t.Fatal(err)
	}
	whole, _ := os.ReadFile(file)
	c, trust := cosigner(t)
	for i := range whole {
		for name, b := range map[string][]byte{"cut": whole[:i], "flipped": append(append(bytes.Clone(whole[:i]), whole[i]^1), whole[i+1:]...)} {
			if err := os.WriteFile(file, b, 0o600); err != nil {
				t.Fatal(err)
			}
			w, err := witness.Open(file, trust, c)
			if err == nil && (w.Last() == nil || w.Last().Size != 3) {
				t.Errorf("%s at %d: begun anew", name, i)
			}
			if name == "cut" && !errors.Is(err, ledger.ErrDamaged) {
				t.Errorf("cut at %d: %v", i, err)
			}
		}
	}
}

func TestAccuse(t *testing.T) {
	w := open(t, filepath.Join(t.TempDir(), "witness"))
	m, other := grown(t, 3, "a 1"), grown(t, 6, "b 1")
	if _, err := w.Accept(show(t, m, 0), m.Head().At()); err != nil {
		t.Fatal(err)
	}
	root, err := other.Log(4).Root()
	if err != nil {
		t.Fatal(err)
	}
	s := show(t, other, 4)
	fork, err := w.Accuse(s.Checkpoint, root, s.Consistency)
	if err != nil {
		t.Fatal(err)
	}
	if err := ledgertest.Trust(t).VerifyFork(fork.Encode()); err != nil {
		t.Error(err)
	}
	if _, err := w.Accuse(s.Checkpoint, engine.Digest{}, nil); !errors.Is(err, proof.ErrEvidence) {
		t.Errorf("%v", err)
	}
}
