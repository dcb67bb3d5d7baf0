package ledger

import (
	"errors"
	"fmt"

	"weir/engine"
	"weir/engine/canonical"
)

// MaxResult bounds an encoded result, in bytes.
const MaxResult = 64 << 10

// ErrResult is returned for bytes that are not a result.
var ErrResult = errors.New("result malformed")

// Code says what became of a transaction. The list is closed and append-only: outsiders match on it.
type Code string

// The codes. All but CodeOK left the state as it was, apart from the sender's sequence number.
const (
	CodeOK           Code = "ok"           // the contract did what was asked
	CodeMalformed    Code = "malformed"    // the body is not what its kind calls for
	CodeUnauthorised Code = "unauthorised" // the sender's role or key does not allow it
	CodeUnknown      Code = "unknown"      // it names something the ledger does not have
	CodeConflict     Code = "conflict"     // another entry stands there already
	CodeTerms        Code = "terms"        // outside the terms of a consent, or a policy
	CodeRevoked      Code = "revoked"      // the consent or key it rests on was revoked
	CodeExhausted    Code = "exhausted"    // no uses, quota or budget left
	CodeExpired      Code = "expired"      // too late by block time
	CodePhase        Code = "phase"        // not in this phase of the task
	CodeUnproven     Code = "unproven"     // a proof does not hold
	CodeSuspended    Code = "suspended"    // a party, model or task it rests on is suspended
	CodeLimit        Code = "limit"        // it would write or read more than one transaction may
	CodeInvariant    Code = "invariant"    // a contract caught itself breaking its own rules: a fault of the program
)

var codes = map[Code]bool{CodeOK: true, CodeMalformed: true, CodeUnauthorised: true, CodeUnknown: true, CodeConflict: true,
	CodeTerms: true, CodeRevoked: true, CodeExhausted: true, CodeExpired: true, CodePhase: true, CodeUnproven: true,
	CodeSuspended: true, CodeLimit: true, CodeInvariant: true}

// Event is what a contract announces to whoever follows the ledger.
type Event struct {
	_    struct{} `cbor:",toarray"`
	Kind string
	Key  string // what it is about, for instance a label
	Data []byte
}

// Charge counts something that a transaction used up: so many units of an account's, a consent's or a budget's.
type Charge struct {
	_      struct{} `cbor:",toarray"`
	Payer  string
	Unit   string // "use", "bit"
	Amount uint64
}

// Result is what became of one transaction. It names its own place, so that a path to the result root proves the place
// as well. For a refusal, Clauses are the rules that were checked, in order; the last one is the rule that did not hold,
// and Why says how.
type Result struct {
	_        struct{}      `cbor:",toarray"`
	Tx       engine.Digest // the transaction's id
	Height   uint64
	Index    uint32 // place in the block, from 0
	Of       uint32 // transactions in the block
	Contract string // name@version that judged it
	Code     Code
	Clauses  []string
	Why      string
	Events   []Event
	Charges  []Charge
	Keys     []engine.Digest // circuit ids of the verifying keys that proofs were checked under
}

// Encode gives the canonical bytes, at most MaxResult.
func (r *Result) Encode() []byte { return canonical.Encode(r) }

// OK tells whether the transaction was applied.
func (r *Result) OK() bool { return r.Code == CodeOK }

// DecodeResult reads a result. Errors wrap ErrResult.
func DecodeResult(b []byte) (*Result, error) {
	var r Result
	if err := canonical.Decode(b, MaxResult, &r); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrResult, err)
	}
	if !codes[r.Code] {
		return nil, fmt.Errorf("%w: unknown code", ErrResult)
	}
	if r.Index >= r.Of || r.Of > MaxBlockTxs {
		return nil, fmt.Errorf("%w: place %d of %d", ErrResult, r.Index, r.Of)
	}
	return &r, nil
}
