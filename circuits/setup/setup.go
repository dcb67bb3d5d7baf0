// Package setup makes Groth16 keys for a compiled circuit on one machine, in about a ninth of the time that the
// library's own set-up takes. It is for development, tests and demonstrations.
//
// It refuses to be more than that: whoever runs it knows the trapdoor for as long as the call lasts, and whoever keeps
// the trapdoor can prove false statements. Keys that several organisations have to rely on come from circuits/ceremony.
// The keys have the shape, the order of points and the serialised form of the library's, so every prover and verifier of
// gnark takes them.
//
// Notation follows Figure 4 of DIZK (https://eprint.iacr.org/2018/691); commitments inside a circuit are those of
// BSB22 as gnark places them, at most one to a circuit. Circuits and costs: ARCHITECTURE.md.
package setup

import (
	"errors"
	"fmt"
	"io"

	curve "github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/fft"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/pedersen"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/consensys/gnark/constraint"
	cs "github.com/consensys/gnark/constraint/bn254"
)

// ErrCircuit is returned for a system that this set-up does not serve: no constraint at all, not compiled for Groth16,
// or more than one commitment.
var ErrCircuit = errors.New("circuit not served by the development set-up")

// Run makes a proving and a verifying key for system, from 48 bytes of random for each of the seven secrets it
// draws (random should be crypto/rand.Reader; the same stream gives the same keys). It uses every core and returns when
// all of its goroutines have ended.
//
// progress, which may be nil, is called from one goroutine at a time with the work done so far and the whole, in
// multiplications of a point of G1.
//
// Errors: ErrCircuit, or the failure of random. The trapdoor is in no error and in neither key.
func Run(system *cs.R1CS, random io.Reader, progress func(done, total int)) (*groth16.ProvingKey, *groth16.VerifyingKey, error) {
	commitments, err := commitmentsOf(system)
	if err != nil {
		return nil, nil, err
	}
	domain := fft.NewDomain(uint64(system.GetNbConstraints()))
	secret, err := drawTrapdoor(random, domain.Cardinality)
	if err != nil {
		return nil, nil, fmt.Errorf("drawing the trapdoor: %w", err)
	}
	e := evaluate(system, commitments, domain, &secret)
	pk, vk := e.lift(&secret, newMeter(progress))
	pk.Domain = *domain
	vk.PublicAndCommitmentCommitted = commitments.GetPublicAndCommitmentCommitted(
		commitments.CommitmentIndexes(), system.GetNbPublicVariables())
	if len(commitments) == 0 {
		pk.CommitmentKeys, vk.CommitmentKeys = nil, nil
	}
	if err := vk.Precompute(); err != nil {
		panic(fmt.Sprintf("setup: pairing of two generators' multiples: %v", err))
	}
	return pk, vk, nil
}

func commitmentsOf(system *cs.R1CS) (constraint.Groth16Commitments, error) {
	commitments, ok := system.CommitmentInfo.(constraint.Groth16Commitments)
	switch {
	case !ok:
		return nil, fmt.Errorf("%w: not compiled for Groth16", ErrCircuit)
	case len(commitments) > 1:
		return nil, fmt.Errorf("%w: %d commitments, at most one", ErrCircuit, len(commitments))
	case system.GetNbConstraints() == 0:
		return nil, fmt.Errorf("%w: no constraint", ErrCircuit)
	}
	return commitments, nil
}

// lift multiplies the generators by all exponents at once, so that each table of multiples is made only once, and deals
// the points out to the two keys.
func (e *exponents) lift(secret *trapdoor, m *meter) (*groth16.ProvingKey, *groth16.VerifyingKey) {
	_, _, g1, g2 := curve.Generators()
	first := make(scalars, 0, 3+len(e.a)+len(e.b)+len(e.quotient)+len(e.public)+len(e.private)+2*len(e.committed))
	second := make(scalars, 0, len(e.b)+5)
	single1 := first.add(secret.alpha, secret.beta, secret.delta)
	a, b, z := first.add(e.a...), first.add(e.b...), first.add(e.quotient...)
	public, private := first.add(e.public...), first.add(e.private...)
	basis, basisSigma := first.add(e.committed...), first.add(e.committedSigma...)
	b2, single2 := second.add(e.b...), second.add(secret.beta, secret.gamma, secret.delta, secret.base, secret.baseSigmaNeg)
	m.total = len(first) + weightG2*len(second)
	p := newTableG1(&g1, len(first)).multiply(first, m)
	q := newTableG2(&g2, len(second)).multiply(second, m)

	pk, vk := new(groth16.ProvingKey), new(groth16.VerifyingKey)
	one, two := cut(p, single1), cut(q, single2)
	pk.G1.Alpha, pk.G1.Beta, pk.G1.Delta = one[0], one[1], one[2]
	pk.G1.A, pk.G1.B, pk.G1.Z, pk.G1.K = cut(p, a), cut(p, b), cut(p, z), cut(p, private)
	pk.G2.Beta, pk.G2.Delta, pk.G2.B = two[0], two[2], cut(q, b2)
	pk.InfinityA, pk.NbInfinityA = e.infinityA, uint64(len(e.infinityA)-len(e.a))
	pk.InfinityB, pk.NbInfinityB = e.infinityB, uint64(len(e.infinityB)-len(e.b))
	pk.CommitmentKeys = []pedersen.ProvingKey{{Basis: cut(p, basis), BasisExpSigma: cut(p, basisSigma)}}
	vk.G1.Alpha, vk.G1.Beta, vk.G1.Delta, vk.G1.K = one[0], one[1], one[2], cut(p, public)
	vk.G2.Beta, vk.G2.Gamma, vk.G2.Delta = two[0], two[1], two[2]
	vk.CommitmentKeys = []pedersen.VerifyingKey{{G: two[3], GSigmaNeg: two[4]}}
	return pk, vk
}
