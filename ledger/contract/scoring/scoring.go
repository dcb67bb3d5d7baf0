// Package scoring joins the domain contracts into the set of a scoring ledger: who takes part, what holders committed to,
// what banks sealed, what enterprises allowed, the tasks that rest on all of it, and what members deposited as evidence beside it. It is for whoever runs a ledger or
// replays one.
package scoring

import (
	"fmt"

	"weir/ledger/contract"
	"weir/ledger/contract/board"
	"weir/ledger/contract/consents"
	"weir/ledger/contract/evidence"
	"weir/ledger/contract/governance"
	"weir/ledger/contract/models"
	"weir/ledger/contract/records"
	"weir/ledger/contract/registry"
	"weir/ledger/contract/tasks"
)

// Contracts is the set under the rules, with governance.DefaultRules for who decides.
func Contracts(rules tasks.Rules) (*contract.Set, error) {
	return Governed(rules, governance.DefaultRules())
}

// Governed is the set under the rules. The ledger's founding document is an encoded message.Genesis, and its chain must be
// the ledger's. Errors wrap tasks.ErrRules or governance.ErrRules.
func Governed(rules tasks.Rules, votes governance.Rules) (*contract.Set, error) {
	scheduler, err := tasks.New(rules)
	if err != nil {
		return nil, fmt.Errorf("contracts of a scoring ledger: %w", err)
	}
	members, err := governance.New(votes)
	if err != nil {
		return nil, fmt.Errorf("contracts of a scoring ledger: %w", err)
	}
	return contract.NewSet(board.New(), registry.New(), members, records.New(), models.New(), consents.New(), scheduler, evidence.New())
}
