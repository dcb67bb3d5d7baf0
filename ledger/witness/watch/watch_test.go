package watch_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"weir/engine"
	"weir/engine/message"
	"weir/ledger/ledgertest"
	"weir/ledger/machine"
	"weir/ledger/node"
	"weir/ledger/proof"
	"weir/ledger/witness"
	"weir/ledger/witness/gather"
	"weir/ledger/witness/watch"
)

// side is one history, and a node that shows it.
type side struct {
	*node.Node
	store   *ledgertest.Memory
	machine *machine.Machine
	config  gather.Config
	mu      sync.Mutex
	moved   chan struct{}
	blocks  map[string]uint64
}

func (s *side) begin(t testing.TB, need int) {
	t.Helper()
	s.moved = make(chan struct{})
	s.config = gather.Config{Log: s.machine, Trust: trust(t, need), File: filepath.Join(t.TempDir(), "cosigned"), Moved: func() <-chan struct{} {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.moved
	}}
	s.restart(t)
}

// restart forgets the lines that were gathered.
func (s *side) restart(t testing.TB) {
	t.Helper()
	g, err := gather.Open(s.config)
	if err != nil {
		t.Fatal(err)
	}
	s.Node = node.New(node.Config{Machine: s.machine, Gatherer: g})
}

func found(t testing.TB, need int) *side {
	t.Helper()
	s := &side{store: new(ledgertest.Memory), blocks: map[string]uint64{}}
	s.machine = ledgertest.Found(t, s.store)
	s.begin(t, need)
	return s
}

// fork is another history that begins like this one.
func (s *side) fork(t testing.TB) *side {
	t.Helper()
	f := &side{store: s.store.Clone(), blocks: map[string]uint64{}}
	for account, n := range s.blocks {
		f.blocks[account] = n
	}
	var err error
	if f.machine, err = machine.Open(ledgertest.Config(t, f.store)); err != nil {
		t.Fatal(err)
	}
	f.begin(t, s.config.Trust.Witnesses.Need)
	return f
}

func (s *side) grow(t testing.TB, account string, blocks int) {
	t.Helper()
	for range blocks {
		ledgertest.Run(t, s.machine, ledgertest.Tx(account, s.blocks[account], "count/add", account+" 1"))
		s.blocks[account]++
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.moved)
	s.moved = make(chan struct{})
}

func (s *side) note(t testing.TB) []byte {
	t.Helper()
	note, err := s.machine.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	return note
}

func trust(t testing.TB, need int) *proof.Trust {
	return ledgertest.Witnessed(t, need, "w1", "w2", "w3")
}

func open(t testing.TB, folder, name string, n watch.Node, clock func() time.Time) (*watch.Watch, error) {
	t.Helper()
	c := watch.Config{Folder: folder, Trust: trust(t, 0), Node: n, Clock: clock, Log: slog.New(slog.DiscardHandler)}
	if name != "" {
		c.Cosigner = ledgertest.Cosigner(t, name)
	}
	w, err := watch.Open(c)
	if err == nil {
		t.Cleanup(func() { w.Close() })
	}
	return w, err
}

func mustOpen(t testing.TB, folder, name string, n watch.Node, clock func() time.Time) *watch.Watch {
	t.Helper()
	w, err := open(t, folder, name, n, clock)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// Two witnesses that run make every checkpoint final, one after the other, through a node that forgets their lines.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := found(t, 2)
		now := func() time.Time { return s.machine.Head().At() }
		var watches []*watch.Watch
		for _, name := range []string{"w1", "w2"} {
			watches = append(watches, mustOpen(t, t.TempDir(), name, polled{s}, now))
		}
		run := func() (stop func()) {
			ctx, cancel := context.WithCancel(t.Context())
			var ended sync.WaitGroup
			for i, w := range watches {
				ended.Go(func() {
					if err := w.Run(ctx); err != nil {
						t.Errorf("witness %d: %v", i, err)
					}
				})
			}
			return func() { cancel(); ended.Wait() }
		}
		end := run()
		for n := range 3 {
			s.grow(t, "alice", 1+n)
			if n == 1 {
				synctest.Wait() // both have signed
				end()
				s.restart(t)
				end = run()
			}
			size, _ := s.machine.Tree()
			waiting, stop := context.WithTimeout(t.Context(), time.Minute)
			note, err := s.Await(waiting, size-1)
			stop()
			if err != nil {
				t.Fatal(err)
			}
			if c, err := trust(t, 2).Open(note); err != nil || c.Size != size {
				t.Errorf("final: %v", err)
			}
		}
		end()
	})
}

// polled holds a question as a client does.
type polled struct{ *side }

func (p polled) Candidate(ctx context.Context, size uint64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return p.Node.Candidate(ctx, size)
}

// switched is a node that shows another history from one moment on.
type switched struct {
	mu  sync.Mutex
	now *side
}

func (s *switched) side() *side {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *switched) to(side *side) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = side
}

func (s *switched) Checkpoint(ctx context.Context) ([]byte, error) { return s.side().Checkpoint(ctx) }
func (s *switched) Consistency(ctx context.Context, old, new uint64) ([]engine.Digest, error) {
	return s.side().Consistency(ctx, old, new)
}
func (s *switched) Bundle(ctx context.Context, tx engine.Digest, size uint64) ([]byte, error) {
	return s.side().Bundle(ctx, tx, size)
}
func (s *switched) Header(ctx context.Context, height, size uint64) ([]byte, []engine.Digest, error) {
	return s.side().Header(ctx, height, size)
}
func (s *switched) State(context.Context, engine.Name, []string) ([]byte, error) {
	return nil, message.ErrNotFound
}
func (s *switched) Await(ctx context.Context, size uint64) ([]byte, error) { return s.Checkpoint(ctx) }
func (s *switched) Candidate(ctx context.Context, size uint64) ([]byte, error) {
	return polled{s.side()}.Candidate(ctx, size)
}
func (s *switched) Cosign(ctx context.Context, size uint64, line []byte) error {
	return s.side().Cosign(ctx, size, line)
}

// A18: a node that shows a watcher two histories is convicted by a file, whichever of the two is longer and however the
// second one came, and nothing is signed or accepted any more, also after a restart, until a person decides.
func TestTwoHistories(t *testing.T) {
	for name, c := range map[string]struct {
		before, first, second int // blocks in common, then on each side
		evidence              bool
	}{
		"of one length":              {3, 2, 2, true},
		"the second longer":          {3, 2, 5, true},
		"nothing in common":          {0, 3, 6, true},
		"seen at a power of two":     {1, 2, 4, true}, // a proof of consistency then leaves the earlier root out
		"the second longer, by much": {2, 1, 200, true},
		"the second shorter":         {3, 4, 2, false}, // all that the second side has to show is its own beginning
		"it goes back":               {3, 4, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			one := found(t, 0)
			one.grow(t, "alice", c.before+1)
			other := one.fork(t)
			one.grow(t, "alice", c.first)
			if c.second > 0 {
				other.grow(t, "bob", c.second)
			}
			n := &switched{now: one}
			now := func() time.Time { return n.side().machine.Head().At() }
			folder := t.TempDir()
			w := mustOpen(t, folder, "w1", n, now)
			if _, err := w.Checkpoint(t.Context()); err != nil {
				t.Fatal(err)
			}
			n.to(other)
			err := w.Run(t.Context())
			if !errors.Is(err, watch.ErrHalted) || !errors.Is(err, proof.ErrFork) && !errors.Is(err, proof.ErrRollback) {
				t.Fatalf("ended with %v", err)
			}
			checkEvidence(t, folder, c.evidence)
			n.to(one)
			if _, err := w.Checkpoint(t.Context()); !errors.Is(err, watch.ErrHalted) {
				t.Errorf("goes on: %v", err)
			}
			w.Close()
			if _, err := open(t, folder, "w1", n, now); !errors.Is(err, watch.ErrHalted) {
				t.Errorf("goes on after a restart: %v", err)
			}
			if err := os.Remove(filepath.Join(folder, watch.HaltFile)); err != nil {
				t.Fatal(err)
			}
			w = mustOpen(t, folder, "w1", n, now)
			if _, err := w.Checkpoint(t.Context()); err != nil {
				t.Errorf("the first history, after the decision: %v", err)
			}
			n.to(other)
			if _, err := w.Checkpoint(t.Context()); !errors.Is(err, watch.ErrHalted) {
				t.Errorf("the second history, after the decision: %v", err)
			}
		})
	}
}

// checkEvidence looks for a file that convicts, readable by everybody; or, where nothing convicts, for what was shown.
func checkEvidence(t *testing.T, folder string, convicts bool) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "fork-*.evidence"))
	if err != nil {
		t.Fatal(err)
	}
	if !convicts {
		notes, err := filepath.Glob(filepath.Join(folder, "fork-*.note"))
		if len(files) != 0 || len(notes) != 1 || err != nil {
			t.Errorf("evidence %q, notes %q, %v", files, notes, err)
		}
		return
	}
	if len(files) != 1 {
		t.Fatalf("evidence: %q", files)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(files[0])
	if err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := trust(t, 2).VerifyFork(b); err != nil {
		t.Errorf("evidence: %v", err)
	}
}

// A checkpoint that somebody passes on is measured too: one of this history is fine at any length, one of another halts.
func TestCheck(t *testing.T) {
	s := found(t, 0)
	s.grow(t, "alice", 2)
	early := s.note(t)
	bad := s.fork(t)
	bad.grow(t, "bob", 1)
	s.grow(t, "alice", 3)
	now := func() time.Time { return s.machine.Head().At() }
	folder := t.TempDir()
	w := mustOpen(t, folder, "", s, now)
	for range 2 {
		if _, err := w.Checkpoint(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := w.Check(t.Context(), early); err != nil {
			t.Errorf("an earlier one: %v", err)
		}
		s.grow(t, "alice", 1)
		if err := w.Check(t.Context(), s.note(t)); err != nil {
			t.Errorf("a later one: %v", err)
		}
	}
	if err := w.Check(t.Context(), []byte("hello")); !errors.Is(err, proof.ErrCheckpoint) || w.Err() != nil {
		t.Errorf("no checkpoint: %v", err)
	}
	if err := w.Check(t.Context(), bad.note(t)); !errors.Is(err, watch.ErrHalted) {
		t.Errorf("of another history: %v", err)
	}
	checkEvidence(t, folder, true)
}

// lying answers every question about consistency with a wrong proof.
type lying struct{ *side }

func (l lying) Consistency(context.Context, uint64, uint64) ([]engine.Digest, error) {
	return []engine.Digest{{1}, {2}}, nil
}

// A node that cannot prove what it signed is not followed, though that convicts nobody.
func TestAWrongProof(t *testing.T) {
	s := found(t, 0)
	s.grow(t, "alice", 2)
	folder := t.TempDir()
	w := mustOpen(t, folder, "w1", lying{s}, func() time.Time { return s.machine.Head().At() })
	if _, err := w.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.grow(t, "alice", 3)
	if err := w.Run(t.Context()); !errors.Is(err, watch.ErrHalted) {
		t.Errorf("%v", err)
	}
	checkEvidence(t, folder, false)
}

// silent answers nothing but checkpoints.
type silent struct{ watch.Node }

func (silent) Header(context.Context, uint64, uint64) ([]byte, []engine.Digest, error) {
	return nil, nil, errors.New("no answer")
}
func (silent) Consistency(context.Context, uint64, uint64) ([]engine.Digest, error) {
	return nil, errors.New("no answer")
}

// Two checkpoints of one length convict by themselves: a node that answers nothing else is not waited for.
func TestASilentNode(t *testing.T) {
	s := found(t, 0)
	s.grow(t, "alice", 1)
	other := s.fork(t)
	s.grow(t, "alice", 2)
	other.grow(t, "bob", 2)
	folder := t.TempDir()
	now := func() time.Time { return s.machine.Head().At() }
	w := mustOpen(t, folder, "w1", s, now)
	if _, err := w.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Close()
	w = mustOpen(t, folder, "w1", silent{other}, now)
	if err := w.Run(t.Context()); !errors.Is(err, watch.ErrHalted) {
		t.Errorf("%v", err)
	}
	checkEvidence(t, folder, true)
}

// Clocks that are apart stop the signing, not the watch.
func TestClocksApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := found(t, 1)
		s.grow(t, "alice", 1)
		late := -time.Hour
		var mu sync.Mutex
		now := func() time.Time {
			mu.Lock()
			defer mu.Unlock()
			return s.machine.Head().At().Add(late)
		}
		w := mustOpen(t, t.TempDir(), "w1", polled{s}, now)
		if err := w.Check(t.Context(), s.note(t)); !errors.Is(err, witness.ErrTime) {
			t.Errorf("a block that is ahead: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- w.Run(ctx) }()
		time.Sleep(time.Minute)
		if c, err := s.Checkpoint(t.Context()); err == nil {
			t.Fatalf("signed with a wrong clock: %s", c)
		}
		mu.Lock()
		late = 0
		mu.Unlock()
		time.Sleep(10 * time.Second)
		if _, err := s.Checkpoint(t.Context()); err != nil {
			t.Errorf("not signed with the right clock: %v", err)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestOneProcessAtATime(t *testing.T) {
	s := found(t, 0)
	folder := t.TempDir()
	w := mustOpen(t, folder, "w1", s, time.Now)
	if _, err := open(t, folder, "w1", s, time.Now); !errors.Is(err, watch.ErrLocked) {
		t.Errorf("a second one: %v", err)
	}
	w.Close()
	mustOpen(t, folder, "w1", s, time.Now)
}
