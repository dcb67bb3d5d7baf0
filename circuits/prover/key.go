package prover

import (
	"errors"
	"fmt"
	"slices"
	"sort"

	bn254 "github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/consensys/gnark/constraint"
	cs "github.com/consensys/gnark/constraint/bn254"

	"weir/circuits"
)

// ErrKeys is returned for a circuit without exactly one commitment, and for a proving key of another circuit.
var ErrKeys = errors.New("keys do not belong to a circuit with one commitment")

// Key is a circuit and its proving key, arranged for Prove. It is safe for concurrent use.
type Key struct {
	system   *cs.R1CS
	proving  *groth16.ProvingKey
	commits  *constraint.Groth16Commitment
	inherits int // public inputs that are folded in

	// Wires, ascending, and the points that belong to them. Wire 0 is the constant 1.
	left, right, private []int
	left1, right1        []bn254.G1Affine // A_i, and B_i in G1
	right2               []bn254.G2Affine // B_i
}

// New arranges a circuit's keys, whose points it shares. Errors wrap ErrKeys.
func New(keys circuits.Keys) (*Key, error) {
	system, pk := keys.System(), keys.ProvingKey()
	info, ok := system.CommitmentInfo.(constraint.Groth16Commitments)
	if !ok || len(info) != 1 || len(pk.CommitmentKeys) != 1 {
		return nil, ErrKeys
	}
	k := &Key{system: system, proving: pk, commits: &info[0], left: finite(pk.InfinityA), right: finite(pk.InfinityB),
		left1: pk.G1.A, right1: pk.G1.B, right2: pk.G2.B}
	public := system.GetNbPublicVariables()
	wires := public + system.GetNbSecretVariables() + system.GetNbInternalVariables()
	for wire := public; wire < wires; wire++ {
		if _, committed := slices.BinarySearch(k.commits.PrivateCommitted, wire); !committed && wire != k.commits.CommitmentIndex {
			k.private = append(k.private, wire)
		}
	}
	if len(pk.InfinityA) != wires || len(pk.InfinityB) != wires || len(k.left) != len(k.left1) || len(k.right) != len(k.right1) ||
		len(k.right) != len(k.right2) || len(k.private) != len(pk.G1.K) || pk.Domain.Cardinality < uint64(system.GetNbConstraints()) {
		return nil, ErrKeys
	}
	return k, nil
}

// finite are the wires whose point is not at infinity.
func finite(infinity []bool) (wires []int) {
	for wire, is := range infinity {
		if !is {
			wires = append(wires, wire)
		}
	}
	return wires
}

// Fold fixes the first public inputs: their points are summed once, beside the constant's. Proofs under a folded key are
// proofs of the circuit with all its inputs, for any verifier. The error wraps ErrKeys when there are fewer inputs.
func (k *Key) Fold(inputs fr.Vector) (*Key, error) {
	if k.inherits != 0 || len(inputs) >= k.system.GetNbPublicVariables() {
		return nil, fmt.Errorf("%w: %d public inputs to fold", ErrKeys, len(inputs))
	}
	folded := *k
	folded.inherits = len(inputs)
	constants := append(fr.Vector{fr.One()}, inputs...)
	left, right := sort.SearchInts(k.left, len(constants)), sort.SearchInts(k.right, len(constants))
	var one bn254.G1Affine
	var two bn254.G2Affine
	if _, err := one.MultiExp(k.left1[:left], pick(constants, k.left[:left]), tasks(left)); err != nil {
		return nil, fmt.Errorf("fold proving key: %w", err)
	}
	folded.left, folded.left1 = replaced(k.left, left, 0), replaced(k.left1, left, one)
	values := pick(constants, k.right[:right])
	if _, err := one.MultiExp(k.right1[:right], values, tasks(right)); err != nil {
		return nil, fmt.Errorf("fold proving key: %w", err)
	}
	if _, err := two.MultiExp(k.right2[:right], values, tasks(right)); err != nil {
		return nil, fmt.Errorf("fold proving key: %w", err)
	}
	folded.right, folded.right1, folded.right2 = replaced(k.right, right, 0), replaced(k.right1, right, one), replaced(k.right2, right, two)
	return &folded, nil
}

// replaced is a new list with one element in the place of the first n.
func replaced[T any](list []T, n int, by T) []T { return append([]T{by}, list[n:]...) }
