package consent

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"time"

	"weir/engine"
	"weir/engine/canonical"
)

// ErrEvidence is returned for private evidence that does not prove that the enterprise itself gave a public consent.
var ErrEvidence = errors.New("consent evidence refused")

// Envelope is the private half of a consent: it names the enterprise, opens the tag and points at the public half.
type Envelope struct {
	_              struct{} `cbor:",toarray"`
	Chain          engine.Name
	Kind           engine.SubjectKind
	Identifier     string
	Nonce1, Nonce2 Nonce
	Consent        Key           // pk_c
	Terms          engine.Digest // H("weir/terms/v1", terms)
	ReplyKey       []byte        // where a refusal's reason is sealed to; empty for none
	BitLimit       uint32        // a higher bit limit for this bank, or 0 for the agent's own
}

// Digest is H("weir/consent/v1", env), what EK signs.
func (e *Envelope) Digest() engine.Digest { return canonical.Digest("weir/consent/v1", e) }

// Evidence is what the bank and each holder receive, each under its own seal.
type Evidence struct {
	_           struct{} `cbor:",toarray"`
	Certificate Certificate
	Envelope    Envelope
	Signature   []byte // by EK over Envelope.Digest
}

// Format keeps the enterprise out of every log line.
func (Envelope) Format(f fmt.State, _ rune) { io.WriteString(f, "[consent envelope]") }

// Format keeps the enterprise out of every log line.
func (Evidence) Format(f fmt.State, _ rune) { io.WriteString(f, "[consent evidence]") }

// Given is a consent as its enterprise keeps it.
type Given struct {
	Public   []byte             // for the ledger
	Evidence []byte             // to be sealed to the bank and each holder
	Key      ed25519.PrivateKey // of pk_c: revokes the consent
}

// Format keeps the evidence and the key out of every log line.
func (Given) Format(f fmt.State, _ rune) { io.WriteString(f, "[consent with its evidence and key]") }

// Options are what an enterprise may add to a consent, for the bank and the holders alone.
type Options struct {
	ReplyKey []byte // Envelope.ReplyKey; nil for none
	BitLimit uint32 // Envelope.BitLimit
}

// Give makes a consent of the certified enterprise: a fresh consent key and fresh nonces from random.
func Give(certificate Certificate, key ed25519.PrivateKey, terms Terms, options Options, random io.Reader) (*Given, error) {
	if err := terms.check(); err != nil {
		return nil, err
	}
	id, err := engine.ParseIdentifier(certificate.Kind, certificate.Identifier)
	if err != nil {
		return nil, err
	}
	var seed [ed25519.SeedSize]byte
	env := Envelope{Chain: certificate.Chain, Kind: id.Kind, Identifier: id.Text, Terms: terms.Digest(),
		ReplyKey: append([]byte{}, options.ReplyKey...), BitLimit: options.BitLimit}
	for _, into := range [][]byte{seed[:], env.Nonce1[:], env.Nonce2[:]} {
		if _, err := io.ReadFull(random, into); err != nil {
			return nil, fmt.Errorf("consent: randomness: %w", err)
		}
	}
	consentKey := ed25519.NewKeyFromSeed(seed[:])
	public := Public{Chain: certificate.Chain, Tag: Tag(id.Subject(), env.Nonce1, env.Nonce2), Terms: terms}
	public.Sign(consentKey)
	env.Consent = public.Key
	evidence := Evidence{Certificate: certificate, Envelope: env}
	digest := env.Digest()
	evidence.Signature = ed25519.Sign(key, digest[:])
	return &Given{Public: canonical.Encode(public), Evidence: canonical.Encode(evidence), Key: consentKey}, nil
}

// Authority is what a holder or bank needs to judge evidence.
type Authority struct {
	Chain     engine.Name
	Registrar Key
	Revoked   *RevokedSerials                        // the newest list, or nil
	Known     func(engine.Subject) (ek Key, ok bool) // the key seen for a subject earlier; nil remembers nothing
}

// TakeRevoked replaces the list of revoked serials by the registrar's newer one; an older list changes nothing. It is not
// for concurrent use with Check.
func (a *Authority) TakeRevoked(list []byte) error {
	newer, err := OpenRevokedSerials(list, a.Chain, a.Registrar)
	if err == nil && (a.Revoked == nil || newer.At >= a.Revoked.At) {
		a.Revoked = newer
	}
	return err
}

// Check reads private evidence and tells whether the enterprise it names gave the public consent: certificate valid at
// the time and not revoked, envelope signed by the certified key, tag and terms those of the public entry. It gives the
// enterprise's identifier. Errors wrap ErrCertificate or ErrEvidence and name no enterprise.
func (a *Authority) Check(evidence []byte, public *Public, at time.Time) (engine.Identifier, *Evidence, error) {
	e, err := decodeEvidence(evidence)
	if err != nil {
		return engine.Identifier{}, nil, err
	}
	id, err := e.Certificate.Check(a.Registrar, a.Chain, at)
	if err != nil {
		return engine.Identifier{}, nil, err
	}
	if a.Revoked.Contains(e.Certificate.Serial) {
		return engine.Identifier{}, nil, fmt.Errorf("%w: revoked by the registrar", ErrCertificate)
	}
	if a.Known != nil {
		if known, seen := a.Known(id.Subject()); seen && known != e.Certificate.Key {
			return engine.Identifier{}, nil, fmt.Errorf("%w: another key was seen for this enterprise and no change notice", ErrCertificate)
		}
	}
	if err := e.match(id, public); err != nil {
		return engine.Identifier{}, nil, err
	}
	return id, &e, nil
}

// KeyOf is the consent key that private evidence names. It judges nothing.
func KeyOf(evidence []byte) (Key, error) {
	e, err := decodeEvidence(evidence)
	return e.Envelope.Consent, err
}

// ReplyKeyOf is the reply key that private evidence names, empty for none. It judges nothing.
func ReplyKeyOf(evidence []byte) ([]byte, error) {
	e, err := decodeEvidence(evidence)
	return e.Envelope.ReplyKey, err
}

// decodeEvidence reads evidence, empty where it gives an error.
func decodeEvidence(b []byte) (Evidence, error) {
	var e Evidence
	if err := canonical.Decode(b, maxMessage, &e); err != nil {
		return Evidence{}, fmt.Errorf("%w: %w", ErrEvidence, err)
	}
	return e, nil
}

// match ties the envelope to the certificate and to the public entry.
func (e *Evidence) match(id engine.Identifier, public *Public) error {
	env, terms := &e.Envelope, public.Terms.Digest()
	digest := env.Digest()
	tag := Tag(id.Subject(), env.Nonce1, env.Nonce2)
	switch {
	case !ed25519.Verify(e.Certificate.Key[:], digest[:], e.Signature):
		return fmt.Errorf("%w: envelope not signed by the enterprise's key", ErrEvidence)
	case env.Chain != e.Certificate.Chain:
		return fmt.Errorf("%w: envelope made for another chain", ErrEvidence)
	case env.Kind != id.Kind || env.Identifier != id.Text:
		return fmt.Errorf("%w: envelope and certificate name different enterprises", ErrEvidence)
	case env.Consent != public.Key:
		return fmt.Errorf("%w: envelope belongs to another public consent", ErrEvidence)
	case env.Terms != terms:
		return fmt.Errorf("%w: terms differ from the public ones", ErrEvidence)
	case !bytes.Equal(tag[:], public.Tag[:]):
		return fmt.Errorf("%w: the public tag does not open to the enterprise", ErrEvidence)
	}
	return nil
}
