// Package member is what the runtimes of a bank and of a holder's agent have in common: a name that signs posts, a key for
// each month, private messages sealed to it, what must be remembered, and the registered keys of proofs.
//
// It decides nothing: what a message means is for the runtime that embeds a Member.
package member

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
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
	"weir/ledger"
	"weir/ledger/deposit"
	ledgerproof "weir/ledger/proof"
)

// Config is what a member starts from.
type Config struct {
	Genesis message.Members // as they were founded, or as a ledger shows them
	Signer  engine.Name     // the registered name that signs
	Address string          // where private messages reach it, and the owner of its month's keys: a party's id, or a bank's name
	Key     ed25519.PrivateKey
	Random  io.Reader
	Ledger  message.Ledger
	Memory  Memory
	Proofs  *proof.Keys                              // the registered keys; nil where the consortium registers none
	Known   func(engine.Subject) (consent.Key, bool) // the key seen earlier for a subject; nil remembers nothing
	// Follow remembers that an enterprise changed its key, by the registrar's notice; nil where Known is.
	Follow func(engine.Subject, *consent.KeyChange) error
}

// Member is one member at work. It is safe for concurrent use.
type Member struct {
	config   Config
	author   *message.Author
	verifier *proof.Verifier

	mu        sync.Mutex
	secrets   map[period.Period]*period.Secret
	authority consent.Authority
}

// The tables of a member's memory.
const (
	tableMonths  = "member/month"   // 64 secret bytes by month
	tableRevoked = "member/revoked" // the registrar's newest list, under ""
)

// New checks that the consortium has one registrar, and that the keys of proofs are the ones it registered, and takes up
// what the memory holds.
func New(config Config) (*Member, error) {
	registrar, err := config.Genesis.Founding().Registrar()
	if err != nil {
		return nil, err
	}
	m := &Member{config: config, secrets: map[period.Period]*period.Secret{},
		author:    message.NewAuthor(config.Ledger, config.Genesis.Founding().Chain, config.Signer, config.Key),
		authority: consent.Authority{Chain: config.Genesis.Founding().Chain, Registrar: registrar.SigningKey, Known: config.Known}}
	if err := m.remember(); err != nil {
		return nil, fmt.Errorf("memory of %s: %w", config.Address, err)
	}
	if !config.Genesis.Founding().Proven() {
		return m, nil
	}
	if config.Proofs == nil {
		return nil, fmt.Errorf("%w: none", proof.ErrKeys)
	}
	if err := config.Proofs.Check(config.Genesis.Founding()); err != nil {
		return nil, err
	}
	m.verifier = config.Proofs.Verifier()
	return m, nil
}

func (m *Member) remember() error {
	var bad error
	err := m.config.Memory.Each(tableMonths, func(month string, random []byte) bool {
		var secret *period.Secret
		secret, bad = period.NewSecret(period.Period(month), bytes.NewReader(random))
		m.secrets[period.Period(month)] = secret
		return bad == nil
	})
	if err = errors.Join(err, bad); err != nil {
		return err
	}
	list, err := m.config.Memory.Get(tableRevoked, "")
	if err != nil || list == nil {
		return err
	}
	return m.authority.TakeRevoked(list)
}

// Format keeps keys out of every log line.
func (m *Member) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[member %s]", m.config.Address) }

// Author writes in the member's name; it is for whoever changes the key that it signs with.
func (m *Member) Author() *message.Author { return m.author }

// Verifier judges proofs; nil in a consortium that registers no circuits.
func (m *Member) Verifier() *proof.Verifier { return m.verifier }

// Post writes a message of this kind to the ledger (message.Author, Write).
func (m *Member) Post(ctx context.Context, kind message.Kind, body any) (*ledger.Result, error) {
	return m.author.Write(ctx, kind, body)
}

// PostKept is Post for a message that is remembered before it is sent (message.Author, WriteAs).
func (m *Member) PostKept(ctx context.Context, kind message.Kind, body any, keep func(*ledger.Tx) error) (*ledger.Result, error) {
	return m.author.WriteAs(ctx, kind, body, keep)
}

// Secret is the secret of a month, nil where none was made.
func (m *Member) Secret(month period.Period) *period.Secret {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.secrets[month]
}

// Register makes the key for the month of a block time, unless there is one, and posts it, and gives its secret.
func (m *Member) Register(ctx context.Context, now time.Time) (*period.Secret, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	current := period.Of(now)
	secret := m.secrets[current]
	if secret == nil {
		var random [64]byte
		if _, err := io.ReadFull(m.config.Random, random[:]); err != nil {
			return nil, fmt.Errorf("period key: randomness: %w", err)
		}
		var err error
		if secret, err = period.NewSecret(current, bytes.NewReader(random[:])); err != nil {
			return nil, err
		}
		if err := m.config.Memory.Put(Entry{Table: tableMonths, Key: string(current), Value: random[:]}); err != nil {
			return nil, err
		}
		m.secrets[current] = secret // whatever becomes of the post: it may stand although it failed here
	}
	if err := m.postKey(ctx, current, secret); err != nil {
		return nil, err
	}
	return secret, nil
}

// ErrOtherKey is returned when the ledger holds another key of this member for the month than the one it remembers: a second
// instance, or a restored backup, registered it.
var ErrOtherKey = errors.New("another key of this member is registered for the month")

// postKey registers the key of a month, unless it stands.
func (m *Member) postKey(ctx context.Context, current period.Period, secret *period.Secret) error {
	mine := secret.Key(m.config.Address)
	standing, err := FindPeriodKey(ctx, m.config.Genesis, m.config.Ledger, m.config.Address, current)
	if err != nil {
		return err
	}
	if standing != nil {
		if !bytes.Equal(standing.Public, mine.Public) {
			return fmt.Errorf("%w: %s", ErrOtherKey, current)
		}
		return nil
	}
	_, err = m.Post(ctx, message.KindPeriodKey, mine)
	return err
}

// FindPeriodKey is the key that an owner registered for a month; nil where there is none.
func FindPeriodKey(ctx context.Context, g message.Members, board message.Board, owner string, month period.Period) (*period.Key, error) {
	entries, err := board.Find(ctx, message.KindPeriodKey, message.PeriodKey(string(month), owner))
	if err != nil {
		return nil, fmt.Errorf("find key of %s: %w", owner, err)
	}
	for _, entry := range entries {
		if key, err := message.OpenPeriodKey(g, entry, owner, month); err == nil {
			return key, nil
		}
	}
	return nil, nil
}

// Evidence is private consent evidence that proved the public consent it names when it arrived.
type Evidence struct {
	Content []byte // consent.Evidence, encoded
	Consent consent.Key
	Subject engine.Identifier
}

// Receive opens a private message, sealed to the key of the month of the block time: consent evidence, which is judged and
// given back, or what the registrar tells — its list of revoked serials, its notice of a key change —, which is remembered
// and gives nothing.
func (m *Member) Receive(ctx context.Context, kind message.Kind, body []byte, now time.Time) (*Evidence, error) {
	registrars := map[message.Kind]func(content []byte) error{message.KindRevokedSerials: m.takeRevoked, message.KindKeyChange: m.takeKeyChange}
	take := registrars[kind]
	if take == nil && kind != message.KindEvidence {
		return nil, errors.New("a message of a kind that no member takes")
	}
	secret := m.Secret(period.Of(now))
	if secret == nil {
		return nil, fmt.Errorf("no key registered for %s", period.Of(now))
	}
	content, err := secret.Open(m.config.Address, string(kind), body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	if take != nil {
		return nil, take(content)
	}
	subject, key, err := offer.CheckEvidence(ctx, m.config.Genesis, m.config.Ledger, m.Authority(), content, now)
	if err != nil {
		return nil, err
	}
	return &Evidence{Content: content, Consent: key, Subject: subject}, nil
}

// takeKeyChange passes on a notice that the registrar signed. Where no keys are known, there is nothing to follow.
func (m *Member) takeKeyChange(notice []byte) error {
	id, change, err := consent.OpenKeyChange(notice, m.config.Genesis.Founding().Chain, m.Authority().Registrar)
	if err != nil || m.config.Follow == nil {
		return err
	}
	return m.config.Follow(id.Subject(), change)
}

func (m *Member) takeRevoked(list []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := m.authority.Revoked
	if err := m.authority.TakeRevoked(list); err != nil || m.authority.Revoked == before { // an older one: nothing to remember
		return err
	}
	return m.config.Memory.Put(Entry{Table: tableRevoked, Value: list})
}

// Authority is what evidence is judged by, with the newest list of revoked serials.
func (m *Member) Authority() *consent.Authority {
	m.mu.Lock()
	defer m.mu.Unlock()
	current := m.authority
	return &current
}

// ReceiveDeposit opens a file by which a deposited document was handed over to this member (deposit.Transfer), with its secret
// of the month, and gives the depositor's certificate.
func (m *Member) ReceiveDeposit(transfer []byte, trust *ledgerproof.Trust) ([]byte, error) {
	t, err := deposit.DecodeTransfer(transfer)
	if err != nil {
		return nil, err
	}
	h, err := t.Read(trust)
	if err != nil {
		return nil, err
	}
	secret := m.Secret(h.Month)
	if secret == nil || h.To != m.config.Address {
		return nil, fmt.Errorf("%w: it is to %s, under the key of %s: not to %s, or its secret is not here", deposit.ErrHandOver, h.To, h.Month, m.config.Address)
	}
	return t.Receive(trust, h.To, secret)
}
