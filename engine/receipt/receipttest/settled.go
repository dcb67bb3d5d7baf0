// Package receipttest is what tests of receipts share: a consortium whose bank has settled one score on a ledger in
// memory, with every transaction signed and judged for real. Contribution proofs are real where keys are given; without,
// they are digests that only Verifier accepts. Nothing is sealed: points and blindings are known, as to a bank.
//
// Only tests import it.
package receipttest

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"math/big"
	"testing"

	"weir/circuits"
	"weir/circuits/keycache"
	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/offer"
	"weir/engine/pedersen"
	"weir/engine/receipt"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/scoring"
	"weir/ledger/contract/tasks"
	"weir/ledger/ledgertest"
	"weir/ledger/machine"
	"weir/ledger/proof"
)

// Names of the members beside the holders.
const (
	Chain = engine.Name("test")
	Bank  = engine.Name("bank")
)

// Options say what is settled.
type Options struct {
	Holders int            // 2 to 8
	Keys    *keycache.Keys // of the contribution circuit; nil for proofs that only Verifier accepts
	Reseal  bool           // ask under sealing 1
	Expire  bool           // let attempt 0 expire and settle attempt 1
	Later   bool           // members are admitted, and keys change on the way (see later.go); of at least three holders
}

// Settled is a settled score. Everything may be changed by the test that made it.
type Settled struct {
	Machine *machine.Machine
	Trust   *receipt.Trust
	Key     []byte // verifying key
	ID      engine.RequestID
	Opening *receipt.Opening

	options  Options
	genesis  *message.Genesis
	sequence map[engine.Name]uint64
	keys     map[engine.Name]ed25519.PrivateKey // that are not the founding ones
	parties  []*party
	base     int64
	beta     *big.Int
	circuit  engine.Digest
	consent  ed25519.PrivateKey
	nonces   [2]consent.Nonce
}

// Subject is the enterprise of the score.
var Subject = engine.Identifier{Kind: engine.Opaque, Text: "enterprise-1"}

const window = 60_000 // of every phase, milliseconds

// Settle runs one score from founding to settlement.
func Settle(t testing.TB, o Options) *Settled {
	t.Helper()
	s := &Settled{options: o, sequence: map[engine.Name]uint64{}, keys: map[engine.Name]ed25519.PrivateKey{}, base: 320, beta: big.NewInt(77), consent: ledgertest.Key("consent")}
	s.nonces = [2]consent.Nonce{{1}, {2}}
	for i := range o.Holders {
		s.parties = append(s.parties, newParty(t, i))
	}
	s.setKeys(t)
	s.found(t)
	if o.Later {
		s.admitMembers(t)
	}
	s.offer(t)
	s.ask(t)
	return s
}

// setKeys gives the circuit its key, real or not.
func (s *Settled) setKeys(t testing.TB) {
	s.Key = []byte("no verifying key at all")
	if s.options.Keys != nil {
		var err error
		if s.Key, err = circuits.EncodeVerifyingKey(s.options.Keys.VerifyingKey()); err != nil {
			t.Fatal(err)
		}
	}
	s.circuit = sha256.Sum256(s.Key)
}

func (s *Settled) found(t testing.TB) {
	s.genesis = &message.Genesis{Chain: Chain, Policy: model.DefaultPolicy(), Circuits: []message.Circuit{{Name: "contribution", ID: s.circuit}}}
	s.member(Bank, message.RoleBank)
	for i, p := range s.parties {
		if i < len(s.parties)-1 || !s.options.Later {
			s.member(p.id.Holder(), message.RoleHolder)
		}
	}
	s.member("registrar", message.RoleRegistrar)
	s.member("supervisor", message.RoleSupervisor)
	public := ledgertest.Public(ledgertest.Sequencer)
	logKey := ledgertest.Trust(t).CheckpointKeys
	set, err := scoring.Contracts(tasks.Rules{Commit: window, Anchor: window, Release: window, Settle: window, Origin: ledgertest.Origin,
		LogKeys: logKey, Nodes: []tasks.Node{{Name: ledgertest.Sequencer, Key: public}}})
	if err != nil {
		t.Fatal(err)
	}
	config := machine.Config{Store: new(ledgertest.Memory), Contracts: set, Verifier: s.verifier(t), Random: rand.Reader}
	s.Machine, err = machine.Found(config, machine.Founding{Chain: Chain, Time: ledgertest.Began, Proposer: ledgertest.Sequencer, Document: s.genesis.Encode()})
	if err != nil {
		t.Fatal(err)
	}
	s.Trust = &receipt.Trust{Trust: proof.Trust{Chain: Chain, Origin: ledgertest.Origin, CheckpointKeys: logKey, ContractSets: []engine.Digest{set.Hash()}},
		VerifyingKeys: []receipt.VerifyingKey{{Circuit: "contribution", ID: s.circuit, Origin: receipt.Development}}}
}

func (s *Settled) member(name engine.Name, role message.Role) {
	s.genesis.Members = append(s.genesis.Members, message.Member{Name: name, Role: role, SigningKey: ledgertest.Public(string(name))})
}

// tx is the next transaction of a member.
func (s *Settled) tx(from engine.Name, kind ledger.Kind, body any) *ledger.Tx {
	n := s.sequence[from]
	s.sequence[from]++
	draft := ledger.Draft{Chain: Chain, Kind: kind, Sender: ledger.Account(from), Sequence: n, Expiry: 1 << 62, Body: canonical.Encode(body)}
	return draft.Sign(s.KeyOf(from))
}

// KeyOf is the key that speaks for a member.
func (s *Settled) KeyOf(name engine.Name) ed25519.PrivateKey {
	if key := s.keys[name]; key != nil {
		return key
	}
	return ledgertest.Key(string(name))
}

// run makes a block of transactions that have to be taken.
func (s *Settled) run(t testing.TB, txs ...*ledger.Tx) {
	t.Helper()
	for i, r := range ledgertest.Run(t, s.Machine, txs...).Results {
		if !r.OK() {
			t.Fatalf("%s refused: %s: %q: %s", txs[i].Kind, r.Code, r.Clauses, r.Why)
		}
	}
}

// offer puts records, model, approvals and consent on the ledger, the approvals in one block.
func (s *Settled) offer(t testing.TB) {
	var records, approvals []*ledger.Tx
	for _, p := range s.parties {
		records = append(records, s.tx(p.id.Holder(), message.KindRecords, p.records(t)))
	}
	s.run(t, records...)
	zero := s.pack(t, 0)
	s.run(t, s.tx(Bank, message.KindModel, zero))
	model := digestOf(t, zero)
	for _, p := range s.parties {
		approvals = append(approvals, s.tx(p.id.Holder(), message.KindApproval, offer.Approval{Model: model, Party: p.id}))
	}
	approvals = append(approvals, s.tx("supervisor", message.KindApproval, offer.Approval{Model: model}))
	if s.options.Later {
		approvals = append(approvals, s.tx(Second, message.KindApproval, offer.Approval{Model: model}))
	}
	s.run(t, approvals...)
	if s.options.Later {
		s.rotateKeys(t)
	}
	if s.options.Reseal {
		s.run(t, s.tx(Bank, message.KindModel, s.pack(t, 1)))
	}
	s.run(t, s.consentTx())
}

func (s *Settled) consentTx() *ledger.Tx {
	p := consent.Public{Chain: Chain, Tag: s.tag(), Terms: consent.Terms{Bank: Bank, Model: "sme", Purpose: consent.PreLoan, Output: consent.OutputScore,
		Uses: 1, Resolution: 10, NotAfter: ledgertest.Began.Unix() + 86_400}}
	p.Sign(s.consent)
	return ledger.Draft{Chain: Chain, Kind: message.KindConsent, Sender: ledger.BareKey(p.Key), Expiry: 1 << 62,
		Body: canonical.Encode(p)}.Sign(s.consent)
}

func (s *Settled) tag() [32]byte { return consent.Tag(Subject.Subject(), s.nonces[0], s.nonces[1]) }

// ask takes a request to its settlement.
func (s *Settled) ask(t testing.TB) {
	var sealing uint32
	if s.options.Reseal {
		sealing = 1
	}
	sealed := read(t, s.pack(t, sealing))
	request := inquiry.Request{Consent: consent.Key(s.consent.Public().(ed25519.PublicKey)), Model: sealed.ModelDigest, Purpose: consent.PreLoan, Output: consent.OutputScore}
	for _, p := range s.parties {
		request.Roots = append(request.Roots, inquiry.PartyRoot{Party: p.id, Root: p.root})
	}
	tx := s.tx(Bank, message.KindRequest, request)
	s.run(t, tx)
	s.ID = engine.RequestID(tx.ID())
	label := inquiry.Label(Chain, s.ID, &request, s.tag())
	if s.options.Expire {
		for range window / 1000 { // a second to a block
			s.run(t)
		}
		s.run(t, s.tx(Bank, message.KindRetry, inquiry.Retry{Label: label, Model: request.Model}))
		request.Attempt++
		label = inquiry.Label(Chain, s.ID, &request, s.tag())
	}
	s.contribute(t, label, sealed)
	if s.options.Later {
		s.recoverKey(t)
	}
	s.release(t, label)
	s.settle(t, label)
}

func (s *Settled) contribute(t testing.TB, label engine.Digest, sealed *offer.Sealed) {
	var commits []*ledger.Tx
	for i, p := range s.parties {
		p.commit(t, s, label, sealed, i)
		commits = append(commits, s.tx(p.id.Holder(), message.KindCommit, p.made))
	}
	s.run(t, commits...)
}

func (s *Settled) release(t testing.TB, label engine.Digest) {
	checkpoint, err := s.Machine.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	s.run(t, s.tx(Bank, message.KindAnchor, inquiry.Anchor{Label: label, Checkpoint: checkpoint}))
	var released []*ledger.Tx
	for _, p := range s.parties {
		stored := proof.SignStorage(Chain, ledgertest.Sequencer, ledgertest.Key(ledgertest.Sequencer), p.made.Response, 76_000, s.Machine.Head().At())
		released = append(released, s.tx(p.id.Holder(), message.KindReleased, inquiry.Released{Label: label, Party: p.id, Receipt: stored.Encode()}))
	}
	s.run(t, released...)
}

// settle opens what the commitments add up to and proves it.
func (s *Settled) settle(t testing.TB, label engine.Digest) {
	var sums [pedersen.Groups]int64
	r := new(big.Int)
	for _, p := range s.parties {
		sums[0] += p.points
		r.Add(r, p.blinding)
	}
	total := pedersen.CommitSmall(sums, r)
	opening, err := pedersen.ProveOpening(pedersen.Integers(sums), r, inquiry.SettlementChallenge(Chain, label, Bank, total), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s.run(t, s.tx(Bank, message.KindSettlement, inquiry.Settlement{Label: label, Proof: opening.Encode()}))
	s.Opening = receipt.NewOpening(sums, s.base, r, s.beta)
}

// View is the ledger under its last checkpoint.
func (s *Settled) View(t testing.TB) *View {
	t.Helper()
	view, err := NewView(s.Machine, s.Trust)
	if err != nil {
		t.Fatal(err)
	}
	return view
}

// Receipt is the open receipt of the score.
func (s *Settled) Receipt(t testing.TB) *receipt.Receipt {
	t.Helper()
	r, err := receipt.Assemble(t.Context(), s.View(t), s.ID, s.Key, s.Opening)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Verifier accepts exactly what Prove makes, under any key whose SHA-256 is the circuit id.
func Verifier(circuit engine.Digest, key []byte) (contract.Verifier, error) {
	if sha256.Sum256(key) != circuit {
		return nil, errors.New("another key")
	}
	return digests{}, nil
}

type digests struct{}

func (digests) Verify(circuit engine.Digest, statement, p []byte) error {
	if string(p) != string(Prove(circuit, statement)) {
		return errors.New("not proven")
	}
	return nil
}

// Prove is the proof that Verifier's verifiers accept.
func Prove(circuit engine.Digest, statement []byte) []byte {
	sum := sha256.Sum256(append(circuit[:], statement...))
	return sum[:]
}

// Idle adds an empty block.
func (s *Settled) Idle(t testing.TB) {
	t.Helper()
	s.run(t)
}
