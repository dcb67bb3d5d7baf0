package proof

import (
	"fmt"

	"weir/circuits"
	"weir/circuits/contribution"
	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/engine/pedersen"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/tasks"
)

// Judge is the ledger's verifier: it judges the statements that the tasks contract makes of commits and accusations, from
// verifying keys alone. It is a contract.Verifier, a function of its arguments, and safe for concurrent use.
type Judge struct {
	keys  map[engine.Digest]judged // by circuit id
	folds *folds
}

type judged struct {
	circuit circuits.Name
	key     *circuits.VerifyingKey
}

// NewJudge reads verifying keys, as gnark writes them compressed, each the one that the registry names for its circuit.
// Proofs of a circuit without a key are refused. Errors wrap ErrKeys or circuits.ErrVerifyingKey.
func NewJudge(registry Registry, keys map[circuits.Name][]byte) (*Judge, error) {
	j := &Judge{keys: map[engine.Digest]judged{}, folds: newFolds()}
	for _, name := range []circuits.Name{circuits.Contribution, circuits.Accusation} {
		b, given := keys[name]
		if !given {
			continue
		}
		key, err := circuits.DecodeVerifyingKey(b, registry[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if _, taken := j.keys[registry[name]]; taken {
			return nil, fmt.Errorf("%w: one key for two circuits", ErrKeys)
		}
		j.keys[registry[name]] = judged{name, key}
	}
	return j, nil
}

// ContributionJudge judges contributions alone, under the key with a circuit id: what a reader of a receipt needs.
func ContributionJudge(circuit engine.Digest, key []byte) (contract.Verifier, error) {
	return NewJudge(Registry{circuits.Contribution: circuit}, map[circuits.Name][]byte{circuits.Contribution: key})
}

// NewJudge is the judge under loaded keys.
func (k *Keys) NewJudge() *Judge {
	return &Judge{folds: newFolds(), keys: map[engine.Digest]judged{
		k.contribution.ID: {circuits.Contribution, k.contribution.VerifyingKey()},
		k.accusation.ID:   {circuits.Accusation, k.accusation.VerifyingKey()}}}
}

// Verify tells whether a proof holds for the encoded statement of a circuit: tasks.ContributionStatement or
// tasks.AccusationStatement. Errors wrap message.ErrUnproven, or ErrKeys for a circuit that the judge has no key of.
func (j *Judge) Verify(circuit engine.Digest, statement, proof []byte) error {
	return j.VerifyBatch([]contract.Claim{{Circuit: circuit, Statement: statement, Proof: proof}})[0]
}

// VerifyBatch judges each claim; verdict i is that of claim i and what Verify says of it. Contributions are judged by one
// equation, and by halves where it does not hold.
func (j *Judge) VerifyBatch(claims []contract.Claim) []error {
	verdicts := make([]error, len(claims))
	var items []contribution.Item
	var at []int // claim of each item
	for i := range claims {
		item, err := j.read(&claims[i])
		verdicts[i] = err
		if item != nil {
			items, at = append(items, *item), append(at, i)
		}
	}
	for k, err := range verdictsOf(items) {
		if err != nil {
			verdicts[at[k]] = fmt.Errorf("%w: contribution: %w", message.ErrUnproven, err)
		}
	}
	return verdicts
}

// verdictsOf are the verdicts of each item.
func verdictsOf(items []contribution.Item) []error {
	err := contribution.VerifyBatch(items)
	if err == nil || len(items) == 1 {
		verdicts := make([]error, len(items))
		if err != nil {
			verdicts[0] = err
		}
		return verdicts
	}
	half := len(items) / 2
	return append(verdictsOf(items[:half]), verdictsOf(items[half:])...)
}

// read judges a claim, but for the pairing of a contribution, which is the item.
func (j *Judge) read(c *contract.Claim) (*contribution.Item, error) {
	k, known := j.keys[c.Circuit]
	if !known {
		return nil, fmt.Errorf("%w: no key for circuit %s", ErrKeys, c.Circuit.Short())
	}
	if k.circuit == circuits.Accusation {
		return nil, judgeAccusation(c, k.key)
	}
	item, err := contributionItem(c, k.key, j.folds)
	if err != nil {
		return nil, fmt.Errorf("%w: contribution: %w", message.ErrUnproven, err)
	}
	return item, nil
}

// MaxContributionStatement bounds an encoded tasks.ContributionStatement, in bytes: a table and 200 bytes.
const MaxContributionStatement = maxTable + 1<<10

func contributionItem(c *contract.Claim, unfolded *circuits.VerifyingKey, folds *folds) (*contribution.Item, error) {
	if len(c.Proof) != circuits.ProofSize {
		return nil, fmt.Errorf("%w: %d bytes, want %d", circuits.ErrProof, len(c.Proof), circuits.ProofSize)
	}
	var s tasks.ContributionStatement
	if err := canonical.Decode(c.Statement, MaxContributionStatement, &s); err != nil {
		return nil, err
	}
	point, err := pedersen.DecodePoint(s.C[:])
	if err != nil {
		return nil, err
	}
	key, err := folds.fold(unfolded, s.Table)
	if err != nil {
		return nil, err
	}
	return &contribution.Item{Key: key, Proof: c.Proof,
		Statement: &contribution.Statement{Root: s.Root, Tag: s.Tag, Context: fieldBytes(s.Context), C: point}}, nil
}

func judgeAccusation(c *contract.Claim, key *circuits.VerifyingKey) error {
	var s tasks.AccusationStatement
	err := canonical.Decode(c.Statement, ledger.MaxTx, &s)
	if err == nil {
		err = verifyAccusation(key, &s, c.Proof)
	}
	if err != nil {
		return fmt.Errorf("%w: accusation: %w", message.ErrUnproven, err)
	}
	return nil
}

var _ contract.BatchVerifier = (*Judge)(nil)
