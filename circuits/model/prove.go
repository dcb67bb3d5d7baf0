package model

import (
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
	cs "github.com/consensys/gnark/constraint/bn254"

	"weir/circuits"
	"weir/circuits/model/relation"
)

// Prove makes the model proof of one slice, ProofSize bytes. Random gives the masks of the openings and of the
// commitment, fresh for every proof. Errors wrap ErrStatement or ErrWitness where these are at fault.
func Prove(keys circuits.Keys, random io.Reader, s *Statement, w *Witness) ([]byte, error) {
	proof, err := prove(keys, random, s, w)
	if errors.Is(err, relation.ErrUnsatisfied) {
		err = fmt.Errorf("%w: %w", ErrWitness, err)
	}
	if err != nil {
		return nil, fmt.Errorf("prove a sealed slice: %w", err)
	}
	return proof.Encode(), nil
}

func prove(keys circuits.Keys, random io.Reader, s *Statement, w *Witness) (*Proof, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if w.Secret == nil || w.Noise == nil || w.Key == nil {
		return nil, fmt.Errorf("%w: a polynomial is missing", ErrWitness)
	}
	circuit, err := circuits.ID(keys.VerifyingKey())
	if err != nil {
		return nil, err
	}
	polynomials := s.polynomials()
	secret, fits, err := w.assign(s, polynomials, random)
	if err != nil {
		return nil, err
	}
	if !fits {
		return nil, ErrWitness
	}
	p := &Proof{Mask: commitOpenings(&secret.Mask)}
	statement := s.element(p.Mask, circuit)
	p.Groth16, err = relation.Prove(keys, random, secret.Wires(), []fr.Element{statement}, func(x *fr.Element) ([]fr.Element, error) {
		weights := psi(x)
		p.Out = w.open(&secret.Mask, &weights)
		if !opens(&s.Rows, p.Mask, &weights, &p.Out) {
			return nil, fmt.Errorf("%w: commitments", ErrWitness)
		}
		return s.publicAt(x, polynomials, statement, &p.Out).Wires(), nil
	})
	return p, err
}

// open gives out_i = y_i + Σ_k ψ_k·(value i of row k).
func (w *Witness) open(mask *[Openings]fr.Element, weights *[Rows]*big.Int) [Openings]fr.Element {
	out := *mask
	for k, weight := range weights {
		var psi, term fr.Element
		psi.SetBigInt(weight)
		add := func(i int, value uint64) {
			term.SetUint64(value)
			out[i].Add(&out[i], term.Mul(&term, &psi))
		}
		for g, point := range w.Points[k] {
			add(g, uint64(point))
		}
		for c := range Chunks {
			value := uint64(0)
			for j, limb := range w.Limbs[k][chunkLimbs*c:][:chunkLimbs] {
				value += uint64(limb) << (9 * j)
			}
			add(Groups+c, value)
		}
	}
	return out
}

// Verify checks one slice's model proof against the statement. It evaluates the public polynomials at the challenge
// itself. Errors wrap ErrStatement where the statement is at fault, else circuits.ErrProof.
func Verify(key *groth16.VerifyingKey, s *Statement, proof []byte) error {
	if err := verify(key, s, proof); err != nil {
		return fmt.Errorf("verify a sealed slice: %w", err)
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
	statement := s.element(p.Mask, circuit)
	return relation.Verify(key, p.Groth16[:], []fr.Element{statement}, func(x *fr.Element) ([]fr.Element, error) {
		weights := psi(x)
		if !opens(&s.Rows, p.Mask, &weights, &p.Out) {
			return nil, fmt.Errorf("%w: the openings do not fit the commitments", circuits.ErrProof)
		}
		return s.publicAt(x, s.polynomials(), statement, &p.Out).Wires(), nil
	})
}

// Compile gives the constraint system of Circuit, always the same.
func Compile() (*cs.R1CS, error) { return circuits.Compile(new(Circuit)) }
