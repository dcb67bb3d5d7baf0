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
	serials map[engine.Subject][]uint64      // certificates of an enterprise
	former  map[engine.Subject][]consent.Key // keys that an enterprise has given up, oldest first
	changes map[engine.Subject][][]byte      // notices of its key changes, oldest first
	revoked []uint64
}

// Format keeps the key and who is enrolled out of every log line.
func (r *Registrar) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[registrar of %s]", r.chain) }

// NewRegistrar starts a registrar whose certificates are valid for the given time. identify establishes, by the
// registrar's own means, that an applicant is the enterprise it names.
func NewRegistrar(chain engine.Name, key ed25519.PrivateKey, validity time.Duration, identify func(engine.Identifier) error) *Registrar {
	return &Registrar{chain: chain, key: key, validity: validity, identify: identify, issued: map[engine.Subject]consent.Key{},
		serials: map[engine.Subject][]uint64{}, former: map[engine.Subject][]consent.Key{}, changes: map[engine.Subject][][]byte{}}
}

// Receive answers an enrolment with an encoded certificate, valid from the given block time. A second key for an
// enterprise that already has one is refused, and a key that it has given up: an old notice could lead back to it.
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
	subject := id.Subject()
	earlier, exists := r.issued[subject]
	if exists && earlier != key {
		return nil, fmt.Errorf("registrar: the enterprise already has another key")
	}
	if slices.Contains(r.former[subject], key) {
		return nil, fmt.Errorf("registrar: the enterprise has given this key up")
	}
	r.serial++
	certificate := consent.Certificate{Chain: r.chain, Serial: r.serial, Kind: id.Kind, Identifier: id.Text, Key: key,
		From: now.Unix(), To: now.Add(r.validity).Unix()}
	if err := certificate.Certify(r.key); err != nil {
		return nil, fmt.Errorf("registrar: %w", err)
	}
	if former := r.former[subject]; !exists && len(former) > 0 {
		r.changes[subject] = append(r.changes[subject], consent.ChangeKey(r.chain, id, former[len(former)-1], key, now, r.key))
	}
	r.issued[subject] = key
	r.serials[subject] = append(r.serials[subject], certificate.Serial)
	return canonical.Encode(certificate), nil
}

// Changes gives the signed notices of an enterprise's key changes, oldest first. An agent that missed one needs those
// before it too, in order: each leads from one key to the next.
func (r *Registrar) Changes(id engine.Identifier) [][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.changes[id.Subject()])
}

// Revoke withdraws every certificate of an enterprise and gives the new signed list of all revoked serials, under a fresh
// salt of 16 bytes. The enterprise may then enrol another key, of which there is then a notice (Changes).
func (r *Registrar) Revoke(id engine.Identifier, random io.Reader, now time.Time) ([]byte, error) {
	var salt [16]byte
	if _, err := io.ReadFull(random, salt[:]); err != nil {
		return nil, fmt.Errorf("registrar: randomness: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	subject := id.Subject()
	revoked := append(slices.Clone(r.revoked), r.serials[subject]...)
	list, err := consent.RevokeSerials(r.chain, now, salt, revoked, r.key)
	if err != nil {
		return nil, fmt.Errorf("registrar: %w", err)
	}
	r.revoked = revoked
	if key, exists := r.issued[subject]; exists {
		r.former[subject] = append(r.former[subject], key)
	}
	delete(r.issued, subject)
	delete(r.serials, subject)
	return list, nil
}

// Distribute sends a message of the registrar — message.KindRevokedSerials: a list that Revoke gave;
// message.KindKeyChange: a notice of Changes —, sealed, to the agents and banks at the given addresses.
func (r *Registrar) Distribute(ctx context.Context, g message.Members, board message.Board, mail message.Mail, kind message.Kind, content []byte,
	to []string, now time.Time) error {
	if err := g.Refresh(ctx); err != nil {
		return fmt.Errorf("registrar: whom to send %s to: %w", kind, err)
	}
	for _, address := range to {
		if err := sendSealed(ctx, g, board, mail, address, kind, content, now); err != nil {
			return fmt.Errorf("registrar: send %s to %s: %w", kind, address, err)
		}
	}
	return nil
}
