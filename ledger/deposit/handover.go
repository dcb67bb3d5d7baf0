package deposit

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/period"
	"weir/ledger/proof"
)

// ErrHandOver is returned where a document must not be handed over, or was not, to this receiver.
var ErrHandOver = errors.New("hand-over refused")

// sealedFor is the kind of what is sealed.
const sealedFor = "deposit"

// handed is what is sealed: the document, for one receiver on one chain.
type handed struct {
	_        struct{} `cbor:",toarray"`
	Chain    engine.Name
	To       string
	Document Document
}

// maxHanded bounds it, in bytes.
const maxHanded = 4 << 10

// Seal seals a document to a party's registered key. It demands the proof bundle of the grant: a document that its
// depositor did not grant to this party, on the trusted ledger, is not sealed. The HandOver is to be posted; the sealed bytes
// go to the party. Whether the grant was withdrawn since is for the ledger to say, which then refuses the HandOver.
func Seal(d *Document, grant []byte, trust *proof.Trust, key *period.Key) (*HandOver, []byte, error) {
	shown, err := trust.Verify(grant)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrHandOver, err)
	}
	var g Grant
	if err := read(shown, KindGrant, &g); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrHandOver, err)
	}
	if err := d.by(shown.Tx.Sender); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrHandOver, err)
	}
	if g.Document != d.Digest() || g.To != key.Owner {
		return nil, nil, fmt.Errorf("%w: the grant is of another document, or to another", ErrHandOver)
	}
	sealed, err := period.SealTo(key, sealedFor, canonical.Encode(handed{Chain: trust.Chain, To: key.Owner, Document: *d}))
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrHandOver, err)
	}
	return &HandOver{Document: g.Document, To: key.Owner, Month: key.Period, Sealed: sha256.Sum256(sealed)}, sealed, nil
}

// Receive opens sealed bytes that were handed over to an owner, by its secret of the month, with the proof bundle of the
// HandOver. What it gives is the document that the ledger names, from its depositor: all that is missing is the file.
func Receive(sealed, handOver []byte, trust *proof.Trust, owner string, secret *period.Secret) (*Document, error) {
	shown, err := trust.Verify(handOver)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHandOver, err)
	}
	var h HandOver
	if err := read(shown, KindHandOver, &h); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHandOver, err)
	}
	if h.To != owner || h.Month != secret.Period() || h.Sealed != sha256.Sum256(sealed) {
		return nil, fmt.Errorf("%w: to another party or key, or of other bytes", ErrHandOver)
	}
	b, err := secret.Open(owner, sealedFor, sealed)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHandOver, err)
	}
	var content handed
	if err := canonical.Decode(b, maxHanded, &content); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHandOver, err)
	}
	d := &content.Document
	if content.Chain != trust.Chain || content.To != owner || d.Digest() != h.Document {
		return nil, fmt.Errorf("%w: what was sealed is another document, or for another", ErrHandOver)
	}
	if err := errors.Join(d.check(), d.by(shown.Tx.Sender)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHandOver, err)
	}
	return d, nil
}
