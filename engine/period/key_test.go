package period

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"weir/engine/canonical"
)

// newSecret is a secret of November 2026 made from a name.
func newSecret(t testing.TB, name string) *Secret {
	s, err := NewSecret("2026-11", canonical.Stream([]byte("weir/test"), name))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPeriodsAreMonthsOfUTC(t *testing.T) {
	east := time.FixedZone("east", 8*3600)
	for want, at := range map[Period]time.Time{
		"2026-11": time.Date(2026, 11, 30, 23, 59, 59, 999, time.UTC), "2026-12": time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC),
		"2026-10": time.Date(2026, 11, 1, 7, 59, 59, 0, east), "2027-01": time.Date(2027, 1, 1, 8, 0, 0, 0, east),
	} {
		if got := Of(at); got != want {
			t.Errorf("%s is in %s, want %s", at, got, want)
		}
	}
}

func TestSecretsNeedSixtyFourBytes(t *testing.T) {
	b := make([]byte, 64)
	r := bytes.NewReader(append(b, 1))
	if _, err := NewSecret("2026-11", r); err != nil || r.Len() != 1 {
		t.Errorf("%v, %d bytes left", err, r.Len())
	}
	if _, err := NewSecret("2026-11", bytes.NewReader(b[:63])); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("63 bytes: %v", err)
	}
	broken := errors.New("no randomness")
	if _, err := NewSecret("2026-11", iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("broken source: %v", err)
	}
}

// The same randomness gives the same key, whatever becomes of the derivation in crypto/hpke.
func TestKeysAreGolden(t *testing.T) {
	s := newSecret(t, "golden")
	key := s.Key("tax/vat")
	sum := sha256.Sum256(key.Public)
	if got, want := hex.EncodeToString(sum[:]), "26c408ebfc6da0415b5bf617afcb7c4d2611a3b6c571af89ef82d51a6a381133"; got != want || len(key.Public) != PublicKeySize {
		t.Errorf("key of %d bytes, %s, want %s", len(key.Public), got, want)
	}
	var stream [64]byte
	if _, err := io.ReadFull(canonical.Stream([]byte("weir/test"), "golden"), stream[:]); err != nil {
		t.Fatal(err)
	}
	if s.ContributionSecret() != [32]byte(stream[32:]) || s.Period() != "2026-11" {
		t.Error("secret_period is not the second half of the randomness")
	}
	head := "83" + "67" + hex.EncodeToString([]byte("tax/vat")) + "67" + hex.EncodeToString([]byte("2026-11")) + "5904c0"
	if got := hex.EncodeToString(canonical.Encode(key)); got != head+hex.EncodeToString(key.Public) {
		t.Errorf("encoded as %s…", got[:64])
	}
}

func TestKeysRefused(t *testing.T) {
	for name, spoil := range map[string]func(*Key){
		"another owner": func(k *Key) { k.Owner = "tax/vat2" }, "no owner": func(k *Key) { k.Owner = "" },
		"another month": func(k *Key) { k.Period = "2026-10" }, "no month": func(k *Key) { k.Period = "" },
		"empty": func(k *Key) { k.Public = nil }, "one byte short": func(k *Key) { k.Public = k.Public[:PublicKeySize-1] },
		"one byte long": func(k *Key) { k.Public = append(k.Public, 0) }, "a megabyte": func(k *Key) { k.Public = make([]byte, 1<<20) },
		"coefficients above q": func(k *Key) { copy(k.Public, strings.Repeat("\xff", 1184)) },
	} {
		key := newSecret(t, "key").Key("tax/vat")
		spoil(&key)
		if err := key.Check("tax/vat", "2026-11"); !errors.Is(err, ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	key := newSecret(t, "key").Key("tax/vat")
	if err := key.Check("tax/vat", "2026-11"); err != nil {
		t.Error(err)
	}
}

// A key whose X25519 half has small order agrees on nothing: whoever uses it gets an error, not a known secret.
func TestSmallOrderKeysAgreeOnNothing(t *testing.T) {
	key := newSecret(t, "key").Key("tax/vat")
	clear(key.Public[1184:])
	if sealed, err := SealTo(&key, "evidence", []byte("message")); !errors.Is(err, ErrKey) || sealed != nil {
		t.Errorf("seal: %v", err)
	}
	first := newSecret(t, "first").Key("a/a")
	if e, pairKey, err := Encapsulate("chain", PairOf("a/a", "tax/vat"), &first, &key); !errors.Is(err, ErrKey) || e != nil || pairKey != (PairKey{}) {
		t.Errorf("encapsulate: %v", err)
	}
}

func TestSealedMessagesOpenOnlyAsMeant(t *testing.T) {
	s, message := newSecret(t, "owner"), []byte("the message")
	key := s.Key("tax/vat")
	sealed, err := SealTo(&key, "evidence", message)
	if err != nil {
		t.Fatal(err)
	}
	if len(sealed) != EncapsulationSize+len(message)+16 || bytes.Contains(sealed, message) {
		t.Errorf("%d bytes for a message of %d", len(sealed), len(message))
	}
	if opened, err := s.Open("tax/vat", "evidence", sealed); err != nil || !bytes.Equal(opened, message) {
		t.Fatalf("as meant: %v", err)
	}
	later := *s
	later.period = "2026-12"
	otherOwner, otherMonth := key, key
	otherOwner.Owner, otherMonth.Period = "tax/other", "2026-12"
	for name, open := range map[string]func() ([]byte, error){
		"another owner":   func() ([]byte, error) { return s.Open("tax/other", "evidence", sealed) },
		"another info":    func() ([]byte, error) { return s.Open("tax/vat", "reply", sealed) },
		"another period":  func() ([]byte, error) { return later.Open("tax/vat", "evidence", sealed) },
		"another secret":  func() ([]byte, error) { return newSecret(t, "thief").Open("tax/vat", "evidence", sealed) },
		"fields shifted":  func() ([]byte, error) { return s.Open("vat", "evidence/2026-11/tax", sealed) },
		"empty":           func() ([]byte, error) { return s.Open("tax/vat", "evidence", nil) },
		"one byte short":  func() ([]byte, error) { return s.Open("tax/vat", "evidence", sealed[:EncapsulationSize-1]) },
		"no tag":          func() ([]byte, error) { return s.Open("tax/vat", "evidence", sealed[:EncapsulationSize]) },
		"over the limit":  func() ([]byte, error) { return s.Open("tax/vat", "evidence", make([]byte, MaxSealed+1)) },
		"extended":        func() ([]byte, error) { return s.Open("tax/vat", "evidence", append(bytes.Clone(sealed), 0)) },
		"sealed to owner": func() ([]byte, error) { return reseal(t, s, &otherOwner, message) },
		"sealed to month": func() ([]byte, error) { return reseal(t, s, &otherMonth, message) },
	} {
		if opened, err := open(); !errors.Is(err, ErrKey) || opened != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := range sealed {
		spoiled := bytes.Clone(sealed)
		spoiled[i] ^= 0x80 >> (i % 8)
		if opened, err := s.Open("tax/vat", "evidence", spoiled); !errors.Is(err, ErrKey) || opened != nil {
			t.Fatalf("byte %d flipped: %v", i, err)
		}
	}
}

func reseal(t *testing.T, s *Secret, to *Key, message []byte) ([]byte, error) {
	sealed, err := SealTo(to, "evidence", message)
	if err != nil {
		t.Fatal(err)
	}
	return s.Open("tax/vat", "evidence", sealed)
}

// Two seals of one message have nothing in common.
func TestSealingIsRandomised(t *testing.T) {
	key := newSecret(t, "owner").Key("tax/vat")
	first, err := SealTo(&key, "evidence", []byte("m"))
	if err != nil {
		t.Fatal(err)
	}
	second, err := SealTo(&key, "evidence", []byte("m"))
	if err != nil || bytes.Equal(first[:32], second[:32]) || bytes.Equal(first[EncapsulationSize:], second[EncapsulationSize:]) {
		t.Errorf("two seals agree (%v)", err)
	}
}
