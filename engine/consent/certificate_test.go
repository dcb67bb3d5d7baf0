package consent

import (
	"crypto/ed25519"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"weir/engine"
	"weir/engine/canonical"
)

// revokeSerials is RevokeSerials for lists that are not too long.
func revokeSerials(t interface{ Fatal(...any) }, salt byte, serials []uint64, registrar ed25519.PrivateKey) []byte {
	list, err := RevokeSerials(testChain, at, [16]byte{salt}, serials, registrar)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// revoked is the registrar's list of the given serials, as a holder reads it.
func (s *scene) revoked(t testing.TB, serials ...uint64) *RevokedSerials {
	list, err := OpenRevokedSerials(revokeSerials(t, 5, serials, s.registrar), testChain, publicKey(s.registrar))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestCertifyRefusesWrongIdentifiers(t *testing.T) {
	for _, c := range []Certificate{{Kind: engine.USCC, Identifier: "91440300708461136U"}, {Kind: "passport", Identifier: testCode}, {}} {
		if err := c.Certify(testKey("registrar")); !errors.Is(err, engine.ErrIdentifier) || c.Signature != nil {
			t.Errorf("%s: %v", c.Kind, err)
		}
	}
}

func TestCertificateOfAnOpaqueIdentifier(t *testing.T) {
	registrar := testKey("registrar")
	c := Certificate{Chain: testChain, Kind: engine.Opaque, Identifier: "id-1", Key: publicKey(testKey("enterprise")), To: at.Unix()}
	if err := c.Certify(registrar); err != nil {
		t.Fatal(err)
	}
	id, err := c.Check(publicKey(registrar), testChain, at)
	if err != nil || id != (engine.Identifier{Kind: engine.Opaque, Text: "id-1"}) {
		t.Errorf("%v", err)
	}
}

func TestEnrolment(t *testing.T) {
	key := testKey("enterprise")
	id := engine.Identifier{Kind: engine.USCC, Text: testCode}
	b := Enrol(testChain, id, key)
	e, err := OpenEnrolment(b, testChain)
	if err != nil || e.Key != publicKey(key) || e.Identifier != testCode || e.Kind != engine.USCC {
		t.Fatalf("%v", err)
	}
	_, err = OpenEnrolment(b, "other")
	refused(t, "another chain", err, ErrCertificate)
	_, err = OpenEnrolment(Enrol(testChain, engine.Identifier{Kind: engine.USCC, Text: testCode + "0"}, key), testChain)
	refused(t, "a wrong identifier", err, ErrCertificate)
	stolen := *e // somebody else's key under one's own signature
	stolen.Key = publicKey(testKey("victim"))
	_, err = OpenEnrolment(canonical.Encode(stolen), testChain)
	refused(t, "a key that the applicant does not hold", err, ErrCertificate)
	flips(b, func(name string, spoiled []byte) {
		_, err := OpenEnrolment(spoiled, testChain)
		refused(t, name, err, ErrCertificate)
	})
}

func TestRevokedSerialsContainExactlyThose(t *testing.T) {
	s := newScene(t)
	rapid.Check(t, func(t *rapid.T) {
		serials := rapid.SliceOfN(rapid.Uint64Range(0, 40), 0, 20).Draw(t, "serials")
		list, err := OpenRevokedSerials(revokeSerials(t, 9, serials, s.registrar), testChain, publicKey(s.registrar))
		if err != nil {
			t.Fatal(err)
		}
		want := map[uint64]bool{}
		for _, serial := range serials {
			want[serial] = true
		}
		for serial := range uint64(41) {
			if list.Contains(serial) != want[serial] {
				t.Fatalf("serial %d: %v", serial, !want[serial])
			}
		}
	})
	if (*RevokedSerials)(nil).Contains(0) {
		t.Error("no list revokes serial 0")
	}
}

func TestRevokedSerialsRefused(t *testing.T) {
	registrar := testKey("registrar")
	b := revokeSerials(t, 1, []uint64{1, 2}, registrar)
	for name, open := range map[string]func() error{
		"another chain":     func() error { _, err := OpenRevokedSerials(b, "other", publicKey(registrar)); return err },
		"another registrar": func() error { _, err := OpenRevokedSerials(b, testChain, publicKey(testKey("bank"))); return err },
	} {
		refused(t, name, open(), ErrCertificate)
	}
	flips(b, func(name string, spoiled []byte) {
		if list, err := OpenRevokedSerials(spoiled, testChain, publicKey(registrar)); !errors.Is(err, ErrCertificate) || list != nil {
			t.Fatalf("%s: %v", name, err)
		}
	})
	shorter := *newScene(t).revoked(t, 1, 2)
	shorter.Hashes = shorter.Hashes[:1]
	_, err := OpenRevokedSerials(canonical.Encode(shorter), testChain, publicKey(registrar))
	refused(t, "a serial taken off the list", err, ErrCertificate)
}

// The list tells serials apart only to those who know the salt with it, and two lists hide what they share.
func TestRevokedSerialsAreSalted(t *testing.T) {
	if hashSerial([16]byte{1}, 7) == hashSerial([16]byte{2}, 7) || hashSerial([16]byte{1}, 7) == hashSerial([16]byte{1}, 8) {
		t.Error("salt or serial does not enter the hash")
	}
}

func TestTheLongestListOfRevokedSerialsCanBeRead(t *testing.T) {
	s := newScene(t)
	serials := make([]uint64, MaxRevoked)
	for i := range serials {
		serials[i] = uint64(i)
	}
	if list := s.revoked(t, serials...); !list.Contains(MaxRevoked-1) || list.Contains(MaxRevoked) {
		t.Error("the list lost its end")
	}
	_, err := RevokeSerials(testChain, at, [16]byte{}, append(serials, 1), s.registrar)
	refused(t, "one more", err, ErrCertificate)
}
