package receipt

import (
	"errors"
	"fmt"
	"sync"

	"weir/engine"
	"weir/engine/inquiry"
	"weir/engine/offer"
	"weir/engine/pedersen"
	"weir/engine/receipt/roll"
	"weir/engine/schema"
	"weir/ledger/contract"
	"weir/ledger/proof"
)

// Name is a check's, as in the table of checks below.
type Name string

// Check is one check's outcome.
type Check struct {
	Name Name   `json:"name"`
	OK   bool   `json:"ok"`
	Why  string `json:"why"` // what was found, or why it does not hold
}

// Report is the outcome of all checks, in their order, and what the receipt says. Facts are nil where the format fails;
// they count for nothing unless the report is Verified.
type Report struct {
	Checks      []Check
	Development bool // the trust accepts keys that one party made, and that this party can forge under
	Facts       *Facts
}

// Verified tells whether every check holds.
func (r *Report) Verified() bool { return r.Failed() == nil }

// Failed is the first check that does not hold, nil where all do.
func (r *Report) Failed() *Check {
	for i := range r.Checks {
		if !r.Checks[i].OK {
			return &r.Checks[i]
		}
	}
	return nil
}

// NewVerifier makes a verifier of proofs from a verifying key whose SHA-256 is the circuit id.
type NewVerifier func(circuit engine.Digest, key []byte) (contract.Verifier, error)

// ErrUnchecked is why a check fails that rests on one which failed before.
var ErrUnchecked = errors.New("not checked: a check before it failed")

// Verify checks a receipt, offline: no ledger, network or clock is needed, or used.
func Verify(b []byte, trust *Trust, verifier NewVerifier) *Report {
	v := newVerification(nil)
	v.trust, v.newVerifier, v.raw = trust, verifier, b
	report := &Report{Development: trust.Development()}
	var group sync.WaitGroup
	for i := range checks {
		report.Checks = append(report.Checks, v.check(i))
		if i == 0 && v.story != nil { // the longest part that waits for nothing: the model's points
			group.Go(func() { v.sealed() })
		}
	}
	group.Wait()
	if v.story != nil {
		report.Facts = v.facts()
	}
	return report
}

// check runs one check.
func (v *verification) check(i int) Check {
	found, err := "", ErrUnchecked
	if v.story != nil || i == 0 {
		found, err = checks[i].run(v)
	}
	if err != nil {
		found = err.Error()
	}
	return Check{checks[i].name, err == nil, found}
}

// verification is a receipt that is being checked. A field is set by the check that establishes it.
type verification struct {
	*story
	raw         []byte
	trust       *Trust
	newVerifier NewVerifier
	sealed      func() (*offer.Sealed, error)    // the model that was asked, read once
	attempt     func() (*inquiry.Attempt, error) // the attempt that was settled, read once

	checkpoint  *proof.Checkpoint                       // checkpoint
	accounts    map[engine.Name]*roll.Account           // accounts: those of the roll
	verifier    contract.Verifier                       // keys
	circuit     engine.Digest                           // keys
	schemas     map[engine.PartyID]*schema.Schema       // roots
	contributed map[engine.PartyID]*inquiry.Contributed // contexts
}

func newVerification(s *story) *verification {
	v := &verification{story: s}
	v.sealed, v.attempt = sync.OnceValues(v.readModel), sync.OnceValues(v.readAttempt)
	return v
}

// The checks, in their order. Names are never changed or taken away: outsiders match on them.
var checks = []struct {
	name Name
	run  func(*verification) (found string, err error)
}{
	{"format", (*verification).checkFormat},         // the bytes are a receipt, and have no second form
	{"checkpoint", (*verification).checkCheckpoint}, // a trusted key signed the log of the ledger's headers
	{"witnesses", (*verification).checkWitnesses},   // enough trusted witnesses cosigned it
	{"chain", (*verification).checkChain},           // everything is of the trusted ledger
	{"founding", (*verification).checkFounding},     // the founding document is the one that the ledger began with
	{"inclusion", (*verification).checkInclusion},   // every transaction and result stands in its block, every block in the log
	{"results", (*verification).checkResults},       // the ledger took every transaction, by the contract of its kind
	{"contracts", (*verification).checkContracts},   // trusted contracts judged them
	{"accounts", (*verification).checkAccounts},     // which key spoke for whom is shown, where the founding document does not say
	{"signatures", (*verification).checkSignatures}, // every transaction is signed by its sender's key
	{"keys", (*verification).checkKeys},             // the verifying key is the trusted and the registered one
	{"consent", (*verification).checkConsent},       // the enterprise's consent allowed the score, and was live when it was complete
	{"request", (*verification).checkRequest},       // a bank asked under that consent
	{"model", (*verification).checkModel},           // the model is the bank's, and keeps the consortium's policy
	{"approvals", (*verification).checkApprovals},   // every party and supervisor approved it
	{"roots", (*verification).checkRoots},           // the records are those committed to on the ledger
	{"label", (*verification).checkLabel},           // every message is of this one attempt
	{"contexts", (*verification).checkContexts},     // every contribution names its party, its partners and its response
	{"masks", (*verification).checkMasks},           // the masks of every pair are the same at both ends, so that they cancel
	{"proofs", (*verification).checkProofs},         // every contribution is proven: from those records, for that consent, with that model
	{"released", (*verification).checkReleased},     // the responses left after the commits were anchored
	{"settlement", (*verification).checkSettlement}, // the bank proved that it knows what the commitments add up to
	{"opening", (*verification).checkOpening},       // the score shown is what the commitments add up to
}

func (v *verification) checkFormat() (string, error) {
	s, err := read(v.raw)
	if err != nil {
		return "", err
	}
	v.story = s
	return fmt.Sprintf("format %d, %d bytes, %d transactions in %d blocks", s.format(), len(v.raw), len(s.all), len(s.headers)-1), nil
}

// total is Σ C_i.
func (v *verification) total() (pedersen.Point, error) {
	if v.contributed == nil {
		return pedersen.Point{}, ErrUnchecked
	}
	return inquiry.TotalCommitment(v.contributed), nil
}

// committed is Σ C_i + baseC, the commitment to the score.
func (v *verification) committed() (pedersen.Point, error) {
	total, err := v.total()
	if err != nil {
		return total, err
	}
	sealed, err := v.sealed()
	if err != nil {
		return total, err
	}
	base, err := pedersen.DecodePoint(sealed.Version.BaseC[:])
	if err != nil {
		return total, fmt.Errorf("the model's baseC: %w", err)
	}
	return total.Add(base), nil
}

// Commitment is Σ C_i + baseC of a receipt as it stands: what commits to its score. Nothing is verified.
func (r *Receipt) Commitment() (pedersen.Point, error) {
	s, err := read(r.Encode())
	if err != nil {
		return pedersen.Point{}, err
	}
	v := newVerification(s)
	if _, err := v.checkContexts(); err != nil {
		return pedersen.Point{}, err
	}
	return v.committed()
}
