// Package accusation proves that a holder's response does not open its commitment: that the numbers D which the response
// decrypts to, under the key behind b, fail equation (1) of the protocol, without showing D (protocol, section 5b). The
// bank proves; anybody verifies from the bytes that were exchanged, and names the holder. No vote, no trusted opinion.
//
// A bank cannot accuse an honest holder: where equation (1) holds, the only Z is the neutral element, which is refused.
// A holder cannot make itself unaccusable: the noise range covers every element of Z_Q, so whatever bytes it sent have a
// decryption. The package refuses statements with numbers out of their bounds, and proofs in any form but the one at
// DecodeProof. It does not compare bytes with digests: a verifier does that first. It is not constant time.
package accusation

import (
	"math/big"

	"github.com/consensys/gnark/frontend"

	"weir/circuits/model/relation"
	"weir/circuits/model/ring"
)

// Circuit is the relation. At a challenge x that is drawn from all of Secret, from Statement and from Z:
//
//	b(x) + sk(x)·a'(x) = e'(x) + Q·r'(x) + (x^N+1)·q'(x)
//	sk(x)·c1(x) = Σ_(l<32) (τ·D_l + E_l − c0_l + Q·r_l) x^l + Σ_(l≥32) free_l x^l + (x^N+1)·q(x)
//	Z = κ·( Σ_(g<4) D_g·G_g + Σ_j D_(4+j)·(2^(9j)·H) − C − P )
//
// with sk ternary; e' in [−19, 19]; r' in [−256, 256); r in [−2^62, 2^62); E in [−160·2^63, 160·2^63);
// D_g + (t−1)/2 in [0, t) for the four groups and D in [0, t) for the 28 limbs.
//
// That range of E is wider than Q/t, so some E exists for every c0 and c1; for a response with noise below 1.4·2^68 the
// D is unique, since two would differ by t times a difference of E below Q/t.
type Circuit struct {
	Public Public[frontend.Variable] `gnark:",public"`
	Secret Secret[frontend.Variable]
}

// parts are the circuit's groups of constraints, in order; the lookups that they ask for come last.
var parts = []struct {
	name   string
	assert func(*Circuit, frontend.API, *relations)
}{
	{"statement", (*Circuit).assertStatement},
	{"key identity", (*Circuit).assertKey},
	{"decryption identity", (*Circuit).assertDecryption},
	{"decrypted numbers", (*Circuit).assertNumbers},
	{"opening", (*Circuit).assertOpening},
	{"blinding", (*Circuit).assertBlinding},
	{"lookup ternary", func(_ *Circuit, api frontend.API, r *relations) { r.ternary.Assert(api, r.X) }},
	{"lookup noise", func(_ *Circuit, api frontend.API, r *relations) { r.noise.Assert(api, r.X) }},
	{"lookup nine bits", func(_ *Circuit, api frontend.API, r *relations) { r.nine.Assert(api, r.X) }},
}

// Define states the relation.
func (c *Circuit) Define(api frontend.API) error { return c.define(api, len(parts)) }

// define states the first parts of the relation, so that a test can count each.
func (c *Circuit) define(api frontend.API, count int) error {
	committed := append(c.Secret.Wires(), c.Public.Statement, c.Public.Z.X, c.Public.Z.Y)
	challenge, err := relation.Draw(api, committed)
	if err != nil {
		return err
	}
	counts := &c.Secret.Counts
	r := &relations{
		Challenge: challenge,
		ternary:   relation.NewLookup(counts.Ternary[:]),
		noise:     relation.NewLookup(counts.Noise[:]),
		nine:      relation.NewLookup(counts.Nine[:]),
	}
	for _, part := range parts[:count] {
		part.assert(c, api, r)
	}
	return nil
}

// relations is what the parts of one circuit share.
type relations struct {
	relation.Challenge
	ternary, noise, nine *relation.Lookup
	secret               frontend.Variable // sk(x)
	difference           Coordinates[frontend.Variable]
}

// assertStatement binds the statement by a constraint of its own, beside its place in the challenge.
func (c *Circuit) assertStatement(api frontend.API, _ *relations) {
	api.Mul(c.Public.Statement, c.Public.Statement)
}

func (c *Circuit) assertKey(api frontend.API, r *relations) {
	r.secret = r.SecretAt(api, c.Secret.Key.Secret[:])
	relation.AssertKey(api, r.Challenge, &c.Secret.Key, r.secret, c.Public.B, c.Public.APrime, r.ternary, r.noise, r.nine)
}

// assertDecryption states the second identity. The coefficients from 32 on are not looked at by anybody, so they may be
// what they are; those below stay under 2^200, so equality in F is equality over the integers.
func (c *Circuit) assertDecryption(api frontend.API, r *relations) {
	s, tau, q := &c.Secret, ring.Tau(), ring.Q()
	var right [ring.N]frontend.Variable
	for l := range Slots {
		noise := api.Sub(compose(api, s.Noise[l][:]), noiseOffset)
		overflow := api.Sub(compose(api, s.Overflow[l][:]), overflowOffset)
		r.nine.Admit(s.Noise[l][:]...)
		r.nine.Admit(api.Add(s.Noise[l][noiseDigits-1], topDigitSlack))
		r.nine.Admit(s.Overflow[l][:]...)
		encoded := api.Mul(s.number(api, l), tau)
		right[l] = api.Sub(api.Add(encoded, noise, api.Mul(overflow, q)), c.Public.C0[l])
	}
	copy(right[Slots:], relation.ReadQuotient(api, s.Free[:]))
	left := api.Mul(r.secret, c.Public.C1)
	api.AssertIsEqual(left, api.Add(r.Evaluate(api, right[:]), r.TimesModulus(api, s.Quotient[:])))
}

// Ranges of the decryption identity, in digits of nine bits.
const (
	noiseDigits    = 8
	overflowDigits = 7
	// The top digit of E + 160·2^63 is below 320: in [0, 512), and still so with 192 more.
	topDigitSlack = 512 - 320
)

var (
	noiseOffset    = new(big.Int).Lsh(big.NewInt(160), 63)
	overflowOffset = new(big.Int).Lsh(big.NewInt(1), 62)
)

// compose is Σ_j 2^(9j) digits_j, without a constraint.
func compose(api frontend.API, digits []frontend.Variable) frontend.Variable {
	terms := make([]frontend.Variable, len(digits))
	for j, digit := range digits {
		terms[j] = api.Mul(digit, new(big.Int).Lsh(big.NewInt(1), uint(9*j)))
	}
	return relation.Sum(api, terms)
}
