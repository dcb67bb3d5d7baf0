package authority

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/inquiry/reply"
	"weir/engine/member"
	"weir/engine/message"
	"weir/engine/period"
	"weir/ledger"
)

// given is what a wallet keeps of a consent, from before it is posted: the key that revokes it, what opens refusals, and
// how far it has come.
type given struct {
	_         struct{} `cbor:",toarray"`
	Seed      []byte   // of the consent's key
	Reply     []byte   // what the reply key derives from
	Public    []byte   // consent.Public
	Evidence  []byte   // consent.Evidence
	Receivers []string // who is to have the evidence: the bank, then parties
	Sent      []string // who was sent it
	Posted    bool     // the consent stands on the ledger
	Revoked   bool     // the wallet takes it back, or gives it up
	Ended     bool     // the ledger has that, or never had the consent
	At        int64    // when it was given, Unix seconds
}

func (g *given) private() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(g.Seed) }
func (g *given) key() consent.Key            { return consent.Key(g.private().Public().(ed25519.PublicKey)) }

func (g *given) replySecret() (*period.Secret, error) { return reply.NewKey(bytes.NewReader(g.Reply)) }

// unsent are the receivers that were not sent the evidence yet.
func (g *given) unsent() []string {
	return slices.DeleteFunc(slices.Clone(g.Receivers), func(to string) bool { return slices.Contains(g.Sent, to) })
}

// newConsent makes a consent and remembers it, before anything of it leaves.
func (w *Wallet) newConsent(terms consent.Terms, parties []engine.PartyID, bitLimit uint32, now time.Time) (*given, error) {
	g := &given{Reply: make([]byte, 64), Receivers: []string{string(terms.Bank)}, Sent: []string{}, At: now.Unix()}
	if _, err := io.ReadFull(w.config.Random, g.Reply); err != nil {
		return nil, fmt.Errorf("randomness: %w", err)
	}
	secret, err := g.replySecret()
	if err != nil {
		return nil, err
	}
	made, err := consent.Give(w.certificate, w.key, terms, consent.Options{ReplyKey: reply.PublicKey(secret), BitLimit: bitLimit}, w.config.Random)
	if err != nil {
		return nil, err
	}
	g.Seed, g.Public, g.Evidence = made.Key.Seed(), made.Public, made.Evidence
	for _, p := range parties {
		g.Receivers = append(g.Receivers, string(p))
	}
	return g, w.keep(g)
}

func (w *Wallet) keep(g *given) error {
	key := g.key()
	if err := w.config.Memory.Put(member.Entry{Table: tableGiven, Key: message.ConsentKey(key), Value: canonical.Encode(g)}); err != nil {
		return err
	}
	w.given[key] = g
	return nil
}

func (w *Wallet) rememberGiven() error {
	var bad error
	err := w.config.Memory.Each(tableGiven, func(_ string, value []byte) bool {
		var g given
		if bad = canonical.Decode(value, maxKept, &g); bad == nil && (len(g.Seed) != ed25519.SeedSize || len(g.Reply) != 64) {
			bad = errMemory
		}
		if bad == nil {
			w.given[g.key()] = &g
		}
		return bad == nil
	})
	return errors.Join(err, bad)
}

// complete posts a consent, unless it stands, and sends its evidence to all who were not sent it: one that cannot be sent
// to keeps nobody else from having it.
func (w *Wallet) complete(ctx context.Context, g *given, now time.Time) error {
	if !g.Posted {
		if err := w.write(ctx, message.KindConsent, g, g.Public); err != nil && !errors.Is(err, message.ErrConflict) { // nobody else writes under its key
			return fmt.Errorf("wallet: %w", err)
		}
		g.Posted = true
		if err := w.keep(g); err != nil {
			return fmt.Errorf("wallet: %w", err)
		}
	}
	evidence, err := w.evidence(g)
	if err != nil {
		return fmt.Errorf("wallet: %w", err)
	}
	if err := w.config.Genesis.Refresh(ctx); err != nil { // the evidence says who the enterprise is: no old key may open it
		return fmt.Errorf("wallet: whom to send evidence to: %w", err)
	}
	var failed []error
	for _, to := range g.unsent() {
		err := sendSealed(ctx, w.config.Genesis, w.config.Ledger, w.config.Mail, to, message.KindEvidence, evidence, now)
		if err == nil {
			g.Sent = append(g.Sent, to)
			err = w.keep(g)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("wallet: send evidence to %s: %w", to, err))
		}
	}
	return errors.Join(failed...)
}

// evidence is a consent's, under the wallet's newest certificate: the enterprise signed the envelope, not the certificate.
func (w *Wallet) evidence(g *given) ([]byte, error) {
	var e consent.Evidence
	if err := canonical.Decode(g.Evidence, maxKept, &e); err != nil {
		return nil, err
	}
	e.Certificate = w.certificate
	return canonical.Encode(e), nil
}

// Resume goes on with every consent and revocation where a crash or somebody's absence left it, and gives how many. again
// names consents whose evidence is sent to everybody once more, such as after a new certificate, or when a receiver lost it.
func (w *Wallet) Resume(ctx context.Context, again []consent.Key, now time.Time) (int, error) {
	for _, key := range again {
		g := w.given[key]
		if g == nil || g.Revoked {
			return 0, fmt.Errorf("wallet: resume: not a consent of this wallet, or taken back")
		}
		g.Sent = []string{}
		if err := w.keep(g); err != nil {
			return 0, fmt.Errorf("wallet: resume: %w", err)
		}
	}
	var failed []error
	gone := 0
	for _, g := range w.inOrder() {
		public, err := consent.OpenPublic(g.Public, w.chain())
		switch {
		case err != nil:
		case g.Ended || !g.Revoked && (public.Terms.NotAfter < now.Unix() || g.Posted && len(g.unsent()) == 0):
			continue
		case g.Revoked:
			err = w.Revoke(ctx, g.key())
		default:
			err = w.complete(ctx, g, now)
		}
		gone++
		failed = append(failed, err)
	}
	return gone, errors.Join(failed...)
}

// inOrder are the wallet's consents, oldest first.
func (w *Wallet) inOrder() []*given {
	var list []*given
	for _, g := range w.given {
		list = append(list, g)
	}
	slices.SortFunc(list, func(a, b *given) int {
		if a.At != b.At {
			return int(a.At - b.At)
		}
		return bytes.Compare(a.Public, b.Public)
	})
	return list
}

// Given is a consent as the wallet's owner sees it.
type Given struct {
	Key    consent.Key
	At     time.Time
	Terms  consent.Terms
	Posted bool     // it stands on the ledger
	Unsent []string // who was not sent the evidence yet
	// Revoked: the wallet took it back. That the revocation stands is for the ledger to say.
	Revoked bool
}

// Consents are all that the wallet gave, oldest first.
func (w *Wallet) Consents() ([]Given, error) {
	var list []Given
	for _, g := range w.inOrder() {
		public, err := consent.OpenPublic(g.Public, w.chain())
		if err != nil {
			return nil, fmt.Errorf("wallet: %w", err)
		}
		list = append(list, Given{Key: g.key(), At: time.Unix(g.At, 0).UTC(), Terms: public.Terms, Posted: g.Posted, Unsent: g.unsent(), Revoked: g.Revoked})
	}
	return list, nil
}

// write sends a message that a consent's own key signed, as that key's transaction.
func (w *Wallet) write(ctx context.Context, kind message.Kind, g *given, signed []byte) error {
	_, err := message.NewBareAuthor(w.config.Ledger, w.chain(), g.private()).Write(ctx, kind, message.Encoded(signed))
	return err
}

// refusedAs tells whether the ledger refused a transaction with a code.
func refusedAs(err error, code ledger.Code) bool {
	var refused *message.RefusedError
	return errors.As(err, &refused) && refused.Result.Code == code
}
