package receipttest

import (
	"crypto/ed25519"
	"testing"

	"weir/engine/canonical"
	"weir/engine/receipt"
	"weir/ledger"
	"weir/ledger/ledgertest"
	"weir/ledger/merkle"
	"weir/ledger/proof"
)

// Forged is a receipt in the hands of a sequencer who writes what it likes: every transaction and every result may be
// changed, and Sign makes a ledger of them, with the trusted signature. Only other people's keys are not at hand, unless a
// test takes them.
type Forged struct {
	Receipt *receipt.Receipt
	Txs     [][]*ledger.Tx // by block
	Results [][]*ledger.Result
}

// Forge reads a receipt.
func Forge(t testing.TB, r *receipt.Receipt) *Forged {
	t.Helper()
	again, err := receipt.Decode(r.Encode()) // a deep copy
	if err != nil {
		t.Fatal(err)
	}
	f := &Forged{Receipt: again}
	for _, b := range again.Blocks {
		var txs []*ledger.Tx
		var results []*ledger.Result
		for _, e := range b.Entries {
			tx, err := ledger.DecodeTx(e.Tx)
			if err != nil {
				t.Fatal(err)
			}
			result, err := ledger.DecodeResult(e.Result)
			if err != nil {
				t.Fatal(err)
			}
			txs, results = append(txs, tx), append(results, result)
		}
		f.Txs, f.Results = append(f.Txs, txs), append(f.Results, results)
	}
	return f
}

// Find is where transaction n of a kind stands.
func (f *Forged) Find(kind ledger.Kind, n int) (block, index int) {
	for i := range f.Txs {
		for j := range f.Txs[i] {
			if f.Txs[i][j].Kind == kind {
				if n == 0 {
					return i, j
				}
				n--
			}
		}
	}
	panic("no such transaction: " + kind)
}

// Result is that of transaction n of a kind.
func (f *Forged) Result(kind ledger.Kind, n int) *ledger.Result {
	i, j := f.Find(kind, n)
	return f.Results[i][j]
}

// Drop takes transaction n of a kind away.
func (f *Forged) Drop(kind ledger.Kind, n int) {
	i, j := f.Find(kind, n)
	f.Txs[i] = append(f.Txs[i][:j:j], f.Txs[i][j+1:]...)
	f.Results[i] = append(f.Results[i][:j:j], f.Results[i][j+1:]...)
}

// Edit changes the body of transaction n of a kind and signs it with the sender's key.
func Edit[T any](f *Forged, kind ledger.Kind, n int, change func(body *T)) {
	i, j := f.Find(kind, n)
	draft := f.Txs[i][j].Draft
	body := new(T)
	if err := canonical.Decode(draft.Body, ledger.MaxTx, body); err != nil {
		panic(err)
	}
	change(body)
	draft.Body = canonical.Encode(body)
	f.Txs[i][j] = draft.Sign(keyOf(draft.Sender))
}

// Resend has another sender send transaction n of a kind, signed with a key.
func (f *Forged) Resend(kind ledger.Kind, n int, from ledger.Sender, key ed25519.PrivateKey) {
	i, j := f.Find(kind, n)
	draft := f.Txs[i][j].Draft
	draft.Sender = from
	f.Txs[i][j] = draft.Sign(key)
}

func keyOf(sender ledger.Sender) ed25519.PrivateKey {
	if name, account := sender.Account(); account {
		return ledgertest.Key(string(name))
	}
	return ledgertest.Key("consent")
}

// Sign makes a ledger of the transactions, block by block, and the receipt of it. Results are given their transactions
// and places.
func (f *Forged) Sign(t testing.TB) []byte {
	t.Helper()
	r := f.Receipt
	var headers [][]byte // by height; of blocks that the receipt does not show, something else
	var heights []int
	put := func(height uint64, header []byte) {
		for uint64(len(headers)) <= height {
			headers = append(headers, []byte("another block"))
		}
		headers[height] = header
	}
	for i := range r.Blocks {
		h := decodeHeader(t, r.Blocks[i].Header)
		f.writeBlock(i, h)
		r.Blocks[i].Header = h.Encode()
		put(h.Height, r.Blocks[i].Header)
		heights = append(heights, int(h.Height))
	}
	last := len(headers) - 1
	if r.Roll != nil {
		if at := int(decodeHeader(t, r.Roll.Header).Height); at != last {
			put(uint64(at), r.Roll.Header)
			last = at
		}
		r.Roll.Header = headers[last]
	}
	log := merkle.NewList(headers)
	for i := range r.Blocks {
		r.Blocks[i].LogPath = log.Path(heights[i])
	}
	if r.Roll != nil {
		r.Roll.LogPath = log.Path(last)
	}
	checkpoint, err := proof.SignCheckpoint(ledgertest.Origin, uint64(len(headers)), log.Root(), ledgertest.Signer(t))
	if err != nil {
		t.Fatal(err)
	}
	r.Checkpoint = checkpoint.Note
	return r.Encode()
}

func decodeHeader(t testing.TB, b []byte) *ledger.Header {
	t.Helper()
	h, err := ledger.DecodeHeader(b)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func (f *Forged) writeBlock(i int, h *ledger.Header) {
	var txs, results [][]byte
	for j, tx := range f.Txs[i] {
		result := f.Results[i][j]
		result.Tx, result.Height, result.Index, result.Of = tx.ID(), h.Height, uint32(j), uint32(len(f.Txs[i]))
		txs, results = append(txs, tx.Bytes()), append(results, result.Encode())
	}
	txTree, resultTree := merkle.NewList(txs), merkle.NewList(results)
	h.Txs, h.Results = txTree.Root(), resultTree.Root()
	entries := []receipt.Entry{}
	for j := range txs {
		entries = append(entries, receipt.Entry{Tx: txs[j], Result: results[j], TxPath: txTree.Path(j), ResultPath: resultTree.Path(j)})
	}
	f.Receipt.Blocks[i].Entries = entries
}
