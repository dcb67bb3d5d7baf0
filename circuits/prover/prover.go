// Package prover makes Groth16 proofs (Groth, Eurocrypt 2016, with one commitment as in ePrint 2022/1072) under gnark's
// keys, for the packages that state weir's circuits. The proofs are those that gnark's own prover makes, for less work: public
// inputs that stay the same over many proofs are folded into the key, B is summed in G2 only, short lists of points share one
// multi-exponentiation, and a commitment that was made for a challenge is not made again. Solving is gnark's.
//
// It refuses circuits with any number of commitments but one, and keys of another circuit. A verifier refuses whatever it
// gets wrong, so only secrecy rests on it: the proof's two blinding factors come from crypto/rand and, like the
// commitment's mask, serve one proof. It is not constant time.
package prover

import (
	"errors"
	"fmt"
	"math/big"
	"runtime"
	"slices"

	"github.com/consensys/gnark-crypto/ecc"
	bn254 "github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/consensys/gnark/backend/witness"
	cs "github.com/consensys/gnark/constraint/bn254"
	"golang.org/x/sync/errgroup"
)

// ErrUnsatisfied is returned for a witness that does not satisfy the circuit, or has not as many values as the circuit has
// wires. The library's own text shows values and is left out.
var ErrUnsatisfied = errors.New("the witness does not satisfy the circuit")

// Prove makes a proof for a full witness, public inputs first; the folded ones must be those that the key was folded with.
// The commitment is one that Commit made for this very witness, and serves once; or nil where no public input depends on the
// challenge. Errors wrap ErrUnsatisfied where the witness is at fault.
func (k *Key) Prove(full witness.Witness, commitment *Commitment) (*groth16.Proof, error) {
	if commitment == nil {
		commitment = new(Commitment)
	}
	solved, err := k.system.Solve(full, commitment.hints(k)...)
	switch {
	case errors.Is(err, errCommitted):
		return nil, errCommitted
	case err != nil:
		return nil, ErrUnsatisfied
	}
	var r, s fr.Element
	for _, blinding := range []*fr.Element{&r, &s} {
		if _, err := blinding.SetRandom(); err != nil {
			return nil, fmt.Errorf("draw blinding factors: %w", err)
		}
	}
	proof, err := k.prove(solved.(*cs.R1CSSolution), commitment, &r, &s)
	if err != nil {
		return nil, fmt.Errorf("groth16: %w", err)
	}
	return proof, nil
}

// prove computes, from the key's points and the wires w,
//
//	A = α + Σ w_i A_i + rδ      B = β + Σ w_i B_i + sδ      C = Σ w_i K_i + Σ h_i Z_i + sA + rB − rsδ
//
// with rB − rsδ = rβ + Σ (r·w_i) B_i, so that B is needed in G2 only.
func (k *Key) prove(solution *cs.R1CSSolution, commitment *Commitment, r, s *fr.Element) (*groth16.Proof, error) {
	h := quotient(solution, &k.proving.Domain)
	wires := fr.Vector(solution.W)
	right := pick(wires, k.right)
	var a, c, knowledge bn254.G1Jac
	var b bn254.G2Jac
	var group errgroup.Group
	group.Go(func() error {
		_, err := b.MultiExp(k.right2, right, tasks(len(right)))
		return err
	})
	group.Go(func() error { return k.sumLast(&c, wires, h, right, r) })
	group.Go(func() error { return sum(&a, k.left1, pick(wires, k.left)) })
	group.Go(func() error { return sum(&knowledge, k.proving.CommitmentKeys[0].BasisExpSigma, commitment.values) })
	if err := group.Wait(); err != nil {
		return nil, err
	}
	g1, g2 := &k.proving.G1, &k.proving.G2
	proof := &groth16.Proof{Commitments: []bn254.G1Affine{commitment.point}}
	a.AddMixed(&g1.Alpha)
	proof.Ar.FromJacobian(a.AddAssign(multiple(&g1.Delta, r)))
	var blinded bn254.G2Affine
	b.AddMixed(&g2.Beta)
	proof.Bs.FromJacobian(b.AddMixed(blinded.ScalarMultiplication(&g2.Delta, s.BigInt(new(big.Int)))))
	c.AddAssign(multiple(&proof.Ar, s))
	proof.Krs.FromJacobian(c.AddAssign(multiple(&g1.Beta, r)))
	proof.CommitmentPok.FromJacobian(&knowledge)
	return proof, nil
}

// sumLast is Σ w_i K_i + Σ h_i Z_i + Σ (r·w_i) B_i. Lists that are short share one multi-exponentiation, which saves the
// second and third sum over its buckets; of long ones a copy would cost more memory than it saves time.
func (k *Key) sumLast(c *bn254.G1Jac, wires, h, right fr.Vector, r *fr.Element) error {
	scaled := make(fr.Vector, len(right))
	scaled.ScalarMul(right, r)
	points := [][]bn254.G1Affine{k.proving.G1.K, k.proving.G1.Z, k.right1}
	scalars := []fr.Vector{pick(wires, k.private), h, scaled}
	if len(k.proving.G1.K)+len(h)+len(right) <= shareUpTo {
		points, scalars = [][]bn254.G1Affine{slices.Concat(points...)}, []fr.Vector{slices.Concat(scalars...)}
	}
	for i := range points {
		var part bn254.G1Jac
		if err := sum(&part, points[i], scalars[i]); err != nil {
			return err
		}
		c.AddAssign(&part)
	}
	return nil
}

// shareUpTo is the length of a short sum, in points: 2 MB of them.
const shareUpTo = 1 << 15

func pick(wires fr.Vector, which []int) fr.Vector {
	picked := make(fr.Vector, len(which))
	for i, wire := range which {
		picked[i] = wires[wire]
	}
	return picked
}

func sum(total *bn254.G1Jac, points []bn254.G1Affine, scalars fr.Vector) error {
	_, err := total.MultiExp(points, scalars, tasks(len(points)))
	return err
}

// tasks lets all cores work on a short sum. With as many tasks as cores the library works on all windows of the scalars at
// once, each over its own buckets; for a long sum these take 100 MB, and there are others to keep the cores busy.
func tasks(points int) ecc.MultiExpConfig {
	if points > shareUpTo {
		return ecc.MultiExpConfig{NbTasks: 1}
	}
	return ecc.MultiExpConfig{NbTasks: runtime.GOMAXPROCS(0)}
}

func multiple(p *bn254.G1Affine, by *fr.Element) *bn254.G1Jac {
	product := new(bn254.G1Jac).FromAffine(p)
	return product.ScalarMultiplication(product, by.BigInt(new(big.Int)))
}
