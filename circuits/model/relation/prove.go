// Package relation is what the model and accusation circuits share: ring identities that are compared at a challenge
// drawn from gnark's commitment to the whole witness (the BSB22 commitment, ePrint 2022/1072), range checks at the same
// challenge, and proofs whose public inputs depend on it (protocol, sections 4 and 5b).
//
// It refuses circuits with any number of commitments but one, and proofs in any form but circuits.DecodeProof's.
package relation

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"

	bn254 "github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/hash_to_field"
	"github.com/consensys/gnark/backend"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/consensys/gnark/backend/witness"
	"github.com/consensys/gnark/constraint"
	cs "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/constraint/solver"

	"weir/circuits"
)

// ErrUnsatisfied is returned by Prove when the witness does not satisfy the circuit at the challenge.
var ErrUnsatisfied = errors.New("the witness does not satisfy the circuit")

// PublicAt gives all public inputs of a circuit, in its order, at a challenge; or the error of a check at the challenge
// that is made outside the circuit.
type PublicAt func(x *fr.Element) ([]fr.Element, error)

// Prove proves a circuit whose public inputs depend on its challenge. Secret are all witness wires in the circuit's
// order; committed are the values of the public inputs that the challenge depends on, in order. The commitment's mask is
// drawn from random, fresh for each proof; Groth16's own randomness is gnark's.
func Prove(keys circuits.Keys, random io.Reader, secret, committed []fr.Element, public PublicAt) ([circuits.ProofSize]byte, error) {
	none := [circuits.ProofSize]byte{}
	mask, err := randomElement(random)
	if err != nil {
		return none, fmt.Errorf("draw the commitment's mask: %w", err)
	}
	system := keys.System()
	commitment, err := commit(system, keys.ProvingKey(), secret, &mask)
	if err != nil {
		return none, err
	}
	x := challenge(&commitment, committed)
	inputs, err := public(&x)
	if err != nil {
		return none, err
	}
	full, err := witnessOf(inputs, secret)
	if err != nil {
		return none, err
	}
	if got := full.Vector().(fr.Vector).Len(); got != system.GetNbPublicVariables()-1+system.GetNbSecretVariables() {
		return none, fmt.Errorf("witness of %d values does not belong to the circuit", got)
	}
	proof, err := groth16.Prove(system, keys.ProvingKey(), full, backend.WithSolverOptions(fixMask(&mask)))
	if unsatisfied := new(cs.UnsatisfiedConstraintError); errors.As(err, &unsatisfied) {
		return none, ErrUnsatisfied // the library's text shows values
	}
	if err != nil {
		return none, fmt.Errorf("groth16: %w", err)
	}
	if !proof.Commitments[0].Equal(&commitment) {
		panic("relation: the solver committed to other values than the challenge was drawn from")
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
	x := challenge(&proof.Commitments[0], committed)
	inputs, err := public(&x)
	if err != nil {
		return err
	}
	if err := groth16.Verify(proof, key, inputs); err != nil {
		return fmt.Errorf("%w: %v", circuits.ErrProof, err)
	}
	return nil
}

// challenge is gnark's hash of a commitment and the committed public inputs to the field (RFC 9380, expand_message_xmd).
func challenge(commitment *bn254.G1Affine, committed []fr.Element) (x fr.Element) {
	h := hash_to_field.New([]byte(constraint.CommitmentDst))
	h.Write(commitment.Marshal())
	for i := range committed {
		h.Write(committed[i].Marshal())
	}
	x.SetBytes(h.Sum(nil)[:fr.Bytes])
	return x
}

// commit is the commitment that gnark's solver will make: to the witness wires named in the system, and last the mask.
// Every committed wire but the mask must be a witness, so that no solving is needed to know it.
func commit(system *cs.R1CS, key *groth16.ProvingKey, secret []fr.Element, mask *fr.Element) (bn254.G1Affine, error) {
	info, ok := system.CommitmentInfo.(constraint.Groth16Commitments)
	if !ok || len(info) != 1 || len(key.CommitmentKeys) != 1 {
		return bn254.G1Affine{}, errors.New("the circuit does not have exactly one commitment")
	}
	wires, first := info[0].PrivateCommitted, system.GetNbPublicVariables()
	values := make([]fr.Element, len(wires))
	for i, wire := range wires[:len(wires)-1] {
		if wire-first >= len(secret) {
			return bn254.G1Affine{}, errors.New("the circuit commits to more than its witness")
		}
		values[i] = secret[wire-first]
	}
	values[len(values)-1] = *mask
	commitment, err := key.CommitmentKeys[0].Commit(values)
	if err != nil {
		return bn254.G1Affine{}, fmt.Errorf("commit to the witness: %w", err)
	}
	return commitment, nil
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

// fixMask makes the solver use mask where it would draw one.
func fixMask(mask *fr.Element) solver.Option {
	value := mask.BigInt(new(big.Int))
	for _, hint := range solver.GetRegisteredHints() {
		if strings.HasSuffix(solver.GetHintName(hint), "hints.Randomize") {
			return solver.OverrideHint(solver.GetHintID(hint), func(_ *big.Int, _, out []*big.Int) error {
				out[0].Set(value)
				return nil
			})
		}
	}
	panic("relation: gnark has no hint for the commitment's mask")
}

// randomElement is 64 bytes of the stream mod the field's modulus: 2^-258 from uniform.
func randomElement(random io.Reader) (e fr.Element, err error) {
	var wide [64]byte
	if _, err := io.ReadFull(random, wide[:]); err != nil {
		return e, err
	}
	e.SetBytes(wide[:])
	return e, nil
}
