package authority_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/authority"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/internal/messagetest"
	"weir/engine/internal/partytest"
	"weir/engine/member"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/engine/vault"
)

var (
	now  = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	acme = engine.Identifier{Kind: engine.Opaque, Text: "acme-4711"}
)

// post office: mail goes to one registrar, the ledger takes everything.
type office struct {
	*messagetest.Ledger
	registrar *authority.Registrar
	answer    func([]byte) []byte // what arrives in place of the registrar's answer; nil changes nothing
	enrolment []byte              // the last one
}

// newOffice has a registrar that certifies everybody.
func newOffice() *office {
	return &office{Ledger: messagetest.NewLedger(partytest.New(2).Genesis), registrar: newRegistrar(new(vault.Transient), true)}
}

// newRegistrar certifies for an hour and renews in the last ten minutes.
func newRegistrar(memory member.Memory, everybody bool) *authority.Registrar {
	a := partytest.New(2)
	r, err := authority.NewRegistrar(authority.RegistrarConfig{Chain: a.Genesis.Chain, Key: a.Keys[partytest.Registrar], Validity: time.Hour,
		Renewal: 10 * time.Minute, Everybody: everybody, Memory: memory})
	if err != nil {
		panic(err)
	}
	return r
}

func (o *office) Send(ctx context.Context, _ string, kind message.Kind, body []byte) ([]byte, error) {
	o.enrolment = body
	answer, err := o.registrar.Receive(ctx, kind, body, now)
	if err == nil && o.answer != nil {
		answer = o.answer(answer)
	}
	return answer, err
}

// letters is where a wallet's ledger and mail are.
type letters interface {
	message.Ledger
	message.Mail
}

func newWallet(o letters, id engine.Identifier, seed string) *authority.Wallet {
	memory := new(vault.Transient)
	random := partytest.Stream(seed)
	if _, err := authority.MakeWallet(memory, id, random); err != nil {
		panic(err)
	}
	return openWallet(o, memory, random)
}

func openWallet(o letters, memory member.Memory, random io.Reader) *authority.Wallet {
	w, err := authority.NewWallet(authority.WalletConfig{Genesis: partytest.New(2).Genesis, Random: random, Ledger: o, Mail: o, Memory: memory})
	if err != nil {
		panic(err)
	}
	return w
}

func ExampleWallet_Enrol() {
	o := newOffice()
	w := newWallet(o, acme, "wallet")
	fmt.Println(w, w.Enrol(context.Background(), now))
	// Output: [wallet of an enterprise] <nil>
}

// The registrar certifies whom it has identified, and one key for each.
func TestEnrol(t *testing.T) {
	o := newOffice()
	w := newWallet(o, acme, "first")
	for range 2 { // the same key again is no second key
		if err := w.Enrol(t.Context(), now); err != nil {
			t.Fatal(err)
		}
	}
	if err := newWallet(o, acme, "second").Enrol(t.Context(), now); err == nil {
		t.Error("a second key was certified for one enterprise")
	}
}

// The registrar's notices lead from each key that an enterprise gave up to the next one, and never back.
func TestKeyChanges(t *testing.T) {
	o := newOffice()
	revoke := func() {
		t.Helper()
		if _, err := o.registrar.Revoke(acme, partytest.Stream("salt"), now); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := o.registrar.Revoke(acme, partytest.Stream("salt"), now); !errors.Is(err, authority.ErrUnknown) {
		t.Errorf("an enterprise that is not known: %v", err)
	}
	var wallets []*authority.Wallet
	for i, seed := range []string{"first", "second", "third"} {
		w := newWallet(o, acme, seed)
		for range 2 { // the second time it has the key already
			if err := w.Enrol(t.Context(), now); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(o.registrar.Changes(acme)); n != i {
			t.Errorf("%d notices after %d keys", n, i+1)
		}
		wallets = append(wallets, w)
		revoke()
		revoke()
		for _, former := range wallets {
			if err := former.Enrol(t.Context(), now); err == nil {
				t.Error("a key that was given up was certified again")
			}
		}
	}
	var keys []consent.Key
	g := partytest.New(2).Genesis
	registrar, err := g.Registrar()
	if err != nil {
		t.Fatal(err)
	}
	for _, notice := range o.registrar.Changes(acme) {
		id, c, err := consent.OpenKeyChange(notice, g.Chain, registrar.SigningKey)
		if err != nil || id != acme {
			t.Fatalf("%v, %v", id, err)
		}
		if len(keys) > 0 && keys[len(keys)-1] != c.From {
			t.Error("a notice does not go on where the one before ended")
		}
		keys = append(keys, c.To)
	}
	if len(keys) != 2 || keys[0] == keys[1] || o.registrar.Changes(engine.Identifier{Kind: engine.Opaque, Text: "other"}) != nil {
		t.Errorf("%d notices", len(keys))
	}
}

// A wallet takes only its own certificate, from its own registrar.
func TestWalletRefusesCertificates(t *testing.T) {
	a := partytest.New(2)
	certificate := func(id engine.Identifier, key, signer ed25519.PrivateKey, change func(c *consent.Certificate)) []byte {
		c := consent.Certificate{Chain: a.Genesis.Chain, Kind: id.Kind, Identifier: id.Text, Key: consent.Key(key.Public().(ed25519.PublicKey)),
			From: now.Unix(), To: now.Add(time.Hour).Unix()}
		change(&c)
		if err := c.Certify(signer); err != nil {
			t.Fatal(err)
		}
		return canonical.Encode(c)
	}
	own := func(answer []byte) (c consent.Certificate) {
		if err := canonical.Decode(answer, 1<<20, &c); err != nil {
			t.Fatal(err)
		}
		return c
	}
	registrar, other := a.Keys[partytest.Registrar], a.Keys[partytest.Bank]
	same := func(*consent.Certificate) {}
	for name, answer := range map[string]func([]byte) []byte{
		"nothing":     func([]byte) []byte { return nil },
		"altered":     func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"extended":    func(b []byte) []byte { return append(b, 0) },
		"another key": func([]byte) []byte { return certificate(acme, other, registrar, same) },
		"another name": func(b []byte) []byte {
			return certificate(engine.Identifier{Kind: engine.Opaque, Text: "other"}, other, registrar, func(c *consent.Certificate) { c.Key = own(b).Key })
		},
		"signed by a bank": func(b []byte) []byte {
			return certificate(acme, other, other, func(c *consent.Certificate) { c.Key = own(b).Key })
		},
		"another chain": func(b []byte) []byte {
			return certificate(acme, other, registrar, func(c *consent.Certificate) { c.Key, c.Chain = own(b).Key, "other" })
		},
		"expired": func(b []byte) []byte {
			return certificate(acme, other, registrar, func(c *consent.Certificate) { c.Key, c.To = own(b).Key, now.Unix()-1 })
		},
	} {
		o := newOffice()
		o.answer = answer
		if err := newWallet(o, acme, "first").Enrol(t.Context(), now); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// A consent stands on the board under a fresh key; only its own wallet can take it back, and nothing shows the long-term key.
func TestGiveAndRevoke(t *testing.T) {
	o := newOffice()
	w := newWallet(o, acme, "first")
	if err := w.Enrol(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	a := partytest.New(2)
	terms := a.Terms()
	keys := map[consent.Key]bool{}
	for range 3 { // nobody has a key of the month here, so the evidence finds no receiver
		key, err := w.Give(t.Context(), terms, a.Parties, 0, now)
		if !errors.Is(err, message.ErrNotFound) {
			t.Fatalf("got %v", err)
		}
		keys[key] = true
	}
	if len(keys) != 3 {
		t.Errorf("%d consent keys for 3 consents", len(keys))
	}
	for key := range keys {
		if err := newWallet(o, acme, "second").Revoke(t.Context(), key); err == nil {
			t.Error("another wallet revoked the consent")
		}
		if err := w.Revoke(t.Context(), key); err != nil {
			t.Error(err)
		}
	}
	for key := range keys {
		public, err := offer.FindConsent(t.Context(), a.Genesis, o, key)
		if err != nil || public == nil || public.Terms != terms {
			t.Errorf("consent: %+v, %v", public, err)
		}
		if revoked, err := offer.ConsentRevoked(t.Context(), a.Genesis, o, key); err != nil || !revoked {
			t.Errorf("revocation: %v", err)
		}
	}
	if len(o.Of(message.KindConsent)) != 3 || len(o.Of(message.KindRevocation)) != 3 || len(o.Entries) != 6 {
		t.Errorf("%d entries", len(o.Entries))
	}
	terms.Uses = 0
	if _, err := w.Give(t.Context(), terms, a.Parties, 0, now); !errors.Is(err, consent.ErrTerms) {
		t.Errorf("terms without uses: %v", err)
	}
}

// hidden are members that the ledger does not show at this moment.
type hidden struct{ message.Members }

var errHidden = errors.New("the ledger shows no members")

func (hidden) Refresh(context.Context, ...engine.Name) error { return errHidden }

// Evidence and lists leave only when the ledger has just shown who the members are: a node that hides a rotation would
// otherwise have them sealed to a stolen key.
func TestNothingIsSealedToMembersThatAreNotShown(t *testing.T) {
	o, a := newOffice(), partytest.New(2)
	memory, random := new(vault.Transient), partytest.Stream("wallet")
	if _, err := authority.MakeWallet(memory, acme, random); err != nil {
		t.Fatal(err)
	}
	w, err := authority.NewWallet(authority.WalletConfig{Genesis: hidden{a.Genesis}, Random: random, Ledger: o, Mail: o, Memory: memory})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Enrol(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	sent := &sender{}
	if _, err := w.Give(t.Context(), a.Terms(), a.Parties, 0, now); !errors.Is(err, errHidden) {
		t.Errorf("evidence: %v", err)
	}
	list := authority.Letter{Kind: message.KindRevokedSerials, Content: []byte("list")}
	err = o.registrar.Distribute(t.Context(), hidden{a.Genesis}, o, sent, list, []string{"bank"}, now)
	if !errors.Is(err, errHidden) || sent.letters > 0 {
		t.Errorf("list: %v, %d letters", err, sent.letters)
	}
}

// sender counts letters.
type sender struct{ letters int }

func (s *sender) Send(context.Context, string, message.Kind, []byte) ([]byte, error) {
	s.letters++
	return nil, nil
}

func TestNewWalletWithoutRegistrar(t *testing.T) {
	genesis := *partytest.New(2).Genesis
	genesis.Members = nil
	memory := new(vault.Transient)
	if _, err := authority.NewWallet(authority.WalletConfig{Genesis: partytest.New(2).Genesis, Memory: memory}); !errors.Is(err, authority.ErrWallet) {
		t.Errorf("a wallet that was not made: %v", err)
	}
	if _, err := authority.MakeWallet(memory, acme, partytest.Stream("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := authority.NewWallet(authority.WalletConfig{Genesis: &genesis, Memory: memory}); !errors.Is(err, message.ErrGenesis) {
		t.Errorf("a wallet without a registrar: %v", err)
	}
}

func TestSupervisorApproves(t *testing.T) {
	a, o := partytest.New(2), newOffice()
	s, err := authority.NewSupervisor(authority.SupervisorConfig{Genesis: a.Genesis, Name: partytest.Registrar, Key: a.Keys[partytest.Registrar], Ledger: o,
		Blobs: o, Memory: new(vault.Transient)})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Approve(t.Context(), a.Sealing.Sealed.ModelDigest, nil); !errors.Is(err, message.ErrNotFound) {
		t.Errorf("a model that is not there: %v", err)
	}
	o.Put(message.KindModel, message.ModelKey(a.Sealing.Sealed.ModelDigest), a.Sign(partytest.OtherBank, message.KindModel, a.Sealing.Package))
	if err := s.Approve(t.Context(), a.Sealing.Sealed.ModelDigest, nil); !errors.Is(err, message.ErrPost) {
		t.Errorf("a model posted by another bank than it names: %v", err)
	}
	if len(o.Of(message.KindApproval)) != 0 {
		t.Error("something was approved")
	}
}
