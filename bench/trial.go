package bench

import (
	"context"
	"crypto/rand"

	"weir/bench/synthetic"
	"weir/circuits"
	"weir/circuits/accusation"
	"weir/circuits/contribution"
	"weir/circuits/keycache"
	"weir/circuits/model"
)

// trial is one circuit with its keys and something to prove.
type trial struct {
	inputs string // digest of what is proven
	proofs [][]byte
	// prepare has the first n statements ready, so that making them is not timed.
	prepare func(n int)
	making  func(i int) ([]byte, error)
	judge   func(i int, proof []byte) error
	// fold and items are of contributions only.
	fold  func() error
	items func(n int) []contribution.Item
}

// prove makes proof i; those before it have been made.
func (t *trial) prove(i int) error {
	proof, err := t.making(i)
	if err == nil {
		t.proofs = append(t.proofs[:i], proof)
	}
	return err
}

func (t *trial) verify(i int) error { return t.judge(i, t.proofs[i]) }

func (t *trial) batch(n int) error { return contribution.VerifyBatch(t.items(n)) }

func newTrial(ctx context.Context, name circuits.Name, seed synthetic.Seed, keys *keycache.Keys) (*trial, error) {
	slice, err := seed.Slice()
	if err != nil {
		return nil, err
	}
	switch name {
	case circuits.Contribution:
		return contributionTrial(ctx, seed, slice, keys)
	case circuits.Model:
		return modelTrial(slice, keys)
	}
	return accusationTrial(seed, slice, keys)
}

func modelTrial(slice *synthetic.Slice, keys *keycache.Keys) (*trial, error) {
	statement, witness, err := slice.Model()
	if err != nil {
		return nil, err
	}
	return &trial{inputs: slice.Digest().String(), prepare: func(int) {},
		making: func(int) ([]byte, error) { return model.Prove(keys, rand.Reader, statement, witness) },
		judge:  func(_ int, proof []byte) error { return model.Verify(keys.Verifying, statement, proof) }}, nil
}

func accusationTrial(seed synthetic.Seed, slice *synthetic.Slice, keys *keycache.Keys) (*trial, error) {
	statement, witness, digest, err := seed.Accusation(slice)
	if err != nil {
		return nil, err
	}
	return &trial{inputs: digest.String(), prepare: func(int) {},
		making: func(int) ([]byte, error) { return accusation.Prove(keys, rand.Reader, statement, witness) },
		judge:  func(_ int, proof []byte) error { return accusation.Verify(keys.Verifying, statement, proof) }}, nil
}

func contributionTrial(ctx context.Context, seed synthetic.Seed, slice *synthetic.Slice, keys *keycache.Keys) (*trial, error) {
	answers, err := seed.Answers(ctx, slice)
	if err != nil {
		return nil, err
	}
	prover, err := contribution.NewProver(keys, &slice.Table)
	if err != nil {
		return nil, err
	}
	folded, err := contribution.Fold(keys.Verifying, &slice.Table)
	if err != nil {
		return nil, err
	}
	var statements []*contribution.Statement
	var witnesses []*contribution.Witness
	t := &trial{inputs: answers.Digest().String()}
	t.prepare = func(n int) {
		for i := len(statements); i < n; i++ {
			statement, witness := answers.Answer(i)
			statements, witnesses = append(statements, statement), append(witnesses, witness)
		}
	}
	t.making = func(i int) ([]byte, error) { return prover.Prove(statements[i], witnesses[i]) }
	t.judge = func(i int, proof []byte) error { return folded.Verify(statements[i], proof) }
	t.fold = func() error {
		_, err := contribution.Fold(keys.Verifying, &slice.Table)
		return err
	}
	t.items = func(n int) (items []contribution.Item) {
		for i := range n {
			items = append(items, contribution.Item{Key: folded, Statement: statements[i], Proof: t.proofs[i]})
		}
		return items
	}
	return t, nil
}
