package message

import (
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/period"
)

func newSecret(t testing.TB, name string) *period.Secret {
	s, err := period.NewSecret(month, canonical.Stream([]byte("weir/test"), name))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPeriodKeys(t *testing.T) {
	g, secret := testGenesis(), newSecret(t, "tax")
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
		"too short":           {"tax", "tax/vat", period.Key{Owner: "tax/vat", Period: month, Public: []byte{1}}, false},
	} {
		key, err := g.OpenPeriodKey(sign(KindPeriodKey, c.signer, c.key), c.owner, month)
		if c.good != (err == nil) || c.good != (key != nil) {
			t.Errorf("%s: %v", name, err)
		}
		if !c.good {
			refused(t, name, err, ErrPost)
		}
	}
	_, err := g.OpenPeriodKey(sign(KindApproval, "tax", secret.Key("tax/vat")), "tax/vat", month)
	refused(t, "another kind", err, ErrPost)
}

func TestEncapsulations(t *testing.T) {
	g, pair := testGenesis(), period.PairOf("power/meter", "tax/vat")
	good := period.Encapsulation{First: pair.First, Second: pair.Second, Period: month, Ciphertext: make([]byte, period.EncapsulationSize)}
	if e, err := g.OpenEncapsulation(sign(KindEncapsulation, "power", good), pair, month); err != nil || e.First != pair.First {
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
		_, err := g.OpenEncapsulation(sign(KindEncapsulation, c.signer, e), pair, month)
		refused(t, name, err, ErrPost)
	}
}

func TestConfirmations(t *testing.T) {
	g, pair, key := testGenesis(), period.PairOf("power/meter", "tax/vat"), period.PairKey{1}
	for _, from := range []engine.PartyID{pair.First, pair.Second} {
		c, err := g.OpenConfirmation(sign(KindPairConfirmed, from.Holder(), key.Confirm(from, pair, month)), from, pair, month)
		if err != nil || c.Digest != key.Confirm(from, pair, month).Digest {
			t.Fatal(err)
		}
	}
	other := period.PairOf("power/meter", "social/staff")
	for name, c := range map[string]struct {
		signer       engine.Name
		confirmation period.Confirmation
	}{
		"for the other end":  {"tax", key.Confirm("power/meter", pair, month)},
		"by the other end":   {"tax", key.Confirm("tax/vat", pair, month)},
		"of another pair":    {"power", key.Confirm("power/meter", other, month)},
		"of another month":   {"power", key.Confirm("power/meter", pair, "2026-10")},
		"of another source":  {"power", key.Confirm("power/other", pair, month)},
		"of a stranger":      {"bank", key.Confirm("bank/x", pair, month)},
		"of a malformed end": {"power", key.Confirm("power", pair, month)},
	} {
		_, err := g.OpenConfirmation(sign(KindPairConfirmed, c.signer, c.confirmation), "power/meter", pair, month)
		refused(t, name, err, ErrPost)
	}
}
