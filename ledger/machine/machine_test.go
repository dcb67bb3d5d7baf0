package machine_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/ledgertest"
	"weir/ledger/machine"
)

func tx(account string, sequence uint64, body string) *ledger.Tx {
	return ledgertest.Tx(account, sequence, "count/add", body)
}

func TestBlocksAreChained(t *testing.T) {
	m := ledgertest.Found(t, new(ledgertest.Memory))
	founding := m.Head()
	if founding.Height != 0 || founding.Previous != ledger.FoundingDigest(ledgertest.Document(ledgertest.Accounts...)) || !founding.At().Equal(ledgertest.Began) {
		t.Errorf("%+v", founding)
	}
	o := ledgertest.Run(t, m, tx("alice", 0, "apples 3"), tx("bob", 0, "apples 4"), tx("alice", 1, "apples 5000"))
	h := m.Head()
	if h != o.Header || h.Previous != founding.Digest() || h.Height != 1 || h.State == founding.State || h.Contracts != ledgertest.Counters(t).Hash() {
		t.Errorf("%+v", h)
	}
	if size, root := m.Tree(); size != 2 || root.IsZero() {
		t.Errorf("log of %d", size)
	}
	if got := ledgertest.Value(t, m, "apples"); got != "7" {
		t.Errorf("apples = %s", got)
	}
	for i, want := range []ledger.Code{ledger.CodeOK, ledger.CodeOK, ledger.CodeTerms} {
		r, err := m.Result(o.Txs[i].ID())
		if err != nil || r.Code != want || r.Index != uint32(i) || r.Of != 3 || r.Height != 1 {
			t.Errorf("result %d: %+v, %v", i, r, err)
		}
	}
	ledgertest.Run(t, m) // an empty block
	if next, err := m.Sequence("alice"); err != nil || next != 2 {
		t.Errorf("alice's next is %d, %v", next, err)
	}
}

// A17: what may not stand in a block, and why.
func TestInadmissible(t *testing.T) {
	m := ledgertest.Found(t, new(ledgertest.Memory))
	ledgertest.Run(t, m, tx("alice", 0, "apples 3"))
	change := func(signer string, f func(*ledger.Draft)) *ledger.Tx {
		d := ledger.Draft{Chain: "test", Kind: "count/add", Sender: "alice", Sequence: 1, Expiry: 2, Body: []byte("apples 1")}
		f(&d)
		return d.Sign(ledgertest.Key(signer))
	}
	for name, c := range map[string]struct {
		tx   *ledger.Tx
		want error
	}{
		"wrong chain":  {change("alice", func(d *ledger.Draft) { d.Chain = "tesu" }), ledger.ErrChain},
		"unknown kind": {change("alice", func(d *ledger.Draft) { d.Kind = "count/less" }), ledger.ErrKind},
		"kind not for bare keys": {change("alice", func(d *ledger.Draft) {
			d.Kind, d.Sender, d.Sequence = "count/retire", ledger.BareKey(ledgertest.Public("alice")), 0
		}), ledger.ErrKind},
		"unknown sender":                {change("mallory", func(d *ledger.Draft) { d.Sender, d.Sequence = "mallory", 0 }), ledger.ErrSender},
		"signed by another":             {change("bob", func(*ledger.Draft) {}), ledger.ErrSignature},
		"copied, with another's key":    {change("alice", func(d *ledger.Draft) { d.Sender, d.Sequence = "bob", 0 }), ledger.ErrSignature},
		"bare key, signed by another":   {change("bob", func(d *ledger.Draft) { d.Sender, d.Sequence = ledger.BareKey(ledgertest.Public("alice")), 0 }), ledger.ErrSignature},
		"expired":                       {change("alice", func(d *ledger.Draft) { d.Expiry = 1 }), ledger.ErrExpired},
		"gap":                           {change("alice", func(d *ledger.Draft) { d.Sequence = 2 }), ledger.ErrSequence},
		"last sequence number there is": {change("alice", func(d *ledger.Draft) { d.Sequence = 1<<64 - 1 }), ledger.ErrSequence},
		"sequence used by another tx":   {change("alice", func(d *ledger.Draft) { d.Sequence = 0 }), ledger.ErrSequence},
		"stands already":                {tx("alice", 0, "apples 3"), ledger.ErrKnown},
	} {
		if err := m.Check(c.tx); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		_, err := m.Execute(ledgertest.Propose(m, tx("carol", 0, "apples 1"), c.tx))
		var refused *ledger.TxError
		if !errors.As(err, &refused) || refused.Index != 1 || !errors.Is(err, c.want) {
			t.Errorf("%s in a block: %v", name, err)
		}
	}
	good := change("alice", func(*ledger.Draft) {})
	if err := m.Check(good); err != nil {
		t.Error(err)
	}
	var refused *ledger.TxError
	if _, err := m.Execute(ledgertest.Propose(m, good, tx("bob", 0, "x 1"), good)); !errors.As(err, &refused) || refused.Index != 2 || !errors.Is(err, ledger.ErrKnown) {
		t.Errorf("twice in a block: %v", err)
	}
}

func TestBareKeysHaveTheirOwnSequence(t *testing.T) {
	m := ledgertest.Found(t, new(ledgertest.Memory))
	sender := ledger.BareKey(ledgertest.Public("consent 1"))
	for n := range uint64(2) {
		d := ledger.Draft{Chain: "test", Kind: "count/add", Sender: sender, Sequence: n, Expiry: 9, Body: []byte("apples 1")}
		if o := ledgertest.Run(t, m, d.Sign(ledgertest.Key("consent 1"))); !o.Results[0].OK() {
			t.Errorf("%+v", o.Results[0])
		}
	}
}

// A26: a key that is replaced counts to the end of the block, and not a block longer.
func TestRotatedKey(t *testing.T) {
	m := ledgertest.Found(t, new(ledgertest.Memory))
	bob := ledgertest.Public("bob")
	rotate := ledgertest.Tx("alice", 0, "count/key", engine.Digest(bob).String())
	later := tx("alice", 2, "apples 1")
	if errs := m.VerifySignatures([]*ledger.Tx{later}); errs[0] != nil { // remembered under the old key
		t.Fatal(errs[0])
	}
	ledgertest.Run(t, m, rotate, tx("alice", 1, "apples 1"))
	if _, err := m.Execute(ledgertest.Propose(m, later)); !errors.Is(err, ledger.ErrSignature) {
		t.Errorf("old key: %v", err)
	}
	ledgertest.Run(t, m, later.Draft.Sign(ledgertest.Key("bob")))
}

func TestBlocksOutOfPlace(t *testing.T) {
	m := ledgertest.Found(t, new(ledgertest.Memory))
	good := func() *ledger.Block { return ledgertest.Propose(m, tx("alice", 0, "apples 3")) }
	for name, f := range map[string]func(*ledger.Block){
		"height behind": func(b *ledger.Block) { b.Height = 0 },
		"height ahead":  func(b *ledger.Block) { b.Height = 2 },
		"time standing": func(b *ledger.Block) { b.Time = m.Head().At() },
		"time back":     func(b *ledger.Block) { b.Time = m.Head().At().Add(-time.Hour) },
		"no proposer":   func(b *ledger.Block) { b.Proposer = "" },
		"too many": func(b *ledger.Block) {
			b.Txs = make([]*ledger.Tx, ledger.MaxBlockTxs+1)
			fillWith(b.Txs, tx("alice", 0, "x 1"))
		},
		"too many bytes": func(b *ledger.Block) {
			b.Txs = make([]*ledger.Tx, 5)
			fillWith(b.Txs, tx("alice", 0, string(make([]byte, 250<<10))))
		},
	} {
		b := good()
		f(b)
		if _, err := m.Execute(b); err == nil {
			t.Errorf("%s: executed", name)
		}
	}
	first, err := m.Execute(good())
	if err != nil {
		t.Fatal(err)
	}
	second, err := m.Execute(good())
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Commit(first, nil); err != nil {
		t.Fatal(err)
	}
	if err := m.Commit(second, nil); err == nil {
		t.Error("two outcomes of one height committed")
	}
}

func fillWith(txs []*ledger.Tx, tx *ledger.Tx) {
	for i := range txs {
		txs[i] = tx
	}
}

// A block that writes too much says how much of it fits; that much does fit.
func TestFullBlock(t *testing.T) {
	m := ledgertest.Found(t, new(ledgertest.Memory))
	var txs []*ledger.Tx
	for n := range uint64(4) {
		txs = append(txs, ledgertest.Tx("alice", n, "count/fill", "900"))
	}
	var full *ledger.FullError
	if _, err := m.Execute(ledgertest.Propose(m, txs...)); !errors.As(err, &full) || full.Fits < 1 || full.Fits > 3 {
		t.Fatalf("%v", err)
	}
	ledgertest.Run(t, m, txs[:full.Fits]...)
	ledgertest.Run(t, m, txs[full.Fits:]...)
}

func TestExecuteChangesNothing(t *testing.T) {
	store := new(ledgertest.Memory)
	m := ledgertest.Found(t, store)
	head := m.Head()
	first, err := m.Execute(ledgertest.Propose(m, tx("alice", 0, "apples 3")))
	if err != nil {
		t.Fatal(err)
	}
	again, err := m.Execute(ledgertest.Propose(m, tx("alice", 0, "apples 3")))
	if err != nil || again.Header.Digest() != first.Header.Digest() {
		t.Errorf("second time: %v", err)
	}
	if m.Head() != head || ledgertest.Value(t, m, "apples") != "" {
		t.Error("executing left a trace")
	}
	if _, err := m.Result(first.Txs[0].ID()); !errors.Is(err, machine.ErrNotFound) {
		t.Errorf("result: %v", err)
	}
}

func TestOpenTakesUpWhereItLeftOff(t *testing.T) {
	store := new(ledgertest.Memory)
	m := ledgertest.Found(t, store)
	ledgertest.Run(t, m, tx("alice", 0, "apples 3"))
	again, err := machine.Open(ledgertest.Config(t, store))
	if err != nil {
		t.Fatal(err)
	}
	if again.Head().Digest() != m.Head().Digest() || again.Chain() != "test" {
		t.Error("another head")
	}
	_, before := m.Tree()
	if _, root := again.Tree(); root != before {
		t.Error("another log")
	}
	ledgertest.Run(t, again, tx("alice", 1, "apples 4"))
	if got := ledgertest.Value(t, again, "apples"); got != "7" {
		t.Errorf("apples = %s", got)
	}
	if document, err := again.Founding(); err != nil || !bytes.Equal(document, ledgertest.Document(ledgertest.Accounts...)) {
		t.Errorf("founding document: %v", err)
	}
}

func TestFoundAndOpenRefuse(t *testing.T) {
	store := new(ledgertest.Memory)
	if _, err := machine.Open(ledgertest.Config(t, store)); err == nil {
		t.Error("opened an empty store")
	}
	config := ledgertest.Config(t, store)
	f := machine.Founding{Chain: "test", Time: ledgertest.Began, Proposer: "p", Document: []byte("no key\n")}
	var refusal *contract.Refusal
	if _, err := machine.Found(config, f); !errors.As(err, &refusal) {
		t.Errorf("malformed document: %v", err)
	}
	f.Document = make([]byte, machine.MaxFounding+1)
	if _, err := machine.Found(config, f); err == nil {
		t.Error("founded with a document too long")
	}
	if _, begun := store.Head(); begun {
		t.Error("a refused founding left blocks")
	}
	ledgertest.Found(t, store)
	if _, err := machine.Found(config, f); err == nil {
		t.Error("founded twice")
	}
	other, err := contract.NewSet(&contract.Contract{Name: "other", KeyOf: func(*contract.Context, engine.Name) ([32]byte, bool) { return [32]byte{}, false }})
	if err != nil {
		t.Fatal(err)
	}
	config.Contracts = other
	if _, err := machine.Open(config); err == nil || errors.Is(err, ledger.ErrDamaged) {
		t.Errorf("another contract set: %v", err)
	}
}
