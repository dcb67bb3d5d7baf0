package authority

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/inquiry/reply"
	"weir/engine/message"
	"weir/engine/period"
)

// Wallet acts for one enterprise: it holds its long-term key, obtains its certificate, and gives and takes back consents.
type Wallet struct {
	genesis     message.Members
	registrar   consent.Key
	id          engine.Identifier
	key         ed25519.PrivateKey // EK
	random      io.Reader
	ledger      message.Ledger
	mail        message.Mail
	certificate consent.Certificate
	given       map[consent.Key]given
}

// given is what a wallet keeps of a consent: the key that revokes it, and the one that opens refusals.
type given struct {
	key   ed25519.PrivateKey
	reply *period.Secret
}

// Format keeps the enterprise and its keys out of every log line.
func (Wallet) Format(f fmt.State, _ rune) { io.WriteString(f, "[wallet of an enterprise]") }

// NewWallet makes a wallet with a fresh long-term key.
func NewWallet(genesis message.Members, id engine.Identifier, random io.Reader, ledger message.Ledger, mail message.Mail) (*Wallet, error) {
	var seed [ed25519.SeedSize]byte
	if _, err := io.ReadFull(random, seed[:]); err != nil {
		return nil, fmt.Errorf("wallet: randomness: %w", err)
	}
	registrar, err := genesis.Founding().Registrar()
	if err != nil {
		return nil, fmt.Errorf("wallet: %w", err)
	}
	return &Wallet{genesis: genesis, registrar: registrar.SigningKey, id: id, key: ed25519.NewKeyFromSeed(seed[:]),
		random: random, ledger: ledger, mail: mail, given: map[consent.Key]given{}}, nil
}

// Enrol obtains the registrar's certificate for the wallet's key.
func (w *Wallet) Enrol(ctx context.Context, registrar engine.Name, now time.Time) error {
	answer, err := w.mail.Send(ctx, string(registrar), message.KindEnrolment, consent.Enrol(w.genesis.Founding().Chain, w.id, w.key))
	if err != nil {
		return fmt.Errorf("wallet: enrol: %w", err)
	}
	var certificate consent.Certificate
	if err := canonical.Decode(answer, message.MaxPost, &certificate); err != nil {
		return fmt.Errorf("wallet: certificate: %w", err)
	}
	id, err := certificate.Check(w.registrar, w.genesis.Founding().Chain, now)
	if err != nil {
		return fmt.Errorf("wallet: certificate: %w", err)
	}
	if id != w.id || !w.key.Public().(ed25519.PublicKey).Equal(ed25519.PublicKey(certificate.Key[:])) {
		return fmt.Errorf("wallet: certificate: %w: of another enterprise or key", consent.ErrCertificate)
	}
	w.certificate = certificate
	return nil
}

// Give posts a consent with these terms and sends its evidence, sealed, to the bank and to each party that may answer.
// It gives the consent's public key. Whoever declines a request under it says why to the wallet alone (Refusals).
func (w *Wallet) Give(ctx context.Context, terms consent.Terms, parties []engine.PartyID, now time.Time) (consent.Key, error) {
	replyKey, err := reply.NewKey(w.random)
	if err != nil {
		return consent.Key{}, fmt.Errorf("wallet: consent: %w", err)
	}
	made, err := consent.Give(w.certificate, w.key, terms, consent.Options{ReplyKey: reply.PublicKey(replyKey)}, w.random)
	if err != nil {
		return consent.Key{}, fmt.Errorf("wallet: consent: %w", err)
	}
	key := consent.Key(made.Key.Public().(ed25519.PublicKey))
	w.given[key] = given{made.Key, replyKey}
	if err := w.write(ctx, message.KindConsent, made.Key, made.Public); err != nil {
		return key, fmt.Errorf("wallet: %w", err)
	}
	if err := w.genesis.Refresh(ctx); err != nil { // the evidence says who the enterprise is: no old key may open it
		return key, fmt.Errorf("wallet: whom to send evidence to: %w", err)
	}
	receivers := []string{string(terms.Bank)}
	for _, p := range parties {
		receivers = append(receivers, string(p))
	}
	for _, to := range receivers {
		if err := sendSealed(ctx, w.genesis, w.ledger, w.mail, to, message.KindEvidence, made.Evidence, now); err != nil {
			return key, fmt.Errorf("wallet: send evidence to %s: %w", to, err)
		}
	}
	return key, nil
}

// Revoke takes a consent back.
func (w *Wallet) Revoke(ctx context.Context, key consent.Key) error {
	consented, mine := w.given[key]
	if !mine {
		return fmt.Errorf("wallet: revoke: not a consent of this wallet")
	}
	if err := w.write(ctx, message.KindRevocation, consented.key, consent.Revoke(w.genesis.Founding().Chain, consented.key)); err != nil {
		return fmt.Errorf("wallet: %w", err)
	}
	return nil
}

// write sends a message that a consent's own key signed, as that key's transaction.
func (w *Wallet) write(ctx context.Context, kind message.Kind, key ed25519.PrivateKey, signed []byte) error {
	_, err := message.NewBareAuthor(w.ledger, w.genesis.Founding().Chain, key).Write(ctx, kind, message.Encoded(signed))
	return err
}
