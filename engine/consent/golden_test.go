package consent

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"weir/engine/canonical"
	"weir/testdata/golden"
)

// The bytes that other programs must produce. A change here is a change of the protocol.
func TestEncodingsAreGolden(t *testing.T) {
	s := newScene(t)
	terms := testTerms()
	for name, c := range map[string]struct {
		got  any
		want string
	}{
		"terms": {&terms, goldenTerms}, "public": {s.public, goldenPublic}, "certificate": {s.evidence.Certificate, goldenCertificate},
		"envelope": {s.evidence.Envelope, goldenEnvelope},
	} {
		if got := hex.EncodeToString(canonical.Encode(c.got)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
	if want := sha256.Sum256(append([]byte("\x0dweir/terms/v1"), canonical.Encode(&terms)...)); terms.Digest() != want {
		t.Error("the digest of the terms is not H(weir/terms/v1, terms)")
	}
	signed := sha256.Sum256(append([]byte("\x0fweir/consent/v1"), canonical.Encode(s.evidence.Envelope)...))
	if !ed25519.Verify(s.enterprise.Public().(ed25519.PublicKey), signed[:], s.evidence.Signature) {
		t.Error("EK does not sign H(weir/consent/v1, env)")
	}
	tail := hex.EncodeToString(s.given.Evidence[len(s.given.Evidence)-ed25519.SignatureSize:])
	if want := "83" + goldenCertificate + goldenEnvelope + "5840" + tail; hex.EncodeToString(s.given.Evidence) != want {
		t.Error("evidence is not [certificate, envelope, signature]")
	}
	if tail != goldenSignature {
		t.Errorf("signature of the envelope: %s", tail)
	}
	if got := hex.EncodeToString(Revoke(testChain, s.consentKey)); got != goldenRevocation {
		t.Errorf("revocation: %s", got)
	}
}

// The sizes of what enterprises, registrar and holders exchange. Names enter: chain weir-test, unified social credit codes.
func TestWireSizesAreGolden(t *testing.T) {
	s, want := newScene(t), golden.WireSizes()
	id, _, err := s.check()
	if err != nil {
		t.Fatal(err)
	}
	for what, b := range map[string][]byte{
		"enrolment":           Enrol(testChain, id, s.enterprise),
		"certificate":         canonical.Encode(s.evidence.Certificate),
		"consent revocation":  Revoke(testChain, s.consentKey),
		"key change":          ChangeKey(testChain, id, Key{1}, Key{2}, at, s.registrar),
		"no revoked serials":  revokeSerials(t, 0, nil, s.registrar),
		"two revoked serials": revokeSerials(t, 1, []uint64{1, 2}, s.registrar),
	} {
		if len(b) != want[what] {
			t.Errorf("%s takes %d bytes, want %d", what, len(b), want[what])
		}
	}
}

// Made from the keys of newScene and the named stream "consent" under "weir/test".
const (
	goldenTerms = "886462616e6b73736d652d776f726b696e672d6361706974616c58200000000000000000000000000000000000000000000000000000000000000000" +
		"687072652d6c6f616e6573636f7265030a1a6aedc140"
	goldenPublic = "8569776569722d746573745820f70131d496ae7f1144e694cfaa2322561c291ebc85d37f26ad3c6edc7eab1c1b58202df260e38e3f4379d093592812" +
		"1042bf2093fda33eb4c2378d41953171adc672886462616e6b73736d652d776f726b696e672d6361706974616c582000000000000000000000000000" +
		"00000000000000000000000000000000000000687072652d6c6f616e6573636f7265030a1a6aedc1405840060f22de4c8efc3fefd6d26977648b694b" +
		"6f7e05bb314cd7f1567af54ce13ae62da72c37a5bc14cb574ba875586068428edca7ff4593ad7cfb17aa87556f4f04"
	goldenCertificate = "8869776569722d74657374184d6475736363723931343430333030373038343631313336545820e927b187badb73bbea6d9076347eb928094a18cb52" +
		"2504fa81212c240fc9e5761a6ac391401a6ccda340584096664704a993115877f06c389b6767328c73d6e707ecfebf049c45f6657573e469249268d8" +
		"5083ff10e44927e6e31dba5a656a4bee10bce2f9c342125120b40f"
	goldenEnvelope = "8969776569722d74657374647573636372393134343033303037303834363131333654581f520a49ead6d72df48beedaab8f7ae8f8e4353e1f7b3130" +
		"6c3c3fb99d60a39c581f3f8fa42660b445f42597170e6d294fe8856419b4fbd652760fdcabcb73d46c5820f70131d496ae7f1144e694cfaa2322561c" +
		"291ebc85d37f26ad3c6edc7eab1c1b582084731411d02e64b6127d6187620f5d635ba4c43484c035fe005b332c8ced421d4000"
	goldenSignature = "a3a127c42eeddf6e7a1c6561822a2b9b02d45c57aa171d96646df65f70903b3faf53b76a120555d03cf665659eb1540ca7f6d3118aa9a33278978df0" +
		"3be1f300"
	goldenRevocation = "8369776569722d746573745820f70131d496ae7f1144e694cfaa2322561c291ebc85d37f26ad3c6edc7eab1c1b5840c66fbc5659b8475994a00e420f" +
		"31025545a9a54f47df1cf6e19c9a68f6de22df0035c99965f9f4892bc68afa839b358951f19e7837d176f51fbc796e73b51402"
)
