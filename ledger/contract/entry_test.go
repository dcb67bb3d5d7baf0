package contract_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/ledgertest"
)

// A refusal may carry evidence against its sender into the result; what was emitted before it may not.
func TestEvidenceSurvivesARefusal(t *testing.T) {
	refuse := func(c *contract.Context, body []byte) error {
		c.Emit("lost", "", nil)
		c.Put("lost", nil)
		return contract.WithEvidence(contract.Refuse(ledger.CodeConflict, "there is one", "there are two"), "proof", "key", body)
	}
	set, err := contract.NewSet(&contract.Contract{Name: "c", Version: "1", Methods: []contract.Method{{Kind: "refuse", Run: refuse}},
		KeyOf: func(*contract.Context, engine.Name) ([32]byte, bool) { return [32]byte{}, true }})
	if err != nil {
		t.Fatal(err)
	}
	for body, events := range map[string]int{"short": 1, strings.Repeat("x", 1<<17): 0} {
		layer := contract.NewLayer(new(ledgertest.Memory))
		r, err := contract.Env{Set: set}.Apply(layer, ledgertest.Tx("alice", 0, "refuse", body))
		if err != nil {
			t.Fatal(err)
		}
		if r.Code != ledger.CodeConflict || len(r.Events) != events || layer.Len() != 1 { // the sender's count
			t.Errorf("%d bytes: %+v, %d keys", len(body), r, layer.Len())
		}
		if events == 1 && (r.Events[0].Kind != "proof" || string(r.Events[0].Data) != body) {
			t.Errorf("announced %+v", r.Events)
		}
		if _, err := ledger.DecodeResult(r2(r).Encode()); err != nil {
			t.Error(err)
		}
	}
	other := errors.New("no refusal")
	if got := contract.WithEvidence(other, "", "", nil); got != other || contract.WithEvidence(nil, "", "", nil) != nil {
		t.Errorf("%v", got)
	}
}

// r2 puts a result into a block of one.
func r2(r *ledger.Result) *ledger.Result {
	placed := *r
	placed.Of = 1
	placed.Clauses = slices.Clone(r.Clauses)
	return &placed
}

func TestSourceNeedsFiles(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a contract without its source")
		}
	}()
	contract.Source(fstest.MapFS{})
}
