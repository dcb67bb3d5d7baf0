package accusation

import (
	"errors"
	"fmt"
	"io"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
	cs "github.com/consensys/gnark/constraint/bn254"

	"weir/circuits"
	"weir/circuits/model/relation"
	"weir/engine"
	"weir/engine/pedersen"
)

// Prove makes the proof of an accusation, ProofSize bytes. Random gives κ and the commitment's mask, fresh for every
// proof. Errors wrap ErrStatement, ErrWitness or ErrOpens where these are at fault.
func Prove(keys circuits.Keys, random io.Reader, s *Statement, w *Witness) ([]byte, error) {
	proof, err := prove(keys, random, s, w)
	if errors.Is(err, relation.ErrUnsatisfied) {
		err = fmt.Errorf("%w: %w", ErrWitness, err)
	}
	if err != nil {
		return nil, fmt.Errorf("prove an accusation: %w", err)
	}
	return proof.Encode(), nil
}

func prove(keys circuits.Keys, random io.Reader, s *Statement, w *Witness) (*Proof, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if w.Secret == nil || w.Key == nil {
		return nil, fmt.Errorf("%w: a polynomial is missing", ErrWitness)
	}
	circuit, err := circuits.ID(keys.VerifyingKey())
	if err != nil {
		return nil, err
	}
	secret, slots, fits := w.assign(s)
	if !fits {
		return nil, ErrWitness
	}
	difference := s.difference(slots)
	if difference.IsIdentity() {
		return nil, ErrOpens
	}
	scalar, err := drawScalar(random)
	if err != nil {
		return nil, err
	}
	writeBits(secret.Scalar[:], scalar)
	p := &Proof{Z: difference.Times(scalar)}
	committed, public := s.inputs(circuit, p.Z)
	p.Groth16, err = relation.Prove(keys, random, secret.Wires(), committed, public)
	return p, err
}

// inputs are the public inputs that the challenge depends on, and all of them at a challenge.
func (s *Statement) inputs(circuit engine.Digest, z pedersen.Point) ([]fr.Element, relation.PublicAt) {
	statement := s.element(circuit)
	x, y := z.Coordinates()
	return []fr.Element{statement, x, y}, func(at *fr.Element) ([]fr.Element, error) {
		return s.publicAt(at, statement, z).Wires(), nil
	}
}

// Verify checks the proof of an accusation against the statement: the response does not open its commitment, by the
// fault of the accused alone. It evaluates the public polynomials at the challenge itself. Errors wrap ErrStatement
// where the statement is at fault, else circuits.ErrProof.
func Verify(key *groth16.VerifyingKey, s *Statement, proof []byte) error {
	if err := verify(key, s, proof); err != nil {
		return fmt.Errorf("verify an accusation: %w", err)
	}
	return nil
}

func verify(key *groth16.VerifyingKey, s *Statement, proof []byte) error {
	p, err := DecodeProof(proof)
	if err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	circuit, err := circuits.ID(key)
	if err != nil {
		return err
	}
	committed, public := s.inputs(circuit, p.Z)
	return relation.Verify(key, p.Groth16[:], committed, public)
}

// Compile gives the constraint system of Circuit, always the same.
func Compile() (*cs.R1CS, error) { return circuits.Compile(new(Circuit)) }
