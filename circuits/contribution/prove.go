package contribution

import (
	"fmt"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/frontend"

	"weir/circuits"
	"weir/circuits/prover"
)

// Prover proves contributions to one slice. It is safe for concurrent use.
type Prover struct {
	key   *prover.Key // with the slice's public inputs folded in
	table Table
	slice *slice
}

// NewProver prepares a slice, about 20 ms and 1 MB, once per sealing. The error wraps ErrKeys or ErrTable.
func NewProver(keys circuits.Keys, table *Table) (*Prover, error) {
	if keys.System().GetNbPublicVariables() != 1+foldedInputs+dynamicInputs {
		return nil, ErrKeys
	}
	slice, err := table.preprocess()
	if err != nil {
		return nil, err
	}
	key, err := prover.New(keys)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeys, err)
	}
	if key, err = key.Fold(slice.vector()); err != nil {
		return nil, err
	}
	return &Prover{key: key, table: *table, slice: slice}, nil
}

// Prove gives a proof of circuits.ProofSize bytes that the witness makes the statement true for the prover's slice. The
// relation is first checked natively, so that an error (wrapping ErrStatement or ErrWitness) can name the part. The proof's
// randomness comes from crypto/rand: two proofs of one statement differ, so a holder stores what it sends.
func (p *Prover) Prove(statement *Statement, witness *Witness) ([]byte, error) {
	if err := Check(&p.table, statement, witness); err != nil {
		return nil, fmt.Errorf("prove contribution: %w", err)
	}
	dynamic, err := statement.public()
	if err != nil {
		return nil, fmt.Errorf("prove contribution: %w", err)
	}
	full, err := frontend.NewWitness(assign(&p.table, p.slice, dynamic, witness), ecc.BN254.ScalarField())
	if err != nil {
		return nil, fmt.Errorf("%w: assignment is incomplete", ErrWitness)
	}
	proof, err := p.key.Prove(full, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWitness, err)
	}
	encoded := circuits.EncodeProof(proof)
	return encoded[:], nil
}

// Prove is NewProver and its Prove, for a single contribution.
func Prove(keys circuits.Keys, table *Table, statement *Statement, witness *Witness) ([]byte, error) {
	prover, err := NewProver(keys, table)
	if err != nil {
		return nil, err
	}
	return prover.Prove(statement, witness)
}
