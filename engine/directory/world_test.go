package directory_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/directory"
	"weir/engine/internal/messagetest"
	"weir/engine/member"
	"weir/engine/message"
	"weir/engine/period"
	"weir/engine/vault"
	"weir/ledger"
	"weir/ledger/contract/governance"
	"weir/ledger/contract/registry"
	"weir/ledger/contract/scoring"
	"weir/ledger/contract/tasks"
	"weir/ledger/machine"
	"weir/ledger/node"
	"weir/ledger/proof"
)

const origin = "weir/test"

// world is a real ledger, founded on the consortium of messagetest, whose contracts judge members' keys.
type world struct {
	*node.Running
	genesis *message.Genesis
	trust   *proof.Trust
	keys    map[engine.Name]ed25519.PrivateKey
}

func newWorld(t *testing.T) *world { return foundWorld(t, messagetest.Chain, key("log")) }

func foundWorld(t *testing.T, chain engine.Name, signer ed25519.PrivateKey) *world {
	t.Helper()
	public := signer.Public().(ed25519.PublicKey)
	logKey, err := proof.VerifierKey(origin, public)
	if err != nil {
		t.Fatal(err)
	}
	hour := time.Hour.Milliseconds()
	set, err := scoring.Contracts(tasks.Rules{Commit: hour, Anchor: hour, Release: hour, Settle: hour, Origin: origin, LogKeys: []string{logKey},
		WitnessKeys: []string{}, Nodes: []tasks.Node{{Name: "node", Key: [32]byte(public)}}})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{genesis: messagetest.Genesis(), keys: map[engine.Name]ed25519.PrivateKey{}}
	w.genesis.Chain = chain
	for _, m := range messagetest.Members {
		w.keys[m.Name] = messagetest.Key(m.Name)
	}
	w.Running, err = node.Open(node.Solo{Folder: t.TempDir(), Contracts: set, Name: "node", Key: signer, Origin: origin, Random: rand.Reader,
		Clock:    func() time.Time { return messagetest.At },
		Founding: &machine.Founding{Chain: chain, Time: messagetest.At, Proposer: "node", Document: w.genesis.Encode()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	w.trust = &proof.Trust{Chain: chain, Origin: origin, CheckpointKeys: []string{logKey}, ContractSets: []engine.Digest{set.Hash()}}
	return w
}

// key is a signing key made from a name.
func key(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func public(k ed25519.PrivateKey) [32]byte { return [32]byte(k.Public().(ed25519.PublicKey)) }

// send has a member send something with the key that it has in the world, and wants it taken.
func (w *world) send(t *testing.T, from engine.Name, kind message.Kind, body any) *ledger.Result {
	t.Helper()
	result, err := message.NewAuthor(w, w.genesis.Chain, from, w.keys[from]).Write(t.Context(), kind, body)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// rotate gives a member another key.
func (w *world) rotate(t *testing.T, name engine.Name, next ed25519.PrivateKey) {
	t.Helper()
	w.send(t, name, registry.KindRotate, registry.Rotation{Key: public(next), Possession: registry.Possess(w.genesis.Chain, name, next)})
	w.keys[name] = next
}

// decide has everybody who votes agree to something.
func (w *world) decide(t *testing.T, action governance.Action, body any, but ...engine.Name) {
	t.Helper()
	p := governance.Proposal{Action: action, Body: canonical.Encode(body), Until: messagetest.At.Add(time.Hour).UnixMilli()}
	id := w.send(t, "supervisor", governance.KindPropose, p).Tx
	for _, voter := range []engine.Name{"power", "social", "tax", "supervisor"} {
		if slices.Contains(but, voter) {
			continue
		}
		_, err := message.NewAuthor(w, w.genesis.Chain, voter, w.keys[voter]).Write(t.Context(), governance.KindVote, governance.Vote{Proposal: id, Accept: true})
		var refused *message.RefusedError
		if err != nil && !errors.As(err, &refused) { // decided by the votes before
			t.Fatal(err)
		}
	}
}

// admit makes a member by votes.
func (w *world) admit(t *testing.T, name engine.Name, role message.Role) {
	t.Helper()
	w.keys[name] = key(string(name))
	w.decide(t, governance.Admit, registry.Admission{Name: name, Role: role, Key: public(w.keys[name]), Possession: registry.Possess(w.genesis.Chain, name, w.keys[name])})
}

// recover gives a member another key by votes.
func (w *world) recover(t *testing.T, name engine.Name, next ed25519.PrivateKey) {
	t.Helper()
	w.decide(t, governance.Recover, registry.Recovery{Account: name, Key: public(next), Possession: registry.Possess(w.genesis.Chain, name, next)}, name)
	w.keys[name] = next
}

// periodKey has an owner register its key of the month, and gives the post.
func (w *world) periodKey(t *testing.T, from engine.Name, owner string) []byte {
	t.Helper()
	result := w.send(t, from, message.KindPeriodKey, monthKey(t, owner))
	b, err := w.Machine.Tx(result.Tx)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func monthKey(t *testing.T, owner string) period.Key {
	t.Helper()
	secret, err := period.NewSecret(messagetest.Month, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return secret.Key(owner)
}

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
	follower, err := directory.Follow(r.node, member.LogMemory{Memory: r.memory}, w.trust)
	if err != nil {
		t.Fatal(err)
	}
	r.Directory = directory.New(directory.Config{Genesis: w.genesis, Ledger: r.node, Follower: follower, Clock: func() time.Time { return r.now }})
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
