// Package tasks is the contract that takes a bank's request for one score through its phases to one named end: request,
// a proven commit of every party, complete, anchor, release, and settlement or accusation. It is for banks and holders,
// whose transactions it judges, and for whoever wants to know why a request ended as it did.
//
// It sees hiding commitments, digests and proofs; no score, record or opening. It has no timer: deadlines are block times,
// what they ended counts at once, and is written down by the next transaction that touches the task (Expire, by
// anybody). Protocol, sections 5a and 5b.
package tasks

import (
	"embed"
	"errors"
	"fmt"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/ledger/contract"
	"weir/ledger/contract/governance"
	"weir/ledger/proof"
)

//go:embed *.go
var source embed.FS

// Name is the contract's.
const Name = engine.Name("tasks")

// Rules are the ledger's parameters for tasks. They enter the digest of the contract's source: nodes with other rules
// have another contract set.
type Rules struct {
	_ struct{} `cbor:",toarray"`
	// How long each phase may last (governance.Windows), until a vote sets other windows.
	Commit, Anchor, Release, Settle int64
	// Origin is the name of the ledger's log in checkpoints; LogKeys sign them (C2SP signed-note keys).
	Origin  string
	LogKeys []string
	// WitnessKeys cosign checkpoints; an anchor needs Quorum of them.
	WitnessKeys []string
	Quorum      uint32
	// Nodes hold responses and sign storage receipts.
	Nodes []Node
}

// Node is somebody who runs a content store, with its Ed25519 key.
type Node struct {
	_    struct{} `cbor:",toarray"`
	Name engine.Name
	Key  [32]byte
}

// ErrRules is returned for rules under which no task could ever be settled.
var ErrRules = errors.New("rules of tasks refused")

// windows are those that count until a vote sets others.
func (r *Rules) windows() governance.Windows {
	return governance.Windows{Commit: r.Commit, Anchor: r.Anchor, Release: r.Release, Settle: r.Settle}
}

func (r *Rules) check() error {
	if err := r.windows().Check(); err != nil {
		return fmt.Errorf("%w: %w", ErrRules, err)
	}
	if r.Origin == "" || len(r.LogKeys) == 0 || len(r.Nodes) == 0 || int(r.Quorum) > len(r.WitnessKeys) {
		return fmt.Errorf("%w: origin, a log key, a node, or enough witnesses are missing", ErrRules)
	}
	for _, key := range append(append([]string{}, r.LogKeys...), r.WitnessKeys...) {
		if _, err := proof.NewVerifier(key); err != nil {
			return fmt.Errorf("%w: a key of the log or a witness is malformed", ErrRules)
		}
	}
	for _, n := range r.Nodes {
		if _, err := engine.ParseName(string(n.Name)); err != nil {
			return fmt.Errorf("%w: node: %w", ErrRules, err)
		}
	}
	return nil
}

// contractOf are the methods under one set of rules.
type contractOf struct{ rules Rules }

// New is the contract, version 1.0.0. Errors wrap ErrRules.
func New(rules Rules) (*contract.Contract, error) {
	if err := rules.check(); err != nil {
		return nil, err
	}
	k := &contractOf{rules: rules}
	return &contract.Contract{
		Name: Name, Version: "1.0.0", Source: canonical.Digest("weir/tasks/v1", []any{contract.Source(source), rules}),
		Methods: []contract.Method{
			{Kind: message.KindRequest, Run: k.request}, {Kind: message.KindRetry, Run: k.retry},
			{Kind: message.KindCommit, Run: k.commit}, {Kind: message.KindDeclined, Run: k.declined},
			{Kind: message.KindAnchor, Run: k.anchor}, {Kind: message.KindReleased, Run: k.released},
			{Kind: message.KindMissing, Run: k.missing}, {Kind: message.KindAnswer, Run: k.answer},
			{Kind: message.KindSettlement, Run: k.settlement}, {Kind: message.KindAccusation, Run: k.accusation},
			{Kind: message.KindExpire, Run: k.expire},
		},
		Answers: []contract.Answer{{Name: "task", Run: k.task}, {Name: "latest", Run: latest}, {Name: "uses", Run: k.uses}},
	}, nil
}
