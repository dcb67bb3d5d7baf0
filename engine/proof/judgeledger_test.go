package proof_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"weir/bench/synthetic"
	"weir/circuits"
	"weir/circuits/contribution"
	"weir/circuits/keycache"
	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/inquiry"
	"weir/engine/internal/partytest"
	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/period"
	"weir/engine/proof"
	"weir/ledger/contract"
	"weir/ledger/contract/models"
	"weir/ledger/contract/tasks"
)

// claimed is what a tasks contract asks about true contributions to one slice, with their proofs.
type claimed struct {
	keys       *keycache.Keys
	table      models.Table
	statements []tasks.ContributionStatement
	proofs     [][]byte
}

const claims = 3

var contributions = sync.OnceValues(func() (*claimed, error) {
	dir, err := keycache.DefaultDir()
	if err != nil {
		return nil, err
	}
	loaded, err := keycache.Open(dir, nil).Keys(context.Background(), circuits.Contribution, contribution.Compile)
	if err != nil {
		return nil, err
	}
	slice, err := synthetic.Seed(5).Slice()
	if err != nil {
		return nil, err
	}
	answers, err := synthetic.Seed(5).Answers(context.Background(), slice)
	if err != nil {
		return nil, err
	}
	prover, err := contribution.NewProver(loaded, &slice.Table)
	if err != nil {
		return nil, err
	}
	c := &claimed{keys: loaded, table: models.Table{Digest: engine.Digest{1}, Slice: model.Slice{Edges: slice.Table.Edges, Map: slice.Table.Map}}}
	for k, w := range slice.Table.W {
		c.table.W[k] = w.Encode()
	}
	for i := range claims {
		s, w := answers.Answer(i)
		p, err := prover.Prove(s, w)
		if err != nil {
			return nil, err
		}
		statement := tasks.ContributionStatement{Table: canonical.Encode(c.table), Root: s.Root, Tag: s.Tag, C: s.C.Encode()}
		copy(statement.Context[:], s.Context[1:])
		c.statements, c.proofs = append(c.statements, statement), append(c.proofs, p)
	}
	return c, nil
})

// provenClaims are true claims and a judge made from the verifying key's bytes alone.
func provenClaims(t *testing.T) (*claimed, *proof.Judge, []contract.Claim) {
	t.Helper()
	c, err := contributions()
	if err != nil {
		t.Fatal(err)
	}
	key, err := circuits.EncodeVerifyingKey(c.keys.VerifyingKey())
	if err != nil {
		t.Fatal(err)
	}
	judge, err := proof.NewJudge(proof.Registry{circuits.Contribution: c.keys.ID}, map[circuits.Name][]byte{circuits.Contribution: key})
	if err != nil {
		t.Fatal(err)
	}
	var list []contract.Claim
	for i := range claims {
		list = append(list, contract.Claim{Circuit: c.keys.ID, Statement: canonical.Encode(c.statements[i]), Proof: c.proofs[i]})
	}
	return c, judge, list
}

func TestJudgeAcceptsContributions(t *testing.T) {
	_, judge, list := provenClaims(t)
	var group sync.WaitGroup
	for _, claim := range slices.Concat(list, list) {
		group.Go(func() {
			if err := judge.Verify(claim.Circuit, claim.Statement, claim.Proof); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for i, err := range judge.VerifyBatch(list) {
		if err != nil {
			t.Errorf("claim %d: %v", i, err)
		}
	}
	if verdicts := judge.VerifyBatch(nil); len(verdicts) != 0 {
		t.Error(verdicts)
	}
}

// Nothing that the contract says of a commit can be another, and the proof can be no other's.
func TestJudgeRefusesForgedContributions(t *testing.T) {
	c, judge, list := provenClaims(t)
	for name, forge := range map[string]func(s *tasks.ContributionStatement, table *models.Table){
		"root": func(s *tasks.ContributionStatement, _ *models.Table) { s.Root[20] ^= 1 },
		"root above the modulus": func(s *tasks.ContributionStatement, _ *models.Table) {
			s.Root = [32]byte(bytes.Repeat([]byte{255}, 32))
		},
		"tag":                          func(s *tasks.ContributionStatement, _ *models.Table) { s.Tag[20] ^= 1 },
		"context":                      func(s *tasks.ContributionStatement, _ *models.Table) { s.Context[0] ^= 1 },
		"another's commitment":         func(s *tasks.ContributionStatement, _ *models.Table) { s.C = c.statements[1].C },
		"commitment that is no point":  func(s *tasks.ContributionStatement, _ *models.Table) { s.C[3] ^= 1 },
		"an edge":                      func(_ *tasks.ContributionStatement, t *models.Table) { t.Slice.Edges[3][6]++ },
		"the map":                      func(_ *tasks.ContributionStatement, t *models.Table) { t.Slice.Map[31] = 0 },
		"two points swapped":           func(_ *tasks.ContributionStatement, t *models.Table) { t.W[8], t.W[9] = t.W[9], t.W[8] },
		"edges out of order":           func(_ *tasks.ContributionStatement, t *models.Table) { t.Slice.Edges[3][6] = 0 },
		"a feature that there is not":  func(_ *tasks.ContributionStatement, t *models.Table) { t.Slice.Map[0] = 32 },
		"a point of no table":          func(_ *tasks.ContributionStatement, t *models.Table) { t.W[7][0] ^= 1 },
		"a table that is none":         func(s *tasks.ContributionStatement, _ *models.Table) { s.Table = []byte("table") },
		"a table longer than any":      func(s *tasks.ContributionStatement, _ *models.Table) { s.Table = make([]byte, 16<<10+1) },
		"a statement longer than any":  func(s *tasks.ContributionStatement, _ *models.Table) { s.Table = make([]byte, 1<<20) },
		"same digest, another content": func(_ *tasks.ContributionStatement, t *models.Table) { t.W[0] = t.W[100] },
	} {
		s, table := c.statements[0], c.table
		forge(&s, &table)
		if bytes.Equal(s.Table, c.statements[0].Table) {
			s.Table = canonical.Encode(table)
		}
		if err := judge.Verify(c.keys.ID, canonical.Encode(s), c.proofs[0]); !errors.Is(err, message.ErrUnproven) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := judge.Verify(c.keys.ID, list[0].Statement, list[0].Proof); err != nil {
		t.Errorf("the true table after the false ones of its digest: %v", err)
	}
}

func TestJudgeRefusesForgedProofs(t *testing.T) {
	_, judge, list := provenClaims(t)
	good := list[0]
	for name, p := range map[string][]byte{
		"none": nil, "another's": list[1].Proof, "truncated": good.Proof[:195], "extended": append(bytes.Clone(good.Proof), 0),
		"two commitments": changed(good.Proof, 131, 3), "four billion commitments": changed(good.Proof, 128, 255), "a bit of A": changed(good.Proof, 20, 1),
		"a bit of the last point": changed(good.Proof, 195, 1), "zeros": make([]byte, 196),
	} {
		if err := judge.Verify(good.Circuit, good.Statement, p); !errors.Is(err, message.ErrUnproven) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := judge.Verify(engine.Digest{}, good.Statement, good.Proof); !errors.Is(err, proof.ErrKeys) {
		t.Errorf("a circuit that nobody registered: %v", err)
	}
	if err := judge.Verify(good.Circuit, append(bytes.Clone(good.Statement), 0), good.Proof); !errors.Is(err, message.ErrUnproven) {
		t.Errorf("a second encoding of the statement: %v", err)
	}
}

func changed(b []byte, at int, by byte) []byte {
	b = bytes.Clone(b)
	b[at] ^= by
	return b
}

// In a batch each claim has its own verdict, wherever the false ones stand.
func TestJudgeNamesTheFalseOnesOfABatch(t *testing.T) {
	_, judge, list := provenClaims(t)
	for bad := range 1 << claims {
		batch := slices.Clone(list)
		for i := range batch {
			if bad>>i&1 == 1 {
				batch[i].Proof = list[(i+1)%claims].Proof
			}
		}
		batch = append(batch, contract.Claim{Circuit: list[0].Circuit, Statement: []byte{1}, Proof: list[0].Proof})
		for i, err := range judge.VerifyBatch(batch) {
			if want := i == claims || bad>>i&1 == 1; (err != nil) != want {
				t.Errorf("of %b claim %d: %v", bad, i, err)
			}
		}
	}
}

// A judge forgets the tables asked for long ago, and folds them again.
func TestJudgeForgetsTables(t *testing.T) {
	c, judge, list := provenClaims(t)
	for i := range 70 {
		s := c.statements[0]
		s.Table = fmt.Appendf(nil, "table %d", i)
		if err := judge.Verify(c.keys.ID, canonical.Encode(s), c.proofs[0]); err == nil {
			t.Error("no table, and accepted")
		}
	}
	if err := judge.Verify(list[0].Circuit, list[0].Statement, list[0].Proof); err != nil {
		t.Error(err)
	}
}

func TestJudgeTakesRegisteredKeysAlone(t *testing.T) {
	c, _, _ := provenClaims(t)
	key, err := circuits.EncodeVerifyingKey(c.keys.VerifyingKey())
	if err != nil {
		t.Fatal(err)
	}
	contribution := func(b []byte) map[circuits.Name][]byte { return map[circuits.Name][]byte{circuits.Contribution: b} }
	for name, keys := range map[string]map[circuits.Name][]byte{
		"empty": contribution(nil), "truncated": contribution(key[:len(key)-1]), "extended": contribution(append(bytes.Clone(key), 0)),
		"a count of four billion": contribution(changed(key, 32*2+64*2+32+64, 255)), "too long": contribution(make([]byte, 1<<20)),
		"of a circuit that is not registered": {circuits.Accusation: key},
	} {
		if _, err := proof.NewJudge(proof.Registry{circuits.Contribution: c.keys.ID}, keys); !errors.Is(err, circuits.ErrVerifyingKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	twice := proof.Registry{circuits.Contribution: c.keys.ID, circuits.Accusation: c.keys.ID}
	if _, err := proof.NewJudge(twice, map[circuits.Name][]byte{circuits.Contribution: key, circuits.Accusation: key}); !errors.Is(err, proof.ErrKeys) {
		t.Errorf("one key for two circuits: %v", err)
	}
}

// asked is the statement that the tasks contract makes of an accusation.
func (w *wrongful) asked(a *inquiry.Accusation) *tasks.AccusationStatement {
	sealed := w.Sealing.Sealed
	return &tasks.AccusationStatement{Label: a.Label, Accused: a.Accused, Model: sealed.ModelDigest, Seed: sealed.Seed,
		ResponseDigest: w.commit.Commit.Response, Response: a.Response, B: a.B, C: w.commit.Commit.C,
		Pairs: period.SumCommitments(a.Accused, w.commit.Masks).Encode()}
}

func TestJudgeOfAccusations(t *testing.T) {
	proving(t)
	w := cheated(t)
	a, err := w.accuse()
	if err != nil {
		t.Fatal(err)
	}
	circuit, _ := registered(circuits.Accusation)
	judge := keys().NewJudge()
	if err := judge.Verify(circuit, canonical.Encode(w.asked(a)), a.Proof); err != nil {
		t.Fatalf("a true accusation: %v", err)
	}
	for name, forge := range map[string]func(s *tasks.AccusationStatement){
		"label": func(s *tasks.AccusationStatement) { s.Label[0] ^= 1 }, "accused": func(s *tasks.AccusationStatement) { s.Accused = w.Parties[1] },
		"model": func(s *tasks.AccusationStatement) { s.Model[0] ^= 1 }, "seed": func(s *tasks.AccusationStatement) { s.Seed[0] ^= 1 },
		"digest":       func(s *tasks.AccusationStatement) { s.ResponseDigest[0] ^= 1 },
		"response":     func(s *tasks.AccusationStatement) { s.Response = changed(s.Response, 5000, 1) },
		"no response":  func(s *tasks.AccusationStatement) { s.Response = nil },
		"key":          func(s *tasks.AccusationStatement) { s.B = changed(s.B, 5000, 1) },
		"short key":    func(s *tasks.AccusationStatement) { s.B = s.B[:100] },
		"commitment":   func(s *tasks.AccusationStatement) { s.C = s.Pairs },
		"pairs":        func(s *tasks.AccusationStatement) { s.Pairs = s.C },
		"no point":     func(s *tasks.AccusationStatement) { s.Pairs[3] ^= 1 },
		"no point (C)": func(s *tasks.AccusationStatement) { s.C[3] ^= 1 },
	} {
		s := w.asked(a)
		forge(s)
		// A relabelled response file is malformed for the new label only where its digest was committed to: it was not.
		if s.Label != w.commit.Commit.Label || s.Accused != w.commit.Party {
			s.Response = partytest.ResponseFile(s.Label, s.Accused, partytest.Encoded(w.response))
			s.ResponseDigest = inquiry.ResponseDigest(s.Response)
		}
		if err := judge.Verify(circuit, canonical.Encode(s), a.Proof); !errors.Is(err, message.ErrUnproven) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, p := range map[string][]byte{"none": {}, "truncated": a.Proof[:227], "Z": changed(a.Proof, 3, 1), "a bit": changed(a.Proof, 60, 1)} {
		if err := judge.Verify(circuit, canonical.Encode(w.asked(a)), p); !errors.Is(err, message.ErrUnproven) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := judge.Verify(circuit, make([]byte, 1<<20), a.Proof); !errors.Is(err, message.ErrUnproven) {
		t.Errorf("a statement longer than any: %v", err)
	}
}

// A coefficient out of its bounds convicts without a proof; a key of the bank's that is out of bounds does not.
func TestJudgeOfMalformedResponses(t *testing.T) {
	w := cheated(t)
	circuit, _ := registered(circuits.Accusation)
	encoded := partytest.Encoded(w.response)
	copy(encoded[len(encoded)-17:], bytes.Repeat([]byte{0xff}, 17))
	file := partytest.ResponseFile(w.commit.Commit.Label, w.commit.Party, encoded)
	commit := *w.commit.Commit
	commit.Response = inquiry.ResponseDigest(file)
	w.commit = w.Answer(commit, file).Commit
	s := w.asked(&inquiry.Accusation{Label: commit.Label, Accused: commit.Party, Response: file, B: w.Sealing.PublicKey()})
	judge := keys().NewJudge()
	if err := judge.Verify(circuit, canonical.Encode(s), nil); err != nil {
		t.Errorf("malformed response: %v", err)
	}
	s.B = bytes.Repeat([]byte{255}, len(s.B))
	if err := judge.Verify(circuit, canonical.Encode(s), nil); !errors.Is(err, message.ErrUnproven) {
		t.Errorf("malformed key: %v", err)
	}
}

func registered(name circuits.Name) (engine.Digest, bool) {
	for _, c := range keys().Registered() {
		if c.Name == string(name) {
			return c.ID, true
		}
	}
	return engine.Digest{}, false
}
