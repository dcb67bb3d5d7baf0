package proof

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"

	circuit "weir/circuits/accusation"
	"weir/circuits/model/ring"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/engine/seal"
)

// Accuse proves that a response does not open what its party committed to, with the secret behind the sealing's key. A
// response that does open it cannot be accused; one that is malformed needs no proof.
func (k *Keys) Accuse(s *offer.Sealed, commit *inquiry.Contributed, response, b []byte, key *seal.KeyWitness, random io.Reader) (*inquiry.Accusation, error) {
	a := &inquiry.Accusation{Label: commit.Commit.Label, Accused: commit.Party, Proof: []byte{}, Response: response, B: b}
	statement, err := accusationStatement(s, commit, a)
	if errors.Is(err, inquiry.ErrMalformed) {
		return a, nil
	}
	if err != nil {
		return nil, err
	}
	witness := circuit.Witness{Secret: &key.SK, Key: &key.E}
	if a.Proof, err = circuit.Prove(k.accusation, random, statement, &witness); err != nil {
		return nil, fmt.Errorf("accusation of %s: %w", commit.Party, err)
	}
	return a, nil
}

// VerifyAccusation tells whether an accusation holds, from the bytes that were exchanged. An error wraps
// message.ErrUnproven: then the accuser, not the accused, broke a rule.
func (k *Keys) VerifyAccusation(s *offer.Sealed, commit *inquiry.Contributed, a *inquiry.Accusation) error {
	statement, err := accusationStatement(s, commit, a)
	if errors.Is(err, inquiry.ErrMalformed) {
		return nil
	}
	if err == nil {
		err = circuit.Verify(k.accusation.VerifyingKey(), statement, a.Proof)
	}
	if err != nil {
		return fmt.Errorf("%w: accusation of %s: %w", message.ErrUnproven, a.Accused, err)
	}
	return nil
}

// accusationStatement reads what an accusation is about. A response that its party committed to and that does not decode
// is inquiry.ErrMalformed.
func accusationStatement(s *offer.Sealed, commit *inquiry.Contributed, a *inquiry.Accusation) (*circuit.Statement, error) {
	accused, err := a.Read(s, commit)
	if err != nil {
		return nil, err
	}
	b, err := seal.DecodePublicKey(accused.B)
	if err != nil {
		return nil, err
	}
	response, err := seal.DecodeResponse(slices.Concat(accused.Response.C1, accused.Response.C0))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", inquiry.ErrMalformed, err)
	}
	statement := &circuit.Statement{Label: commit.Commit.Label, Party: commit.Party, ModelDigest: s.ModelDigest,
		ResponseDigest: commit.Commit.Response, APrime: residues(seal.Seed(s.Seed).APrime()), B: residues(&b.Polynomial),
		C1: new([ring.N]circuit.Rounded), Claimed: commit.C, Pairs: accused.Pairs}
	for j, c := range response.C1() {
		statement.C1[j] = rounded(c)
	}
	for l, c := range response.C0() {
		statement.C0[l] = coefficient(c)
	}
	return statement, nil
}

// rounded is h of a coefficient that is read as h·2^58 + 2^57.
func rounded(c *big.Int) circuit.Rounded {
	h := new(big.Int).Rsh(c, 58)
	return circuit.Rounded{low64(h), low64(h.Rsh(h, 64))}
}

func coefficient(c *big.Int) circuit.Coefficient {
	rest := new(big.Int).Set(c)
	var words circuit.Coefficient
	for i := range words {
		words[i] = low64(rest)
		rest.Rsh(rest, 64)
	}
	return words
}

func low64(x *big.Int) uint64 {
	return new(big.Int).And(x, new(big.Int).SetUint64(1<<64-1)).Uint64()
}
