package deposit_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"reflect"
	"testing"

	"weir/engine"
	"weir/engine/period"
	"weir/ledger"
	"weir/ledger/deposit"
)

func canonicalSum(b []byte) engine.Digest { return sha256.Sum256(b) }

// granted is a ledger on which alice deposited a document and granted it to bob/court, who has a key for the month.
func granted(t *testing.T) (c *court, d *deposit.Document, grant []byte, secret *period.Secret) {
	t.Helper()
	c = found(t)
	secret = c.secret(t, "bob", "bob/court")
	d = describe(t, "alice", text)
	c.shown(t, "alice", deposit.KindDeposit, deposit.Deposit{Digest: d.Digest(), Count: 1})
	grant = c.shown(t, "alice", deposit.KindGrant, deposit.Grant{Document: d.Digest(), Deposit: d.Digest(), To: "bob/court"})
	return c, d, grant, secret
}

func TestHandOver(t *testing.T) {
	c, d, grant, secret := granted(t)
	key := secret.Key("bob/court")
	h, sealed, err := deposit.Seal(d, grant, trust(t).Ledger, &key)
	if err != nil {
		t.Fatal(err)
	}
	handed := c.shown(t, "alice", deposit.KindHandOver, h)
	got, err := deposit.Receive(sealed, handed, trust(t).Ledger, "bob/court", secret)
	if err != nil || !reflect.DeepEqual(got, d) {
		t.Fatalf("%v", err)
	}
	changed := bytes.Clone(sealed)
	changed[len(changed)-1] ^= 1
	untrusted := *trust(t).Ledger
	untrusted.Chain = "other"
	for name, receive := range map[string]func() (*deposit.Document, error){
		"other bytes": func() (*deposit.Document, error) {
			return deposit.Receive(changed, handed, trust(t).Ledger, "bob/court", secret)
		},
		"another party": func() (*deposit.Document, error) {
			return deposit.Receive(sealed, handed, trust(t).Ledger, "bob/other", secret)
		},
		"only granted": func() (*deposit.Document, error) {
			return deposit.Receive(sealed, grant, trust(t).Ledger, "bob/court", secret)
		},
		"no ledger": func() (*deposit.Document, error) {
			return deposit.Receive(sealed, nil, trust(t).Ledger, "bob/court", secret)
		},
		"another ledger": func() (*deposit.Document, error) {
			return deposit.Receive(sealed, handed, &untrusted, "bob/court", secret)
		},
		"by another's secret": func() (*deposit.Document, error) {
			return deposit.Receive(sealed, handed, trust(t).Ledger, "bob/court", stranger(t))
		},
	} {
		if d, err := receive(); !errors.Is(err, deposit.ErrHandOver) || d != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func stranger(t *testing.T) *period.Secret {
	s, err := period.NewSecret(month, bytes.NewReader(make([]byte, 64)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Nothing is sealed without the depositor's grant, to this party, of this document.
func TestSealedOnlyWhereGranted(t *testing.T) {
	c, d, grant, secret := granted(t)
	key, other := secret.Key("bob/court"), stranger(t).Key("carol/court")
	copied := *d // bob deposits alice's digest, and grants it to himself
	c.shown(t, "bob", deposit.KindDeposit, deposit.Deposit{Digest: d.Digest(), Count: 1})
	foreign := c.shown(t, "bob", deposit.KindGrant, deposit.Grant{Document: d.Digest(), Deposit: d.Digest(), To: "bob/court"})
	another := describe(t, "alice", "another")
	for name, seal := range map[string]func() (*deposit.HandOver, []byte, error){
		"to another":       func() (*deposit.HandOver, []byte, error) { return deposit.Seal(d, grant, trust(t).Ledger, &other) },
		"another document": func() (*deposit.HandOver, []byte, error) { return deposit.Seal(another, grant, trust(t).Ledger, &key) },
		"by another": func() (*deposit.HandOver, []byte, error) {
			return deposit.Seal(&copied, foreign, trust(t).Ledger, &key)
		},
		"no grant": func() (*deposit.HandOver, []byte, error) { return deposit.Seal(d, nil, trust(t).Ledger, &key) },
		"a bad key": func() (*deposit.HandOver, []byte, error) {
			bad := key
			bad.Public = nil
			return deposit.Seal(d, grant, trust(t).Ledger, &bad)
		},
	} {
		if h, sealed, err := seal(); !errors.Is(err, deposit.ErrHandOver) || h != nil || sealed != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A depositor that seals something else than it granted, or the right thing for another, is found by the receiver.
func TestWrongContentsAreNotReceived(t *testing.T) {
	c, d, grant, secret := granted(t)
	key := secret.Key("bob/court")
	h, _, err := deposit.Seal(d, grant, trust(t).Ledger, &key)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := period.SealTo(&key, "deposit", []byte("something else"))
	if err != nil {
		t.Fatal(err)
	}
	h.Sealed = sha256.Sum256(sealed)
	handed := c.shown(t, "alice", deposit.KindHandOver, h)
	if d, err := deposit.Receive(sealed, handed, trust(t).Ledger, "bob/court", secret); !errors.Is(err, deposit.ErrHandOver) || d != nil {
		t.Errorf("%v", err)
	}
	r := c.send(t, "alice", deposit.KindHandOver, h)
	if r.Code != ledger.CodeConflict {
		t.Errorf("handed over twice: %+v", r)
	}
}
