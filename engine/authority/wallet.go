package authority

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/member"
	"weir/engine/message"
	"weir/ledger"
)

// ErrWallet is returned for what a wallet cannot do: one that was not made, or has no certificate that counts.
var ErrWallet = errors.New("wallet is not ready")

// WalletConfig is what a wallet starts from. Its memory is one that MakeWallet wrote to.
type WalletConfig struct {
	Genesis message.Members
	Random  io.Reader
	Ledger  message.Ledger
	Mail    message.Mail
	Memory  member.Memory
}

// Wallet acts for one enterprise: it holds its long-term key, obtains its certificate, and gives and takes back consents.
// It is for one user at a time.
type Wallet struct {
	config      WalletConfig
	registrar   message.Member
	id          engine.Identifier
	key         ed25519.PrivateKey  // EK
	certificate consent.Certificate // zero before the first
	given       map[consent.Key]*given
}

// The tables of a wallet's memory.
const (
	tableEnterprise  = "wallet/enterprise"  // owner, under ""
	tableCertificate = "wallet/certificate" // consent.Certificate, under ""
	tableGiven       = "wallet/consent"     // given, by consent key
)

// owner is an enterprise and its long-term key.
type owner struct {
	_          struct{} `cbor:",toarray"`
	Kind       engine.SubjectKind
	Identifier string
	Seed       []byte // of EK
}

// Format keeps the enterprise and its keys out of every log line.
func (Wallet) Format(f fmt.State, _ rune) { io.WriteString(f, "[wallet of an enterprise]") }

// MakeWallet draws an enterprise's long-term key into an empty memory and gives its public half, which the registrar has
// to be shown by somebody it knows to act for the enterprise.
func MakeWallet(memory member.Memory, id engine.Identifier, random io.Reader) (consent.Key, error) {
	if _, err := engine.ParseIdentifier(id.Kind, id.Text); err != nil {
		return consent.Key{}, fmt.Errorf("wallet: %w", err)
	}
	before, err := memory.Get(tableEnterprise, "")
	if err != nil {
		return consent.Key{}, fmt.Errorf("wallet: %w", err)
	}
	if before != nil {
		return consent.Key{}, fmt.Errorf("%w: there is one already: nothing was changed", ErrWallet)
	}
	var seed [ed25519.SeedSize]byte
	if _, err := io.ReadFull(random, seed[:]); err != nil {
		return consent.Key{}, fmt.Errorf("wallet: randomness: %w", err)
	}
	o := owner{Kind: id.Kind, Identifier: id.Text, Seed: seed[:]}
	if err := memory.Put(member.Entry{Table: tableEnterprise, Value: canonical.Encode(o)}); err != nil {
		return consent.Key{}, fmt.Errorf("wallet: %w", err)
	}
	return consent.Key(ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey)), nil
}

// NewWallet takes up the wallet that is in a memory.
func NewWallet(config WalletConfig) (*Wallet, error) {
	w := &Wallet{config: config, given: map[consent.Key]*given{}}
	var err error
	if w.registrar, err = config.Genesis.Founding().Registrar(); err == nil {
		err = w.remember()
	}
	if err != nil {
		return nil, fmt.Errorf("wallet: %w", err)
	}
	return w, nil
}

func (w *Wallet) remember() error {
	b, err := w.config.Memory.Get(tableEnterprise, "")
	if err != nil {
		return err
	}
	if b == nil {
		return fmt.Errorf("%w: none was made here", ErrWallet)
	}
	var o owner
	if err := canonical.Decode(b, maxKept, &o); err != nil || len(o.Seed) != ed25519.SeedSize {
		return errors.Join(errMemory, err)
	}
	w.id, w.key = engine.Identifier{Kind: o.Kind, Text: o.Identifier}, ed25519.NewKeyFromSeed(o.Seed)
	if b, err = w.config.Memory.Get(tableCertificate, ""); err != nil {
		return err
	}
	if b != nil {
		if err := canonical.Decode(b, maxKept, &w.certificate); err != nil {
			return err
		}
	}
	return w.rememberGiven()
}

func (w *Wallet) chain() engine.Name { return w.config.Genesis.Founding().Chain }

// Key is the public half of the enterprise's long-term key: for the registrar alone.
func (w *Wallet) Key() consent.Key { return consent.Key(w.key.Public().(ed25519.PublicKey)) }

// Certified is from when until when the wallet's certificate is valid; zero before the first.
func (w *Wallet) Certified() (from, to time.Time) {
	if w.certificate.Signature == nil {
		return from, to
	}
	return time.Unix(w.certificate.From, 0).UTC(), time.Unix(w.certificate.To, 0).UTC()
}

// Enrol obtains the registrar's certificate for the wallet's key, or a new one shortly before that ends.
func (w *Wallet) Enrol(ctx context.Context, now time.Time) error {
	answer, err := w.config.Mail.Send(ctx, string(w.registrar.Name), message.KindEnrolment, consent.Enrol(w.chain(), w.id, w.key))
	if err != nil {
		return fmt.Errorf("wallet: enrol: %w", err)
	}
	var certificate consent.Certificate
	if err := canonical.Decode(answer, message.MaxPost, &certificate); err != nil {
		return fmt.Errorf("wallet: certificate: %w: %w", consent.ErrCertificate, err)
	}
	id, err := certificate.Check(w.registrar.SigningKey, w.chain(), now)
	if err != nil {
		return fmt.Errorf("wallet: certificate: %w", err)
	}
	if id != w.id || certificate.Key != w.Key() {
		return fmt.Errorf("wallet: certificate: %w: of another enterprise or key", consent.ErrCertificate)
	}
	if err := w.config.Memory.Put(member.Entry{Table: tableCertificate, Value: answer}); err != nil {
		return fmt.Errorf("wallet: certificate: %w", err)
	}
	w.certificate = certificate
	return nil
}

// Give posts a consent with these terms and sends its evidence, sealed, to the bank and to each party that may answer.
// bitLimit is how much this bank's scores may tell about the enterprise, in bits, where that is more than a holder allows
// by itself; 0 leaves it to the holders. It gives the consent's public key: with an error the consent was remembered, and
// Resume goes on where this ended. Whoever declines a request under it says why to the wallet alone (Refusals).
func (w *Wallet) Give(ctx context.Context, terms consent.Terms, parties []engine.PartyID, bitLimit uint32, now time.Time) (consent.Key, error) {
	if _, err := w.certificate.Check(w.registrar.SigningKey, w.chain(), now); err != nil {
		return consent.Key{}, fmt.Errorf("%w: enrol first: %w", ErrWallet, err)
	}
	g, err := w.newConsent(terms, parties, bitLimit, now)
	if err != nil {
		return consent.Key{}, fmt.Errorf("wallet: consent: %w", err)
	}
	return g.key(), w.complete(ctx, g, now)
}

// Revoke takes a consent back; one that was taken back stays so. A consent that never reached the ledger is given up.
func (w *Wallet) Revoke(ctx context.Context, key consent.Key) error {
	g := w.given[key]
	if g == nil {
		return fmt.Errorf("wallet: revoke: not a consent of this wallet")
	}
	g.Revoked = true
	if err := w.keep(g); err != nil {
		return fmt.Errorf("wallet: revoke: %w", err)
	}
	err := w.write(ctx, message.KindRevocation, g, consent.Revoke(w.chain(), g.private()))
	if refusedAs(err, ledger.CodeRevoked) || errors.Is(err, message.ErrConflict) || !g.Posted && refusedAs(err, ledger.CodeUnknown) {
		err = nil
	}
	if err == nil {
		g.Ended = true
		err = w.keep(g)
	}
	if err != nil {
		return fmt.Errorf("wallet: revoke: %w", err)
	}
	return nil
}
