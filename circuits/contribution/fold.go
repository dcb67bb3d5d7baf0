package contribution

import (
	"errors"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc"
	bn254 "github.com/consensys/gnark-crypto/ecc/bn254"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"

	"weir/circuits"
	"weir/engine"
)

// ErrKeys is returned for keys that do not have this circuit's shape.
var ErrKeys = errors.New("not keys of the contribution circuit")

// FoldedKeySize is the length of an encoded folded key, in bytes.
const FoldedKeySize = bn254.SizeOfG1AffineCompressed

// FoldedKey verifies contributions to one slice: the verifying key with the slice's public inputs already summed into
// its first point, K_0' = K_0 + Σ input_i·K_i. It takes about 90 kB and is safe for concurrent use.
type FoldedKey struct {
	key   *groth16.VerifyingKey
	id    engine.Digest // circuit id: of the key before folding
	lines [fixedPairs]pairingLines
}

// fixedPairs is the number of the key's own points in the pairing equation: β, γ, δ and the two of the commitment's key.
const fixedPairs = 5

// pairingLines is what a Miller loop needs of a point of G2 that is known beforehand.
type pairingLines = [2][len(bn254.LoopCounter)]bn254.LineEvaluationAff

// Fold derives a slice's key, about 10 ms, once per sealing. Whoever verifies folds from the registered table itself or
// takes the encoding from one who did and whom it trusts; K_0' of another table would accept proofs about that table.
// The error wraps ErrKeys or ErrTable.
func Fold(key *groth16.VerifyingKey, table *Table) (*FoldedKey, error) {
	if err := checkShape(key); err != nil {
		return nil, err
	}
	folded, err := table.preprocess()
	if err != nil {
		return nil, err
	}
	var sum bn254.G1Jac
	if _, err := sum.MultiExp(key.G1.K[1:1+foldedInputs], folded.vector(), ecc.MultiExpConfig{}); err != nil {
		return nil, fmt.Errorf("fold verifying key: %w", err)
	}
	sum.AddMixed(&key.G1.K[0])
	var first bn254.G1Affine
	first.FromJacobian(&sum)
	return newFoldedKey(key, first)
}

// DecodeFoldedKey reads what Encode wrote, exactly FoldedKeySize bytes, for the verifying key it was folded from. The
// error wraps ErrKeys.
func DecodeFoldedKey(key *groth16.VerifyingKey, b []byte) (*FoldedKey, error) {
	if err := checkShape(key); err != nil {
		return nil, err
	}
	var first bn254.G1Affine
	if len(b) != FoldedKeySize {
		return nil, fmt.Errorf("%w: folded key of %d bytes, want %d", ErrKeys, len(b), FoldedKeySize)
	}
	if read, err := first.SetBytes(b); err != nil || read != FoldedKeySize || first.IsInfinity() || first.Bytes() != [FoldedKeySize]byte(b) {
		return nil, fmt.Errorf("%w: folded key is not a compressed point", ErrKeys)
	}
	return newFoldedKey(key, first)
}

// Encode gives the one point that folding changes, compressed.
func (k *FoldedKey) Encode() [FoldedKeySize]byte { return k.key.G1.K[0].Bytes() }

func newFoldedKey(key *groth16.VerifyingKey, first bn254.G1Affine) (*FoldedKey, error) {
	id, err := circuits.ID(key)
	if err != nil {
		return nil, err
	}
	folded := *key
	folded.G1.K = append([]bn254.G1Affine{first}, key.G1.K[1+foldedInputs:]...)
	k := &FoldedKey{key: &folded, id: id}
	commitment := &key.CommitmentKeys[0]
	for i, point := range [fixedPairs]bn254.G2Affine{key.G2.Beta, key.G2.Gamma, key.G2.Delta, commitment.GSigmaNeg, commitment.G} {
		k.lines[i] = bn254.PrecomputeLines(point)
	}
	return k, nil
}

// checkShape checks that a key has one point for the constant, every input and the one commitment, and that the
// commitment covers no public input: those are numbered, and folding would shift the numbers.
func checkShape(key *groth16.VerifyingKey) error {
	if len(key.G1.K) != 1+foldedInputs+dynamicInputs+1 || len(key.CommitmentKeys) != 1 ||
		len(key.PublicAndCommitmentCommitted) != 1 || len(key.PublicAndCommitmentCommitted[0]) != 0 {
		return ErrKeys
	}
	return nil
}
