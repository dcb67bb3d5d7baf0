package authority_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"weir/engine/authority"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/internal/partytest"
	"weir/engine/member"
	"weir/engine/message"
	"weir/engine/vault"
	"weir/ledger"
)

// steps counts everything that a wallet does outside of its process, and fails one of them: before it happens, or after.
type steps struct {
	left int
	late bool
}

func (s *steps) take(do func() error) error {
	s.left--
	if s.left != 0 {
		return do()
	}
	if s.late {
		do()
	}
	return errCrash
}

// crashing is the ledger and mail of a wallet, of which one step fails, and the vault that it starts from again.
type crashing struct {
	*bankOffice
	*steps
	t      *testing.T
	kept   member.Memory
	random io.Reader
}

func (c *crashing) Submit(ctx context.Context, tx []byte) (result *ledger.Result, err error) {
	err = c.take(func() (err error) {
		result, err = c.bankOffice.Submit(ctx, tx)
		return err
	})
	return result, err
}

func (c *crashing) Send(ctx context.Context, to string, kind message.Kind, body []byte) (answer []byte, err error) {
	err = c.take(func() (err error) {
		answer, err = c.bankOffice.Send(ctx, to, kind, body)
		return err
	})
	return answer, err
}

// counted is a memory of which one write fails.
type counted struct {
	member.Memory
	*steps
}

func (c *counted) Put(entries ...member.Entry) error {
	return c.take(func() error { return c.Memory.Put(entries...) })
}

// open takes up the wallet as it is in the vault.
func (c *crashing) open() *authority.Wallet {
	return openWallet(c, &counted{c.kept, c.steps}, c.random)
}

// after gives the wallet as it is after a crash, or as it was.
func (c *crashing) after(w *authority.Wallet, err error) *authority.Wallet {
	c.t.Helper()
	if errors.Is(err, errCrash) {
		return c.open()
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return w
}

// A wallet that crashes at any step, before or after it had its effect, goes on from its vault: one certificate, one public
// consent whose evidence the bank has, and which the wallet can take back.
func TestWalletCrashesAnywhere(t *testing.T) {
	for crash := 1; crash <= 13; crash++ {
		for _, late := range []bool{false, true} {
			t.Run(fmt.Sprintf("step %d, late %v", crash, late), func(t *testing.T) { crashWallet(t, crash, late) })
		}
	}
}

func crashWallet(t *testing.T, crash int, late bool) {
	kept := keeping(t, crash == 3)
	c := &crashing{bankOffice: newBankOffice(t), steps: &steps{left: crash, late: late}, t: t, kept: kept, random: partytest.Stream("wallet")}
	if _, err := authority.MakeWallet(&counted{kept, c.steps}, acme, c.random); errors.Is(err, errCrash) && !late {
		if _, err := authority.MakeWallet(kept, acme, c.random); err != nil {
			t.Fatal(err)
		}
	}
	w := c.open()
	key := w.Key()
	for range 2 {
		w = c.after(w, w.Enrol(t.Context(), now))
	}
	_, err := w.Give(t.Context(), partytest.New(2).Terms(), nil, 55, now)
	w = c.after(w, err)
	for range 2 {
		_, err := w.Resume(t.Context(), nil, now)
		w = c.after(w, err)
	}
	if w = c.open(); w.Key() != key {
		t.Fatal("another long-term key after a restart")
	}
	given, err := w.Consents()
	if err != nil || len(given) > 1 {
		t.Fatalf("%d consents, %v", len(given), err)
	}
	if len(given) == 1 {
		c.isWhole(w, given[0].Key)
	} else if len(c.Of(message.KindConsent)) != 0 {
		t.Fatal("a consent left before it was remembered")
	}
}

// isWhole checks that a consent stands once with its evidence, and that the wallet takes it back.
func (c *crashing) isWhole(w *authority.Wallet, key consent.Key) {
	c.t.Helper()
	if posts := c.Of(message.KindConsent); len(posts) != 1 || c.evidence.Envelope.Consent != key || c.evidence.Envelope.BitLimit != 55 {
		c.t.Errorf("%d public consents, evidence for %x", len(posts), c.evidence.Envelope.Consent)
	}
	if err := w.Revoke(c.t.Context(), key); err != nil {
		w = c.after(w, err)
		n, err := w.Resume(c.t.Context(), nil, now)
		if n == 0 { // it crashed before it remembered that it takes the consent back: its owner says so again
			err = w.Revoke(c.t.Context(), key)
		}
		if err != nil {
			c.t.Errorf("resumed %d, %v", n, err)
		}
	}
	if n := len(c.Of(message.KindRevocation)); n != 1 {
		c.t.Errorf("%d revocations", n)
	}
}

// A wallet without a certificate that counts gives nothing, and one is made once.
func TestWalletThatIsNotReady(t *testing.T) {
	o := newBankOffice(t)
	w := newWallet(o, acme, "first")
	if _, err := w.Give(t.Context(), partytest.New(2).Terms(), nil, 0, now); !errors.Is(err, authority.ErrWallet) {
		t.Errorf("without a certificate: %v", err)
	}
	if err := w.Enrol(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Give(t.Context(), partytest.New(2).Terms(), nil, 0, now.Add(2*time.Hour)); !errors.Is(err, authority.ErrWallet) || !errors.Is(err, consent.ErrCertificate) {
		t.Errorf("with one that is over: %v", err)
	}
	if len(o.Of(message.KindConsent)) != 0 {
		t.Error("something was posted")
	}
	memory := new(vault.Transient)
	for i := range 2 {
		if _, err := authority.MakeWallet(memory, acme, partytest.Stream("x")); (err == nil) != (i == 0) {
			t.Errorf("made for the %d. time: %v", i+1, err)
		}
	}
}

// Evidence that is sent again carries the newest certificate, and still proves the consent.
func TestEvidenceAfterRenewal(t *testing.T) {
	o := newBankOffice(t)
	w, key, _ := o.consented(t, acme, "mine")
	first := o.evidence.Certificate.Serial
	later := now.Add(55 * time.Minute)
	certificate, err := o.registrar.Receive(t.Context(), message.KindEnrolment, o.enrolment, later)
	if err != nil {
		t.Fatal(err)
	}
	o.answer = func([]byte) []byte { return certificate }
	if err := w.Enrol(t.Context(), later); err != nil {
		t.Fatal(err)
	}
	if n, err := w.Resume(t.Context(), []consent.Key{key}, later); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	if o.evidence.Certificate.Serial == first {
		t.Error("the old certificate")
	}
	a := partytest.New(2)
	public, err := consent.OpenPublic(o.Of(message.KindConsent)[0].Body, a.Genesis.Chain)
	if err != nil {
		t.Fatal(err)
	}
	registrar, err := a.Genesis.Registrar()
	if err != nil {
		t.Fatal(err)
	}
	judge := consent.Authority{Chain: a.Genesis.Chain, Registrar: registrar.SigningKey}
	if id, _, err := judge.Check(canonical.Encode(o.evidence), public, later); err != nil || id != acme {
		t.Errorf("the evidence: %v", err)
	}
	if _, err := w.Resume(t.Context(), []consent.Key{{1}}, later); err == nil {
		t.Error("resumed a consent that is not the wallet's")
	}
}

// What a wallet was asked under its own consents, and nothing of others'.
func TestAsked(t *testing.T) {
	o := newBankOffice(t)
	mine, key, _ := o.consented(t, acme, "mine")
	_, foreign, _ := o.consented(t, other, "other")
	attempt := o.ask(t, key, consent.PreLoan)
	o.ask(t, foreign, consent.PreLoan)
	asked, err := mine.Asked(t.Context())
	if err != nil || len(asked) != 1 || asked[0] != (authority.Asked{Consent: key, Request: attempt.ID, Bank: partytest.Bank,
		Model: attempt.Request.Model, Purpose: consent.PreLoan}) {
		t.Errorf("%+v, %v", asked, err)
	}
}
