// Package ballot is for the members who decide: what a proposal says in plain words, and which votes are still missing. It
// works on what the contracts answer, outside of them, and decides nothing.
package ballot

import (
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/governance"
	"weir/ledger/contract/registry"
)

// ErrProposal is returned for a proposal that this program cannot read: nobody should vote yes on it here.
var ErrProposal = errors.New("proposal not understood")

// Read is what a proposal's body says: a registry.Admission, registry.Recovery, contract.Activation,
// governance.PolicyChange, governance.WindowsChange, or an engine.Name of whom it suspends or lifts. Errors wrap ErrProposal.
func Read(p *governance.Proposal) (any, error) {
	switch p.Action {
	case governance.Admit:
		return read[registry.Admission](p)
	case governance.Suspend, governance.Lift:
		return read[engine.Name](p)
	case governance.Recover:
		return read[registry.Recovery](p)
	case governance.Activate:
		return read[contract.Activation](p)
	case governance.SetPolicy:
		return read[governance.PolicyChange](p)
	case governance.SetWindows:
		return read[governance.WindowsChange](p)
	}
	return nil, fmt.Errorf("%w: an action of another release", ErrProposal)
}

func read[T any](p *governance.Proposal) (any, error) {
	var what T
	if err := canonical.Decode(p.Body, ledger.MaxTx, &what); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProposal, err)
	}
	return what, nil
}

// Words are one sentence for the people who vote. Errors wrap ErrProposal.
func Words(p *governance.Proposal) (string, error) {
	what, err := Read(p)
	if err != nil {
		return "", err
	}
	switch w := what.(type) {
	case registry.Admission:
		return fmt.Sprintf("admit %q as a %s that signs with key %s", w.Name, w.Role, hex.EncodeToString(w.Key[:])), nil
	case registry.Recovery:
		return fmt.Sprintf("let %q sign with key %s from now on, in place of the key that it lost", w.Account, hex.EncodeToString(w.Key[:])), nil
	case contract.Activation:
		return fmt.Sprintf("from block %d on, let contract %s@%q with source %s judge transactions; a node without it stops there",
			w.Height, w.Name, w.Version, w.Source), nil
	case governance.PolicyChange:
		return fmt.Sprintf("from block %d on, register only models that tell at most %d bits, of at least %d characteristics, from at least %d holders",
			w.Height, w.Policy.MaxResolution, w.Policy.MinFeatures, w.Policy.MinHolders), nil
	case governance.WindowsChange:
		d := func(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }
		return fmt.Sprintf("from block %d on, give every new attempt %s to commit, %s to anchor, %s to release and %s to settle",
			w.Height, d(w.Windows.Commit), d(w.Windows.Anchor), d(w.Windows.Release), d(w.Windows.Settle)), nil
	}
	if p.Action == governance.Suspend {
		return fmt.Sprintf("suspend %q: nothing that it sends is taken until that is lifted", what), nil
	}
	return fmt.Sprintf("lift the suspension of %q", what), nil
}
