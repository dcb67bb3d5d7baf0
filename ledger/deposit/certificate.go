package deposit

import (
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger"
	"weir/ledger/deposit/timestamp"
	"weir/ledger/proof"
)

// Version is that of the certificate's format.
const Version = 1

// MaxCertificate bounds a certificate file, in bytes.
const MaxCertificate = 16<<10 + proof.MaxBundle + timestamp.Max

// Certificate is the file that goes with a deposited file, in canonical CBOR:
//
//	[ 1,
//	  [ salt: bytes 32, depositor: text, SHA-256 of the file: bytes 32, its size, name: text, media type: text, note: text ],
//	  [ index in the batch, path to its root: [bytes 32 …] ],              0 and [] for a single document
//	  proof bundle: bytes,                                                 transaction, result, header, paths, checkpoint
//	  RFC 3161 token: bytes ]                                              empty for none
//
// There is no checksum over it: every byte is bound by one of the checks.
type Certificate struct {
	_        struct{} `cbor:",toarray"`
	Version  uint64
	Document Document
	Place    Place
	Bundle   []byte // proof.Bundle of the deposit, encoded
	Stamp    []byte // at most timestamp.Max bytes
}

// Assemble puts a certificate together, for a deposit that stands on the ledger. It checks nothing: Verify does, and is
// worth a call before the file is kept.
func Assemble(d *Document, p Place, bundle, stamp []byte) []byte {
	return canonical.Encode(Certificate{Version: Version, Document: *d, Place: p, Bundle: bundle, Stamp: stamp})
}

// Check is one named step of Verify. The list is closed and append-only.
type Check string

// The checks, in their order.
const (
	CheckEncoding  Check = "encoding"  // canonical, within its bounds, of a version that this program reads
	CheckFile      Check = "file"      // the file is the one described
	CheckLedger    Check = "ledger"    // the transaction, its result and its block are under a checkpoint of the trusted ledger
	CheckDeposit   Check = "deposit"   // the transaction is a deposit, and was taken
	CheckDepositor Check = "depositor" // who deposited is whom the document names
	CheckDigest    Check = "digest"    // the document is what was deposited, or is in the batch that was
	CheckStamp     Check = "stamp"     // the token is the one that the deposit names, and holds
)

// Checks are all of them, in the order in which Verify makes them.
func Checks() []Check {
	return []Check{CheckEncoding, CheckFile, CheckLedger, CheckDeposit, CheckDepositor, CheckDigest, CheckStamp}
}

// ErrCertificate is what every failed check wraps.
var ErrCertificate = errors.New("certificate refused")

// CheckError says which check failed, and how.
type CheckError struct {
	Check Check
	Err   error
}

func (e *CheckError) Error() string { return fmt.Sprintf("%v: %s: %v", ErrCertificate, e.Check, e.Err) }

// Unwrap is ErrCertificate and the reason.
func (e *CheckError) Unwrap() []error { return []error{ErrCertificate, e.Err} }

// Trust is whose word counts for a reader.
type Trust struct {
	Ledger *proof.Trust
	Stamps *x509.CertPool // roots of time stamp authorities; nil: a token is carried, and not judged
}

// Verdict is what a certificate shows.
type Verdict struct {
	Passed    []Check
	Depositor engine.Name
	Tx        engine.Digest
	Height    uint64
	Time      time.Time // of the block, UTC: the document was there by then
	Public    string    // the deposit's note
	Count     uint64    // documents in the deposit
	Stamped   time.Time // by the token's authority; zero where there is none, or none was judged
}

// Verify reads a file and its certificate, and checks all of it, offline. The error is a *CheckError, or the file's reader's.
func Verify(file io.Reader, certificate []byte, trust *Trust) (*Verdict, error) {
	v := new(Verdict)
	var c Certificate
	var shown *proof.Shown
	var in Deposit
	for _, step := range []struct {
		check Check
		run   func() error
	}{
		{CheckEncoding, func() error { return c.read(certificate) }},
		{CheckFile, func() error { return c.Document.Matches(file) }},
		{CheckLedger, func() (err error) { shown, err = trust.Ledger.Verify(c.Bundle); return err }},
		{CheckDeposit, func() error { return read(shown, KindDeposit, &in) }},
		{CheckDepositor, func() error { return c.Document.by(shown.Tx.Sender) }},
		{CheckDigest, func() error { return c.Place.Check(c.Document.Digest(), &in) }},
		{CheckStamp, func() (err error) { v.Stamped, err = checkStamp(c.Stamp, &in, trust.Stamps); return err }},
	} {
		if err := step.run(); err != nil {
			return nil, &CheckError{Check: step.check, Err: err}
		}
		v.Passed = append(v.Passed, step.check)
	}
	v.Depositor, v.Tx, v.Height, v.Time = c.Document.Depositor, shown.Tx.ID(), shown.Header.Height, shown.Header.At()
	v.Public, v.Count = in.Public, in.Count
	return v, nil
}

func (c *Certificate) read(b []byte) error {
	if err := canonical.Decode(b, MaxCertificate, c); err != nil {
		return err
	}
	if c.Version != Version {
		return fmt.Errorf("format version %d, this program reads %d", c.Version, Version)
	}
	if len(c.Stamp) > timestamp.Max {
		return fmt.Errorf("a token of %d bytes, limit %d", len(c.Stamp), timestamp.Max)
	}
	return c.Document.check()
}

// read is the body of a transaction of a kind that was taken.
func read(s *proof.Shown, kind ledger.Kind, body any) error {
	if s.Tx.Kind != kind {
		return fmt.Errorf("the transaction is no %s", kind)
	}
	if !s.Result.OK() {
		return fmt.Errorf("the ledger refused the transaction: %s", s.Result.Code)
	}
	return canonical.Decode(s.Tx.Body, ledger.MaxTx, body)
}

// by tells whether the sender is the depositor that the document names.
func (d *Document) by(sender ledger.Sender) error {
	if sender != ledger.Account(d.Depositor) {
		return fmt.Errorf("%w: deposited by another than it names", ErrDocument)
	}
	return nil
}

// checkStamp: the deposit names exactly the token that is there.
func checkStamp(token []byte, in *Deposit, roots *x509.CertPool) (time.Time, error) {
	if in.Stamp.IsZero() && len(token) == 0 {
		return time.Time{}, nil
	}
	if sha256.Sum256(token) != in.Stamp {
		return time.Time{}, errors.New("the token is not the one that the deposit names")
	}
	if roots == nil {
		return time.Time{}, nil
	}
	return timestamp.Verify(token, in.Digest, roots)
}
