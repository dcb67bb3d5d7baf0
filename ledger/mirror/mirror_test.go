package mirror_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/history"
	"weir/ledger/ledgertest"
	"weir/ledger/machine"
	"weir/ledger/mirror"
	"weir/ledger/proof"
)

func tx(account string, sequence uint64, body string) *ledger.Tx {
	return ledgertest.Tx(account, sequence, "count/add", body)
}

// origin is a ledger of some blocks, whose store is at hand.
func origin(t *testing.T, blocks int) (*machine.Machine, *ledgertest.Memory) {
	t.Helper()
	store := new(ledgertest.Memory)
	m := ledgertest.Found(t, store)
	grow(t, m, blocks)
	return m, store
}

func grow(t *testing.T, m *machine.Machine, blocks int) {
	t.Helper()
	for range blocks {
		n, err := m.Sequence("alice")
		if err != nil {
			t.Fatal(err)
		}
		ledgertest.Run(t, m, tx("alice", n, "apples 1"), tx("bob", n, "pears 1"))
	}
}

func config(t *testing.T, folder string) mirror.Config {
	return mirror.Config{Folder: folder, Chain: "test", Founded: ledgertest.Began, Document: ledgertest.Document(ledgertest.Accounts...),
		Contracts: ledgertest.Counters(t), Trust: ledgertest.Trust(t)}
}

func open(t *testing.T, c mirror.Config) *mirror.Mirror {
	t.Helper()
	m, err := mirror.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func follow(t *testing.T, m *mirror.Mirror, from mirror.Source) (*mirror.Seen, int, error) {
	t.Helper()
	steps := 0
	seen, err := m.Follow(t.Context(), from, func(_, _ uint64) { steps++ })
	return seen, steps, err
}

// source is a ledger with lies.
type source struct {
	mirror.Stored
	note    []byte
	falsify func(*ledger.Committed) *ledger.Committed // nil ends the stream
}

func (s source) Checkpoint(ctx context.Context) ([]byte, error) {
	if s.note != nil {
		return s.note, nil
	}
	return s.Stored.Checkpoint(ctx)
}

func (s source) Blocks(ctx context.Context, from uint64) iter.Seq2[*ledger.Committed, error] {
	return func(yield func(*ledger.Committed, error) bool) {
		for b, err := range s.Stored.Blocks(ctx, from) {
			if s.falsify != nil {
				if b = s.falsify(b); b == nil {
					return
				}
			}
			if !yield(b, err) {
				return
			}
		}
	}
}

func stored(store ledger.Store) mirror.Stored {
	return mirror.Stored{Reader: history.Reader{Store: store}}
}

// A copy grows from where it was, in this process and the next, and answers as the ledger does.
func TestCopyFollows(t *testing.T) {
	m, store := origin(t, 4)
	c := config(t, filepath.Join(t.TempDir(), "copy"))
	own := open(t, c)
	if own.Machine() != nil {
		t.Error("a copy of nothing")
	}
	seen, steps, err := follow(t, own, stored(store))
	if err != nil || seen.Height != 4 || steps != 5 || !seen.Final || !seen.Time.Equal(m.Head().At()) {
		t.Fatalf("%+v in %d steps, %v", seen, steps, err)
	}
	grow(t, m, 2)
	if err := own.Close(); err != nil {
		t.Fatal(err)
	}
	own = open(t, c)
	seen, steps, err = follow(t, own, stored(store))
	if err != nil || seen.Height != 6 || steps != 2 || own.Machine().Head().Digest() != m.Head().Digest() || ledgertest.Value(t, own.Machine(), "apples") != "6" {
		t.Fatalf("%+v in %d steps, %v", seen, steps, err)
	}
	if _, steps, err = follow(t, own, stored(store)); err != nil || steps != 0 {
		t.Errorf("again: %d steps, %v", steps, err)
	}
	if info, err := os.Stat(c.Folder); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
}

// Whatever is left out, changed or put beside is noticed, and the next honest source is followed all the same.
func TestLiesAreRefused(t *testing.T) {
	m, store := origin(t, 4)
	_, shorter := origin(t, 2)
	_, longer := origin(t, 7)
	beside, _ := origin(t, 3)
	ledgertest.Run(t, beside, tx("alice", 3, "apples 1")) // bob's transaction is left out
	note, err := m.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	longNote, err := stored(longer).Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	at := func(height uint64, change func(*ledger.Committed) *ledger.Committed) func(*ledger.Committed) *ledger.Committed {
		return func(b *ledger.Committed) *ledger.Committed {
			if b.Header.Height != height {
				return b
			}
			copied, header := *b, *b.Header
			copied.Header = &header
			return change(&copied)
		}
	}
	for name, s := range map[string]source{
		"a block without a transaction":  {Stored: stored(store), falsify: at(2, func(b *ledger.Committed) *ledger.Committed { b.Txs = b.Txs[:1]; return b })},
		"an ordered otherwise":           {Stored: stored(store), falsify: at(2, func(b *ledger.Committed) *ledger.Committed { b.Txs = []*ledger.Tx{b.Txs[1], b.Txs[0]}; return b })},
		"a header with another state":    {Stored: stored(store), falsify: at(3, func(b *ledger.Committed) *ledger.Committed { b.Header.State[0] ^= 1; return b })},
		"another time":                   {Stored: stored(store), falsify: at(3, func(b *ledger.Committed) *ledger.Committed { b.Header.Time++; return b })},
		"another founding block":         {Stored: stored(store), falsify: at(0, func(b *ledger.Committed) *ledger.Committed { b.Header.Time++; return b })},
		"a block left out":               {Stored: stored(store), falsify: skip(2)},
		"an end too early":               {Stored: stored(store), falsify: at(4, func(*ledger.Committed) *ledger.Committed { return nil })},
		"a branch beside the checkpoint": {Stored: mirror.Stored{Reader: beside.Reader}, note: note},
		"a checkpoint of more":           {Stored: stored(store), note: longNote},
		"a checkpoint by another":        {Stored: stored(store), note: signedBy(t, m, "mallory")},
	} {
		own := open(t, config(t, t.TempDir()))
		if _, _, err := follow(t, own, s); !errors.Is(err, mirror.ErrSource) {
			t.Errorf("%s: %v", name, err)
		}
		if seen, _, err := follow(t, own, stored(store)); err != nil || seen.Height != 4 {
			t.Errorf("after %s: %+v, %v", name, seen, err)
		}
	}
	own := open(t, config(t, t.TempDir()))
	if _, _, err := follow(t, own, stored(store)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := follow(t, own, stored(shorter)); !errors.Is(err, mirror.ErrSource) || !errors.Is(err, proof.ErrRollback) {
		t.Errorf("a ledger that went back: %v", err)
	}
	fork, _ := origin(t, 3)
	ledgertest.Run(t, fork, tx("alice", 3, "apples 1"))
	branch(t, fork)
	if _, _, err := follow(t, own, mirror.Stored{Reader: fork.Reader}); !errors.Is(err, mirror.ErrSource) {
		t.Errorf("a fork: %v", err)
	}
	if seen, _, err := follow(t, own, stored(store)); err != nil || seen.Height != 4 {
		t.Errorf("after the fork: %+v, %v", seen, err)
	}
}

// skip shows a block as the one after it.
func skip(height uint64) func(*ledger.Committed) *ledger.Committed {
	return func(b *ledger.Committed) *ledger.Committed {
		if b.Header.Height == height {
			b.Header.Height++
		}
		return b
	}
}

// branch adds two blocks by alice alone.
func branch(t *testing.T, m *machine.Machine) {
	for n := range uint64(2) {
		ledgertest.Run(t, m, tx("alice", 4+n, "apples 1"))
	}
}

// A copy that is gone is made again, and what was accepted before still counts: a fork is refused although no block is left.
func TestCheckpointOutlivesTheBlocks(t *testing.T) {
	m, store := origin(t, 4)
	c := config(t, t.TempDir())
	own := open(t, c)
	if _, _, err := follow(t, own, stored(store)); err != nil {
		t.Fatal(err)
	}
	own.Close()
	if err := os.RemoveAll(filepath.Join(c.Folder, "store")); err != nil {
		t.Fatal(err)
	}
	fork, _ := origin(t, 3)
	ledgertest.Run(t, fork, tx("alice", 3, "apples 1"))
	branch(t, fork)
	own = open(t, c)
	if _, _, err := follow(t, own, mirror.Stored{Reader: fork.Reader}); !errors.Is(err, proof.ErrFork) {
		t.Errorf("a fork: %v", err)
	}
	grow(t, m, 1)
	if seen, _, err := follow(t, own, stored(store)); err != nil || seen.Height != 5 {
		t.Errorf("%+v, %v", seen, err)
	}
}

// A program without an activated version says which it lacks, and throws nothing away.
func TestLackingVersionStopsTheCopy(t *testing.T) {
	set := ledgertest.Config(t, new(ledgertest.Memory))
	set.Contracts = set.Contracts.Beside(ledgertest.Generous())
	m, err := machine.Found(set, machine.Founding{Chain: "test", Time: ledgertest.Began, Proposer: "p", Document: ledgertest.Document(ledgertest.Accounts...)})
	if err != nil {
		t.Fatal(err)
	}
	ledgertest.Run(t, m, ledgertest.Tx("carol", 0, "count/activate", "3"))
	grow(t, m, 3)
	c := config(t, t.TempDir())
	own := open(t, c)
	var lacking *contract.LackingError
	for range 2 {
		if _, _, err := follow(t, own, mirror.Stored{Reader: m.Reader}); !errors.As(err, &lacking) || lacking.Height != 3 || errors.Is(err, mirror.ErrSource) {
			t.Fatalf("%v", err)
		}
	}
	own.Close()
	c.Contracts = c.Contracts.Beside(ledgertest.Generous())
	if seen, steps, err := follow(t, open(t, c), mirror.Stored{Reader: m.Reader}); err != nil || seen.Height != 4 || steps != 2 {
		t.Errorf("%+v in %d steps, %v", seen, steps, err)
	}
}

// A checkpoint that too few witnesses saw is followed, and told apart.
func TestWitnessesMakeItFinal(t *testing.T) {
	_, store := origin(t, 1)
	c := config(t, t.TempDir())
	public := ledgertest.Public("witness")
	key, err := proof.CosignatureKey("witness", ed25519.PublicKey(public[:]))
	if err != nil {
		t.Fatal(err)
	}
	c.Trust.Witnesses = proof.Witnesses{Need: 1, Keys: []string{key}}
	if seen, _, err := follow(t, open(t, c), stored(store)); err != nil || seen.Final {
		t.Errorf("%+v, %v", seen, err)
	}
}

func signedBy(t *testing.T, m *machine.Machine, name string) []byte {
	t.Helper()
	var signer note.Signer
	signer, err := proof.NewSigner(ledgertest.Sequencer, ledgertest.Key(name))
	if err != nil {
		t.Fatal(err)
	}
	size, root := m.Tree()
	c, err := proof.SignCheckpoint(ledgertest.Origin, size, root, signer)
	if err != nil {
		t.Fatal(err)
	}
	return c.Note
}
