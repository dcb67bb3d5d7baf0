package consortium

import (
	"bytes"
	"context"
	"io"

	"weir/engine"
	"weir/engine/inquiry"
	"weir/engine/internal/messagetest"
	"weir/engine/member"
	"weir/engine/message"
	"weir/ledger"
)

// lenient is a ledger that judges nothing and anchors nothing: on it the tests see what every party checks for itself. What
// the contracts refuse before is tested on the real one.
type lenient struct{ *messagetest.Ledger }

func newLenient(g *message.Genesis) sharedLedger { return lenient{messagetest.NewLedger(g)} }

func (lenient) close() error { return nil }

func (lenient) join(g *message.Genesis, l link, _ member.Memory) (*seat, error) {
	return &seat{members: g, ledger: l, finality: atOnce{}}, nil
}

func (l lenient) public(context.Context) (map[message.Kind]int64, error) {
	seen := map[message.Kind]int64{}
	for _, e := range l.Entries {
		seen[e.Kind] += int64(len(e.Tx))
	}
	for _, content := range l.Contents {
		seen[KindBlob] += int64(len(content))
	}
	return seen, nil
}

// atOnce takes every attempt for final.
type atOnce struct{}

func (atOnce) Final(context.Context, *inquiry.Attempt, map[engine.PartyID]*inquiry.Contributed) error {
	return nil
}

// board is the lenient ledger of a world.
func (w *world) board() *messagetest.Ledger { return w.network.ledger.(lenient).Ledger }

// post has a member post a body whatever it says, and gives its transaction.
func (w *world) post(ctx context.Context, signer engine.Name, kind message.Kind, body any) ([]byte, error) {
	l := w.link("liar")
	var sent []byte
	author := message.NewAuthor(recorder{l, &sent}, w.genesis.Chain, signer, w.keys[signer])
	_, err := author.Write(ctx, kind, body)
	return sent, err
}

// everything is all bytes of the ledger and of the content store.
func (w *world) everything() []byte {
	var all bytes.Buffer
	for _, e := range w.board().Entries {
		io.WriteString(&all, string(e.Kind)+e.Key+string(e.Sender))
		all.Write(e.Tx)
	}
	for _, blob := range w.board().Contents {
		all.Write(blob)
	}
	return all.Bytes()
}

// blobCount is how many contents the content store has.
func (w *world) blobCount() int { return len(w.board().Contents) }

// recorder keeps the last transaction that was submitted through a link.
type recorder struct {
	link
	sent *[]byte
}

func (r recorder) Submit(ctx context.Context, tx []byte) (*ledger.Result, error) {
	*r.sent = tx
	return r.link.Submit(ctx, tx)
}
