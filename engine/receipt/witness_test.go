package receipt_test

import (
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"weir/engine/receipt"
	"weir/engine/receipt/receipttest"
	"weir/ledger/ledgertest"
	"weir/ledger/proof"
)

// A19: a checkpoint counts with as many cosignatures as the trust file asks for, all of witnesses that it names.
func TestWitnesses(t *testing.T) {
	s := receipttest.Settle(t, receipttest.Options{Holders: 2})
	r := s.Receipt(t)
	key, err := note.NewVerifier(s.Trust.CheckpointKeys[0])
	if err != nil {
		t.Fatal(err)
	}
	checkpoint, err := proof.OpenCheckpoint(r.Checkpoint, ledgertest.Origin, note.VerifierList(key))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"w1", "w2"} {
		w, err := proof.NewCosigner(name, ledgertest.Key(name))
		if err != nil {
			t.Fatal(err)
		}
		line, err := w.Cosign(checkpoint, time.Unix(1_795_000_000, 0))
		if err != nil {
			t.Fatal(err)
		}
		r.Checkpoint = append(r.Checkpoint, line...)
	}
	keys := []string{witnessKey(t, "w1"), witnessKey(t, "w2"), witnessKey(t, "w3")}
	for _, c := range []struct {
		named []string
		need  int
		fails receipt.Name
	}{
		{keys[:2], 0, ""}, {keys[:2], 2, ""}, {keys, 2, ""}, {keys, 3, "witnesses"},
		{keys[:1], 1, "checkpoint"}, // whoever does not know w2 cannot tell whether its line was changed
	} {
		trust := *s.Trust
		trust.Witnesses = proof.Witnesses{Need: c.need, Keys: c.named}
		report := receipt.Verify(r.Encode(), &trust, receipttest.Verifier)
		if failed := report.Failed(); (failed == nil) != (c.fails == "") || failed != nil && failed.Name != c.fails {
			t.Errorf("%d of %d: %+v", c.need, len(c.named), failed)
		}
	}
	trust := *s.Trust
	trust.Witnesses = proof.Witnesses{Need: 1, Keys: keys[:2]} // one line may be missing, none may be changed
	for at := range r.Checkpoint {
		bad := *r
		bad.Checkpoint = append([]byte{}, r.Checkpoint...)
		bad.Checkpoint[at] ^= 1
		if receipt.FirstFailed(bad.Encode(), &trust, receipttest.Verifier) == nil {
			t.Errorf("byte %d of the checkpoint: no check fails", at)
		}
	}
}
