// Package worldtest is a real ledger for tests of members and their keys: founded on the consortium of messagetest, judged
// by the contracts, run by one node. It is for tests only.
package worldtest

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/internal/messagetest"
	"weir/engine/message"
	"weir/engine/period"
	"weir/ledger"
	"weir/ledger/contract/governance"
	"weir/ledger/contract/registry"
	"weir/ledger/contract/scoring"
	"weir/ledger/contract/tasks"
	"weir/ledger/machine"
	"weir/ledger/node"
	"weir/ledger/proof"
)

const Origin = "weir/test"

// World is a real ledger, founded on the consortium of messagetest, whose contracts judge members' keys.
type World struct {
	*node.Running
	Genesis *message.Genesis
	Trust   *proof.Trust
	Keys    map[engine.Name]ed25519.PrivateKey
}

// New is a ledger on which nothing was said yet.
func New(t *testing.T) *World { return Found(t, messagetest.Chain, Key("log")) }

// Found is New for another chain or signer of the log.
func Found(t *testing.T, chain engine.Name, signer ed25519.PrivateKey) *World {
	t.Helper()
	public := signer.Public().(ed25519.PublicKey)
	logKey, err := proof.VerifierKey(Origin, public)
	if err != nil {
		t.Fatal(err)
	}
	hour := time.Hour.Milliseconds()
	set, err := scoring.Contracts(tasks.Rules{Commit: hour, Anchor: hour, Release: hour, Settle: hour, Origin: Origin, LogKeys: []string{logKey},
		WitnessKeys: []string{}, Nodes: []tasks.Node{{Name: "node", Key: [32]byte(public)}}})
	if err != nil {
		t.Fatal(err)
	}
	w := &World{Genesis: messagetest.Genesis(), Keys: map[engine.Name]ed25519.PrivateKey{}}
	w.Genesis.Chain = chain
	for _, m := range messagetest.Members {
		w.Keys[m.Name] = messagetest.Key(m.Name)
	}
	w.Running, err = node.Open(node.Solo{Folder: t.TempDir(), Contracts: set, Name: "node", Key: signer, Origin: Origin, Random: rand.Reader,
		Clock:    func() time.Time { return messagetest.At },
		Founding: &machine.Founding{Chain: chain, Time: messagetest.At, Proposer: "node", Document: w.Genesis.Encode()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	w.Trust = &proof.Trust{Chain: chain, Origin: Origin, CheckpointKeys: []string{logKey}, ContractSets: []engine.Digest{set.Hash()}}
	return w
}

// Key is a signing key made from a name.
func Key(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

// Public is the public half of a key.
func Public(k ed25519.PrivateKey) [32]byte { return [32]byte(k.Public().(ed25519.PublicKey)) }

// Send has a member send something with the key that it has in the world, and wants it taken.
func (w *World) Send(t *testing.T, from engine.Name, kind message.Kind, body any) *ledger.Result {
	t.Helper()
	result, err := message.NewAuthor(w, w.Genesis.Chain, from, w.Keys[from]).Write(t.Context(), kind, body)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// Rotate gives a member another key.
func (w *World) Rotate(t *testing.T, name engine.Name, next ed25519.PrivateKey) {
	t.Helper()
	w.Send(t, name, registry.KindRotate, registry.Rotation{Key: Public(next), Possession: registry.Possess(w.Genesis.Chain, name, next)})
	w.Keys[name] = next
}

// Decide has everybody who votes agree to something.
func (w *World) Decide(t *testing.T, action governance.Action, body any, but ...engine.Name) {
	t.Helper()
	p := governance.Proposal{Action: action, Body: canonical.Encode(body), Until: messagetest.At.Add(time.Hour).UnixMilli()}
	id := w.Send(t, "supervisor", governance.KindPropose, p).Tx
	for _, voter := range []engine.Name{"power", "social", "tax", "supervisor"} {
		if slices.Contains(but, voter) {
			continue
		}
		_, err := message.NewAuthor(w, w.Genesis.Chain, voter, w.Keys[voter]).Write(t.Context(), governance.KindVote, governance.Vote{Proposal: id, Accept: true})
		var refused *message.RefusedError
		if err != nil && !errors.As(err, &refused) { // decided by the votes before
			t.Fatal(err)
		}
	}
}

// Admit makes a member by votes.
func (w *World) Admit(t *testing.T, name engine.Name, role message.Role) {
	t.Helper()
	w.Keys[name] = Key(string(name))
	w.Decide(t, governance.Admit, registry.Admission{Name: name, Role: role, Key: Public(w.Keys[name]), Possession: registry.Possess(w.Genesis.Chain, name, w.Keys[name])})
}

// Recover gives a member another key by votes.
func (w *World) Recover(t *testing.T, name engine.Name, next ed25519.PrivateKey) {
	t.Helper()
	w.Decide(t, governance.Recover, registry.Recovery{Account: name, Key: Public(next), Possession: registry.Possess(w.Genesis.Chain, name, next)}, name)
	w.Keys[name] = next
}

// PeriodKey has an owner register its key of the month, and gives the post.
func (w *World) PeriodKey(t *testing.T, from engine.Name, owner string) []byte {
	t.Helper()
	result := w.Send(t, from, message.KindPeriodKey, MonthKey(t, owner))
	b, err := w.Machine.Tx(result.Tx)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// MonthKey is a fresh key of an owner for the month.
func MonthKey(t *testing.T, owner string) period.Key {
	t.Helper()
	secret, err := period.NewSecret(messagetest.Month, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return secret.Key(owner)
}
