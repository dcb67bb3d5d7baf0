package deposit

import (
	"fmt"

	"weir/engine/canonical"
	"weir/engine/period"
	"weir/ledger/deposit/timestamp"
	"weir/ledger/proof"
)

// MaxTransfer bounds a transfer file, in bytes.
const MaxTransfer = 48<<10 + 2*proof.MaxBundle + timestamp.Max

// maxSealed bounds sealed bytes, in bytes.
const maxSealed = maxHanded + 2<<10

// Transfer is the file that travels to whom a document is handed over: the sealed description, the proof that it was handed
// over to this party, and everything of the certificate but the description. Only the party can open it; what it gets out of
// it is the depositor's certificate. In canonical CBOR:
//
//	[ 1, sealed: bytes, proof bundle of the hand-over: bytes, [ index, path ], proof bundle of the deposit: bytes, token: bytes ]
type Transfer struct {
	_        struct{} `cbor:",toarray"`
	Version  uint64
	Sealed   []byte
	HandOver []byte // proof.Bundle, encoded
	Place    Place
	Bundle   []byte // of the deposit, as in the certificate
	Stamp    []byte
}

// NewTransfer packs what Seal gave, the proof bundle of its HandOver, and the certificate.
func NewTransfer(sealed, handOver []byte, c *Certificate) *Transfer {
	return &Transfer{Version: Version, Sealed: sealed, HandOver: handOver, Place: c.Place, Bundle: c.Bundle, Stamp: c.Stamp}
}

// Encode gives the canonical bytes.
func (t *Transfer) Encode() []byte { return canonical.Encode(t) }

// DecodeTransfer reads a foreign file's form. Errors wrap ErrHandOver.
func DecodeTransfer(b []byte) (*Transfer, error) {
	var t Transfer
	if err := canonical.Decode(b, MaxTransfer, &t); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHandOver, err)
	}
	if t.Version != Version || len(t.Sealed) > maxSealed || len(t.Stamp) > timestamp.Max {
		return nil, fmt.Errorf("%w: a version or a length that this program does not read", ErrHandOver)
	}
	return &t, nil
}

// Read is what the ledger shows of a transfer: to whom, and under which month's key. Errors wrap ErrHandOver.
func (t *Transfer) Read(trust *proof.Trust) (*HandOver, error) {
	shown, err := trust.Verify(t.HandOver)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHandOver, err)
	}
	var h HandOver
	if err := read(shown, KindHandOver, &h); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHandOver, err)
	}
	return &h, nil
}

// Receive opens a transfer for an owner, by its secret of the month, and gives the depositor's certificate. All of it is
// checked but the file, which Verify takes with it. Errors wrap ErrHandOver.
func (t *Transfer) Receive(trust *proof.Trust, owner string, secret *period.Secret) ([]byte, error) {
	d, err := Receive(t.Sealed, t.HandOver, trust, owner, secret)
	if err != nil {
		return nil, err
	}
	shown, err := trust.Verify(t.Bundle)
	var in Deposit
	for _, check := range []func() error{
		func() error { return err },
		func() error { return read(shown, KindDeposit, &in) },
		func() error { return d.by(shown.Tx.Sender) },
		func() error { return t.Place.Check(d.Digest(), &in) },
		func() error { _, err := checkStamp(t.Stamp, &in, nil); return err },
	} {
		if err := check(); err != nil {
			return nil, fmt.Errorf("%w: certificate: %w", ErrHandOver, err)
		}
	}
	return Assemble(d, t.Place, t.Bundle, t.Stamp), nil
}

// ReadCertificate reads a certificate's form. It checks nothing that Verify does beyond that. Errors wrap ErrCertificate.
func ReadCertificate(b []byte) (*Certificate, error) {
	var c Certificate
	if err := c.read(b); err != nil {
		return nil, &CheckError{Check: CheckEncoding, Err: err}
	}
	return &c, nil
}

// Deposited is what a certificate's own bundle shows of the deposit, under a trust. Errors wrap ErrCertificate.
func (c *Certificate) Deposited(trust *proof.Trust) (*Deposit, error) {
	shown, err := trust.Verify(c.Bundle)
	if err != nil {
		return nil, &CheckError{Check: CheckLedger, Err: err}
	}
	in, err := Shown(shown)
	if err != nil {
		return nil, err
	}
	if err := c.Place.Check(c.Document.Digest(), in); err != nil {
		return nil, &CheckError{Check: CheckDigest, Err: err}
	}
	return in, nil
}

// Shown is the deposit that a verified bundle shows as taken. Errors wrap ErrCertificate.
func Shown(s *proof.Shown) (*Deposit, error) {
	var in Deposit
	if err := read(s, KindDeposit, &in); err != nil {
		return nil, &CheckError{Check: CheckDeposit, Err: err}
	}
	return &in, nil
}
