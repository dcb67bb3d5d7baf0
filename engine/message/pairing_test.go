package message_test

import (
	"testing"

	"weir/engine"
	"weir/engine/internal/messagetest"
	"weir/engine/message"
	"weir/engine/period"
)

func TestPeriodKeys(t *testing.T) {
	g, secret := messagetest.Genesis(), messagetest.Secret(t, "tax")
	for name, c := range map[string]struct {
		signer engine.Name
		owner  string // whose key is looked for
		key    period.Key
		good   bool
	}{
		"of a party":          {"tax", "tax/vat", secret.Key("tax/vat"), true},
		"of a bank":           {"bank", "bank", secret.Key("bank"), true},
		"for another holder":  {"social", "tax/vat", secret.Key("tax/vat"), false},
		"for another bank":    {"bank2", "bank", secret.Key("bank"), false},
		"by a bank":           {"bank", "tax/vat", secret.Key("tax/vat"), false},
		"of another party":    {"tax", "tax/vat", secret.Key("tax/other"), false},
		"under the bare name": {"tax", "tax/vat", secret.Key("tax"), false},
		"of another month":    {"tax", "tax/vat", period.Key{Owner: "tax/vat", Period: "2026-10", Public: secret.Key("").Public}, false},
		"too short":           {"tax", "tax/vat", period.Key{Owner: "tax/vat", Period: messagetest.Month, Public: []byte{1}}, false},
	} {
		key, err := message.OpenPeriodKey(g, messagetest.Sign(message.KindPeriodKey, c.signer, c.key), c.owner, messagetest.Month)
		if c.good != (err == nil) || c.good != (key != nil) {
			t.Errorf("%s: %v", name, err)
		}
		if !c.good {
			messagetest.Refused(t, name, err, message.ErrPost)
		}
	}
	_, err := message.OpenPeriodKey(g, messagetest.Sign(message.KindApproval, "tax", secret.Key("tax/vat")), "tax/vat", messagetest.Month)
	messagetest.Refused(t, "another kind", err, message.ErrPost)
}

func TestEncapsulations(t *testing.T) {
	g, pair := messagetest.Genesis(), period.PairOf("power/meter", "tax/vat")
	good := period.Encapsulation{First: pair.First, Second: pair.Second, Period: messagetest.Month, Ciphertext: make([]byte, period.EncapsulationSize)}
	post := messagetest.Sign(message.KindEncapsulation, "power", good)
	if e, err := message.OpenEncapsulation(g, post, pair, messagetest.Month); err != nil || e.First != pair.First {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		signer engine.Name
		change func(*period.Encapsulation)
	}{
		"by the second":        {"tax", func(*period.Encapsulation) {}},
		"by a stranger":        {"bank", func(*period.Encapsulation) {}},
		"of another first":     {"power", func(e *period.Encapsulation) { e.First = "power/other" }},
		"of another second":    {"power", func(e *period.Encapsulation) { e.Second = "social/staff" }},
		"of the reversed pair": {"tax", func(e *period.Encapsulation) { e.First, e.Second = e.Second, e.First }},
		"of another month":     {"power", func(e *period.Encapsulation) { e.Period = "2026-10" }},
		"malformed first":      {"power", func(e *period.Encapsulation) { e.First = "power" }},
	} {
		e := good
		c.change(&e)
		_, err := message.OpenEncapsulation(g, messagetest.Sign(message.KindEncapsulation, c.signer, e), pair, messagetest.Month)
		messagetest.Refused(t, name, err, message.ErrPost)
	}
}

func TestConfirmations(t *testing.T) {
	g, pair, key := messagetest.Genesis(), period.PairOf("power/meter", "tax/vat"), period.PairKey{1}
	for _, from := range []engine.PartyID{pair.First, pair.Second} {
		post := messagetest.Sign(message.KindPairConfirmed, from.Holder(), key.Confirm(from, pair, messagetest.Month))
		c, err := message.OpenConfirmation(g, post, from, pair, messagetest.Month)
		if err != nil || c.Digest != key.Confirm(from, pair, messagetest.Month).Digest {
			t.Fatal(err)
		}
	}
	other := period.PairOf("power/meter", "social/staff")
	for name, c := range map[string]struct {
		signer       engine.Name
		confirmation period.Confirmation
	}{
		"for the other end":  {"tax", key.Confirm("power/meter", pair, messagetest.Month)},
		"by the other end":   {"tax", key.Confirm("tax/vat", pair, messagetest.Month)},
		"of another pair":    {"power", key.Confirm("power/meter", other, messagetest.Month)},
		"of another month":   {"power", key.Confirm("power/meter", pair, "2026-10")},
		"of another source":  {"power", key.Confirm("power/other", pair, messagetest.Month)},
		"of a stranger":      {"bank", key.Confirm("bank/x", pair, messagetest.Month)},
		"of a malformed end": {"power", key.Confirm("power", pair, messagetest.Month)},
	} {
		_, err := message.OpenConfirmation(g, messagetest.Sign(message.KindPairConfirmed, c.signer, c.confirmation), "power/meter", pair, messagetest.Month)
		messagetest.Refused(t, name, err, message.ErrPost)
	}
}
