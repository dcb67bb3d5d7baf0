package consent

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"io"
	"reflect"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"weir/engine"
	"weir/engine/canonical"
)

// A28: nobody without the enterprise's key makes a consent that a holder takes.
func TestHoldersRefuse(t *testing.T) {
	bank := testKey("bank")
	for name, c := range map[string]struct {
		sentinel error
		spoil    func(*scene)
	}{
		"bank signs in the enterprise's place": {ErrEvidence, func(s *scene) { s.sign(bank) }},
		"bank certifies its own key": {ErrCertificate, func(s *scene) {
			s.evidence.Certificate.Key = publicKey(bank)
			s.certify(t, bank)
			s.sign(bank)
		}},
		"bank puts its key into the certificate": {ErrCertificate, func(s *scene) {
			s.evidence.Certificate.Key = publicKey(bank)
			s.sign(bank)
		}},
		"bank's own certificate, the enterprise's envelope": {ErrEvidence, func(s *scene) {
			s.evidence.Certificate.Identifier, s.evidence.Certificate.Key = otherCode, publicKey(bank)
			s.certify(t, s.registrar)
			s.sign(bank)
		}},
		"no signature":                  {ErrEvidence, func(s *scene) { s.evidence.Signature = nil }},
		"signature of 63 bytes":         {ErrEvidence, func(s *scene) { s.evidence.Signature = s.evidence.Signature[:63] }},
		"signature of 65 bytes":         {ErrEvidence, func(s *scene) { s.evidence.Signature = append(s.evidence.Signature, 0) }},
		"signed by the consent key":     {ErrEvidence, func(s *scene) { s.sign(s.consentKey) }},
		"certificate unsigned":          {ErrCertificate, func(s *scene) { s.evidence.Certificate.Signature = nil }},
		"another registrar":             {ErrCertificate, func(s *scene) { s.certify(t, testKey("impostor")) }},
		"certified by the enterprise":   {ErrCertificate, func(s *scene) { s.certify(t, s.enterprise) }},
		"certificate expired":           {ErrCertificate, func(s *scene) { s.evidence.Certificate.To = at.Unix() - 1; s.certify(t, s.registrar) }},
		"certificate not valid yet":     {ErrCertificate, func(s *scene) { s.evidence.Certificate.From = at.Unix() + 1; s.certify(t, s.registrar) }},
		"certificate prolonged by hand": {ErrCertificate, func(s *scene) { s.evidence.Certificate.To++ }},
		"certificate's serial changed":  {ErrCertificate, func(s *scene) { s.evidence.Certificate.Serial++ }},
		"certificate of another chain": {ErrCertificate, func(s *scene) {
			s.evidence.Certificate.Chain = "other"
			s.certify(t, s.registrar)
		}},
		"certificate and envelope of another chain": {ErrCertificate, func(s *scene) {
			s.evidence.Certificate.Chain, s.evidence.Envelope.Chain = "other", "other"
			s.certify(t, s.registrar)
			s.sign(s.enterprise)
		}},
		"certificate for another code": {ErrEvidence, func(s *scene) {
			s.evidence.Certificate.Identifier = otherCode
			s.certify(t, s.registrar)
		}},
		"certificate for a wrong code": {ErrCertificate, func(s *scene) {
			s.evidence.Certificate.Identifier = testCode[:17] + "U"
			digest := s.evidence.Certificate.digest()
			s.evidence.Certificate.Signature = ed25519.Sign(s.registrar, digest[:])
		}},
		"certificate revoked": {ErrCertificate, func(s *scene) { s.authority.Revoked = s.revoked(t, 3, 77) }},
		"another key was seen": {ErrCertificate, func(s *scene) {
			s.authority.Known = func(engine.Subject) (Key, bool) { return publicKey(bank), true }
		}},
		"envelope of another chain": {ErrEvidence, func(s *scene) {
			s.evidence.Envelope.Chain = "other"
			s.sign(s.enterprise)
		}},
		"envelope for another enterprise": {ErrEvidence, func(s *scene) {
			s.evidence.Envelope.Identifier = otherCode
			s.sign(s.enterprise)
		}},
		"envelope under another kind": {ErrEvidence, func(s *scene) {
			s.evidence.Envelope.Kind = engine.Opaque
			s.sign(s.enterprise)
		}},
		"first nonce changed":  {ErrEvidence, func(s *scene) { s.evidence.Envelope.Nonce1[30] ^= 1; s.sign(s.enterprise) }},
		"second nonce changed": {ErrEvidence, func(s *scene) { s.evidence.Envelope.Nonce2[0] ^= 1; s.sign(s.enterprise) }},
		"nonces exchanged": {ErrEvidence, func(s *scene) {
			e := &s.evidence.Envelope
			e.Nonce1, e.Nonce2 = e.Nonce2, e.Nonce1
			s.sign(s.enterprise)
		}},
		"envelope's other terms": {ErrEvidence, func(s *scene) { s.evidence.Envelope.Terms[0] ^= 1; s.sign(s.enterprise) }},
		"envelope's other consent key": {ErrEvidence, func(s *scene) {
			s.evidence.Envelope.Consent = publicKey(bank)
			s.sign(s.enterprise)
		}},
		"unsigned bit limit": {ErrEvidence, func(s *scene) { s.evidence.Envelope.BitLimit = 1 << 20 }},
		"unsigned reply key": {ErrEvidence, func(s *scene) { s.evidence.Envelope.ReplyKey = []byte("bank") }},
		"public terms widened": {ErrEvidence, func(s *scene) {
			s.public.Terms.Uses = 1000
			s.public.Sign(s.consentKey)
		}},
		"public tag of another enterprise": {ErrEvidence, func(s *scene) {
			other := engine.Identifier{Kind: engine.USCC, Text: otherCode}.Subject()
			s.public.Tag = Tag(other, s.evidence.Envelope.Nonce1, s.evidence.Envelope.Nonce2)
			s.public.Sign(s.consentKey)
		}},
		"public entry copied under another key": {ErrEvidence, func(s *scene) { s.public.Sign(bank) }},
	} {
		s := newScene(t)
		c.spoil(s)
		id, evidence, err := s.check()
		refused(t, name, err, c.sentinel)
		if evidence != nil || id != (engine.Identifier{}) {
			t.Errorf("%s: an enterprise comes with the error", name)
		}
	}
}

func TestHoldersAccept(t *testing.T) {
	for name, arrange := range map[string]func(*scene){
		"as given":                   func(*scene) {},
		"in the first second":        func(s *scene) { s.evidence.Certificate.From = at.Unix(); s.certify(t, s.registrar) },
		"in the last second":         func(s *scene) { s.evidence.Certificate.To = at.Unix(); s.certify(t, s.registrar) },
		"other certificates revoked": func(s *scene) { s.authority.Revoked = s.revoked(t, 76, 78) },
		"the same key was seen before": func(s *scene) {
			s.authority.Known = func(engine.Subject) (Key, bool) { return publicKey(s.enterprise), true }
		},
		"another enterprise was seen": func(s *scene) {
			s.authority.Known = func(engine.Subject) (Key, bool) { return Key{1}, false }
		},
		"with reply key and bit limit": func(s *scene) {
			s.evidence.Envelope.ReplyKey, s.evidence.Envelope.BitLimit = make([]byte, 1216), 60
			s.sign(s.enterprise)
		},
	} {
		s := newScene(t)
		arrange(s)
		id, evidence, err := s.check()
		if err != nil || id != (engine.Identifier{Kind: engine.USCC, Text: testCode}) || !reflect.DeepEqual(*evidence, s.evidence) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKnownIsAskedAboutTheSubject(t *testing.T) {
	s := newScene(t)
	var asked []engine.Subject
	s.authority.Known = func(subject engine.Subject) (Key, bool) {
		asked = append(asked, subject)
		return Key{}, false
	}
	if _, _, err := s.check(); err != nil {
		t.Fatal(err)
	}
	if want := (engine.Identifier{Kind: engine.USCC, Text: testCode}).Subject(); len(asked) != 1 || asked[0] != want {
		t.Errorf("asked about %x", asked)
	}
}

func TestEveryFlippedByteOfEvidenceIsRefused(t *testing.T) {
	s := newScene(t)
	flips(s.given.Evidence, func(name string, spoiled []byte) {
		_, _, err := s.authority.Check(spoiled, &s.public, at)
		if !errors.Is(err, ErrEvidence) && !errors.Is(err, ErrCertificate) {
			t.Fatalf("%s: %v", name, err)
		}
		discreet(t, name, err)
	})
}

// What an enterprise adds is in the envelope, under EK's signature, and nothing of it is public.
func TestGiveWithOptions(t *testing.T) {
	s := newScene(t)
	options := Options{ReplyKey: bytes.Repeat([]byte{0xab}, 1216), BitLimit: 77}
	given, err := Give(s.evidence.Certificate, s.enterprise, testTerms(), options, canonical.Stream(nil, "options"))
	if err != nil {
		t.Fatal(err)
	}
	public, err := OpenPublic(given.Public, testChain)
	if err != nil {
		t.Fatal(err)
	}
	_, evidence, err := s.authority.Check(given.Evidence, public, at)
	if err != nil || !bytes.Equal(evidence.Envelope.ReplyKey, options.ReplyKey) || evidence.Envelope.BitLimit != options.BitLimit {
		t.Fatalf("%v", err)
	}
	if key, err := ReplyKeyOf(given.Evidence); err != nil || !bytes.Equal(key, options.ReplyKey) {
		t.Errorf("reply key: %v", err)
	}
	if key, err := ReplyKeyOf(s.given.Evidence); err != nil || len(key) != 0 {
		t.Errorf("no reply key: %d bytes, %v", len(key), err)
	}
	if bytes.Contains(given.Public, options.ReplyKey[:32]) {
		t.Error("the reply key is public")
	}
	spoiled := bytes.Replace(given.Evidence, options.ReplyKey, bytes.Repeat([]byte{0xac}, 1216), 1)
	if _, _, err := s.authority.Check(spoiled, public, at); !errors.Is(err, ErrEvidence) {
		t.Errorf("another reply key in its place: %v", err)
	}
}

func TestKeyOf(t *testing.T) {
	s := newScene(t)
	if key, err := KeyOf(s.given.Evidence); err != nil || key != publicKey(s.consentKey) {
		t.Errorf("%x, %v", key, err)
	}
	for name, b := range map[string][]byte{"empty": nil, "public half": s.given.Public, "too long": make([]byte, maxMessage+1)} {
		key, err := KeyOf(b)
		refused(t, name, err, ErrEvidence)
		if key != (Key{}) {
			t.Errorf("%s: a key comes with the error", name)
		}
		if reply, err := ReplyKeyOf(b); !errors.Is(err, ErrEvidence) || reply != nil {
			t.Errorf("%s: reply key: %v", name, err)
		}
	}
}

func TestGiveRefuses(t *testing.T) {
	s := newScene(t)
	random := func() io.Reader { return canonical.Stream(nil, "random") }
	terms := testTerms()
	terms.Uses = 0
	_, err := Give(s.evidence.Certificate, s.enterprise, terms, Options{}, random())
	refused(t, "terms", err, ErrTerms)
	wrong := s.evidence.Certificate
	wrong.Identifier = "nobody"
	_, err = Give(wrong, s.enterprise, testTerms(), Options{}, random())
	refused(t, "identifier", err, engine.ErrIdentifier)
	broken := errors.New("no randomness")
	_, err = Give(s.evidence.Certificate, s.enterprise, testTerms(), Options{}, iotest.ErrReader(broken))
	refused(t, "broken source", err, broken)
	_, err = Give(s.evidence.Certificate, s.enterprise, testTerms(), Options{}, bytes.NewReader(make([]byte, ed25519.SeedSize+2*31-1)))
	refused(t, "dry source", err, io.ErrUnexpectedEOF)
}

// Two consents of one enterprise share nothing public but the terms.
func TestConsentsAreNotLinked(t *testing.T) {
	s := newScene(t)
	random := canonical.Stream(nil, "random")
	rapid.Check(t, func(t *rapid.T) {
		again, err := Give(s.evidence.Certificate, s.enterprise, testTerms(), Options{}, random)
		if err != nil {
			t.Fatal(err)
		}
		public, err := OpenPublic(again.Public, testChain)
		if err != nil {
			t.Fatal(err)
		}
		if public.Key == s.public.Key || public.Tag == s.public.Tag || bytes.Equal(public.Signature, s.public.Signature) {
			t.Fatal("two consents share a key, a tag or a signature")
		}
		subject := engine.Identifier{Kind: engine.USCC, Text: testCode}.Subject()
		ek := publicKey(s.enterprise)
		for _, secret := range [][]byte{[]byte(testCode), subject[:], ek[:], []byte(hex.EncodeToString(subject[:]))} {
			if bytes.Contains(again.Public, secret) {
				t.Fatal("the public half tells the enterprise")
			}
		}
		if _, _, err := s.authority.Check(again.Evidence, public, at); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.authority.Check(again.Evidence, &s.public, at); !errors.Is(err, ErrEvidence) {
			t.Fatalf("evidence for another consent of the same enterprise: %v", err)
		}
	})
}
