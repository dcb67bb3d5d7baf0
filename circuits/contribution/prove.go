package contribution

import (
	"fmt"

	"github.com/consensys/gnark-crypto/ecc"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/consensys/gnark/frontend"

	"weir/circuits"
)

// Prover proves contributions to one slice. It is safe for concurrent use.
type Prover struct {
	keys  circuits.Keys
	table Table
	slice *slice
}

// NewProver prepares a slice, about 2 ms, once per sealing. The error wraps ErrKeys or ErrTable.
func NewProver(keys circuits.Keys, table *Table) (*Prover, error) {
	if keys.System().GetNbPublicVariables() != 1+foldedInputs+dynamicInputs {
		return nil, ErrKeys
	}
	slice, err := table.preprocess()
	if err != nil {
		return nil, err
	}
	return &Prover{keys: keys, table: *table, slice: slice}, nil
}

// Prove gives a proof of circuits.ProofSize bytes that the witness makes the statement true for the prover's slice. The
// relation is first checked natively, so that an error (wrapping ErrStatement or ErrWitness) can name the part. gnark
// draws the proof's randomness itself: two proofs of one statement differ, so a holder stores what it sends.
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
	proof, err := groth16.Prove(p.keys.System(), p.keys.ProvingKey(), full)
	if err != nil {
		// The library's error would print values of wires.
		return nil, fmt.Errorf("%w: the circuit refuses it", ErrWitness)
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
