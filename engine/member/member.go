// Package member is what the runtimes of a bank and of a holder's agent have in common: a name that signs posts, a key for
// each month, private messages sealed to it, and the registered keys of proofs.
//
// It decides nothing: what a message means is for the runtime that embeds a Member.
package member

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"sync"
	"time"

	"weir/engine"
	"weir/engine/consent"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/engine/period"
	"weir/engine/proof"
)

// Config is what a member starts from.
type Config struct {
	Genesis *message.Genesis
	Signer  engine.Name // the registered name that signs
	Address string      // where private messages reach it, and the owner of its month's keys: a party's id, or a bank's name
	Key     ed25519.PrivateKey
	Random  io.Reader
	Board   message.Board
	Proofs  *proof.Keys                              // the registered keys; nil where the consortium registers none
	Known   func(engine.Subject) (consent.Key, bool) // the key seen earlier for a subject; nil remembers nothing
}

// Member is one member at work. It is safe for concurrent use.
type Member struct {
	config   Config
	verifier *proof.Verifier

	mu        sync.Mutex
	secrets   map[period.Period]*period.Secret
	authority consent.Authority
}

// New checks that the consortium has one registrar, and that the keys of proofs are the ones it registered.
func New(config Config) (*Member, error) {
	registrar, err := config.Genesis.Registrar()
	if err != nil {
		return nil, err
	}
	m := &Member{config: config, secrets: map[period.Period]*period.Secret{},
		authority: consent.Authority{Chain: config.Genesis.Chain, Registrar: registrar.SigningKey, Known: config.Known}}
	if len(config.Genesis.Circuits) == 0 {
		return m, nil
	}
	if config.Proofs == nil {
		return nil, fmt.Errorf("%w: none", proof.ErrKeys)
	}
	if err := config.Proofs.Check(config.Genesis); err != nil {
		return nil, err
	}
	m.verifier = config.Proofs.Verifier()
	return m, nil
}

// Format keeps keys out of every log line.
func (m *Member) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[member %s]", m.config.Address) }

// Verifier judges proofs; nil in a consortium that registers no circuits.
func (m *Member) Verifier() *proof.Verifier { return m.verifier }

// Post signs a message of this kind and puts it on the board under a key.
func (m *Member) Post(ctx context.Context, kind message.Kind, key string, body any) error {
	entry := message.Sign(m.config.Genesis.Chain, kind, m.config.Signer, m.config.Key, body)
	if err := m.config.Board.Post(ctx, kind, key, entry); err != nil {
		return fmt.Errorf("post %s: %w", kind, err)
	}
	return nil
}

// Register makes the key for the month of a block time and posts it, unless there is one, and gives its secret.
func (m *Member) Register(ctx context.Context, now time.Time) (*period.Secret, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	current := period.Of(now)
	if secret := m.secrets[current]; secret != nil {
		return secret, nil
	}
	secret, err := period.NewSecret(current, m.config.Random)
	if err != nil {
		return nil, err
	}
	key := message.PeriodKey(string(current), m.config.Address)
	if err := m.Post(ctx, message.KindPeriodKey, key, secret.Key(m.config.Address)); err != nil {
		return nil, err
	}
	m.secrets[current] = secret
	return secret, nil
}

// Evidence is private consent evidence that proved the public consent it names when it arrived.
type Evidence struct {
	Content []byte // consent.Evidence, encoded
	Consent consent.Key
	Subject engine.Identifier
}

// Receive opens a private message, sealed to the key of the month of the block time: consent evidence, which is judged and
// given back, or the registrar's list of revoked serials, which is kept and gives nothing.
func (m *Member) Receive(ctx context.Context, kind message.Kind, body []byte, now time.Time) (*Evidence, error) {
	if kind != message.KindEvidence && kind != message.KindRevokedSerials {
		return nil, fmt.Errorf("a message of another kind than %s or %s", message.KindEvidence, message.KindRevokedSerials)
	}
	m.mu.Lock()
	secret := m.secrets[period.Of(now)]
	m.mu.Unlock()
	if secret == nil {
		return nil, fmt.Errorf("no key registered for %s", period.Of(now))
	}
	content, err := secret.Open(m.config.Address, string(kind), body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	if kind == message.KindRevokedSerials {
		m.mu.Lock()
		defer m.mu.Unlock()
		return nil, m.authority.TakeRevoked(content)
	}
	subject, key, err := offer.CheckEvidence(ctx, m.config.Board, m.Authority(), content, now)
	if err != nil {
		return nil, err
	}
	return &Evidence{Content: content, Consent: key, Subject: subject}, nil
}

// Authority is what evidence is judged by, with the newest list of revoked serials.
func (m *Member) Authority() *consent.Authority {
	m.mu.Lock()
	defer m.mu.Unlock()
	current := m.authority
	return &current
}
