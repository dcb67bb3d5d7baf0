package board_test

import (
	"slices"
	"testing"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/board"
	"weir/ledger/ledgertest"
)

// poster notes what it is sent: the body is the key.
func poster() *contract.Contract {
	return &contract.Contract{Name: "poster", Version: "1", KeyOf: func(*contract.Context, engine.Name) ([32]byte, bool) { return [32]byte{}, true },
		Methods: []contract.Method{{Kind: "post", Run: func(c *contract.Context, body []byte) error { return board.Note(c, "post", string(body)) }}},
		Answers: []contract.Answer{{Name: "find", Run: func(c *contract.Context, prefix []byte) ([]byte, error) {
			var found []board.Entry
			err := c.Ask(board.Name, "find", board.Place{Kind: "post", Key: string(prefix)}, &found)
			var txs []byte
			for i, e := range found {
				if i > 0 && found[i-1].Number >= e.Number {
					return nil, contract.Refuse(ledger.CodeInvariant, "entries are in order", "they are not")
				}
				txs = append(txs, e.Tx[:]...)
			}
			return txs, err
		}}}}
}

func TestEntriesAreFoundInOrderOncePerSender(t *testing.T) {
	set, err := contract.NewSet(board.New(), poster())
	if err != nil {
		t.Fatal(err)
	}
	env, state := contract.Env{Set: set}, contract.NewLayer(new(ledgertest.Memory))
	post := func(sender string, n uint64, key string) (engine.Digest, ledger.Code) {
		r, err := env.Apply(state, ledgertest.Tx(sender, n, "post", key))
		if err != nil {
			t.Fatal(err)
		}
		return r.Tx, r.Code
	}
	var want []engine.Digest
	for i, p := range [][2]string{{"bob", "k/2"}, {"alice", "k/2"}, {"alice", "k/1"}, {"bob", "l"}} {
		id, code := post(p[0], uint64(i), p[1])
		if code != ledger.CodeOK {
			t.Fatal(code)
		}
		want = append(want, id)
	}
	if _, code := post("bob", 9, "k/2"); code != ledger.CodeConflict {
		t.Errorf("a second entry of one sender: %s", code)
	}
	for prefix, ids := range map[string][]engine.Digest{"k/": want[:3], "k/2": want[:2], "": want, "m": nil} {
		var txs []byte
		for _, id := range ids {
			txs = append(txs, id[:]...)
		}
		got, err := env.Ask(state, "poster", "find", []byte(prefix))
		if err != nil || !slices.Equal(got, txs) {
			t.Errorf("%q: %x, %v; want %x", prefix, got, err, txs)
		}
	}
}
