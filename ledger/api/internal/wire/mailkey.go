package wire

import (
	"crypto/ed25519"
	"fmt"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/period"
	"weir/ledger"
)

// MaxMailKey bounds an encoded mail key, in bytes.
const MaxMailKey = 2 << 10

// MailKey is what a question to an addressee is sealed to. The addressee signs it with the key that the ledger knows for
// it, so that whoever hands it out cannot put another in its place.
type MailKey struct {
	_         struct{} `cbor:",toarray"`
	Key       period.Key
	Time      int64 // Unix milliseconds: a later one replaces an earlier one
	Signature [ledger.SignatureSize]byte
}

func (k *MailKey) digest(chain engine.Name) engine.Digest {
	return canonical.Digest("weir/mail-key/v1", []any{chain, k.Key, k.Time})
}

// SignMailKey makes a mail key.
func SignMailKey(chain engine.Name, key period.Key, signer ed25519.PrivateKey, at time.Time) *MailKey {
	k := &MailKey{Key: key, Time: at.UnixMilli()}
	digest := k.digest(chain)
	k.Signature = [ledger.SignatureSize]byte(ed25519.Sign(signer, digest[:]))
	return k
}

// OpenMailKey reads a mail key of an address, and checks that its addressee's key signed it. Errors wrap ErrRequest.
func OpenMailKey(b []byte, chain engine.Name, address string, signer [32]byte) (*MailKey, error) {
	var k MailKey
	if err := canonical.Decode(b, MaxMailKey, &k); err != nil {
		return nil, fmt.Errorf("%w: mail key: %w", ErrRequest, err)
	}
	if err := k.Key.Check(address, k.Key.Period); err != nil {
		return nil, fmt.Errorf("%w: mail key: %w", ErrRequest, err)
	}
	claim := ledger.Signature{Key: signer, Digest: k.digest(chain), Signature: k.Signature}
	if !claim.Verify() {
		return nil, fmt.Errorf("%w: mail key: signature does not verify", ErrUnauthorised)
	}
	return &k, nil
}

// Question is what a letter that wants an answer says, inside its seal.
type Question struct {
	_     struct{}   `cbor:",toarray"`
	Reply period.Key // of a bare key made for this question: its owner is the address that the answer goes to
	Body  []byte
}

// Answer is what the answer says, inside its seal.
type Answer struct {
	_    struct{} `cbor:",toarray"`
	Body []byte
	Why  string // why there is no answer; empty where there is one
}
