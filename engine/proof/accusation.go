package proof

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"

	"weir/circuits"
	circuit "weir/circuits/accusation"
	"weir/circuits/model/ring"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/engine/pedersen"
	"weir/engine/seal"
	"weir/ledger/contract/tasks"
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
	statement, err := ledgerStatement(s, commit, a)
	if errors.Is(err, inquiry.ErrMalformed) {
		return nil
	}
	if err == nil {
		err = verifyAccusation(k.accusation.VerifyingKey(), statement, a.Proof)
	}
	if err != nil {
		return fmt.Errorf("%w: accusation of %s: %w", message.ErrUnproven, a.Accused, err)
	}
	return nil
}

// verifyAccusation judges an accusation whose bytes were compared with their digests, from the ledger or from posts. A
// response that is malformed speaks against its party whatever the proof.
func verifyAccusation(key *circuits.VerifyingKey, s *tasks.AccusationStatement, proof []byte) error {
	statement, err := expand(s)
	if errors.Is(err, inquiry.ErrMalformed) {
		return nil
	}
	if err == nil {
		err = circuit.Verify(key, statement, proof)
	}
	return err
}

// ledgerStatement compares an accusation's bytes with the digests in commit and model. A response that its party
// committed to and that does not decode is inquiry.ErrMalformed.
func ledgerStatement(s *offer.Sealed, commit *inquiry.Contributed, a *inquiry.Accusation) (*tasks.AccusationStatement, error) {
	accused, err := a.Read(s, commit)
	if err != nil {
		return nil, err
	}
	return &tasks.AccusationStatement{Label: a.Label, Accused: a.Accused, Model: s.ModelDigest, Seed: s.Seed,
		ResponseDigest: commit.Commit.Response, Response: a.Response, B: accused.B, C: commit.Commit.C, Pairs: accused.Pairs.Encode()}, nil
}

func accusationStatement(s *offer.Sealed, commit *inquiry.Contributed, a *inquiry.Accusation) (*circuit.Statement, error) {
	statement, err := ledgerStatement(s, commit, a)
	if err != nil {
		return nil, err
	}
	return expand(statement)
}

// expand reads the polynomials that an accusation is about. A response that its party committed to and that does not
// decode is inquiry.ErrMalformed; every other error is the accuser's fault.
func expand(s *tasks.AccusationStatement) (*circuit.Statement, error) {
	b, err := seal.DecodePublicKey(s.B)
	if err != nil {
		return nil, err
	}
	response, err := readResponse(s)
	if err != nil {
		return nil, err
	}
	statement := &circuit.Statement{Label: s.Label, Party: s.Accused, ModelDigest: s.Model,
		ResponseDigest: s.ResponseDigest, APrime: residues(seal.Seed(s.Seed).APrime()), B: residues(&b.Polynomial),
		C1: new([ring.N]circuit.Rounded)}
	for j, c := range response.C1() {
		statement.C1[j] = rounded(c)
	}
	for l, c := range response.C0() {
		statement.C0[l] = coefficient(c)
	}
	if statement.Claimed, err = pedersen.DecodePoint(s.C[:]); err != nil {
		return nil, err
	}
	statement.Pairs, err = pedersen.DecodePoint(s.Pairs[:])
	return statement, err
}

func readResponse(s *tasks.AccusationStatement) (*seal.Response, error) {
	if inquiry.ResponseDigest(s.Response) != s.ResponseDigest {
		return nil, fmt.Errorf("%w: another response than was committed to", message.ErrPost)
	}
	file, err := inquiry.OpenResponse(s.Response, &inquiry.Commit{Label: s.Label, Party: s.Accused, Response: s.ResponseDigest})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", inquiry.ErrMalformed, err)
	}
	response, err := seal.DecodeResponse(slices.Concat(file.C1, file.C0))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", inquiry.ErrMalformed, err)
	}
	return response, nil
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
