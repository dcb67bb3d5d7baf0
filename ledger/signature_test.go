package ledger_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	voi "github.com/oasisprotocol/curve25519-voi/primitives/ed25519"

	"weir/engine"
	"weir/ledger"
)

// shared finds a file of the open vectors beside the repository, or skips the test.
func shared(t *testing.T, name string) []byte {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; folder != filepath.Dir(folder); folder = filepath.Dir(folder) {
		if b, err := os.ReadFile(filepath.Join(folder, "shared", "vectors", name)); err == nil {
			return b
		}
	}
	t.Skipf("no ../shared/vectors/%s", name)
	return nil
}

// Our messages are digests, the vectors' are not: the same library call is judged with their messages.
func verify(key, message, signature []byte) (single, batch bool) {
	options := &voi.Options{Verify: voi.VerifyOptionsZIP_215}
	b := voi.NewBatchVerifier()
	b.AddWithOptions(key, message, signature, options)
	_, verdicts := b.Verify(rand.Reader)
	return voi.VerifyWithOptions(key, message, signature, options), verdicts[0]
}

// Of C2SP's edge cases, ZIP 215 takes all but those whose challenge was computed over a re-encoded point; where the key
// has small order, the challenge does not matter.
func TestEdgeVectors(t *testing.T) {
	var vectors []struct {
		Key, Sig, Msg string
		Flags         []string
	}
	if err := json.Unmarshal(shared(t, "crypto/ed25519-edge/ed25519vectors.json"), &vectors); err != nil {
		t.Fatal(err)
	}
	accepted := 0
	for i, v := range vectors {
		key, _ := hex.DecodeString(v.Key)
		sig, _ := hex.DecodeString(v.Sig)
		single, batch := verify(key, []byte(v.Msg), sig)
		if want := !slices.Contains(v.Flags, "reencoded_k") || slices.Contains(v.Flags, "low_order_A"); single != want || batch != want {
			t.Errorf("vector %d %v: single %v, batch %v, want %v", i, v.Flags, single, batch, want)
		}
		if single {
			accepted++
		}
	}
	if len(vectors) != 914 || accepted != 914-88 {
		t.Errorf("%d of %d accepted", accepted, len(vectors))
	}
}

func TestWycheproof(t *testing.T) {
	var file struct {
		TestGroups []struct {
			PublicKey struct{ Pk string }
			Tests     []struct {
				TcID             int
				Msg, Sig, Result string
			}
		}
	}
	if err := json.Unmarshal(shared(t, "crypto/wycheproof/ed25519_test.json"), &file); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, group := range file.TestGroups {
		key, _ := hex.DecodeString(group.PublicKey.Pk)
		for _, c := range group.Tests {
			msg, _ := hex.DecodeString(c.Msg)
			sig, _ := hex.DecodeString(c.Sig)
			single, batch := verify(key, msg, sig)
			want := c.Result == "valid" || c.TcID == 151 // R in another encoding: RFC 8032 refuses it, ZIP 215 does not
			if single != want || batch != want {
				t.Errorf("case %d: single %v, batch %v, want %v", c.TcID, single, batch, want)
			}
			n++
		}
	}
	if n < 100 {
		t.Errorf("only %d cases", n)
	}
}

// claims are good ones and bad ones of every sort, small-order keys and points among them.
func claims(t *testing.T) []ledger.Signature {
	var list []ledger.Signature
	for i := range 24 {
		seed := make([]byte, 32)
		seed[0] = byte(i % 5) // keys repeat
		key := ed25519.NewKeyFromSeed(seed)
		digest := engine.Digest{byte(i)}
		s := ledger.Signature{Key: [32]byte(key.Public().(ed25519.PublicKey)), Digest: digest, Signature: [64]byte(ed25519.Sign(key, digest[:]))}
		switch i % 8 {
		case 5:
			s.Digest[31] ^= 1
		case 6:
			s.Signature[i] ^= 0x40
		case 7:
			s.Key = [32]byte{0xff, 0xff, 0xff, byte(i)} // most are no point
		}
		list = append(list, s)
	}
	list = append(list, ledger.Signature{})                                                                   // y = 0: small order, S = 0
	list = append(list, ledger.Signature{Key: [32]byte{1}, Signature: [64]byte{1}, Digest: engine.Digest{1}}) // the neutral element
	list = append(list, ledger.Signature{Key: [32]byte{1}, Signature: [64]byte{0: 1, 63: 0xf0}})              // S too large
	return list
}

func TestBatchAgreesWithSingle(t *testing.T) {
	all := claims(t)
	var good []ledger.Signature
	for n := 0; n <= len(all); n++ { // every prefix: all good, then with bad ones
		for i, verdict := range ledger.VerifyBatch(rand.Reader, all[:n]) {
			if single := all[i].Verify(); verdict != single {
				t.Errorf("claim %d in a batch of %d: %v, alone %v", i, n, verdict, single)
			}
		}
	}
	for i := range all {
		if all[i].Verify() {
			good = append(good, all[i])
		}
	}
	if slices.Contains(ledger.VerifyBatch(rand.Reader, good), false) {
		t.Error("a batch of good ones has a bad one")
	}
	if len(good) < 15 || len(good) == len(all) {
		t.Errorf("%d of %d are good", len(good), len(all))
	}
	if !all[0].Verify() || all[5].Verify() || all[6].Verify() {
		t.Error("verdicts are the wrong way round")
	}
}
