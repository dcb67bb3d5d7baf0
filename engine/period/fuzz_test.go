package period

import (
	"bytes"
	"errors"
	"testing"
)

// FuzzOpen: no sealed bytes but the right ones open, none panics.
func FuzzOpen(f *testing.F) {
	s := newSecret(f, "owner")
	key := s.Key("tax/vat")
	message := []byte("the message")
	sealed, err := SealTo(&key, "evidence", message)
	if err != nil {
		f.Fatal(err)
	}
	for _, b := range [][]byte{sealed, sealed[:EncapsulationSize], sealed[:EncapsulationSize+16], make([]byte, EncapsulationSize+16), nil} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		opened, err := s.Open("tax/vat", "evidence", b)
		if err != nil && (!errors.Is(err, ErrKey) || opened != nil) {
			t.Fatalf("untyped error, or a message beside it: %v", err)
		}
		if bytes.Equal(b, sealed) && !bytes.Equal(opened, message) {
			t.Fatalf("the valid message does not open: %v", err)
		}
	})
}

// FuzzDecapsulate: any ciphertext of the right length gives some key or ErrKey, and only the right one the pair's key.
func FuzzDecapsulate(f *testing.F) {
	x := newExchange(f)
	for _, b := range [][]byte{x.encapsulation.Ciphertext, make([]byte, EncapsulationSize), bytes.Repeat([]byte{255}, EncapsulationSize), nil} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e := *x.encapsulation
		e.Ciphertext = b
		key, err := x.secret.Decapsulate("chain", &e, &x.first, &x.second)
		if err != nil && (!errors.Is(err, ErrKey) || key != PairKey{}) {
			t.Fatalf("untyped error, or a key beside it: %v", err)
		}
		if same := bytes.Equal(b, x.encapsulation.Ciphertext); same != (err == nil && key == x.sent) {
			t.Fatalf("the pair's key came from another ciphertext, or not from its own: %v", err)
		}
	})
}

// FuzzKeyCheck: a public key is refused or can be sealed to without a panic.
func FuzzKeyCheck(f *testing.F) {
	key := newSecret(f, "owner").Key("tax/vat")
	for _, b := range [][]byte{key.Public, make([]byte, PublicKeySize), bytes.Repeat([]byte{255}, PublicKeySize), nil} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		k := Key{Owner: "tax/vat", Period: "2026-11", Public: b}
		refusal := k.Check("tax/vat", "2026-11")
		_, err := SealTo(&k, "evidence", nil)
		if refusal != nil && err == nil {
			t.Fatal("sealed to a key that Check refuses")
		}
		for _, err := range []error{refusal, err} {
			if err != nil && !errors.Is(err, ErrKey) {
				t.Fatalf("untyped error: %v", err)
			}
		}
	})
}
