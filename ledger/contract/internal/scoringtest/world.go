// Package scoringtest is what the tests of the domain contracts share: a consortium of three holders, two banks and a
// supervisor on a ledger in memory, with keys made from names, and one body of each kind that is taken. It is for tests
// only.
package scoringtest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/engine/model"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/governance"
	"weir/ledger/contract/scoring"
	"weir/ledger/contract/tasks"
	"weir/ledger/ledgertest"
	"weir/ledger/proof"
)

// Chain of the tests.
const Chain = engine.Name("test")

// Parties in their order.
var Parties = []engine.PartyID{"power/meter", "social/staff", "tax/vat"}

// Circuits that the founding document registers.
var Contribution, Accusation = engine.Digest{1}, engine.Digest{2}

// Windows of the rules, in milliseconds.
const Window = int64(60_000)

// Genesis is the founding document.
func Genesis() *message.Genesis {
	g := &message.Genesis{Chain: Chain, Policy: model.DefaultPolicy(),
		Circuits: []message.Circuit{{Name: "accusation", ID: Accusation}, {Name: "contribution", ID: Contribution}}}
	for name, role := range map[engine.Name]message.Role{"bank": message.RoleBank, "bank2": message.RoleBank, "power": message.RoleHolder,
		"registrar": message.RoleRegistrar, "social": message.RoleHolder, "supervisor": message.RoleSupervisor, "tax": message.RoleHolder} {
		g.Members = append(g.Members, message.Member{Name: name, Role: role, SigningKey: ledgertest.Public(string(name))})
	}
	slices.SortFunc(g.Members, func(a, b message.Member) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return g
}

// Rules of the tests: the test sequencer signs the log and stores responses, and one witness has to cosign.
func Rules(t testing.TB) tasks.Rules {
	log, witness := ledgertest.Public(ledgertest.Sequencer), ledgertest.Public("witness")
	logKey, err := proof.VerifierKey(ledgertest.Sequencer, ed25519.PublicKey(log[:]))
	if err != nil {
		t.Fatal(err)
	}
	witnessKey, err := proof.CosignatureKey("witness", ed25519.PublicKey(witness[:]))
	if err != nil {
		t.Fatal(err)
	}
	return tasks.Rules{Commit: Window, Anchor: Window, Release: Window, Settle: Window, Origin: ledgertest.Origin, LogKeys: []string{logKey},
		WitnessKeys: []string{witnessKey}, Quorum: 1, Nodes: []tasks.Node{{Name: ledgertest.Sequencer, Key: log}, {Name: "tax", Key: ledgertest.Public("tax")}}}
}

// World is a ledger without blocks: transactions are judged one by one, at a time that tests move.
type World struct {
	Set    *contract.Set
	Height uint64
	Time   time.Time
	Said   []*ledger.Result // of every transaction
	state  *contract.Layer
	sent   int
}

// Found begins a world.
func Found(t testing.TB) *World {
	t.Helper()
	set, err := scoring.Contracts(Rules(t))
	if err != nil {
		t.Fatal(err)
	}
	w := &World{Set: set, Height: 1, Time: time.Date(2026, 11, 5, 12, 0, 0, 0, time.UTC), state: contract.NewLayer(new(ledgertest.Memory))}
	if err := w.env().Found(w.state, Genesis().Encode()); err != nil {
		t.Fatal(err)
	}
	return w
}

// Fork is a copy that leaves this world as it is; the two must not both go on.
func (w *World) Fork() *World {
	fork := *w
	fork.state = contract.NewLayer(w.state)
	fork.Said = slices.Clip(w.Said)
	return &fork
}

func (w *World) env() contract.Env {
	return contract.Env{Set: w.Set, Verifier: Verifier{}, Height: w.Height, Time: w.Time}
}

// Later moves the time and the height.
func (w *World) Later(milliseconds int64) {
	w.Time = w.Time.Add(time.Duration(milliseconds) * time.Millisecond)
	w.Height++
}

// Send judges a transaction of an account; body is one of our message types, or bytes as they stand.
func (w *World) Send(t testing.TB, from engine.Name, kind ledger.Kind, body any) *ledger.Result {
	t.Helper()
	return w.As(t, ledger.Account(from), kind, body)
}

// As is Send for any sender.
func (w *World) As(t testing.TB, from ledger.Sender, kind ledger.Kind, body any) *ledger.Result {
	t.Helper()
	b, raw := body.([]byte)
	if !raw {
		b = canonical.Encode(body)
	}
	w.sent++
	tx := ledger.Draft{Chain: Chain, Kind: kind, Sender: from, Sequence: uint64(w.sent), Expiry: 1 << 62, Body: b}.Sign(ledgertest.Key("any"))
	r, err := w.env().Apply(w.state, tx)
	if err != nil {
		t.Fatal(err)
	}
	w.Said = append(w.Said, r)
	if r.Code == ledger.CodeInvariant || r.Code == ledger.CodeLimit {
		t.Fatalf("%s of %s: %s: %v: %s", kind, from, r.Code, r.Clauses, r.Why)
	}
	return r
}

// OK is Send that has to succeed.
func (w *World) OK(t testing.TB, from engine.Name, kind ledger.Kind, body any) *ledger.Result {
	t.Helper()
	return Taken(t, w.Send(t, from, kind, body))
}

// Taken fails the test unless the transaction was applied.
func Taken(t testing.TB, r *ledger.Result) *ledger.Result {
	t.Helper()
	if !r.OK() {
		t.Fatalf("%s refused: %s: %v: %s", r.Contract, r.Code, r.Clauses, r.Why)
	}
	return r
}

// Refused fails the test unless the transaction was refused with a code under a clause.
func Refused(t testing.TB, r *ledger.Result, code ledger.Code, clause string) {
	t.Helper()
	last := ""
	if len(r.Clauses) > 0 {
		last = r.Clauses[len(r.Clauses)-1]
	}
	if r.Code != code || last != clause || r.Why == "" {
		t.Errorf("%s: %q: %s; want %s: %q", r.Code, last, r.Why, code, clause)
	}
}

// Ask puts a question to a contract.
func (w *World) Ask(t testing.TB, name engine.Name, answer string, argument, into any) {
	t.Helper()
	b, err := w.Query(name, answer, canonical.Encode(argument))
	if err == nil {
		err = canonical.Decode(b, contract.MaxValue, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Query is what a machine answers with.
func (w *World) Query(name engine.Name, answer string, argument []byte) ([]byte, error) {
	return w.env().Ask(w.state, name, answer, argument)
}

// AskRefused fails the test unless a reader's question is refused with a code.
func (w *World) AskRefused(t testing.TB, name engine.Name, answer string, argument any, code ledger.Code) {
	t.Helper()
	_, err := w.Query(name, answer, canonical.Encode(argument))
	var refusal *contract.Refusal
	if !errors.As(err, &refusal) || refusal.Code != code {
		t.Errorf("%s of %s: %v, want %s", answer, name, err, code)
	}
}

// Suspend decides, by votes of two other holders and the supervisor, that an account may not send.
func (w *World) Suspend(t testing.TB, name engine.Name) {
	t.Helper()
	p := governance.Proposal{Action: governance.Suspend, Body: canonical.Encode(name), Until: w.Time.UnixMilli() + 1}
	id := w.OK(t, "registrar", governance.KindPropose, p).Tx
	for _, voter := range []engine.Name{"power", "social", "tax", "supervisor"} {
		if voter != name {
			w.OK(t, voter, governance.KindVote, governance.Vote{Proposal: id, Accept: true})
		}
	}
}

// Key is the key that speaks for an account from the next block on.
func (w *World) Key(name engine.Name) ([32]byte, error) {
	return w.env().Key(w.state, ledger.Account(name))
}

var errNotProven = errors.New("not proven")

// Verifier accepts exactly what Prove makes for a circuit and statement.
type Verifier struct{}

// Verify compares.
func (Verifier) Verify(circuit engine.Digest, statement, p []byte) error {
	if string(p) != string(Prove(circuit, statement)) {
		return errNotProven
	}
	return nil
}

// Prove is the proof that Verifier accepts.
func Prove(circuit engine.Digest, statement []byte) []byte {
	sum := sha256.Sum256(append(circuit[:], statement...))
	return sum[:]
}
