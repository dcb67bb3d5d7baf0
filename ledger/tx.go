// Package ledger is the vocabulary of weir's ledger: signed transactions, blocks and their headers, results, and the two
// interfaces that a machine stands between, Orderer above and Store below. It is for everybody who writes to the ledger,
// runs it, or checks what it said.
//
// Everything here has one canonical encoding, bounded before it is read. The package has no clock, does no I/O and
// decides nothing about the content of a transaction: that is for the contracts (ledger/contract), which the machine
// (ledger/machine) runs. Evidence for outsiders is in ledger/proof.
package ledger

import (
	"crypto/ed25519"
	"errors"
	"fmt"

	"weir/engine"
	"weir/engine/canonical"
)

// MaxTx bounds an encoded transaction, in bytes: the largest are a model package of eight slices and an accusation with
// the ciphertexts it is about.
const MaxTx = 256 << 10

// ErrTx is returned for bytes that are not a transaction: too long, not canonical, or with a malformed field.
var ErrTx = errors.New("transaction malformed")

// Why a well-formed transaction is not taken into a block. None of them changes anything on the ledger.
var (
	ErrChain     = errors.New("transaction is for another chain")             // its chain id is not this ledger's
	ErrKind      = errors.New("unknown kind of transaction")                  // no contract takes it, or not from such a sender
	ErrSender    = errors.New("unknown sender")                               // no such account, or it is not active
	ErrSignature = errors.New("signature does not verify")                    // under the sender's key at the start of the block
	ErrExpired   = errors.New("transaction expired")                          // its expiry height has passed
	ErrSequence  = errors.New("sequence number is not the sender's next one") // a gap, or a replay
	ErrKnown     = errors.New("transaction already stands on the ledger")     // ask for its result by its id
)

// Kind names what a transaction asks for: 1 to 64 characters of a–z, 0–9, '-', '.' and '/'. Which kinds there are is
// settled by the ledger's contract set; all others are refused.
type Kind string

// Draft is a transaction before it is signed.
type Draft struct {
	_        struct{} `cbor:",toarray"`
	Chain    engine.Name
	Kind     Kind
	Sender   Sender
	Sequence uint64 // how many transactions of the sender stand on the ledger before this one
	Expiry   uint64 // the last height of a block that may take it
	Body     []byte // what the contract reads: a canonical encoding
}

// Tx is a signed transaction beside its encoding and its id. It does not change once made.
type Tx struct {
	Draft
	Signature [SignatureSize]byte
	encoded   []byte
	id        engine.Digest
}

// Sign makes the transaction: an Ed25519 signature over its id, H("weir/tx/v1", draft).
func (d Draft) Sign(key ed25519.PrivateKey) *Tx {
	draft := canonical.Encode(d)
	id := txID(draft)
	tx := &Tx{Draft: d, id: id, Signature: [SignatureSize]byte(ed25519.Sign(key, id[:]))}
	tx.encoded = make([]byte, 0, len(txHead)+len(draft)+len(signatureHead)+SignatureSize)
	tx.encoded = append(append(tx.encoded, txHead...), draft...)
	tx.encoded = append(append(tx.encoded, signatureHead...), tx.Signature[:]...)
	return tx
}

// What stands before the draft and before the signature in an encoded transaction: an array of 2, a byte string of 64.
const (
	txHead        = "\x82"
	signatureHead = "\x58\x40"
)

// txID is H("weir/tx/v1", draft).
func txID(draft []byte) engine.Digest { return canonical.DigestBytes("weir/tx/v1", draft) }

// DecodeTx reads a transaction from foreign bytes and keeps them. The signature is not judged here: it needs the
// sender's key. Errors wrap ErrTx.
func DecodeTx(b []byte) (*Tx, error) {
	t := &Tx{encoded: b}
	if err := t.read(b); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTx, err)
	}
	if err := t.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTx, err)
	}
	draft := b[len(txHead) : len(b)-len(signatureHead)-SignatureSize] // b is canonical: its parts have one place
	t.id = txID(draft)
	return t, nil
}

// read reads [draft, signature].
func (t *Tx) read(b []byte) error {
	r, err := canonical.NewReader(b, MaxTx)
	if err != nil {
		return err
	}
	r.Array(2)
	r.Array(6)
	t.Chain, t.Kind, t.Sender = engine.Name(r.Text()), Kind(r.Text()), Sender(r.Text())
	t.Sequence, t.Expiry, t.Body = r.Uint(), r.Uint(), r.Bytes()
	r.Fixed(t.Signature[:])
	return r.End()
}

func (d *Draft) check() error {
	if _, err := engine.ParseName(string(d.Chain)); err != nil {
		return fmt.Errorf("chain id: %w", err)
	}
	if _, err := ParseSender(string(d.Sender)); err != nil {
		return err
	}
	return d.Kind.Check()
}

// ID is the digest of what is signed. Signing the same draft twice gives one id, and only the sender can change it.
func (t *Tx) ID() engine.Digest { return t.id }

// Bytes is the canonical encoding, at most MaxTx bytes. It must not be changed.
func (t *Tx) Bytes() []byte { return t.encoded }

// Check tells whether the kind is well-formed.
func (k Kind) Check() error {
	if k == "" || len(k) > 64 {
		return fmt.Errorf("kind of %d characters, want 1 to 64", len(k))
	}
	for i := range len(k) {
		c := k[i]
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '/') {
			return fmt.Errorf("kind: character %d is not one of a-z, 0-9, '-', '.', '/'", i+1)
		}
	}
	return nil
}
