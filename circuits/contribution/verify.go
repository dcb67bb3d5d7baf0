package contribution

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/big"
	"runtime"
	"sync"

	"github.com/consensys/gnark-crypto/ecc"
	bn254 "github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/hash_to_field"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/consensys/gnark/constraint"

	"weir/circuits"
)

// Verify accepts a proof of the statement for the slice that the key was folded with. Errors wrap circuits.ErrProof or
// ErrStatement.
func (k *FoldedKey) Verify(statement *Statement, proof []byte) error {
	inputs, err := statement.public()
	if err != nil {
		return fmt.Errorf("verify contribution: %w", err)
	}
	decoded, err := circuits.DecodeProof(proof)
	if err != nil {
		return fmt.Errorf("verify contribution: %w", err)
	}
	if err := groth16.Verify(decoded, k.key, inputs); err != nil {
		return fmt.Errorf("verify contribution: %w: %v", circuits.ErrProof, err)
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
//
// All equations are summed with weights r_i for the pairing and s_i for the proofs of knowledge, 128 bits each:
//
//	Π e(r_i A_i, B_i) · e(−Σr_i α, β) · e(−Σ r_i (K_0' + Σ_j x_ij K_j + D_i), γ) · e(−Σ r_i C_i, δ)
//	  · e(Σ s_i D_i, G_−σ) · e(Σ s_i PoK_i, G) = 1
//
// The weights are a hash of everything that enters, so all verifiers agree and nobody can choose proofs whose errors
// cancel: a bad batch passes with chance 2^-127.
func VerifyBatch(items []Item) error {
	if len(items) == 0 {
		return nil
	}
	b, err := newBatch(items)
	if err != nil {
		return fmt.Errorf("verify %d contributions: %w", len(items), err)
	}
	left, right, err := b.pairs()
	if err != nil {
		return fmt.Errorf("verify %d contributions: %w", len(items), err)
	}
	if !productIsOne(left, right) {
		return fmt.Errorf("verify %d contributions: %w: a pairing equation does not hold", len(items), circuits.ErrProof)
	}
	return nil
}

// batch is the items decoded, with their weights.
type batch struct {
	key    *groth16.VerifyingKey // K[1:] and all else are common
	first  []bn254.G1Affine      // K_0' of each
	inputs []fr.Vector           // dynamic inputs and the commitment's challenge
	proofs []*groth16.Proof
	r, s   []fr.Element
}

func newBatch(items []Item) (*batch, error) {
	n := len(items)
	b := &batch{
		key: items[0].Key.key, first: make([]bn254.G1Affine, n), inputs: make([]fr.Vector, n),
		proofs: make([]*groth16.Proof, n), r: make([]fr.Element, n), s: make([]fr.Element, n),
	}
	failures := make([]error, n)
	eachCore(n, func(from, to int) {
		for i := from; i < to; i++ {
			failures[i] = b.add(i, items)
		}
	})
	for i, err := range failures {
		if err != nil {
			return nil, fmt.Errorf("item %d: %w", i, err)
		}
	}
	b.weigh(items)
	return b, nil
}

func (b *batch) add(i int, items []Item) (err error) {
	item := items[i]
	if item.Key.id != items[0].Key.id {
		return fmt.Errorf("%w: folded from another verifying key than the first", ErrKeys)
	}
	if b.proofs[i], err = circuits.DecodeProof(item.Proof); err != nil {
		return err
	}
	if b.inputs[i], err = item.Statement.public(); err != nil {
		return err
	}
	b.first[i] = item.Key.key.G1.K[0]
	b.inputs[i] = append(b.inputs[i], challenge(&b.proofs[i].Commitments[0]))
	return nil
}

// challenge is gnark's hash of a proof's commitment to a field element.
func challenge(commitment *bn254.G1Affine) (x fr.Element) {
	h := hash_to_field.New([]byte(constraint.CommitmentDst))
	h.Write(commitment.Marshal())
	return *x.SetBytes(h.Sum(nil)[:fr.Bytes])
}

// weigh draws r_i and s_i from SHA-256 over the circuit id and every item's folded point, inputs and proof.
func (b *batch) weigh(items []Item) {
	h := sha256.New()
	h.Write([]byte("weir/batch/v1"))
	h.Write(items[0].Key.id[:])
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
}

// pairs gives the arguments of the pairing product.
func (b *batch) pairs() (left []bn254.G1Affine, right []bn254.G2Affine, err error) {
	n := len(b.proofs)
	left, right = make([]bn254.G1Affine, n, n+5), make([]bn254.G2Affine, n, n+5)
	c, d, pok := make([]bn254.G1Affine, n), make([]bn254.G1Affine, n), make([]bn254.G1Affine, n)
	eachCore(n, func(from, to int) {
		for i := from; i < to; i++ {
			left[i].ScalarMultiplication(&b.proofs[i].Ar, b.r[i].BigInt(new(big.Int)))
			right[i] = b.proofs[i].Bs
		}
	})
	var total fr.Element
	for i, proof := range b.proofs {
		c[i], d[i], pok[i] = proof.Krs, proof.Commitments[0], proof.CommitmentPok
		total.Add(&total, &b.r[i])
	}
	points, scalars := b.inputTerms(d)
	for _, sum := range []struct {
		points  []bn254.G1Affine
		scalars []fr.Element
		with    bn254.G2Affine
		negate  bool
	}{
		{[]bn254.G1Affine{b.key.G1.Alpha}, []fr.Element{total}, b.key.G2.Beta, true},
		{points, scalars, b.key.G2.Gamma, true},
		{c, b.r, b.key.G2.Delta, true},
		{d, b.s, b.key.CommitmentKeys[0].GSigmaNeg, false},
		{pok, b.s, b.key.CommitmentKeys[0].G, false},
	} {
		var point bn254.G1Affine
		if _, err := point.MultiExp(sum.points, sum.scalars, ecc.MultiExpConfig{}); err != nil {
			return nil, nil, fmt.Errorf("sum of a batch: %w", err)
		}
		if sum.negate {
			point.Neg(&point)
		}
		left, right = append(left, point), append(right, sum.with)
	}
	return left, right, nil
}

// inputTerms lists Σ r_i (K_0' + D_i) + Σ_j (Σ_i r_i x_ij) K_j as points and scalars.
func (b *batch) inputTerms(commitments []bn254.G1Affine) ([]bn254.G1Affine, []fr.Element) {
	common := b.key.G1.K[1:]
	coefficients := make([]fr.Element, len(common))
	for i, inputs := range b.inputs {
		for j, input := range inputs {
			coefficients[j].Add(&coefficients[j], input.Mul(&input, &b.r[i]))
		}
	}
	points := append(append(append([]bn254.G1Affine(nil), b.first...), commitments...), common...)
	return points, append(append(append([]fr.Element(nil), b.r...), b.r...), coefficients...)
}

// productIsOne computes Π e(left_i, right_i), Miller loops on all cores and one final exponentiation.
func productIsOne(left []bn254.G1Affine, right []bn254.G2Affine) bool {
	var mutex sync.Mutex
	var product bn254.GT
	product.SetOne()
	failed := false
	eachCore(len(left), func(from, to int) {
		part, err := bn254.MillerLoop(left[from:to], right[from:to])
		mutex.Lock()
		defer mutex.Unlock()
		failed = failed || err != nil
		product.Mul(&product, &part)
	})
	result := bn254.FinalExponentiation(&product)
	return !failed && result.IsOne()
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
