package scoring_test

import (
	"crypto/rand"
	"errors"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/governance"
	"weir/ledger/contract/internal/scoringtest"
	"weir/ledger/contract/scoring"
	"weir/ledger/contract/tasks"
	"weir/ledger/ledgertest"
	"weir/ledger/machine"
)

// A27: members vote for another version of a contract. From its height on it judges, on every node that has it; one that
// has not stops there, and says what it lacks; and a node that has it judges the whole history again.
func TestMembersActivateAVersion(t *testing.T) {
	set, err := scoring.Contracts(scoringtest.Rules(t))
	if err != nil {
		t.Fatal(err)
	}
	next := laterTasks(t)
	config := machine.Config{Store: new(ledgertest.Memory), Contracts: set.Beside(next), Random: rand.Reader}
	m, err := machine.Found(config, machine.Founding{Chain: scoringtest.Chain, Time: ledgertest.Began, Proposer: ledgertest.Sequencer,
		Document: scoringtest.Genesis().Encode()})
	if err != nil {
		t.Fatal(err)
	}
	vote(t, m, contract.Activation{Name: tasks.Name, Version: next.Version, Source: next.Source, Height: 6})
	for m.Head().Height < 8 {
		ledgertest.Run(t, m)
	}
	for height := range m.Head().Height + 1 {
		h, err := m.Header(height)
		if err != nil {
			t.Fatal(err)
		}
		if (h.Contracts == set.Hash()) != (height < 6) {
			t.Errorf("block %d was judged by set %s", height, h.Contracts.Short())
		}
	}
	config.Store = new(ledgertest.Memory)
	if again, err := machine.Replay(m, config); err != nil || again.Head().Digest() != m.Head().Digest() {
		t.Errorf("replay: %v", err)
	}
	stopped := new(ledgertest.Memory)
	config.Store, config.Contracts = stopped, set
	_, err = machine.Replay(m, config)
	var lacking *contract.LackingError
	if head, _ := stopped.Head(); !errors.As(err, &lacking) || !errors.Is(err, ledger.ErrHalted) || lacking.Source != next.Source || head.Height != 5 {
		t.Errorf("without the version: %v", err)
	}
}

// laterTasks is tasks as a later release might have it.
func laterTasks(t *testing.T) *contract.Contract {
	t.Helper()
	rules := scoringtest.Rules(t)
	rules.Commit++
	next, err := tasks.New(rules)
	if err != nil {
		t.Fatal(err)
	}
	next.Version = "1.1.0"
	return next
}

// vote decides on an activation in two blocks.
func vote(t *testing.T, m *machine.Machine, a contract.Activation) {
	t.Helper()
	p := governance.Proposal{Action: governance.Activate, Body: canonical.Encode(a), Until: m.Head().At().UnixMilli() + 60_000}
	tx := func(from string, kind ledger.Kind, body any) *ledger.Tx {
		return ledgertest.Tx(from, 0, kind, string(canonical.Encode(body)))
	}
	proposal := tx("bank", governance.KindPropose, p)
	scoringtest.Taken(t, ledgertest.Run(t, m, proposal).Results[0])
	var votes []*ledger.Tx
	for _, voter := range []engine.Name{"power", "tax", "supervisor"} {
		votes = append(votes, tx(string(voter), governance.KindVote, governance.Vote{Proposal: proposal.ID(), Accept: true}))
	}
	for _, r := range ledgertest.Run(t, m, votes...).Results {
		scoringtest.Taken(t, r)
	}
}
