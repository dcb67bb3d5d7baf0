package setup

import (
	"math/bits"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/fft"
	"github.com/consensys/gnark/constraint"
	cs "github.com/consensys/gnark/constraint/bn254"
)

// exponents are the discrete logarithms of the keys' points, in the order in which gnark's prover expects the points.
// A_i, B_i, C_i are wire i's polynomials at τ, and K_i = β·A_i + α·B_i + C_i.
type exponents struct {
	a, b                 []fr.Element // A_i, B_i without the zeros
	infinityA, infinityB []bool       // where those zeros were, one entry to a wire
	public               []fr.Element // K_i/γ of the public wires and of the commitment
	committed            []fr.Element // K_i/γ of the private wires that the commitment covers
	committedSigma       []fr.Element // σ times those
	private              []fr.Element // K_i/δ of all other wires
	quotient             []fr.Element // τ^i·(τⁿ−1)/δ for i < n in bit-reversed order, the last one left out
}

func evaluate(system *cs.R1CS, commitments constraint.Groth16Commitments, domain *fft.Domain, s *trapdoor) *exponents {
	a, b, c := wirePolynomials(system, domain, s)
	e := new(exponents)
	place := placement(system, commitments)
	gammaInv, deltaInv := inverse(s.gamma), inverse(s.delta)
	for i := range a {
		var k, t fr.Element
		k.Mul(&a[i], &s.beta)
		t.Mul(&b[i], &s.alpha)
		k.Add(&k, &t).Add(&k, &c[i])
		switch place(i) {
		case public:
			e.public = append(e.public, *k.Mul(&k, &gammaInv))
		case committed:
			e.committed = append(e.committed, *k.Mul(&k, &gammaInv))
		case private:
			e.private = append(e.private, *k.Mul(&k, &deltaInv))
		}
	}
	e.committedSigma = make([]fr.Element, len(e.committed))
	for i := range e.committed {
		e.committedSigma[i].Mul(&e.committed[i], &s.sigma)
	}
	e.a, e.infinityA = nonZero(a)
	e.b, e.infinityB = nonZero(b)
	e.quotient = quotient(domain.Cardinality, s, deltaInv)
	return e
}

type wirePlace int

const (
	private wirePlace = iota
	public
	committed
)

// placement tells where a wire's K_i belongs. Wires have to be asked in order. The commitment is the solver's private
// wire, but the verifier puts its value in, so its point stands among the public ones.
func placement(system *cs.R1CS, commitments constraint.Groth16Commitments) func(wire int) wirePlace {
	var covered []int
	commitment := -1
	if len(commitments) == 1 {
		covered, commitment = commitments[0].PrivateCommitted, commitments[0].CommitmentIndex
	}
	return func(wire int) wirePlace {
		switch {
		case wire < system.GetNbPublicVariables() || wire == commitment:
			return public
		case len(covered) > 0 && covered[0] == wire:
			covered = covered[1:]
			return committed
		}
		return private
	}
}

// wirePolynomials gives each wire's A, B and C at τ: constraint j contributes its coefficients times the j-th Lagrange
// polynomial of the domain at τ.
func wirePolynomials(system *cs.R1CS, domain *fft.Domain, s *trapdoor) (a, b, c []fr.Element) {
	wires := system.NbInternalVariables + system.GetNbPublicVariables() + system.GetNbSecretVariables()
	a, b, c = make([]fr.Element, wires), make([]fr.Element, wires), make([]fr.Element, wires)
	lagrange := lagrangeAt(system.GetNbConstraints(), domain, s)
	add := func(sums []fr.Element, terms constraint.LinearExpression, value *fr.Element) {
		for _, term := range terms {
			var product fr.Element
			product.Mul(&system.Coefficients[term.CoeffID()], value)
			sums[term.WireID()].Add(&sums[term.WireID()], &product)
		}
	}
	j := 0
	for it := system.GetR1CIterator(); ; j++ {
		r := it.Next()
		if r == nil {
			return a, b, c
		}
		add(a, r.L, &lagrange[j])
		add(b, r.R, &lagrange[j])
		add(c, r.O, &lagrange[j])
	}
}

// lagrangeAt gives L_j(τ) = ω^j·(τⁿ−1) / (n·(τ−ω^j)) for the first count of the domain's n powers of ω.
func lagrangeAt(count int, domain *fft.Domain, s *trapdoor) []fr.Element {
	numerators, denominators := make([]fr.Element, count), make([]fr.Element, count)
	var numerator fr.Element
	numerator.Mul(&s.vanishing, &domain.CardinalityInv)
	power := fr.One()
	for j := range count {
		numerators[j] = numerator
		denominators[j].Sub(&s.tau, &power)
		power.Mul(&power, &domain.Generator)
		numerator.Mul(&numerator, &domain.Generator)
	}
	denominators = fr.BatchInvert(denominators)
	for j := range numerators {
		numerators[j].Mul(&numerators[j], &denominators[j])
	}
	return numerators
}

// quotient gives the exponents for the quotient polynomial, whose degree is at most n − 2. gnark's prover leaves that
// polynomial in bit-reversed order, in which the coefficient that is always zero comes last.
func quotient(n uint64, s *trapdoor, deltaInv fr.Element) []fr.Element {
	out := make([]fr.Element, n)
	var value fr.Element
	value.Mul(&s.vanishing, &deltaInv)
	unused := bits.LeadingZeros64(n - 1)
	for i := range n {
		place := uint64(0)
		if n > 1 {
			place = bits.Reverse64(i) >> unused
		}
		out[place] = value
		value.Mul(&value, &s.tau)
	}
	return out[:n-1]
}

func nonZero(values []fr.Element) (rest []fr.Element, zero []bool) {
	rest, zero = make([]fr.Element, 0, len(values)), make([]bool, len(values))
	for i := range values {
		if zero[i] = values[i].IsZero(); !zero[i] {
			rest = append(rest, values[i])
		}
	}
	return rest, zero
}

func inverse(x fr.Element) fr.Element {
	var out fr.Element
	out.Inverse(&x)
	return out
}
