package deposit_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/period"
	"weir/ledger/deposit"
)

// transferred is a ledger on which alice handed the second of two documents over to bob/court.
func transferred(t testing.TB) (c *court, transfer *deposit.Transfer, secret *period.Secret) {
	t.Helper()
	c = found(t)
	secret = c.secret(t, "bob", "bob/court")
	d := describe(t, "alice", text)
	other := describe(t, "alice", "another file")
	batch, err := deposit.NewBatch([]engine.Digest{other.Digest(), d.Digest()})
	if err != nil {
		t.Fatal(err)
	}
	bundle := c.shown(t, "alice", deposit.KindDeposit, batch.Deposit("case 7"))
	certificate, err := deposit.ReadCertificate(deposit.Assemble(d, batch.Place(1), bundle, nil))
	if err != nil {
		t.Fatal(err)
	}
	in, err := certificate.Deposited(trust(t).Ledger)
	if err != nil || in.Count != 2 {
		t.Fatalf("%+v, %v", in, err)
	}
	grant := c.shown(t, "alice", deposit.KindGrant, deposit.Grant{Document: d.Digest(), Deposit: in.Digest, Place: certificate.Place, To: "bob/court"})
	key := secret.Key("bob/court")
	h, sealed, err := deposit.Seal(d, grant, trust(t).Ledger, &key)
	if err != nil {
		t.Fatal(err)
	}
	return c, deposit.NewTransfer(sealed, c.shown(t, "alice", deposit.KindHandOver, h), certificate), secret
}

// What comes out of a transfer is the depositor's certificate, to the byte.
func TestTransfer(t *testing.T) {
	c, transfer, secret := transferred(t)
	read, err := deposit.DecodeTransfer(transfer.Encode())
	if err != nil || !reflect.DeepEqual(read.Place, transfer.Place) {
		t.Fatal(err)
	}
	if h, err := read.Read(trust(t).Ledger); err != nil || h.To != "bob/court" || h.Month != month {
		t.Errorf("%+v, %v", h, err)
	}
	certificate, err := read.Receive(trust(t).Ledger, "bob/court", secret)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := deposit.Verify(strings.NewReader(text), certificate, trust(t)); err != nil || v.Depositor != "alice" || v.Count != 2 {
		t.Errorf("%+v, %v", v, err)
	}
	c2, err := deposit.ReadCertificate(certificate)
	if err != nil {
		t.Fatal(err)
	}
	in, err := c2.Deposited(trust(t).Ledger)
	if err != nil {
		t.Fatal(err)
	}
	copied := c.shown(t, "carol", deposit.KindDeposit, deposit.Deposit{Digest: in.Digest, Count: in.Count}) // the same digest, later
	for name, spoil := range map[string]func(*deposit.Transfer){
		"another's deposit of it": func(f *deposit.Transfer) { f.Bundle = copied },
		"no deposit":              func(f *deposit.Transfer) { f.Bundle = f.HandOver },
		"another place":           func(f *deposit.Transfer) { f.Place.Index = 0 },
		"a token from nobody":     func(f *deposit.Transfer) { f.Stamp = []byte("token") },
		"other sealed bytes":      func(f *deposit.Transfer) { f.Sealed = append(bytes.Clone(f.Sealed), 0) },
		"no hand-over":            func(f *deposit.Transfer) { f.HandOver = f.Bundle },
	} {
		bad := *read
		spoil(&bad)
		if got, err := bad.Receive(trust(t).Ledger, "bob/court", secret); !errors.Is(err, deposit.ErrHandOver) || got != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := read.Receive(trust(t).Ledger, "carol/court", secret); !errors.Is(err, deposit.ErrHandOver) {
		t.Errorf("another party: %v", err)
	}
}

func TestTransfersRefused(t *testing.T) {
	_, transfer, _ := transferred(t)
	for name, spoil := range map[string]func(*deposit.Transfer){
		"another version": func(f *deposit.Transfer) { f.Version = 2 },
		"a long seal":     func(f *deposit.Transfer) { f.Sealed = make([]byte, 8<<10) },
		"a long token":    func(f *deposit.Transfer) { f.Stamp = make([]byte, 20<<10) },
	} {
		bad := *transfer
		spoil(&bad)
		if _, err := deposit.DecodeTransfer(bad.Encode()); !errors.Is(err, deposit.ErrHandOver) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, b := range map[string][]byte{"nothing": nil, "a tail": append(transfer.Encode(), 0), "long": make([]byte, deposit.MaxTransfer+1)} {
		if _, err := deposit.DecodeTransfer(b); !errors.Is(err, deposit.ErrHandOver) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, b := range map[string][]byte{"nothing": nil, "another thing": canonical.Encode([]any{1, 2})} {
		if _, err := deposit.ReadCertificate(b); !errors.Is(err, deposit.ErrCertificate) {
			t.Errorf("certificate: %s: %v", name, err)
		}
	}
}

// FuzzTransfer: what is accepted gives the certificate of the file that was deposited, in one spelling; no bytes panic.
func FuzzTransfer(f *testing.F) {
	_, transfer, secret := transferred(f)
	good := transfer.Encode()
	trusted := trust(f)
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Fuzz(func(t *testing.T, b []byte) {
		read, err := deposit.DecodeTransfer(b)
		var certificate []byte
		if err == nil {
			certificate, err = read.Receive(trusted.Ledger, "bob/court", secret)
		}
		if err != nil {
			if bytes.Equal(b, good) || !errors.Is(err, deposit.ErrHandOver) {
				t.Fatal(err)
			}
			return
		}
		if _, err := deposit.Verify(strings.NewReader(text), certificate, trusted); err != nil || !bytes.Equal(read.Encode(), b) {
			t.Fatalf("accepted: %v", err)
		}
	})
}
