package consortium

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"weir/circuits/keycache"
	"weir/engine"
	"weir/engine/holder"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/model/points"
	"weir/engine/proof"
	"weir/testdata/sample"
)

type quiet struct{}

func (quiet) Begin(string)              {}
func (quiet) Step(int, int)             {}
func (quiet) End(string, time.Duration) {}

// cachedKeys are those of the user's cache, which are made once on a machine.
func cachedKeys(t *testing.T) *proof.Keys {
	t.Helper()
	dir, err := keycache.DefaultDir()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := proof.Load(context.Background(), keycache.Open(dir, nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// provenConsortium is founded with real proofs.
func provenConsortium(t *testing.T) *Consortium {
	t.Helper()
	keys := cachedKeys(t)
	m, err := points.Parse(sample.Model(), sample.ModelFile)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	c, err := Found(t.Context(), Options{Data: sample.Records(), Model: m, Policy: model.DefaultPolicy(), Random: rand.Reader,
		Now: func() time.Time { return now }, Report: quiet{},
		Proofs: func(context.Context) (*proof.Keys, error) { return keys, nil }, Folder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// One consortium with real proofs: scores are exact and settled, every fraud of the demonstration is caught and named,
// and honest work goes on after the sealing that one of them spoiled was replaced.
func TestProofsAndFrauds(t *testing.T) {
	if testing.Short() {
		t.Skip("about half a minute of proving")
	}
	c := provenConsortium(t)
	id, err := engine.ParseIdentifier(engine.USCC, sample.UnknownToUtility)
	if err != nil {
		t.Fatal(err)
	}
	mustScore(t, c, id)
	if posts := find(t, c, message.KindSettlement); len(posts) != 1 {
		t.Fatalf("%d settlements for one score", len(posts))
	}
	checkSettlement(t, c)
	present, err := engine.ParseIdentifier(engine.USCC, sample.MissingValues)
	if err != nil {
		t.Fatal(err)
	}
	frauds, err := c.Frauds(t.Context(), present, func(int, int) {})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"another record": string(c.parties[0]), "false absence": string(c.parties[0]),
		"wrong ciphertext": string(c.parties[0]), "false accusation": string(BankName), "ill-formed model": string(BankName),
		"key b = 0": string(BankName)}
	for _, f := range frauds {
		if !f.Caught || f.Named != want[f.Fraud] {
			t.Errorf("%s: %+v", f.Fraud, f)
		}
		delete(want, f.Fraud)
	}
	if len(want) != 0 {
		t.Errorf("not tried: %v", want)
	}
	mustScore(t, c, present)
}

func mustScore(t *testing.T, c *Consortium, id engine.Identifier) {
	t.Helper()
	score, err := c.Score(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if !score.Equal {
		t.Fatal("the score differs from the plaintext model's")
	}
}

// find is all entries of a kind on the ledger.
func find(t *testing.T, c *Consortium, kind message.Kind) [][]byte {
	t.Helper()
	found, err := c.link("anybody").Find(t.Context(), kind, "")
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// checkSettlement reads the settlement on the board as anybody can, and moves it to where it does not belong.
func checkSettlement(t *testing.T, c *Consortium) {
	t.Helper()
	post := find(t, c, message.KindSettlement)[0]
	commits := map[engine.PartyID]*inquiry.Contributed{}
	var label engine.Digest
	for _, b := range find(t, c, message.KindCommit) {
		read, err := inquiry.OpenCommit(c.genesis, b)
		if err != nil {
			t.Fatal(err)
		}
		commits[read.Party], label = read, read.Commit.Label
	}
	if bank, err := inquiry.OpenSettlement(c.genesis, post, label, commits); err != nil || bank != BankName {
		t.Fatalf("settlement of %q: %v", bank, err)
	}
	if _, err := inquiry.OpenSettlement(c.genesis, post, engine.Digest{1}, commits); !errors.Is(err, message.ErrPost) {
		t.Errorf("settlement of another label: %v", err)
	}
	delete(commits, c.parties[1])
	if _, err := inquiry.OpenSettlement(c.genesis, post, label, commits); !errors.Is(err, message.ErrPost) {
		t.Errorf("settlement over other commits: %v", err)
	}
	if bytes.Contains(post, []byte("score")) {
		t.Error("the settlement speaks of a score")
	}
}

func TestOnlyAgentsWithProofsCanBeCorrupted(t *testing.T) {
	if err := new(holder.Agent).Corrupt(holder.AnotherRecord); !errors.Is(err, proof.ErrKeys) {
		t.Errorf("corrupted without proofs: %v", err)
	}
}
