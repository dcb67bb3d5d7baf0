package directory_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"
	"weir/engine"
	"weir/engine/directory"
	"weir/engine/internal/messagetest"
	"weir/engine/internal/worldtest"
	"weir/engine/member"
	"weir/engine/message"
	"weir/engine/vault"
	"weir/ledger/node"
)

// world is a real ledger, and the parties that read it.
type world struct{ *worldtest.World }

func newWorld(t *testing.T) *world { return &world{worldtest.New(t)} }

// reader is a party that reads a ledger through a node which may lie.
type reader struct {
	*directory.Directory
	node   *liar
	memory *vault.Transient
	now    time.Time
}

func (w *world) reader(t *testing.T) *reader {
	t.Helper()
	r := &reader{node: &liar{Running: w.Running}, memory: new(vault.Transient), now: messagetest.At}
	r.start(t, w)
	return r
}

// start starts the party, again, over what it remembers.
func (r *reader) start(t *testing.T, w *world) {
	t.Helper()
	follower, err := directory.Follow(r.node, member.LogMemory{Memory: r.memory}, w.Trust)
	if err != nil {
		t.Fatal(err)
	}
	r.Directory = directory.New(directory.Config{Genesis: w.Genesis, Ledger: r.node, Follower: follower, Clock: func() time.Time { return r.now }})
}

// opens finds the period keys of an owner and gives the error of opening a post among them.
func (r *reader) opens(t *testing.T, owner string, post []byte) error {
	t.Helper()
	found, err := r.Ledger().Find(t.Context(), message.KindPeriodKey, message.PeriodKey(string(messagetest.Month), owner))
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(found, func(b []byte) bool { return string(b) == string(post) }) {
		t.Fatalf("%s: the post was not found", owner)
	}
	_, err = message.OpenPeriodKey(r, post, owner, messagetest.Month)
	return err
}

// liar is a node that tells the truth but for what a test changes, and counts what it is asked.
type liar struct {
	*node.Running
	mu     sync.Mutex
	asked  map[string]int
	posts  [][]byte                                                 // found beside what is there
	state  func(b []byte, err error, keys []string) ([]byte, error) // what is answered in place of the state
	bundle func(tx engine.Digest, size uint64) ([]byte, error)      // and of bundles
}

func (l *liar) count(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.asked == nil {
		l.asked = map[string]int{}
	}
	l.asked[what]++
}

func (l *liar) Find(ctx context.Context, kind message.Kind, prefix string) ([][]byte, error) {
	found, err := l.Running.Find(ctx, kind, prefix)
	return append(found, l.posts...), err
}

func (l *liar) Checkpoint(ctx context.Context) ([]byte, error) {
	l.count("checkpoint")
	return l.Running.Checkpoint(ctx)
}

func (l *liar) Bundle(ctx context.Context, tx engine.Digest, size uint64) ([]byte, error) {
	l.count("bundle")
	if l.bundle != nil {
		return l.bundle(tx, size)
	}
	return l.Running.Bundle(ctx, tx, size)
}

func (l *liar) State(ctx context.Context, contract engine.Name, keys []string) ([]byte, error) {
	l.count("state")
	b, err := l.Running.State(ctx, contract, keys)
	if l.state != nil {
		return l.state(b, err, keys)
	}
	return b, err
}
