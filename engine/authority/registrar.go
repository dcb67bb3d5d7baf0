// Package authority is the parties beside bank and holders: the registrar that certifies enterprises' keys, the
// enterprise's wallet, and the supervisor that approves sealed models.
//
// The registrar never sees a consent, the supervisor never a record or a score, and a wallet's long-term key never
// appears in public.
package authority

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/message"
)

// Registrar certifies which key belongs to which enterprise.
type Registrar struct {
	chain    engine.Name
	key      ed25519.PrivateKey
	validity time.Duration
	identify func(engine.Identifier) error

	mu      sync.Mutex
	serial  uint64
	issued  map[engine.Subject]consent.Key
	serials map[engine.Subject][]uint64 // certificates of an enterprise
	revoked []uint64
}

// Format keeps the key and who is enrolled out of every log line.
func (r *Registrar) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[registrar of %s]", r.chain) }

// NewRegistrar starts a registrar whose certificates are valid for the given time. identify establishes, by the
// registrar's own means, that an applicant is the enterprise it names.
func NewRegistrar(chain engine.Name, key ed25519.PrivateKey, validity time.Duration, identify func(engine.Identifier) error) *Registrar {
	return &Registrar{chain: chain, key: key, validity: validity, identify: identify, issued: map[engine.Subject]consent.Key{},
		serials: map[engine.Subject][]uint64{}}
}

// Receive answers an enrolment with an encoded certificate, valid from the given block time. A second key for an
// enterprise that already has one is refused.
func (r *Registrar) Receive(_ context.Context, kind message.Kind, body []byte, now time.Time) ([]byte, error) {
	if kind != message.KindEnrolment {
		return nil, fmt.Errorf("registrar: a message of another kind than %s", message.KindEnrolment)
	}
	application, err := consent.OpenEnrolment(body, r.chain)
	if err != nil {
		return nil, fmt.Errorf("registrar: %w", err)
	}
	id := engine.Identifier{Kind: application.Kind, Text: application.Identifier}
	if err := r.identify(id); err != nil {
		return nil, fmt.Errorf("registrar: applicant not identified: %w", err)
	}
	return r.certify(id, application.Key, now)
}

func (r *Registrar) certify(id engine.Identifier, key consent.Key, now time.Time) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if earlier, exists := r.issued[id.Subject()]; exists && earlier != key {
		return nil, fmt.Errorf("registrar: the enterprise already has another key")
	}
	r.serial++
	certificate := consent.Certificate{Chain: r.chain, Serial: r.serial, Kind: id.Kind, Identifier: id.Text, Key: key,
		From: now.Unix(), To: now.Add(r.validity).Unix()}
	if err := certificate.Certify(r.key); err != nil {
		return nil, fmt.Errorf("registrar: %w", err)
	}
	r.issued[id.Subject()] = key
	r.serials[id.Subject()] = append(r.serials[id.Subject()], certificate.Serial)
	return canonical.Encode(certificate), nil
}

// Revoke withdraws every certificate of an enterprise and gives the new signed list of all revoked serials, under a fresh
// salt of 16 bytes. The enterprise may then enrol another key.
func (r *Registrar) Revoke(id engine.Identifier, random io.Reader, now time.Time) ([]byte, error) {
	var salt [16]byte
	if _, err := io.ReadFull(random, salt[:]); err != nil {
		return nil, fmt.Errorf("registrar: randomness: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	revoked := append(slices.Clone(r.revoked), r.serials[id.Subject()]...)
	list, err := consent.RevokeSerials(r.chain, now, salt, revoked, r.key)
	if err != nil {
		return nil, fmt.Errorf("registrar: %w", err)
	}
	r.revoked = revoked
	delete(r.issued, id.Subject())
	delete(r.serials, id.Subject())
	return list, nil
}

// Distribute sends a list of revoked serials, sealed, to the agents and banks at the given addresses.
func (r *Registrar) Distribute(ctx context.Context, g *message.Genesis, board message.Board, mail message.Mail, list []byte, to []string, now time.Time) error {
	for _, address := range to {
		if err := sendSealed(ctx, g, board, mail, address, message.KindRevokedSerials, list, now); err != nil {
			return fmt.Errorf("registrar: send revoked serials to %s: %w", address, err)
		}
	}
	return nil
}
