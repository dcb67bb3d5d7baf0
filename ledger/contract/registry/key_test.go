package registry_test

import (
	"crypto/rand"
	"errors"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/governance"
	"weir/ledger/contract/internal/scoringtest"
	"weir/ledger/contract/registry"
	"weir/ledger/contract/scoring"
	"weir/ledger/ledgertest"
	"weir/ledger/machine"
)

func rotation(name engine.Name, key string) registry.Rotation {
	return registry.Rotation{Key: ledgertest.Public(key), Possession: registry.Possess(scoringtest.Chain, name, ledgertest.Key(key))}
}

func TestRotationsRefused(t *testing.T) {
	found := scoringtest.Found(t)
	const clause = "the new key signs for the account"
	for name, c := range map[string]struct {
		body   any
		code   ledger.Code
		clause string
	}{
		"no signature":         {registry.Rotation{Key: ledgertest.Public("new"), Possession: []byte{}}, ledger.CodeUnproven, clause},
		"signed by the old":    {registry.Rotation{Key: ledgertest.Public("new"), Possession: registry.Possess(scoringtest.Chain, "tax", ledgertest.Key("tax"))}, ledger.CodeUnproven, clause},
		"for another account":  {rotation("bank", "new"), ledger.CodeUnproven, clause},
		"to its own key":       {rotation("tax", "tax"), ledger.CodeConflict, "a key speaks for one account, once"},
		"to another's key":     {rotation("tax", "bank"), ledger.CodeConflict, "a key speaks for one account, once"},
		"to a key of no order": {registry.Rotation{Possession: make([]byte, 64)}, ledger.CodeMalformed, "a key is a point of large order"},
		"to no point":          {registry.Rotation{Key: [32]byte{2}, Possession: make([]byte, 64)}, ledger.CodeMalformed, "a key is a point of large order"},
	} {
		t.Run(name, func(t *testing.T) {
			scoringtest.Refused(t, found.Fork().Send(t, "tax", registry.KindRotate, c.body), c.code, c.clause)
		})
	}
	scoringtest.Refused(t, found.Fork().Send(t, "tax", registry.KindRevoke, registry.Revocation{Key: ledgertest.Public("bank")}), ledger.CodeConflict,
		"the key that speaks so far is revoked")
}

// A thief with the old key, which signs until the block ends, undoes nothing.
func TestOneChangeInABlock(t *testing.T) {
	const once = "an account changes its key once in a block"
	w := scoringtest.Found(t)
	w.OK(t, "tax", registry.KindRotate, rotation("tax", "new"))
	scoringtest.Refused(t, w.Send(t, "tax", registry.KindRotate, rotation("tax", "thief")), ledger.CodeConflict, once)
	scoringtest.Refused(t, w.Send(t, "tax", registry.KindRevoke, registry.Revocation{Key: ledgertest.Public("new")}), ledger.CodeConflict, once)
	w.OK(t, "bank", registry.KindRevoke, registry.Revocation{Key: ledgertest.Public("bank")})
	scoringtest.Refused(t, w.Send(t, "bank", registry.KindRotate, rotation("bank", "thief")), ledger.CodeConflict, once)
	w.Later(1)
	scoringtest.Refused(t, w.Send(t, "tax", registry.KindRotate, rotation("tax", "tax")), ledger.CodeConflict, "a key speaks for one account, once")
	w.OK(t, "tax", registry.KindRotate, rotation("tax", "newer"))
}

// Whoever reads may not decide, nor may another contract's question.
func TestOnlyVotesAdmit(t *testing.T) {
	w := scoringtest.Found(t)
	for answer, what := range map[string]any{"admit": registry.Admission{Possession: []byte{}}, "stand": registry.Standing{Account: "tax"}, "rekey": registry.Recovery{Possession: []byte{}}} {
		w.AskRefused(t, registry.Name, answer, []any{what, true}, ledger.CodeUnauthorised)
	}
}

func TestKeysAreListedByPages(t *testing.T) {
	w := scoringtest.Found(t)
	for i := range 300 {
		w.OK(t, "tax", registry.KindRotate, rotation("tax", string(rune('a'+i))))
		w.Later(1)
	}
	var all, page []registry.Span
	for after := uint32(0); ; after = uint32(len(all)) {
		w.Ask(t, registry.Name, "keys", registry.KeysOf{Account: "tax", After: after}, &page)
		if all = append(all, page...); len(page) == 0 {
			break
		}
	}
	if len(all) != 301 || all[0].Cause != registry.KeyFounded || all[300].Key != ledgertest.Public(string(rune('a'+299))) {
		t.Errorf("%d spans", len(all))
	}
	for i := range all {
		var s registry.Span
		w.Ask(t, registry.Name, "key-at", registry.At{Account: "tax", Height: all[i].From}, &s)
		if s.Key != all[i].Key {
			t.Errorf("span %d begins at %d", i, all[i].From)
		}
	}
}

// chain is a scoring ledger with signatures and blocks.
type chain struct {
	*machine.Machine
	next map[string]uint64
}

func begin(t *testing.T) (*chain, machine.Config) {
	t.Helper()
	set, err := scoring.Contracts(scoringtest.Rules(t))
	if err != nil {
		t.Fatal(err)
	}
	config := machine.Config{Store: new(ledgertest.Memory), Contracts: set, Random: rand.Reader}
	m, err := machine.Found(config, machine.Founding{Chain: scoringtest.Chain, Time: ledgertest.Began, Proposer: ledgertest.Sequencer, Document: scoringtest.Genesis().Encode()})
	if err != nil {
		t.Fatal(err)
	}
	return &chain{m, map[string]uint64{}}, config
}

// sign is the next transaction of an account, signed by a key.
func (c *chain) sign(account, key string, kind ledger.Kind, body any) *ledger.Tx {
	d := ledger.Draft{Chain: scoringtest.Chain, Kind: kind, Sender: ledger.Account(engine.Name(account)), Sequence: c.next[account], Expiry: 1 << 62, Body: canonical.Encode(body)}
	return d.Sign(ledgertest.Key(key))
}

// run makes a block of one transaction, which has to be applied.
func (c *chain) run(t *testing.T, account, key string, kind ledger.Kind, body any) *ledger.Result {
	t.Helper()
	o := ledgertest.Run(t, c.Machine, c.sign(account, key, kind, body))
	c.next[account]++
	return scoringtest.Taken(t, o.Results[0])
}

// refused tries to.
func (c *chain) refused(t *testing.T, account, key string, want error) {
	t.Helper()
	tx := c.sign(account, key, "propose", governance.Proposal{Body: []byte{}})
	if err := c.Check(tx); !errors.Is(err, want) {
		t.Errorf("%s by %s: %v, want %v", account, key, err, want)
	}
	if _, err := c.Execute(ledgertest.Propose(c.Machine, tx)); !errors.Is(err, want) {
		t.Errorf("%s by %s in a block: %v, want %v", account, key, err, want)
	}
}

// A26: a rotated, revoked or recovered key, and a suspended account, from the block after; what they signed before still
// verifies, by the key of its time; and all of it is replayed.
func TestKeysFromTheBlockAfter(t *testing.T) {
	c, config := begin(t)
	old := c.sign("tax", "tax", "propose", governance.Proposal{Body: []byte{}})
	if err := c.Check(old); err != nil {
		t.Fatal(err) // and its signature is remembered as one that holds
	}
	c.run(t, "tax", "tax", registry.KindRotate, rotation("tax", "tax 2"))
	c.refused(t, "tax", "tax", ledger.ErrSignature)
	first := c.run(t, "tax", "tax 2", registry.KindRotate, rotation("tax", "tax 3"))
	c.refused(t, "tax", "tax", ledger.ErrSignature)
	c.refused(t, "tax", "tax 2", ledger.ErrSignature)
	c.run(t, "tax", "tax 3", registry.KindRevoke, registry.Revocation{Key: ledgertest.Public("tax 3")})
	c.refused(t, "tax", "tax 3", ledger.ErrSender)

	until := c.Head().At().UnixMilli() + 3_600_000
	decide := func(action governance.Action, body any) {
		t.Helper()
		id := c.run(t, "bank", "bank", governance.KindPropose, governance.Proposal{Action: action, Body: canonical.Encode(body), Until: until}).Tx
		for _, voter := range []string{"power", "social", "supervisor"} {
			c.run(t, voter, voter, governance.KindVote, governance.Vote{Proposal: id, Accept: true})
		}
	}
	decide(governance.Recover, registry.Recovery{Account: "tax", Key: ledgertest.Public("tax 4"), Possession: rotation("tax", "tax 4").Possession})
	c.refused(t, "tax", "tax 3", ledger.ErrSignature)
	decide(governance.Admit, registry.Admission{Name: "new", Role: message.RoleBank, Key: ledgertest.Public("new"), Possession: rotation("new", "new").Possession})
	c.run(t, "new", "new", governance.KindPropose, governance.Proposal{Action: governance.Suspend, Body: canonical.Encode("bank2"), Until: until})
	decide(governance.Suspend, engine.Name("new"))
	c.refused(t, "new", "new", ledger.ErrSender)
	decide(governance.Lift, engine.Name("new"))
	c.run(t, "new", "new", registry.KindRotate, rotation("new", "new 2"))

	block, err := c.Block(first.Height)
	if err != nil {
		t.Fatal(err)
	}
	tx := block.Txs[0]
	for height, holds := range map[uint64]bool{first.Height - 1: false, first.Height: true, first.Height + 1: false} {
		b, err := c.Query(registry.Name, "key-at", canonical.Encode(registry.At{Account: "tax", Height: height}))
		var s registry.Span
		if err == nil {
			err = canonical.Decode(b, contract.MaxValue, &s)
		}
		claim := ledger.Signature{Key: s.Key, Digest: tx.ID(), Signature: tx.Signature}
		if err != nil || claim.Verify() != holds {
			t.Errorf("the key at %d: %+v, %v", height, s, err)
		}
	}
	config.Store = new(ledgertest.Memory)
	if again, err := machine.Replay(c.Machine, config); err != nil || again.Head().Digest() != c.Head().Digest() {
		t.Errorf("replay: %v", err)
	}
}
