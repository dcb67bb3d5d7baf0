package period

import (
	"bytes"
	"crypto/hmac"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"weir/engine"
	"weir/engine/canonical"
)

// exchange is one pair's key agreement; the first party is "power/meter", the second "tax/vat".
type exchange struct {
	pair           Pair
	firstSecret    *Secret
	secret         *Secret // of the second
	first, second  Key
	encapsulation  *Encapsulation
	sent, received PairKey
}

func newExchange(t testing.TB) *exchange {
	x := &exchange{pair: PairOf("tax/vat", "power/meter"), firstSecret: newSecret(t, "first"), secret: newSecret(t, "second")}
	x.first, x.second = x.firstSecret.Key(string(x.pair.First)), x.secret.Key(string(x.pair.Second))
	var err error
	if x.encapsulation, x.sent, err = Encapsulate("chain", x.pair, &x.first, &x.second); err != nil {
		t.Fatal(err)
	}
	if x.received, err = x.secret.Decapsulate("chain", x.encapsulation, &x.first, &x.second); err != nil {
		t.Fatal(err)
	}
	return x
}

func TestBothEndsHoldTheSameKey(t *testing.T) {
	x := newExchange(t)
	if x.sent != x.received || x.sent == (PairKey{}) {
		t.Error("the two ends hold different keys")
	}
	e := x.encapsulation
	if e.First != "power/meter" || e.Second != "tax/vat" || e.Period != "2026-11" || len(e.Ciphertext) != EncapsulationSize {
		t.Errorf("encapsulation from %s to %s in %s, %d bytes", e.First, e.Second, e.Period, len(e.Ciphertext))
	}
	if again := newExchange(t); again.sent == x.sent {
		t.Error("two exchanges give one key")
	}
}

// key_ij = HKDF(ss, "weir/pair/v1", enc[chain, period, i, j, pk_i, pk_j, ct]), written out: RFC 5869 by hand over HMAC,
// the encoding by hand, ss the HPKE exporter's 32 bytes.
func TestPairKeyEqualsTheDefinition(t *testing.T) {
	x := newExchange(t)
	recipient, err := hpke.NewRecipient(x.encapsulation.Ciphertext, x.secret.private, hpke.HKDFSHA256(), hpke.ExportOnly(), []byte("weir/pair-kem/v1"))
	if err != nil {
		t.Fatal(err)
	}
	shared, err := recipient.Export("weir/pair-kem/v1", 32)
	if err != nil {
		t.Fatal(err)
	}
	info := []byte("\x87\x65chain\x672026-11\x6bpower/meter\x67tax/vat")
	for _, b := range [][]byte{x.first.Public, x.second.Public, x.encapsulation.Ciphertext} {
		info = append(append(info, 0x59, byte(len(b)>>8), byte(len(b))), b...)
	}
	mac := func(key, message []byte) []byte {
		h := hmac.New(sha256.New, key)
		h.Write(message)
		return h.Sum(nil)
	}
	if want := mac(mac([]byte("weir/pair/v1"), shared), append(info, 1)); !bytes.Equal(x.sent[:], want) {
		t.Error("another key than the definition gives")
	}
}

// A12 and the copying of responses: whatever is exchanged, left out or of another month gives another key.
func TestPairKeyIsBoundToEverything(t *testing.T) {
	for name, spoil := range map[string]func(x *exchange) (engine.Name, *Secret){
		"chain": func(x *exchange) (engine.Name, *Secret) { return "chain2", x.secret },
		"first id": func(x *exchange) (engine.Name, *Secret) {
			x.encapsulation.First = "power/other"
			return "chain", x.secret
		},
		"second id": func(x *exchange) (engine.Name, *Secret) {
			x.encapsulation.Second = "tax/other"
			return "chain", x.secret
		},
		"ids exchanged": func(x *exchange) (engine.Name, *Secret) {
			e := x.encapsulation
			e.First, e.Second = e.Second, e.First
			return "chain", x.secret
		},
		"first key": func(x *exchange) (engine.Name, *Secret) {
			x.first = newSecret(t, "third").Key(x.first.Owner)
			return "chain", x.secret
		},
		"second key": func(x *exchange) (engine.Name, *Secret) {
			x.second = newSecret(t, "third").Key(x.second.Owner)
			return "chain", x.secret
		},
		"keys exchanged": func(x *exchange) (engine.Name, *Secret) {
			x.first, x.second = x.second, x.first
			return "chain", x.secret
		},
		"another's secret": func(x *exchange) (engine.Name, *Secret) { return "chain", newSecret(t, "third") },
		"another ciphertext": func(x *exchange) (engine.Name, *Secret) {
			x.encapsulation = newExchange(t).encapsulation
			return "chain", x.secret
		},
		"period of both sides": func(x *exchange) (engine.Name, *Secret) {
			x.encapsulation.Period, x.secret.period = "2026-12", "2026-12"
			return "chain", x.secret
		},
	} {
		x := newExchange(t)
		chain, secret := spoil(x)
		if key, err := secret.Decapsulate(chain, x.encapsulation, &x.first, &x.second); err == nil && key == x.sent {
			t.Errorf("%s: the same key", name)
		}
	}
}

func TestSpoiledEncapsulationsGiveNoSharedKey(t *testing.T) {
	x := newExchange(t)
	for i := range x.encapsulation.Ciphertext {
		e := *x.encapsulation
		e.Ciphertext = bytes.Clone(e.Ciphertext)
		e.Ciphertext[i] ^= 0x80 >> (i % 8)
		key, err := x.secret.Decapsulate("chain", &e, &x.first, &x.second)
		if err == nil && key == x.sent || err != nil && (!errors.Is(err, ErrKey) || key != PairKey{}) {
			t.Fatalf("byte %d flipped: %v", i, err)
		}
	}
	for _, length := range []int{0, 1, EncapsulationSize - 1, EncapsulationSize + 1, 1 << 20} {
		e := *x.encapsulation
		e.Ciphertext = make([]byte, length)
		if key, err := x.secret.Decapsulate("chain", &e, &x.first, &x.second); !errors.Is(err, ErrKey) || key != (PairKey{}) {
			t.Errorf("%d bytes: %v", length, err)
		}
	}
	e := *x.encapsulation
	e.Period = "2026-12"
	if _, err := x.secret.Decapsulate("chain", &e, &x.first, &x.second); !errors.Is(err, ErrKey) {
		t.Errorf("another month: %v", err)
	}
}

func TestEncapsulateRefusesWhatIsNoKey(t *testing.T) {
	x := newExchange(t)
	x.second.Public = x.second.Public[:100]
	if e, key, err := Encapsulate("chain", x.pair, &x.first, &x.second); !errors.Is(err, ErrKey) || e != nil || key != (PairKey{}) {
		t.Errorf("%v", err)
	}
}

// Both ends confirm the same digest, and it is not the key's own hash.
func TestConfirmationIsGolden(t *testing.T) {
	key := PairKey(bytes.Repeat([]byte{7}, 32))
	pair := PairOf("tax/vat", "power/meter")
	c := key.Confirm("tax/vat", pair, "2026-11")
	sum := sha256.Sum256(append([]byte("weir/pair-ok/v1"), key[:]...))
	const digest = "5cf23b7dd004e49318dff38979bfc7e94c54f39ace3622628a199cec6f21fa7a"
	if c.Digest != sum || c.Digest.String() != digest {
		t.Errorf("digest %s", c.Digest)
	}
	if want := "85\x67tax/vat\x6bpower/meter\x67tax/vat\x672026-11"; hex.EncodeToString(canonical.Encode(c)) != want[:2]+hex.EncodeToString([]byte(want[2:]))+"5820"+digest {
		t.Errorf("encoded as %x", canonical.Encode(c))
	}
	if other := key.Confirm("power/meter", pair, "2026-11"); other.Digest != c.Digest || other.From == c.From {
		t.Error("the two ends cannot compare their confirmations")
	}
}

func TestPairsAreOrderedByTheBytesOfTheirIDs(t *testing.T) {
	for _, p := range [][2]engine.PartyID{{"a/a", "b/a"}, {"a-/a", "a/a"}, {"a/a", "a0/a"}, {"B/a", "a/a"}, {"a/a", "a/b"}} {
		if got := PairOf(p[1], p[0]); got != (Pair{First: p[0], Second: p[1]}) {
			t.Errorf("%s stands before %s", got.First, got.Second)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := engine.PartyID(rapid.String().Draw(t, "a")), engine.PartyID(rapid.String().Draw(t, "b"))
		if pair := PairOf(a, b); pair != PairOf(b, a) || bytes.Compare([]byte(pair.First), []byte(pair.Second)) > 0 {
			t.Fatalf("%v", pair)
		}
	})
}
