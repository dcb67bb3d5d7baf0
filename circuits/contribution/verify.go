package contribution

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"runtime"
	"sync"

	"github.com/consensys/gnark-crypto/ecc"
	bn254 "github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"

	"weir/circuits"
)

// Verify accepts a proof of the statement for the slice that the key was folded with. Errors wrap circuits.ErrProof or
// ErrStatement.
func (k *FoldedKey) Verify(statement *Statement, proof []byte) error {
	if err := verify([]Item{{k, statement, proof}}); err != nil {
		return fmt.Errorf("verify contribution: %w", err)
	}
	return nil
}

// Item is one proof of a batch.
type Item struct {
	Key       *FoldedKey
	Statement *Statement
	Proof     []byte
}

// VerifyBatch accepts when every item's proof holds; an empty batch holds. The folded keys may be of different slices but
// must come from one verifying key, else ErrKeys. When it refuses (circuits.ErrProof, ErrStatement), one item at least
// is bad; a caller who must know which halves the batch.
func VerifyBatch(items []Item) error {
	if len(items) == 0 {
		return nil
	}
	if err := verify(items); err != nil {
		return fmt.Errorf("verify %d contributions: %w", len(items), err)
	}
	return nil
}

// verify checks one or more proofs by one equation, the sum of all Groth16 equations with weights r_i and of all proofs
// of knowledge of the commitments D_i with weights s_i:
//
//	Π e(r_i A_i, B_i) · e(−Σr_i α, β) · e(−Σ r_i (K_0' + Σ_j x_ij K_j + D_i), γ) · e(−Σ r_i C_i, δ)
//	  · e(Σ s_i D_i, G_−σ) · e(Σ s_i PoK_i, G) = 1
//
// r_0 is 1; the other weights are 128 bits each of a hash of everything that enters, so all verifiers agree and nobody
// can choose proofs whose errors cancel: a bad proof passes with chance 2^-128. A test compares it with gnark's Verify.
func verify(items []Item) error {
	b, err := newBatch(items)
	if err != nil {
		return err
	}
	holds, err := b.holds()
	if err == nil && !holds {
		err = fmt.Errorf("%w: the pairing equation does not hold", circuits.ErrProof)
	}
	return err
}

// batch is the items decoded, with their weights.
type batch struct {
	key    *FoldedKey       // of the first; all but K_0' is common
	first  []bn254.G1Affine // K_0' of each
	inputs []fr.Vector      // dynamic inputs and the commitment's challenge
	proofs []*groth16.Proof
	r, s   []fr.Element
}

func newBatch(items []Item) (*batch, error) {
	n := len(items)
	b := &batch{
		key: items[0].Key, first: make([]bn254.G1Affine, n), inputs: make([]fr.Vector, n),
		proofs: make([]*groth16.Proof, n), r: make([]fr.Element, n), s: make([]fr.Element, n),
	}
	failures := make([]error, n)
	eachCore(n, func(from, to int) {
		for i := from; i < to; i++ {
			failures[i] = b.add(i, &items[i])
		}
	})
	for i, err := range failures {
		if err != nil {
			return nil, fmt.Errorf("proof %d of %d: %w", i+1, n, err)
		}
	}
	b.weigh(items)
	return b, nil
}

func (b *batch) add(i int, item *Item) (err error) {
	if item.Key.id != b.key.id {
		return fmt.Errorf("%w: folded from another verifying key than the first", ErrKeys)
	}
	if b.inputs[i], err = item.Statement.public(); err != nil {
		return err
	}
	if b.proofs[i], err = circuits.DecodeProof(item.Proof); err != nil {
		return err
	}
	b.first[i] = item.Key.key.G1.K[0]
	b.inputs[i] = append(b.inputs[i], circuits.Challenge(&b.proofs[i].Commitments[0], nil))
	return nil
}

// weigh draws r_i and s_i from SHA-256 over the circuit id and every item's folded point, inputs and proof.
func (b *batch) weigh(items []Item) {
	h := sha256.New()
	h.Write([]byte("weir/batch/v1"))
	h.Write(b.key.id[:])
	for i := range items {
		folded := items[i].Key.Encode()
		h.Write(folded[:])
		for _, input := range b.inputs[i] {
			bytes := input.Bytes()
			h.Write(bytes[:])
		}
		h.Write(items[i].Proof)
	}
	seed := h.Sum(nil)
	for i := range items {
		weights := sha256.Sum256(binary.BigEndian.AppendUint32(seed[:len(seed):len(seed)], uint32(i)))
		b.r[i].SetBytes(weights[:16])
		b.s[i].SetBytes(weights[16:])
	}
	b.r[0].SetOne()
}

// holds evaluates the equation: Miller loops side by side, those of the key's points over lines computed beforehand, and
// one final exponentiation.
func (b *batch) holds() (bool, error) {
	var mutex sync.Mutex
	var parts []*bn254.GT
	var failure error
	collect := func(part bn254.GT, err error) {
		mutex.Lock()
		defer mutex.Unlock()
		parts, failure = append(parts, &part), errors.Join(failure, err)
	}
	var group sync.WaitGroup
	group.Go(func() { collect(b.inputPart()) })
	group.Go(func() { collect(b.proofPart()) })
	eachCore(len(b.proofs), func(from, to int) { collect(b.variablePart(from, to)) })
	group.Wait()
	if failure != nil {
		return false, fmt.Errorf("pairing: %w", failure)
	}
	result := bn254.FinalExponentiation(parts[0], parts[1:]...)
	return result.IsOne(), nil
}

// variablePart is the Miller loop of Π e(r_i A_i, B_i) over some of the proofs.
func (b *batch) variablePart(from, to int) (bn254.GT, error) {
	left, right := make([]bn254.G1Affine, to-from), make([]bn254.G2Affine, to-from)
	var scalar big.Int
	for i := from; i < to; i++ {
		left[i-from].ScalarMultiplication(&b.proofs[i].Ar, b.r[i].BigInt(&scalar))
		right[i-from] = b.proofs[i].Bs
	}
	return bn254.MillerLoop(left, right)
}

// inputPart is the Miller loop of the pairs with β and γ: the key and the public inputs.
func (b *batch) inputPart() (bn254.GT, error) {
	var total fr.Element
	for i := range b.r {
		total.Add(&total, &b.r[i])
	}
	var alpha, inputs bn254.G1Affine
	points, scalars := b.inputTerms()
	errA := weightedSum(&alpha, []bn254.G1Affine{b.key.key.G1.Alpha}, fr.Vector{total})
	errI := weightedSum(&inputs, points, scalars)
	if err := errors.Join(errA, errI); err != nil {
		return bn254.GT{}, err
	}
	alpha.Neg(&alpha)
	inputs.Neg(&inputs)
	return millerOverLines([]bn254.G1Affine{alpha, inputs}, b.key.lines[:2])
}

// proofPart is the Miller loop of the pairs with δ, G_−σ and G: the proofs' C_i, D_i and PoK_i.
func (b *batch) proofPart() (bn254.GT, error) {
	n := len(b.proofs)
	c, d, pok := make([]bn254.G1Affine, n), make([]bn254.G1Affine, n), make([]bn254.G1Affine, n)
	for i, proof := range b.proofs {
		c[i], d[i], pok[i] = proof.Krs, proof.Commitments[0], proof.CommitmentPok
	}
	var sums [3]bn254.G1Affine
	errC, errD, errK := weightedSum(&sums[0], c, b.r), weightedSum(&sums[1], d, b.s), weightedSum(&sums[2], pok, b.s)
	if err := errors.Join(errC, errD, errK); err != nil {
		return bn254.GT{}, err
	}
	sums[0].Neg(&sums[0])
	return millerOverLines(sums[:], b.key.lines[2:])
}

// millerOverLines gives the library a copy of the lines, because it scales some of them in place.
func millerOverLines(points []bn254.G1Affine, lines []pairingLines) (bn254.GT, error) {
	return bn254.MillerLoopFixedQ(points, append([]pairingLines(nil), lines...))
}

// weightedSum is Σ scalar_i·point_i. For a handful of terms (a single proof has at most eight) one multiplication after
// the other takes less than the library's multi-exponentiation, and a weight of 1 takes none.
func weightedSum(sum *bn254.G1Affine, points []bn254.G1Affine, scalars fr.Vector) error {
	if len(points) > 8 {
		_, err := sum.MultiExp(points, scalars, ecc.MultiExpConfig{})
		return err
	}
	var total, term bn254.G1Jac
	var scalar big.Int
	for i := range points {
		term.FromAffine(&points[i])
		if !scalars[i].IsOne() {
			term.ScalarMultiplication(&term, scalars[i].BigInt(&scalar))
		}
		total.AddAssign(&term)
	}
	sum.FromJacobian(&total)
	return nil
}

// inputTerms lists Σ r_i (K_0' + D_i) + Σ_j (Σ_i r_i x_ij) K_j as points and scalars.
func (b *batch) inputTerms() ([]bn254.G1Affine, fr.Vector) {
	common := b.key.key.G1.K[1:]
	coefficients := make(fr.Vector, len(common))
	points := append([]bn254.G1Affine(nil), b.first...)
	for i, inputs := range b.inputs {
		points = append(points, b.proofs[i].Commitments[0])
		for j, input := range inputs {
			coefficients[j].Add(&coefficients[j], input.Mul(&input, &b.r[i]))
		}
	}
	return append(points, common...), append(append(append(fr.Vector(nil), b.r...), b.r...), coefficients...)
}

// eachCore cuts [0, n) into one piece for each core and waits for all of them.
func eachCore(n int, work func(from, to int)) {
	cores := min(runtime.GOMAXPROCS(0), n)
	var group sync.WaitGroup
	for core := range cores {
		group.Go(func() { work(core*n/cores, (core+1)*n/cores) })
	}
	group.Wait()
}
