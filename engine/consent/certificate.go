// Package consent is an enterprise's permission to be scored (protocol, section 3a): the registrar's certificate over
// the enterprise's long-term key, the public entry signed by a fresh key, and the private envelope that ties the two
// together for the bank and the holders it names — and for nobody else.
//
// A holder contributes only when Check accepts. The package refuses consents that anybody but the enterprise could have
// made; it does no I/O and takes time and randomness as arguments.
package consent

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"weir/engine"
	"weir/engine/canonical"
)

// ErrCertificate is returned for a certificate that the registrar did not sign, that is of another chain, not valid at
// the time asked about, revoked, or contradicted by a key seen earlier.
var ErrCertificate = errors.New("enterprise certificate refused")

// maxMessage bounds every encoded message of this package, in bytes.
const maxMessage = 16 << 10

// Key is an Ed25519 public key.
type Key [ed25519.PublicKeySize]byte

// Certificate says which enterprise owns the long-term key EK. It never appears in public.
type Certificate struct {
	_          struct{} `cbor:",toarray"`
	Chain      engine.Name
	Serial     uint64
	Kind       engine.SubjectKind
	Identifier string
	Key        Key   // EK
	From, To   int64 // Unix seconds, inclusive
	Signature  []byte
}

// Format keeps the enterprise out of every log line.
func (Certificate) Format(f fmt.State, _ rune) { io.WriteString(f, "[enterprise certificate]") }

type certified struct {
	_          struct{} `cbor:",toarray"`
	Chain      engine.Name
	Serial     uint64
	Kind       engine.SubjectKind
	Identifier string
	Key        Key
	From, To   int64
}

func (c *Certificate) digest() engine.Digest {
	return canonical.Digest("weir/certificate/v1", certified{Chain: c.Chain, Serial: c.Serial, Kind: c.Kind,
		Identifier: c.Identifier, Key: c.Key, From: c.From, To: c.To})
}

// Certify signs a certificate with the registrar's key; its identifier must be valid for its kind.
func (c *Certificate) Certify(registrar ed25519.PrivateKey) error {
	if _, err := engine.ParseIdentifier(c.Kind, c.Identifier); err != nil {
		return err
	}
	digest := c.digest()
	c.Signature = ed25519.Sign(registrar, digest[:])
	return nil
}

// Check tells whether the registrar certified the key for this chain and the certificate is valid at the time.
func (c *Certificate) Check(registrar Key, chain engine.Name, at time.Time) (engine.Identifier, error) {
	id, err := engine.ParseIdentifier(c.Kind, c.Identifier)
	if err != nil {
		return id, fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	digest := c.digest()
	switch {
	case c.Chain != chain:
		err = fmt.Errorf("%w: made for another chain", ErrCertificate)
	case !ed25519.Verify(registrar[:], digest[:], c.Signature):
		err = fmt.Errorf("%w: not signed by the registrar", ErrCertificate)
	case at.Unix() < c.From:
		err = fmt.Errorf("%w: not valid yet", ErrCertificate)
	case at.Unix() > c.To:
		err = fmt.Errorf("%w: expired", ErrCertificate)
	}
	return id, err
}

// Enrolment is an enterprise asking the registrar for a certificate; the signature proves that it holds EK.
type Enrolment struct {
	_          struct{} `cbor:",toarray"`
	Chain      engine.Name
	Kind       engine.SubjectKind
	Identifier string
	Key        Key
	Signature  []byte
}

func (e *Enrolment) digest() engine.Digest {
	return canonical.Digest("weir/enrolment/v1", []any{e.Chain, e.Kind, e.Identifier, e.Key})
}

// Enrol signs an application for a certificate over the key.
func Enrol(chain engine.Name, id engine.Identifier, key ed25519.PrivateKey) []byte {
	e := Enrolment{Chain: chain, Kind: id.Kind, Identifier: id.Text, Key: Key(key.Public().(ed25519.PublicKey))}
	digest := e.digest()
	e.Signature = ed25519.Sign(key, digest[:])
	return canonical.Encode(e)
}

// OpenEnrolment reads an application and checks the identifier and the proof of possession. Whether the applicant *is*
// that enterprise is for the registrar to establish by its own means.
func OpenEnrolment(b []byte, chain engine.Name) (*Enrolment, error) {
	var e Enrolment
	if err := canonical.Decode(b, maxMessage, &e); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	if _, err := engine.ParseIdentifier(e.Kind, e.Identifier); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	digest := e.digest()
	if e.Chain != chain || !ed25519.Verify(e.Key[:], digest[:], e.Signature) {
		return nil, fmt.Errorf("%w: application not signed by the key it names for this chain", ErrCertificate)
	}
	return &e, nil
}

// RevokedSerials is the registrar's signed list of certificates that no longer count: salted hashes of serials, so that
// the list tells nothing about those it does not hold.
type RevokedSerials struct {
	_         struct{} `cbor:",toarray"`
	Chain     engine.Name
	At        int64 // Unix seconds
	Salt      [16]byte
	Hashes    []engine.Digest
	Signature []byte
}

func (r *RevokedSerials) digest() engine.Digest {
	return canonical.Digest("weir/revoked-serials/v1", []any{r.Chain, r.At, r.Salt, r.Hashes})
}

// MaxRevoked bounds a list of revoked serials; a reader takes no longer one.
const MaxRevoked = 4096

// RevokeSerials makes and signs the list of all revoked serials, at most MaxRevoked.
func RevokeSerials(chain engine.Name, at time.Time, salt [16]byte, serials []uint64, registrar ed25519.PrivateKey) ([]byte, error) {
	if len(serials) > MaxRevoked {
		return nil, fmt.Errorf("%w: %d revoked serials, limit %d", ErrCertificate, len(serials), MaxRevoked)
	}
	r := RevokedSerials{Chain: chain, At: at.Unix(), Salt: salt, Hashes: []engine.Digest{}}
	for _, s := range serials {
		r.Hashes = append(r.Hashes, hashSerial(salt, s))
	}
	digest := r.digest()
	r.Signature = ed25519.Sign(registrar, digest[:])
	return canonical.Encode(r), nil
}

// OpenRevokedSerials reads the registrar's list.
func OpenRevokedSerials(b []byte, chain engine.Name, registrar Key) (*RevokedSerials, error) {
	var r RevokedSerials
	if err := canonical.Decode(b, 1<<20, &r); err != nil {
		return nil, fmt.Errorf("%w: list of revoked serials: %w", ErrCertificate, err)
	}
	digest := r.digest()
	if r.Chain != chain || !ed25519.Verify(registrar[:], digest[:], r.Signature) {
		return nil, fmt.Errorf("%w: list of revoked serials not signed by the registrar for this chain", ErrCertificate)
	}
	return &r, nil
}

// Contains tells whether a serial is revoked. A nil list revokes nothing.
func (r *RevokedSerials) Contains(serial uint64) bool {
	if r == nil {
		return false
	}
	hash := hashSerial(r.Salt, serial)
	for _, h := range r.Hashes {
		if h == hash {
			return true
		}
	}
	return false
}

func hashSerial(salt [16]byte, serial uint64) engine.Digest {
	return sha256.Sum256(canonical.Encode([]any{salt, serial}))
}
