// Package relation is what the model and accusation circuits share: ring identities that are compared at a challenge
// drawn from gnark's commitment to the whole witness (the BSB22 commitment, ePrint 2022/1072), range checks at the same
// challenge, and proofs whose public inputs depend on it (protocol, sections 4 and 5b).
//
// It refuses circuits with any number of commitments but one, and proofs in any form but circuits.DecodeProof's.
package relation

import (
	"fmt"
	"io"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/consensys/gnark/backend/witness"

	"weir/circuits"
	"weir/circuits/prover"
)

// ErrUnsatisfied is returned by Prove when the witness does not satisfy the circuit at the challenge.
var ErrUnsatisfied = prover.ErrUnsatisfied

// PublicAt gives all public inputs of a circuit, in its order, at a challenge; or the error of a check at the challenge
// that is made outside the circuit.
type PublicAt func(x *fr.Element) ([]fr.Element, error)

// Prove proves a circuit whose public inputs depend on its challenge. Secret are all witness wires in the circuit's
// order; committed are the values of the public inputs that the challenge depends on, in order. The commitment's mask is
// drawn from random, fresh for each proof; Groth16's own randomness is crypto/rand's.
func Prove(keys circuits.Keys, random io.Reader, secret, committed []fr.Element, public PublicAt) ([circuits.ProofSize]byte, error) {
	none := [circuits.ProofSize]byte{}
	key, err := prover.New(keys)
	if err != nil {
		return none, err
	}
	commitment, err := key.Commit(random, secret, committed)
	if err != nil {
		return none, err
	}
	x := commitment.Challenge()
	inputs, err := public(&x)
	if err != nil {
		return none, err
	}
	full, err := witnessOf(inputs, secret)
	if err != nil {
		return none, err
	}
	proof, err := key.Prove(full, commitment)
	if err != nil {
		return none, err
	}
	return circuits.EncodeProof(proof), nil
}

// Verify checks a proof against public inputs that depend on its challenge; arguments as for Prove. Errors wrap
// circuits.ErrProof.
func Verify(key *groth16.VerifyingKey, encoded []byte, committed []fr.Element, public PublicAt) error {
	proof, err := circuits.DecodeProof(encoded)
	if err != nil {
		return err
	}
	x := circuits.Challenge(&proof.Commitments[0], committed)
	inputs, err := public(&x)
	if err != nil {
		return err
	}
	if err := groth16.Verify(proof, key, inputs); err != nil {
		return fmt.Errorf("%w: %v", circuits.ErrProof, err)
	}
	return nil
}

func witnessOf(public, secret []fr.Element) (witness.Witness, error) {
	w, err := witness.New(fr.Modulus())
	if err != nil {
		return nil, fmt.Errorf("witness: %w", err)
	}
	values := make(chan any, 1024)
	go func() {
		defer close(values)
		for _, list := range [][]fr.Element{public, secret} {
			for i := range list {
				values <- list[i]
			}
		}
	}()
	if err := w.Fill(len(public), len(secret), values); err != nil {
		return nil, fmt.Errorf("witness: %w", err)
	}
	return w, nil
}
