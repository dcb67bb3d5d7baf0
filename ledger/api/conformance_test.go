package api_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/board"
	"weir/ledger/ledgertest"
	"weir/ledger/merkle"
	"weir/ledger/node"
	"weir/ledger/proof"
)

// served is what node and client have in common.
type served interface {
	message.Ledger
	message.Log
	message.Blobs
	Wait(ctx context.Context, tx engine.Digest) (*ledger.Result, error)
	Result(ctx context.Context, tx engine.Digest) (*ledger.Result, error)
	Ask(ctx context.Context, name engine.Name, answer string, argument []byte) ([]byte, error)
	Blocks(ctx context.Context, from uint64) iter.Seq2[*ledger.Committed, error]
}

// A client gives what the node gives: the same suite runs against both.
func TestConformance(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) served{
		"node":   func(t *testing.T) served { return newWorld(t).node },
		"client": func(t *testing.T) served { return newWorld(t).serve(t) },
	} {
		for test, run := range map[string]func(*testing.T, served){
			"submit": testSubmit, "refusals": testRefusals, "find": testFind, "log": testLog, "state": testState, "contents": testContents, "ask": testAsk, "blocks": testBlocks,
		} {
			t.Run(name+"/"+test, func(t *testing.T) { run(t, open(t)) })
		}
	}
}

func post(account string, sequence uint64, body string) *ledger.Tx {
	return ledgertest.Tx(account, sequence, "post", body)
}

func submit(t *testing.T, s served, tx *ledger.Tx) *ledger.Result {
	t.Helper()
	r, err := s.Submit(t.Context(), tx.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func testSubmit(t *testing.T, s served) {
	tx := post("alice", 0, "a")
	if _, err := s.Result(t.Context(), tx.ID()); !errors.Is(err, message.ErrNotFound) {
		t.Errorf("result before it was submitted: %v", err)
	}
	first := submit(t, s, tx)
	again := submit(t, s, tx)
	waited, err := s.Wait(t.Context(), tx.ID())
	if err != nil {
		t.Fatal(err)
	}
	asked, err := s.Result(t.Context(), tx.ID())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*ledger.Result{again, waited, asked} {
		if !first.OK() || !bytes.Equal(r.Encode(), first.Encode()) {
			t.Errorf("%+v, want %+v", r, first)
		}
	}
	sequence, height, err := s.Next(t.Context(), "alice")
	if err != nil || sequence != 1 || height != first.Height {
		t.Errorf("next: %d at %d, %v", sequence, height, err)
	}
	if r := submit(t, s, post("alice", 1, "a")); r.Code != ledger.CodeConflict {
		t.Errorf("the same place again: %s", r.Code)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Wait(gone, engine.Digest{9}); !errors.Is(err, context.Canceled) {
		t.Errorf("wait with a context that ended: %v", err)
	}
}

func testRefusals(t *testing.T, s served) {
	submit(t, s, post("alice", 0, "a"))
	change := func(f func(*ledger.Draft)) *ledger.Tx {
		d := post("alice", 1, "b").Draft
		f(&d)
		return d.Sign(ledgertest.Key("alice"))
	}
	for want, tx := range map[error]*ledger.Tx{
		ledger.ErrSequence:  post("alice", 7, "x"),
		ledger.ErrSender:    post("mallory", 0, "x"),
		ledger.ErrChain:     change(func(d *ledger.Draft) { d.Chain = "other" }),
		ledger.ErrKind:      change(func(d *ledger.Draft) { d.Kind = "unknown" }),
		ledger.ErrExpired:   change(func(d *ledger.Draft) { d.Expiry = 0 }),
		ledger.ErrSignature: change(func(d *ledger.Draft) { d.Sender = "bob"; d.Sequence = 0 }),
	} {
		if _, err := s.Submit(t.Context(), tx.Bytes()); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	for _, b := range [][]byte{nil, {0x80}, make([]byte, ledger.MaxTx), make([]byte, ledger.MaxTx+1), make([]byte, 2*ledger.MaxTx)} {
		if _, err := s.Submit(t.Context(), b); !errors.Is(err, ledger.ErrTx) {
			t.Errorf("%d bytes: %v", len(b), err)
		}
	}
}

func testFind(t *testing.T, s served) {
	var want [][]byte
	for i := range 5 {
		tx := post("alice", uint64(i), fmt.Sprintf("p/%d", 9-i))
		submit(t, s, tx)
		want = append(want, tx.Bytes())
	}
	large := post("bob", 0, "q/1 "+string(make([]byte, ledger.MaxTx-400)))
	submit(t, s, large)
	for prefix, txs := range map[string][][]byte{"p/": want, "p/7": want[2:3], "": append(slices.Clone(want), large.Bytes()), "none": nil, "%&?=\x00ü": nil} {
		found, err := s.Find(t.Context(), "post", prefix)
		if err != nil || !slices.EqualFunc(found, txs, bytes.Equal) {
			t.Errorf("%q: %d found, %v; want %d", prefix, len(found), err, len(txs))
		}
	}
	if found, err := s.Find(t.Context(), "consent", ""); err != nil || len(found) != 0 {
		t.Errorf("another kind: %d, %v", len(found), err)
	}
}

func testLog(t *testing.T, s served) {
	if _, err := s.Checkpoint(t.Context()); !errors.Is(err, message.ErrNotFound) {
		t.Errorf("checkpoint before the first: %v", err)
	}
	follower, err := ledgertest.Trust(t).Follow(nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(3) {
		tx := post("alice", i, fmt.Sprint(i))
		submit(t, s, tx)
		checkpoint, err := s.Checkpoint(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		newest, err := proof.ReadCheckpoint(checkpoint)
		if err != nil {
			t.Fatal(err)
		}
		size := newest.Size
		var path []engine.Digest
		if last := follower.Last(); last != nil {
			if path, err = s.Consistency(t.Context(), last.Size, size); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := follower.Accept(checkpoint, path); err != nil {
			t.Error(err)
		}
		b, err := s.Bundle(t.Context(), tx.ID(), size)
		if err != nil {
			t.Fatal(err)
		}
		var bundle proof.Bundle
		if err := canonical.Decode(b, proof.MaxBundle, &bundle); err != nil {
			t.Fatal(err)
		}
		bundle.Checkpoint = checkpoint
		if shown, err := ledgertest.Trust(t).Verify(bundle.Encode()); err != nil || shown.Tx.ID() != tx.ID() {
			t.Errorf("bundle: %v", err)
		}
		header, path, err := s.Header(t.Context(), 0, size)
		if err != nil || merkle.CheckPath(follower.Last().Root, size, 0, header, path) != nil {
			t.Errorf("founding header: %v", err)
		}
	}
	if _, err := s.Bundle(t.Context(), engine.Digest{7}, 1); !errors.Is(err, message.ErrNotFound) {
		t.Errorf("bundle of nothing: %v", err)
	}
	if _, err := s.Consistency(t.Context(), 3, 99); err == nil {
		t.Error("consistency with a log that is not there")
	}
}

func testState(t *testing.T, s served) {
	submit(t, s, post("alice", 0, "here"))
	b, err := s.State(t.Context(), board.Name, []string{"count", "\xff nothing"})
	if err != nil {
		t.Fatal(err)
	}
	shown, err := ledgertest.Trust(t).VerifyState(b)
	if err != nil || len(shown.Entries) != 2 || shown.Entries[0].Standing != proof.Live || shown.Entries[1].Standing != proof.Absent {
		t.Errorf("%+v, %v", shown, err)
	}
	if shown.Header.Height+1 != shown.Checkpoint.Size {
		t.Errorf("the state of block %d under a checkpoint of %d", shown.Header.Height, shown.Checkpoint.Size)
	}
	for name, keys := range map[string][]string{"none": nil, "too many": make([]string, proof.MaxStateEntries+1)} {
		if _, err := s.State(t.Context(), board.Name, keys); err == nil {
			t.Errorf("%s: answered", name)
		}
	}
}

func testContents(t *testing.T, s served) {
	for _, n := range []int{1, 1000, node.MaxBlob} {
		content := bytes.Repeat([]byte{byte(n)}, n)
		digest := message.Blob(content)
		if _, err := s.Fetch(t.Context(), digest, n); !errors.Is(err, message.ErrNotFound) {
			t.Errorf("before it is stored: %v", err)
		}
		receipt, err := s.Store(t.Context(), digest, content)
		if err != nil {
			t.Fatal(err)
		}
		opened, err := proof.OpenStorageReceipt(receipt, "test", ledgertest.Public(string(nodeName)))
		if err != nil || opened.Content != digest || opened.Size != uint64(n) {
			t.Errorf("receipt: %+v, %v", opened, err)
		}
		if got, err := s.Fetch(t.Context(), digest, n); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%d bytes: %v", n, err)
		}
		if _, err := s.Fetch(t.Context(), digest, n-1); err == nil {
			t.Errorf("%d bytes above the reader's limit", n)
		}
	}
	if _, err := s.Store(t.Context(), engine.Digest{1}, []byte("x")); err == nil {
		t.Error("a content that its digest does not name")
	}
	large := make([]byte, node.MaxBlob+1)
	if _, err := s.Store(t.Context(), message.Blob(large), large); err == nil {
		t.Error("a content above the limit")
	}
}

func testAsk(t *testing.T, s served) {
	for _, argument := range [][]byte{[]byte("x"), bytes.Repeat([]byte("y"), 60<<10)} {
		if got, err := s.Ask(t.Context(), "posts", "echo", argument); err != nil || !bytes.Equal(got, argument) {
			t.Errorf("%d bytes: %v", len(argument), err)
		}
	}
	var refusal *contract.Refusal
	if _, err := s.Ask(t.Context(), "posts", "never", nil); !errors.As(err, &refusal) || refusal.Code != ledger.CodeUnknown || refusal.Why != "there is none" {
		t.Errorf("refusal: %v", err)
	}
	if _, err := s.Ask(t.Context(), "nobody", "echo", nil); err == nil {
		t.Error("a contract that is not there answers")
	}
}

func testBlocks(t *testing.T, s served) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	want := uint64(0)
	for block, err := range s.Blocks(ctx, 0) {
		if want == 4 {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("after the context ended: %v", err)
			}
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if block.Header.Height != want || len(block.Txs) != len(block.Results) || want > 0 && len(block.Txs) != 1 {
			t.Errorf("block %d with %d transactions, want %d", block.Header.Height, len(block.Txs), want)
		}
		if want++; want == 4 {
			cancel()
			continue
		}
		submit(t, s, post("alice", want-1, fmt.Sprint(want)))
	}
	for block, err := range s.Blocks(t.Context(), 2) {
		if err != nil || block.Header.Height != 2 {
			t.Errorf("from 2: %v", err)
		}
		break
	}
}

// More than a page holds comes in several, in order.
func TestFindByPages(t *testing.T) {
	w := newWorld(t)
	var want [][]byte
	for i := range uint64(300) {
		tx := post("alice", i, fmt.Sprintf("many/%d", i))
		submit(t, w.node, tx)
		want = append(want, tx.Bytes())
	}
	for i := range uint64(6) { // each a quarter of a page in bytes
		tx := post("bob", i, fmt.Sprintf("many/%d %s", i, bytes.Repeat([]byte("x"), 250_000)))
		submit(t, w.node, tx)
		want = append(want, tx.Bytes())
	}
	client := w.serve(t)
	same := func(found [][]byte, err error, want [][]byte) {
		t.Helper()
		if err != nil || len(found) != len(want) {
			t.Fatalf("%d found, %v; want %d", len(found), err, len(want))
		}
		for i := range want {
			if !bytes.Equal(found[i], want[i]) {
				t.Fatalf("entry %d is another one", i)
			}
		}
	}
	found, err := client.Find(t.Context(), "post", "many/")
	same(found, err, want)
	for _, board := range []message.Board{client, w.node} { // one gives pages, the other all at once
		for _, stop := range []int{1, 303, len(want)} { // on the first page, on a later one, at the end
			var each [][]byte
			err := message.FindEach(t.Context(), board, "post", "many/", func(tx []byte) bool {
				each = append(each, tx)
				return len(each) < stop
			})
			same(each, err, want[:stop])
		}
	}
}
