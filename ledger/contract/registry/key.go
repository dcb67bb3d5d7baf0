package registry

import (
	"crypto/ed25519"
	"encoding/hex"
	"fmt"

	"github.com/oasisprotocol/curve25519-voi/curve"

	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger"
	"weir/ledger/contract"
)

// Kinds by which an account changes its own key, signed by the key that speaks for it so far.
const (
	KindRotate = ledger.Kind("rotate-key") // Rotation
	KindRevoke = ledger.Kind("revoke-key") // Revocation
)

// Rotation makes another key speak for the sender from the next block on.
type Rotation struct {
	_          struct{} `cbor:",toarray"`
	Key        [32]byte
	Possession []byte // by Possess
}

// Revocation leaves the sender without a key from the next block on, until its members give it another one by votes.
type Revocation struct {
	_   struct{} `cbor:",toarray"`
	Key [32]byte // the one that speaks so far
}

// Cause is why a key began, or ceased, to speak for an account. The list is closed and append-only.
type Cause string

// The causes.
const (
	KeyFounded   Cause = "founded"
	KeyAdmitted  Cause = "admitted"
	KeyRotated   Cause = "rotated"
	KeyRevoked   Cause = "revoked"
	KeyRecovered Cause = "recovered"
)

// Span says which key speaks for an account from a height on, until the next span begins. Of two that begin at one height
// the later counts.
type Span struct {
	_     struct{} `cbor:",toarray"`
	From  uint64   // the first block whose transactions it signs
	Key   [32]byte // zeros: none speaks
	Cause Cause
	Tx    engine.Digest // that changed it; zero for a founding member
}

// At asks which key spoke for an account at a height.
type At struct {
	_       struct{} `cbor:",toarray"`
	Account engine.Name
	Height  uint64
}

// KeyAt is the span of an account's key at a height, so that a signature of that time can be judged; CodeUnknown for an
// account that there was not yet.
func KeyAt(c *contract.Context, at At) (s Span, err error) { return s, c.Ask(Name, "key-at", at, &s) }

// Possess shows that whoever asks for a key to speak for an account has it: an Ed25519 signature by it over
// H("weir/possession/v1", [chain, account, key]).
func Possess(chain, account engine.Name, key ed25519.PrivateKey) []byte {
	digest := possession(chain, account, [32]byte(key.Public().(ed25519.PublicKey)))
	return ed25519.Sign(key, digest[:])
}

func possession(chain, account engine.Name, key [32]byte) engine.Digest {
	return canonical.Digest("weir/possession/v1", []any{chain, account, key})
}

func requirePossession(c *contract.Context, account engine.Name, key [32]byte, proof []byte) error {
	if err := requireKey(c, key); err != nil {
		return err
	}
	chain, err := Chain(c)
	if err != nil {
		return err
	}
	holds := len(proof) == ledger.SignatureSize
	if holds {
		claim := ledger.Signature{Key: key, Digest: possession(chain, account, key), Signature: [ledger.SignatureSize]byte(proof)}
		holds = claim.Verify()
	}
	return c.Require(holds, ledger.CodeUnproven, "the new key signs for the account", "its signature does not verify")
}

// requireKey: a point under which nobody but its owner can sign, and that never spoke for anybody.
func requireKey(c *contract.Context, key [32]byte) error {
	var point curve.EdwardsPoint
	_, err := point.SetCompressedY((*curve.CompressedEdwardsY)(&key))
	if err := c.Require(err == nil && !point.IsSmallOrder(), ledger.CodeMalformed, "a key is a point of large order", "it is not"); err != nil {
		return err
	}
	var owner engine.Name
	return c.Require(!c.Load(ownerKey(key), &owner), ledger.CodeConflict, "a key speaks for one account, once", "it is or was a key of %s", owner)
}

func ownerKey(key [32]byte) string { return "owner/" + hex.EncodeToString(key[:]) }
func spanKey(name engine.Name, number uint32) string {
	return fmt.Sprintf("span/%s/%010d", name, number)
}

func rotate(c *contract.Context, body []byte) error {
	var r Rotation
	if err := c.Decode(body, &r); err != nil {
		return err
	}
	a, err := changing(c)
	if err != nil {
		return err
	}
	if err := requirePossession(c, a.Name, r.Key, r.Possession); err != nil {
		return err
	}
	a.speakWith(c, r.Key, KeyRotated, c.Height()+1)
	return nil
}

func revoke(c *contract.Context, body []byte) error {
	var r Revocation
	if err := c.Decode(body, &r); err != nil {
		return err
	}
	a, err := changing(c)
	if err != nil {
		return err
	}
	if err := c.Require(r.Key == a.Key, ledger.CodeConflict, "the key that speaks so far is revoked", "it is another"); err != nil {
		return err
	}
	a.speakWith(c, [32]byte{}, KeyRevoked, c.Height()+1)
	return nil
}

// changing is the sender. Until the next block the old key signs: it must not undo what changed in this one.
func changing(c *contract.Context) (*Account, error) {
	a, err := Sender(c, Roles...)
	if err != nil {
		return nil, err
	}
	last := a.span(c, a.Keys)
	return &a, c.Require(last.From <= c.Height(), ledger.CodeConflict, "an account changes its key once in a block", "it was %s", last.Cause)
}

// Recovery gives an account whose key is lost another one.
type Recovery struct {
	_          struct{} `cbor:",toarray"`
	Account    engine.Name
	Key        [32]byte
	Possession []byte // by Possess
}

// Recover replaces an account's key; without enact it only tells whether that could be. The governance contract alone may.
func Recover(c *contract.Context, r Recovery, enact bool) error {
	return c.Ask(Name, "rekey", decision[Recovery]{What: r, Enact: enact}, nil)
}

func rekey(c *contract.Context, argument []byte) ([]byte, error) {
	r, enact, err := decided[Recovery](c, argument)
	if err != nil {
		return nil, err
	}
	a, err := known(c, r.Account)
	if err != nil {
		return nil, err
	}
	if err := requirePossession(c, a.Name, r.Key, r.Possession); err != nil || !enact {
		return nil, err
	}
	a.speakWith(c, r.Key, KeyRecovered, c.Height()+1)
	return nil, nil
}

// speakWith begins a span.
func (a *Account) speakWith(c *contract.Context, key [32]byte, cause Cause, from uint64) {
	a.Key, a.Keys = key, a.Keys+1
	s := Span{From: from, Key: key, Cause: cause, Tx: c.Tx()}
	c.Save(spanKey(a.Name, a.Keys), s)
	c.Save(accountKey(a.Name), a)
	if key != [32]byte{} {
		c.Save(ownerKey(key), a.Name)
	}
	if cause != KeyFounded {
		c.Emit("key", string(a.Name), canonical.Encode(s))
	}
}

// span is a span by its number, from 1.
func (a *Account) span(c *contract.Context, number uint32) (s Span) {
	c.Invariant(c.Load(spanKey(a.Name, number), &s), "an account has as many spans as it counts")
	return s
}

func keyAt(c *contract.Context, argument []byte) ([]byte, error) {
	var at At
	if err := c.Decode(argument, &at); err != nil {
		return nil, err
	}
	a, err := known(c, at.Account)
	if err != nil {
		return nil, err
	}
	low, high := uint32(0), a.Keys // the last span that began by then is number low, as far as it is known
	for low < high {
		middle := high - (high-low)/2
		if a.span(c, middle).From <= at.Height {
			low = middle
		} else {
			high = middle - 1
		}
	}
	if err := c.Require(low > 0, ledger.CodeUnknown, "the account was a member at that height", "it came later"); err != nil {
		return nil, err
	}
	return canonical.Encode(a.span(c, low)), nil
}

// keysPage bounds one answer about an account's keys.
const keysPage = 256

// KeysOf asks for an account's spans after a number; one answer gives at most 256 of them.
type KeysOf struct {
	_       struct{} `cbor:",toarray"`
	Account engine.Name
	After   uint32
}

func keys(c *contract.Context, argument []byte) ([]byte, error) {
	var of KeysOf
	if err := c.Decode(argument, &of); err != nil {
		return nil, err
	}
	list := []Span{}
	prefix := "span/" + clip(string(of.Account)) + "/"
	for _, b := range c.Page(prefix, fmt.Sprintf("%s%010d", prefix, of.After), keysPage) {
		var s Span
		c.Read(b, &s)
		list = append(list, s)
	}
	return canonical.Encode(list), nil
}
