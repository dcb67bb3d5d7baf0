package proof_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"weir/engine"
	"weir/ledger/ledgertest"
	"weir/ledger/proof"
)

var cosignedAt = time.Unix(1_679_315_147, 0)

func cosigner(t testing.TB, name string) (*proof.Cosigner, string) {
	t.Helper()
	c, err := proof.NewCosigner(name, ledgertest.Key(name))
	if err != nil {
		t.Fatal(err)
	}
	public := ledgertest.Public(name)
	key, err := proof.CosignatureKey(name, public[:])
	if err != nil {
		t.Fatal(err)
	}
	return c, key
}

func cosign(t testing.TB, c *proof.Checkpoint, name string) []byte {
	t.Helper()
	w, _ := cosigner(t, name)
	line, err := w.Cosign(c, cosignedAt)
	if err != nil {
		t.Fatal(err)
	}
	return line
}

func signed(t testing.TB, size uint64) *proof.Checkpoint {
	t.Helper()
	c, err := proof.SignCheckpoint(ledgertest.Origin, size, engine.Digest{1}, ledgertest.Signer(t))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The line, its key hash and the message are those of C2SP tlog-cosignature, put together here by hand.
func TestCosignatureIsTheStandard(t *testing.T) {
	c := signed(t, 7)
	line := string(cosign(t, c, "witness.example/w1"))
	public := ledgertest.Public("witness.example/w1")
	text, _, _ := strings.Cut(string(c.Note), "\n\n")
	message := "cosignature/v1\ntime 1679315147\n" + text + "\n"
	id := sha256.Sum256(append([]byte("witness.example/w1\n\x04"), public[:]...))
	raw := binary.BigEndian.AppendUint64(bytes.Clone(id[:4]), 1_679_315_147)
	raw = append(raw, ed25519.Sign(ledgertest.Key("witness.example/w1"), []byte(message))...)
	if want := "— witness.example/w1 " + base64.StdEncoding.EncodeToString(raw) + "\n"; line != want {
		t.Errorf("%s, want %s", line, want)
	}
	_, key := cosigner(t, "witness.example/w1")
	if want := fmt.Sprintf("witness.example/w1+%x+%s", id[:4], base64.StdEncoding.EncodeToString(append([]byte{4}, public[:]...))); key != want {
		t.Errorf("%s, want %s", key, want)
	}
}

// witnessed trusts the test log, and k of these witnesses.
func witnessed(t testing.TB, need int, names ...string) *proof.Trust {
	t.Helper()
	trust := ledgertest.Trust(t)
	trust.Witnesses.Need = need
	for _, name := range names {
		_, key := cosigner(t, name)
		trust.Witnesses.Keys = append(trust.Witnesses.Keys, key)
	}
	return trust
}

// A19: a checkpoint is final when the log and enough different trusted witnesses signed it.
func TestQuorum(t *testing.T) {
	c := signed(t, 7)
	two := witnessed(t, 2, "w1", "w2", "w3")
	lines := func(names ...string) []byte {
		b := bytes.Clone(c.Note)
		for _, name := range names {
			b = append(b, cosign(t, c, name)...)
		}
		return b
	}
	other := signed(t, 8)
	forged := append(bytes.Clone(c.Note), cosign(t, other, "w1")...)
	forged = append(forged, cosign(t, c, "w2")...)
	unsigned := bytes.Clone(c.Note[:bytes.Index(c.Note, []byte("\n\n"))+2])
	unsigned = append(append(unsigned, cosign(t, c, "w1")...), cosign(t, c, "w2")...)
	for name, k := range map[string]struct {
		note []byte
		want error
	}{
		"none":                   {lines(), proof.ErrNotFinal},
		"one":                    {lines("w2"), proof.ErrNotFinal},
		"one twice":              {lines("w2", "w2"), proof.ErrCheckpoint},
		"one and a stranger":     {lines("w2", "stranger"), proof.ErrNotFinal},
		"one over another":       {forged, proof.ErrCheckpoint},
		"two, not the log":       {unsigned, proof.ErrCheckpoint},
		"two":                    {lines("w1", "w3"), nil},
		"two among strangers":    {lines("stranger", "w3", "x", "w2"), nil},
		"all":                    {lines("w1", "w2", "w3"), nil},
		"a line that is none":    {append(lines("w1", "w2"), "— w3 !\n"...), proof.ErrCheckpoint},
		"cut":                    {lines("w1", "w2")[:len(lines("w1", "w2"))-2], proof.ErrCheckpoint},
		"line feeds in the end":  {append(lines("w1", "w2"), '\n'), proof.ErrCheckpoint},
		"more than 100 stranger": {append(lines("w1", "w2"), bytes.Repeat([]byte("— s AAAAAAA=\n"), 400)...), proof.ErrCheckpoint},
	} {
		got, err := two.Open(k.note)
		if !errors.Is(err, k.want) || (err == nil) != (k.want == nil) || err != nil && !errors.Is(err, proof.ErrCheckpoint) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && (len(got.Cosignatures) < 2 || !got.Cosignatures[0].Time.Equal(cosignedAt) || bytes.Contains(got.Note, []byte("stranger"))) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// Every byte of a cosignature counts towards the quorum.
func TestEveryByteOfACosignatureCounts(t *testing.T) {
	c := signed(t, 7)
	trust := witnessed(t, 1, "w1")
	b := append(bytes.Clone(c.Note), cosign(t, c, "w1")...)
	for i := range b {
		changed := bytes.Clone(b)
		changed[i] ^= 1
		if _, err := trust.Open(changed); err == nil {
			t.Errorf("byte %d: accepted", i)
		}
	}
}

// A quorum counts people, not names; a key that signs the log is no witness; nonsense is refused before it is used.
func TestTrustIsChecked(t *testing.T) {
	_, w1 := cosigner(t, "w1")
	public := ledgertest.Public("w1")
	alias, _ := proof.CosignatureKey("w1-again", public[:])
	asLog, _ := proof.VerifierKey("w1", public[:])
	for name, trust := range map[string]*proof.Trust{
		"out of reach":       witnessed(t, 2, "w1"),
		"negative":           witnessed(t, -1, "w1"),
		"one key, two names": {Witnesses: proof.Witnesses{Keys: []string{w1, alias}}},
		"a log's key":        {Witnesses: proof.Witnesses{Keys: []string{asLog}}},
		"a witness as log":   {CheckpointKeys: []string{w1}},
		"another hash":       {Witnesses: proof.Witnesses{Keys: []string{strings.Replace(w1, "+", "+0", 1)}}},
		"no key":             {Witnesses: proof.Witnesses{Keys: []string{"w1"}}},
	} {
		if err := trust.Check(); !errors.Is(err, proof.ErrTrust) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := witnessed(t, 2, "w1", "w2").Check(); err != nil {
		t.Error(err)
	}
}

// A node gathers cosignatures, and takes none that does not hold.
func TestCosignaturesAreGathered(t *testing.T) {
	c := signed(t, 7)
	trust := witnessed(t, 2, "w1", "w2")
	known := verifiers(t, append(trust.CheckpointKeys, trust.Witnesses.Keys...)...)
	both, err := c.With(known, cosign(t, c, "w1"), cosign(t, c, "w2"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := trust.Open(both.Note); err != nil || len(both.Cosignatures) != 2 {
		t.Errorf("%+v, %v", both, err)
	}
	for name, line := range map[string][]byte{"stranger": cosign(t, c, "w3"), "another checkpoint": cosign(t, signed(t, 8), "w1"), "nothing": []byte("\n")} {
		if _, err := c.With(known, line); !errors.Is(err, proof.ErrCheckpoint) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := both.With(known, cosign(t, c, "w1")); !errors.Is(err, proof.ErrCheckpoint) {
		t.Errorf("twice: %v", err)
	}
	w, _ := cosigner(t, "w1")
	if _, err := w.Cosign(c, time.Unix(-1, 0)); err == nil {
		t.Error("cosigned before 1970")
	}
}

// A bundle under a trust with witnesses needs their word too.
func TestBundleNeedsTheQuorum(t *testing.T) {
	m, txs := recorded(t)
	trust := witnessed(t, 1, "w1")
	b := bundle(t, m, txs[0].ID())
	if _, err := trust.Verify(b.Encode()); !errors.Is(err, proof.ErrNotFinal) {
		t.Errorf("without: %v", err)
	}
	c, err := ledgertest.Trust(t).Open(b.Checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	b.Checkpoint = append(b.Checkpoint, cosign(t, c, "w1")...)
	if _, err := trust.Verify(b.Encode()); err != nil {
		t.Error(err)
	}
	if shown, err := ledgertest.Trust(t).Verify(b.Encode()); err != nil || len(shown.Checkpoint.Cosignatures) != 0 {
		t.Errorf("a reader who does not know the witness: %v", err)
	}
}
