package consent

import (
	"bytes"
	"errors"
	"testing"

	"weir/engine/canonical"
)

// Each target: no input panics, errors are typed, and what is accepted is its own encoding.

func FuzzOpenPublic(f *testing.F) {
	seed(f, newScene(f).given.Public)
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := OpenPublic(b, testChain)
		judge(t, b, p, err, ErrPublic)
	})
}

func FuzzOpenRevocation(f *testing.F) {
	seed(f, Revoke(testChain, testKey("consent")))
	f.Fuzz(func(t *testing.T, b []byte) {
		key, err := OpenRevocation(b, testChain)
		if err == nil && !bytes.Contains(b, key[:]) {
			t.Fatal("a key that is not in the message")
		}
		typed(t, err, ErrPublic)
	})
}

func FuzzOpenEnrolment(f *testing.F) {
	s := newScene(f)
	id, _, err := s.check()
	if err != nil {
		f.Fatal(err)
	}
	seed(f, Enrol(testChain, id, s.enterprise))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := OpenEnrolment(b, testChain)
		judge(t, b, e, err, ErrCertificate)
	})
}

func FuzzOpenRevokedSerials(f *testing.F) {
	registrar := testKey("registrar")
	seed(f, revokeSerials(f, 1, []uint64{1, 1 << 40}, registrar))
	seed(f, revokeSerials(f, 0, nil, registrar))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := OpenRevokedSerials(b, testChain, publicKey(registrar))
		judge(t, b, list, err, ErrCertificate)
	})
}

func FuzzEvidence(f *testing.F) {
	s := newScene(f)
	seed(f, s.given.Evidence)
	f.Fuzz(func(t *testing.T, b []byte) {
		key, err := KeyOf(b)
		typed(t, err, ErrEvidence)
		_, e, refusal := s.authority.Check(b, &s.public, at)
		if refusal == nil && (err != nil || key != s.public.Key) {
			t.Fatal("Check accepts what KeyOf does not")
		}
		if !errors.Is(refusal, ErrCertificate) {
			judge(t, b, e, refusal, ErrEvidence)
		}
	})
}

// seed adds a valid message, pieces of it, and heads that claim too much.
func seed(f *testing.F, b []byte) {
	f.Add(b)
	f.Add(b[:len(b)/2])
	f.Add(append(bytes.Clone(b), b...))
	f.Add([]byte{0x9b, 255, 255, 255, 255, 255, 255, 255, 255})
	f.Add([]byte{b[0], 0x5b, 0x7f, 255, 255, 255, 255, 255, 255, 255})
}

func judge[M any](t *testing.T, b []byte, message *M, err, sentinel error) {
	t.Helper()
	typed(t, err, sentinel)
	if (err == nil) != (message != nil) {
		t.Fatalf("a message beside an error, or neither: %v", err)
	}
	if err == nil && !bytes.Equal(canonical.Encode(message), b) {
		t.Fatal("accepted bytes that are not the message's encoding")
	}
}

func typed(t *testing.T, err, sentinel error) {
	t.Helper()
	if err != nil && !errors.Is(err, sentinel) {
		t.Fatalf("untyped error: %v", err)
	}
}
