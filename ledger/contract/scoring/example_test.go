package scoring_test

import (
	"fmt"

	"weir/ledger/contract/scoring"
	"weir/ledger/contract/tasks"
)

// Rules that name no log and no node could never settle a task.
func ExampleContracts() {
	_, err := scoring.Contracts(tasks.Rules{Commit: 60_000, Anchor: 60_000, Release: 60_000, Settle: 86_400_000})
	fmt.Println(err)
	// Output: contracts of a scoring ledger: rules of tasks refused: origin, a log key, a node, or enough witnesses are missing
}
