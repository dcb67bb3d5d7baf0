package ledger_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"weir/engine"
	"weir/ledger"
)

var key = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))

func draft() ledger.Draft {
	return ledger.Draft{Chain: "test", Kind: "request", Sender: "bank-a", Sequence: 3, Expiry: 9, Body: []byte("body")}
}

// The encoding is [[chain, kind, sender, sequence, expiry, body], signature], and the id is what is signed.
func TestTxGolden(t *testing.T) {
	tx := draft().Sign(key)
	const want = "82866474657374677265717565737466" + "62616e6b2d61" + "030944626f64795840"
	if got := hex.EncodeToString(tx.Bytes()[:len(want)/2]); got != want {
		t.Errorf("encoding %s, want %s", got, want)
	}
	if got := tx.ID().String(); got != "8e46ae5bf4a94e1fa62992413fc2126d34618feb11e8d806f5f9656927879679" {
		t.Errorf("id %s", got)
	}
	id := tx.ID()
	if !ed25519.Verify(key.Public().(ed25519.PublicKey), id[:], tx.Signature[:]) {
		t.Error("the signature is not over the id")
	}
}

func TestTxIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := ledger.Draft{
			Chain: engine.Name(rapid.StringMatching(`[a-z][a-z0-9-]{0,20}`).Draw(t, "chain")),
			Kind:  ledger.Kind(rapid.StringMatching(`[a-z0-9./-]{1,64}`).Draw(t, "kind")), Sequence: rapid.Uint64().Draw(t, "sequence"),
			Expiry: rapid.Uint64().Draw(t, "expiry"), Body: rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "body"),
		}
		d.Sender = ledger.BareKey([32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "key")))
		if rapid.Bool().Draw(t, "account") {
			d.Sender = ledger.Account(engine.Name(rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9._-]{0,63}`).Draw(t, "name")))
		}
		tx := d.Sign(key)
		again, err := ledger.DecodeTx(tx.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if again.ID() != tx.ID() || !bytes.Equal(again.Bytes(), tx.Bytes()) || again.Sender != d.Sender || !bytes.Equal(again.Body, d.Body) {
			t.Fatal("another transaction came back")
		}
	})
}

func TestMalformedTxsAreRefused(t *testing.T) {
	change := func(f func(*ledger.Draft)) []byte {
		d := draft()
		f(&d)
		return d.Sign(key).Bytes()
	}
	good := draft().Sign(key).Bytes()
	for name, b := range map[string][]byte{
		"nothing":             nil,
		"truncated":           good[:len(good)-1],
		"trailing byte":       append(bytes.Clone(good), 0),
		"too long":            change(func(d *ledger.Draft) { d.Body = make([]byte, ledger.MaxTx) }),
		"empty chain":         change(func(d *ledger.Draft) { d.Chain = "" }),
		"empty kind":          change(func(d *ledger.Draft) { d.Kind = "" }),
		"kind in capitals":    change(func(d *ledger.Draft) { d.Kind = "Request" }),
		"long kind":           change(func(d *ledger.Draft) { d.Kind = ledger.Kind(strings.Repeat("k", 65)) }),
		"empty sender":        change(func(d *ledger.Draft) { d.Sender = "" }),
		"sender with colon":   change(func(d *ledger.Draft) { d.Sender = "bank:a" }),
		"short key":           change(func(d *ledger.Draft) { d.Sender = "key:00" }),
		"key in capitals":     change(func(d *ledger.Draft) { d.Sender = ledger.Sender("key:" + strings.Repeat("AB", 32)) }),
		"signature of 63":     bytes.Replace(good, []byte{0x58, 0x40}, []byte{0x58, 0x3f}, 1)[:len(good)-1],
		"signature of 65":     append(bytes.Replace(good, []byte{0x58, 0x40}, []byte{0x58, 0x41}, 1), 0),
		"sequence in 9 bytes": bytes.Replace(good, []byte("\x66bank-a\x03"), []byte("\x66bank-a\x1b\x00\x00\x00\x00\x00\x00\x00\x03"), 1),
		"body claims 2^63":    bytes.Replace(good, []byte("\x44body"), []byte("\x5b\x80\x00\x00\x00\x00\x00\x00\x00"), 1),
	} {
		if _, err := ledger.DecodeTx(b); !errors.Is(err, ledger.ErrTx) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLargestTx(t *testing.T) {
	d := draft()
	overhead := len(d.Sign(key).Bytes()) - len(d.Body) + 4 // four more bytes for a longer body's head
	d.Body = make([]byte, ledger.MaxTx-overhead)
	tx := d.Sign(key)
	if len(tx.Bytes()) != ledger.MaxTx {
		t.Fatalf("made %d bytes, want %d", len(tx.Bytes()), ledger.MaxTx)
	}
	if _, err := ledger.DecodeTx(tx.Bytes()); err != nil {
		t.Error(err)
	}
	d.Body = append(d.Body, 0)
	if _, err := ledger.DecodeTx(d.Sign(key).Bytes()); !errors.Is(err, ledger.ErrTx) {
		t.Errorf("one byte more: %v", err)
	}
}

// Whatever is changed, the id changes with it; only the signature may differ for one id.
func TestEveryFieldIsSigned(t *testing.T) {
	id := draft().Sign(key).ID()
	for name, f := range map[string]func(*ledger.Draft){
		"chain": func(d *ledger.Draft) { d.Chain = "tesu" }, "kind": func(d *ledger.Draft) { d.Kind = "requesu" },
		"sender": func(d *ledger.Draft) { d.Sender = "bank-b" }, "sequence": func(d *ledger.Draft) { d.Sequence++ },
		"expiry": func(d *ledger.Draft) { d.Expiry++ }, "body": func(d *ledger.Draft) { d.Body = []byte("bodz") },
	} {
		d := draft()
		f(&d)
		if d.Sign(key).ID() == id {
			t.Errorf("%s is not in the id", name)
		}
	}
}

func TestSenders(t *testing.T) {
	bare := ledger.BareKey([32]byte{1, 2})
	if k, ok := bare.Key(); !ok || k != [32]byte{1, 2} {
		t.Error("key lost")
	}
	if _, ok := bare.Account(); ok {
		t.Error("a bare key passes for an account")
	}
	account := ledger.Account("bank-a")
	if name, ok := account.Account(); !ok || name != "bank-a" {
		t.Error("account lost")
	}
	if _, ok := account.Key(); ok {
		t.Error("an account passes for a bare key")
	}
	if _, ok := ledger.Sender("key:zz").Key(); ok {
		t.Error("malformed key accepted")
	}
}

func FuzzDecodeTx(f *testing.F) {
	f.Add(draft().Sign(key).Bytes())
	f.Add([]byte{0x82, 0x86})
	f.Fuzz(func(t *testing.T, b []byte) {
		if tx, err := ledger.DecodeTx(b); err == nil {
			if again := (ledger.Draft)(tx.Draft).Sign(key); again.ID() != tx.ID() || len(again.Bytes()) != len(b) {
				t.Fatal("decoded to something else")
			}
		}
	})
}

func FuzzDecodeHeader(f *testing.F) {
	f.Add((&ledger.Header{Chain: "test", Height: 1, Time: 5, Proposer: "p"}).Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if h, err := ledger.DecodeHeader(b); err == nil && !bytes.Equal(h.Encode(), b) {
			t.Fatal("decoded to something else")
		}
	})
}

func FuzzDecodeResult(f *testing.F) {
	f.Add((&ledger.Result{Of: 1, Code: ledger.CodeOK, Events: []ledger.Event{{Kind: "k", Data: []byte{1}}}}).Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := ledger.DecodeResult(b); err == nil && !bytes.Equal(r.Encode(), b) {
			t.Fatal("decoded to something else")
		}
	})
}

func ExampleDraft_Sign() {
	d := ledger.Draft{Chain: "pilot", Kind: "request", Sender: ledger.Account("bank-a"), Sequence: 0, Expiry: 1000, Body: []byte{0x80}}
	tx := d.Sign(ed25519.NewKeyFromSeed(make([]byte, 32)))
	again, err := ledger.DecodeTx(tx.Bytes())
	fmt.Println(again.Sender, again.ID() == tx.ID(), err)
	// Output: bank-a true <nil>
}
