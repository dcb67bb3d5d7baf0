package setup

import (
	"io"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// trapdoor is what makes keys and forges proofs. It lives for one call of Run.
type trapdoor struct {
	tau, alpha, beta, gamma, delta fr.Element
	sigma                          fr.Element // exponent of the commitment's proof of knowledge
	base, baseSigmaNeg             fr.Element // exponents of the commitment key's G and −σ·G
	vanishing                      fr.Element // τⁿ − 1, n the size of the domain
}

// drawTrapdoor takes 48 bytes of random for each secret: 384 bits reduced modulo the 254-bit order are uniform to
// 2^-130. Zero, and a τ in the domain, are drawn again.
func drawTrapdoor(random io.Reader, cardinality uint64) (trapdoor, error) {
	var s trapdoor
	for _, x := range []*fr.Element{&s.alpha, &s.beta, &s.gamma, &s.delta, &s.sigma, &s.base} {
		if err := drawNonZero(random, x); err != nil {
			return trapdoor{}, err
		}
	}
	for s.vanishing.IsZero() {
		if err := drawNonZero(random, &s.tau); err != nil {
			return trapdoor{}, err
		}
		s.vanishing = s.tau
		for k := uint64(1); k < cardinality; k <<= 1 {
			s.vanishing.Square(&s.vanishing)
		}
		one := fr.One()
		s.vanishing.Sub(&s.vanishing, &one)
	}
	s.baseSigmaNeg.Mul(&s.base, &s.sigma).Neg(&s.baseSigmaNeg)
	return s, nil
}

func drawNonZero(random io.Reader, x *fr.Element) error {
	var wide [48]byte
	for x.SetZero(); x.IsZero(); x.SetBytes(wide[:]) {
		if _, err := io.ReadFull(random, wide[:]); err != nil {
			return err
		}
	}
	return nil
}
