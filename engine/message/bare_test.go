package message_test

import (
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"

	"weir/engine/internal/messagetest"
	"weir/engine/message"
	"weir/ledger"
)

func TestABareKeySpeaksForItself(t *testing.T) {
	key := messagetest.Key("consent")
	tx, who, err := messagetest.Genesis().OpenBare(message.KindConsent, messagetest.Bare(message.KindConsent, key, []byte{1}))
	if err != nil || !ed25519.PublicKey(who[:]).Equal(key.Public()) || string(tx.Body) != "\x01" {
		t.Errorf("%+v by %x, %v", tx, who, err)
	}
}

func TestBareTransactionsRefused(t *testing.T) {
	g, key, other := messagetest.Genesis(), messagetest.Key("consent"), messagetest.Key("other")
	good := ledger.Draft{Chain: messagetest.Chain, Kind: message.KindConsent, Sender: ledger.BareKey([32]byte(key.Public().(ed25519.PublicKey))),
		Expiry: messagetest.Expiry, Body: []byte{1}}
	for name, c := range map[string]struct {
		by    ed25519.PrivateKey
		spoil func(*ledger.Draft)
	}{
		"by a member":                {messagetest.Key("tax"), func(d *ledger.Draft) { d.Sender = ledger.Account("tax") }},
		"by a member with this key":  {key, func(d *ledger.Draft) { d.Sender = ledger.Account("tax") }},
		"of another kind":            {key, func(d *ledger.Draft) { d.Kind = message.KindRevocation }},
		"of no kind":                 {key, func(d *ledger.Draft) { d.Kind = "" }},
		"of another chain":           {key, func(d *ledger.Draft) { d.Chain = "other" }},
		"signed by another key":      {other, func(*ledger.Draft) {}},
		"under another key":          {key, func(d *ledger.Draft) { d.Sender = ledger.BareKey([32]byte(other.Public().(ed25519.PublicKey))) }},
		"of a key of small order":    {key, func(d *ledger.Draft) { d.Sender = ledger.BareKey([32]byte{}) }},
		"of a key in capital digits": {key, func(d *ledger.Draft) { d.Sender = "key:" + ledger.Sender(strings.Repeat("A", 64)) }},
	} {
		d := good
		c.spoil(&d)
		tx, _, err := g.OpenBare(message.KindConsent, d.Sign(c.by).Bytes())
		messagetest.Refused(t, name, err, message.ErrPost)
		if tx != nil {
			t.Errorf("%s: a transaction comes with the error", name)
		}
	}
	messagetest.Flips(good.Sign(key).Bytes(), func(spoiled []byte) {
		if _, _, err := g.OpenBare(message.KindConsent, spoiled); !errors.Is(err, message.ErrPost) {
			t.Fatalf("accepted or untyped: %v", err)
		}
	})
	_, err := g.OpenPost(good.Sign(key).Bytes())
	messagetest.Refused(t, "as a member's post", err, message.ErrPost)
}
