package consortium

import (
	"bytes"
	"crypto/sha256"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"weir/engine/consent"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/engine/pedersen"
	"weir/ledger"
)

// onLedger is a consortium of n holders on a real ledger, without proofs.
func onLedger(t *testing.T, n int) *world {
	t.Helper()
	o, c := options(t, n)
	o.shared, o.Folder = nil, t.TempDir()
	w := foundWith(t, o, c)
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// scored asks for a score and gives all transactions that came of it.
func (w *world) scored(t *testing.T, i int) []*ledger.Tx {
	t.Helper()
	from := w.chain.Head().Height
	if _, err := w.Ask(t.Context(), w.consented(t, enterprise(i))); err != nil {
		t.Fatal(err)
	}
	var txs []*ledger.Tx
	for height := from + 1; height <= w.chain.Head().Height; height++ {
		block, err := w.chain.Machine.Block(height)
		if err != nil {
			t.Fatal(err)
		}
		txs = append(txs, block.Txs...)
	}
	return txs
}

// A20: somebody with the whole public ledger, all identifiers, all bins and all scores runs his dictionary over it. Nothing
// that he can compute from a guess stands there: no name in any form, no tag without the nonces, no commitment without the
// blinding.
func TestDictionaryOverThePublicLedger(t *testing.T) {
	w := onLedger(t, 2)
	var public [][]byte
	for i := range 4 {
		for _, tx := range w.scored(t, i) {
			public = append(public, tx.Bytes())
		}
	}
	all := bytes.Join(public, nil)
	for i := range subjectCount {
		id := enterprise(i)
		subject, zero := id.Subject(), consent.Nonce{}
		tag := consent.Tag(subject, zero, zero)
		named, hashed := sha256.Sum256([]byte(id.Text)), sha256.Sum256(subject[:])
		for what, guess := range map[string][]byte{"name": []byte(id.Text), "subject": subject[:], "hash of the name": named[:], "hash of the subject": hashed[:], "tag without nonces": tag[:]} {
			if bytes.Contains(all, guess) {
				t.Errorf("%s of enterprise %d stands on the ledger", what, i)
			}
		}
	}
	for score := int64(-500); score < 1500; score++ {
		for g := range pedersen.Groups {
			var values [pedersen.Groups]int64
			values[g] = score
			if score == 0 {
				continue
			}
			if point := pedersen.CommitSmall(values, pedersen.Order()).Encode(); bytes.Contains(all, point[:]) {
				t.Errorf("a commitment to %d without blinding stands on the ledger", score)
			}
		}
	}
	w.commitsHideTheirRows(t)
}

// commitsHideTheirRows: C_i − Σ W_k over the true rows is not the identity: a guess of the bins cannot be checked.
func (w *world) commitsHideTheirRows(t *testing.T) {
	t.Helper()
	posts, err := w.link("reader").Find(t.Context(), message.KindCommit, "")
	if err != nil || len(posts) == 0 {
		t.Fatalf("%d commits, %v", len(posts), err)
	}
	sealing := w.sealedModel(t)
	for _, post := range posts {
		c, err := inquiry.OpenCommit(w.genesis, post)
		if err != nil {
			t.Fatal(err)
		}
		index, _ := sealing.SliceOf(c.Party)
		for i := range subjectCount {
			values, _ := w.sources[c.Party.Source()].Records.Values(enterprise(i).Subject())
			rest := c.C
			for _, k := range sealing.Version.Slices[index].Rows(values) {
				rest = rest.Sub(sealing.W[index][k])
			}
			if rest.IsIdentity() {
				t.Errorf("a commit of %s shows the bins of enterprise %d", c.Party, i)
			}
		}
	}
}

// A21: two consents of one enterprise share nothing in public that two enterprises' do not share as well.
func TestTwoConsentsOfOneEnterpriseAreNotLinked(t *testing.T) {
	w := onLedger(t, 2)
	first, again, other := strings256(t, w.scored(t, 7)), strings256(t, w.scored(t, 7)), strings256(t, w.scored(t, 8))
	shared, common := 0, 0
	for s := range first {
		if !again[s] {
			continue
		}
		shared++
		if other[s] {
			common++
		} else {
			t.Errorf("%x stands in both scores of one enterprise and not in that of another", s)
		}
	}
	if shared == 0 || common == 0 {
		t.Error("the scores share nothing at all, not even the model: the test shows nothing")
	}
}

// strings256 are all byte strings and texts of 8 bytes or more in the bodies and senders of transactions.
func strings256(t *testing.T, txs []*ledger.Tx) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case []byte:
			found[string(v)] = len(v) >= 8
		case string:
			found[v] = len(v) >= 8
		}
	}
	for _, tx := range txs {
		var body any
		if err := cbor.Unmarshal(tx.Body, &body); err != nil {
			t.Fatal(err)
		}
		walk(body)
		if _, bare := tx.Sender.Key(); bare {
			walk(string(tx.Sender))
		}
	}
	for s, long := range found {
		if !long {
			delete(found, s)
		}
	}
	return found
}

// What parties keep on disk, and the ledger, name no enterprise in the clear.
func TestFoldersNameNobody(t *testing.T) {
	w := onLedger(t, 2)
	w.scored(t, 9)
	name := []byte(subjectName(9))
	read := 0
	err := filepath.WalkDir(w.folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if bytes.Contains(content, name) {
			t.Errorf("%s names the enterprise", filepath.Base(path))
		}
		read += len(content)
		return err
	})
	if err != nil || read == 0 {
		t.Errorf("%d bytes read, %v", read, err)
	}
}

// A consent that was taken back, one that ran out, and one without a use left: the ledger itself refuses the request, and a
// retry needs an attempt that ended.
func TestTheLedgerRefusesRequests(t *testing.T) {
	w := onLedger(t, 2)
	id := enterprise(10)
	key := w.consented(t, id)
	if err := w.wallet(t, id).Revoke(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	used := w.consented(t, id)
	if _, err := w.Ask(t.Context(), used); err != nil {
		t.Fatal(err)
	}
	for name, k := range map[string]consent.Key{"taken back": key, "used up": used, "never given": {7}} {
		if _, err := w.bank.Request(t.Context(), w.model, k, consent.PreLoan); !IsRefusal(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	open := w.requested(t, w.consented(t, id))
	if err := w.bank.Retry(t.Context(), open, w.model); !IsRefusal(err) {
		t.Errorf("a retry of what has not ended: %v", err)
	}
}

// sealedModel is the model in use, as anybody reads it.
func (w *world) sealedModel(t *testing.T) *offer.Sealed {
	t.Helper()
	sealed, err := offer.FindPackage(t.Context(), w.genesis, w.link("reader"), w.model)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}
