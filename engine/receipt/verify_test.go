package receipt_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"weir/circuits"
	"weir/circuits/contribution"
	"weir/circuits/keycache"
	"weir/engine"
	"weir/engine/proof"
	"weir/engine/receipt"
	"weir/engine/receipt/receipttest"
)

// names are all checks, in the order of reports.
var names = []receipt.Name{"format", "checkpoint", "witnesses", "chain", "founding", "inclusion", "results", "contracts", "accounts", "signatures", "keys",
	"consent", "request", "model", "approvals", "roots", "label", "contexts", "masks", "proofs", "released", "settlement", "opening"}

// mustVerify fails the test unless every check holds.
func mustVerify(t *testing.T, s *receipttest.Settled, r *receipt.Receipt, verifier receipt.NewVerifier) *receipt.Report {
	t.Helper()
	report := receipt.Verify(r.Encode(), s.Trust, verifier)
	var got []receipt.Name
	for _, c := range report.Checks {
		got = append(got, c.Name)
		if !c.OK || c.Why == "" {
			t.Errorf("%s: %v %q", c.Name, c.OK, c.Why)
		}
	}
	if !slices.Equal(got, names) || !report.Verified() {
		t.Fatalf("checks %q", got)
	}
	return report
}

func TestReceiptsVerify(t *testing.T) {
	for name, o := range map[string]receipttest.Options{"two holders": {Holders: 2}, "three": {Holders: 3}, "eight": {Holders: 8},
		"a later sealing": {Holders: 2, Reseal: true}, "a second attempt": {Holders: 2, Expire: true}} {
		t.Run(name, func(t *testing.T) {
			s := receipttest.Settle(t, o)
			r := s.Receipt(t)
			report := mustVerify(t, s, r, receipttest.Verifier)
			if score := report.Facts.Score; score == nil || *score != s.Opening.Sums[0] {
				t.Errorf("score %v, want %d", score, s.Opening.Sums[0])
			}
			closed := r.Close()
			report = mustVerify(t, s, closed, receipttest.Verifier)
			if report.Facts.Score != nil || report.Facts.Open || closed.Open() || !r.Open() || closed.Digest() != r.Digest() {
				t.Error("a closed receipt shows a score, or is another receipt")
			}
			if len(closed.Encode()) >= len(r.Encode())-40 {
				t.Error("the blinding is still there")
			}
		})
	}
}

// keys are the contribution circuit's of the user's cache.
var keys = sync.OnceValues(func() (*keycache.Keys, error) {
	dir, err := keycache.DefaultDir()
	if err != nil {
		return nil, err
	}
	return keycache.Open(dir, nil).Keys(context.Background(), circuits.Contribution, contribution.Compile)
})

// proven is a receipt of three holders with real proofs.
func proven(t testing.TB) *receipttest.Settled {
	t.Helper()
	k, err := keys()
	if err != nil {
		t.Fatal(err)
	}
	return receipttest.Settle(t, receipttest.Options{Holders: 3, Keys: k})
}

// With real proofs: a sample of bits of a receipt, and every bit of the proofs, fails a check.
func TestReceiptWithRealProofs(t *testing.T) {
	s := proven(t)
	r := s.Receipt(t)
	mustVerify(t, s, r, proof.ContributionJudge)
	b := r.Encode()
	if len(b) > 128<<10 {
		t.Errorf("%d bytes, want at most 128 KiB", len(b))
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		flip(t, s, b, random.IntN(len(b)), random.IntN(8), proof.ContributionJudge)
	}
}

// Every byte of a receipt is bound by a named check. Of the 512 commitments of the model, which are alike, a sixteenth of
// the bytes stands for all.
func TestEveryFlippedByteFailsACheck(t *testing.T) {
	s := receipttest.Settle(t, receipttest.Options{Holders: 2})
	r := s.Receipt(t)
	b := r.Encode()
	model := r.Blocks[2].Entries[0].Tx
	table := bytes.Index(b, model)
	step := 1
	if testing.Short() {
		step = 17
	}
	var group sync.WaitGroup
	for half := range 2 {
		group.Go(func() {
			for at := half * step; at < len(b); at += 2 * step {
				if at < table+1000 || at > table+len(model)-1000 || at/2%16 == 0 {
					flip(t, s, b, at, at/2%8, receipttest.Verifier)
				}
			}
		})
	}
	group.Wait()
	for bit := range 8 { // whatever is not hashed by the ledger: all bits
		for at := len(b) - 80; at < len(b); at++ {
			flip(t, s, b, at, bit, receipttest.Verifier)
		}
	}
}

// flip changes one bit: a check has to fail.
func flip(t *testing.T, s *receipttest.Settled, b []byte, at, bit int, verifier receipt.NewVerifier) {
	t.Helper()
	changed := bytes.Clone(b)
	changed[at] ^= 1 << bit
	if failed := receipt.FirstFailed(changed, s.Trust, verifier); failed == nil || failed.Why == "" {
		t.Errorf("byte %d of %d, bit %d: no check fails", at, len(b), bit)
	}
}

// The receipt of another time under another checkpoint is the same score: its digest changes, its content does not.
func TestReceiptsOfOneScoreUnderTwoCheckpoints(t *testing.T) {
	s := receipttest.Settle(t, receipttest.Options{Holders: 2})
	first := s.Receipt(t)
	s.Idle(t)
	second := s.Receipt(t)
	mustVerify(t, s, first, receipttest.Verifier)
	mustVerify(t, s, second, receipttest.Verifier)
	if bytes.Equal(first.Checkpoint, second.Checkpoint) {
		t.Error("one checkpoint")
	}
	mixed := *first
	mixed.Checkpoint = second.Checkpoint
	if failed := receipt.Verify(mixed.Encode(), s.Trust, receipttest.Verifier).Failed(); failed == nil || failed.Name != "inclusion" {
		t.Errorf("%+v", failed)
	}
	if first.Digest() == (engine.Digest{}) {
		t.Error("no digest")
	}
}
