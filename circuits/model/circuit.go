// Package model proves that a sealed slice is what its commitments say: c0 encrypts, under the key behind b, exactly the
// points and blindings that W_0..W_255 commit to, all of them small, and no record can collect more of them than the
// slice's caps allow (protocol, section 4). The bank proves; every holder's agent and the supervisor verify before they
// approve a sealing.
//
// It refuses statements with residues that are not below their prime, with points that were never decoded, with edges or
// caps out of bounds; and proofs in any form but the one written down at DecodeProof. It does not compute digests of
// slices, nor expand a and a' from their seed: a verifier does both itself, from the bytes that it received, or proves
// nothing. It is not constant time.
package model

import (
	"github.com/consensys/gnark/frontend"

	"weir/circuits/model/relation"
	"weir/circuits/model/ring"
)

// Circuit is the relation. At a challenge x that is drawn from all of Secret and from Statement:
//
//	c0(x) + sk(x)·a(x)  = e(x)  + τ·m(x) + Q·r(x)  + (x^N+1)·q(x)
//	b(x)  + sk(x)·a'(x) = e'(x) + Q·r'(x)          + (x^N+1)·q'(x)
//	Out_g     = y_g     + Σ_k ψ_k w_kg                                   g < 4
//	Out_(4+c) = y_(4+c) + Σ_k ψ_k Σ_(j<7) 2^(9j) z_k(7c+j)               c < 4
//	w ≤ M on a line's rows,  Σ_l (1 − cont_l) M_l ≤ B,  the same sum over each feature's lines ≤ FeatureCap
//
// with sk ternary; e, e' in [−19, 19]; z and r' + 256 in [0, 512); w in [0, 2^12); r in [−2^12, 2^12) where it belongs to
// a point and in [−512, 512) where it belongs to a limb. Any bound on r below 2^100 would be sound; these are the least
// in whole digits that honest sealings stay in: τ·w/Q and τ·z/Q reach 1756 and 220, a·sk/Q has deviation 21.3, and 256
// is twelve of them.
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
	{"ciphertext identity", (*Circuit).assertCiphertext},
	{"key identity", (*Circuit).assertKey},
	{"openings", (*Circuit).assertOpenings},
	{"resolution", (*Circuit).assertResolution},
	{"lookup ternary", func(_ *Circuit, api frontend.API, r *relations) { r.ternary.Assert(api, r.X) }},
	{"lookup noise", func(_ *Circuit, api frontend.API, r *relations) { r.noise.Assert(api, r.X) }},
	{"lookup nine bits", func(_ *Circuit, api frontend.API, r *relations) { r.nine.Assert(api, r.X) }},
	{"lookup limb overflow", func(_ *Circuit, api frontend.API, r *relations) { r.limbOverflow.Assert(api, r.X) }},
	{"lookup three bits", func(_ *Circuit, api frontend.API, r *relations) { r.three.Assert(api, r.X) }},
	{"lookup four bits", func(_ *Circuit, api frontend.API, r *relations) { r.four.Assert(api, r.X) }},
}

// Define states the relation.
func (c *Circuit) Define(api frontend.API) error { return c.define(api, len(parts)) }

// define states the first parts of the relation, so that a test can count each.
func (c *Circuit) define(api frontend.API, count int) error {
	challenge, err := relation.Draw(api, append(c.Secret.Wires(), c.Public.Statement))
	if err != nil {
		return err
	}
	r := c.newRelations(challenge)
	for _, part := range parts[:count] {
		part.assert(c, api, r)
	}
	return nil
}

// The intervals beside relation's.
var (
	limbOverflows = relation.Interval{Low: -512, Size: 1024} // r of a limb
	threeBits     = relation.Interval{Low: 0, Size: 8}       // upper digit of 12 bits
	fourBits      = relation.Interval{Low: 0, Size: 16}      // upper digit of 13 bits
)

// relations is what the parts of one circuit share: the challenge, and the lookups that they fill.
type relations struct {
	relation.Challenge
	ternary, noise, nine, limbOverflow, three, four *relation.Lookup
	secret                                          frontend.Variable // sk(x)
}

func (c *Circuit) newRelations(challenge relation.Challenge) *relations {
	counts := &c.Secret.Counts
	return &relations{
		Challenge:    challenge,
		ternary:      relation.NewLookup(counts.Ternary[:]),
		noise:        relation.NewLookup(counts.Noise[:]),
		nine:         relation.NewLookup(counts.Nine[:]),
		limbOverflow: relation.NewLookup(counts.LimbOverflow[:]),
		three:        relation.NewLookup(counts.Three[:]),
		four:         relation.NewLookup(counts.Four[:]),
	}
}

// assertStatement binds the statement by a constraint of its own, beside its place in the challenge: gnark lets anybody
// change a public input that occurs in none.
func (c *Circuit) assertStatement(api frontend.API, _ *relations) {
	api.Mul(c.Public.Statement, c.Public.Statement)
}

// assertCiphertext states the first identity. Coefficient 32k + g carries point w_kg, coefficient 32k + 4 + j limb z_kj.
// No term reaches Q·2^14, so equality in F of the two sides mod X^N+1 is equality over the integers.
func (c *Circuit) assertCiphertext(api frontend.API, r *relations) {
	s, q, tau := &c.Secret, ring.Q(), ring.Tau()
	noise := func(i int) frontend.Variable { return relation.Noise.Value(api, s.Noise[i]) }
	right := make([]frontend.Variable, 0, ring.N)
	for k := range Rows {
		for g := range Groups {
			overflow := api.Sub(join(api, s.PointOverflowLow[k][g], s.PointOverflowHigh[k][g]), pointOverflowOffset)
			right = append(right, api.Add(noise(len(right)), api.Mul(s.point(api, k, g), tau), api.Mul(overflow, q)))
			r.nine.Admit(s.PointLow[k][g], s.PointOverflowLow[k][g])
			r.three.Admit(s.PointHigh[k][g])
			r.four.Admit(s.PointOverflowHigh[k][g])
		}
		for j := range Limbs {
			overflow := limbOverflows.Value(api, s.LimbOverflow[k][j])
			right = append(right, api.Add(noise(len(right)), api.Mul(s.Limbs[k][j], tau), api.Mul(overflow, q)))
			r.nine.Admit(s.Limbs[k][j])
			r.limbOverflow.Admit(s.LimbOverflow[k][j])
		}
	}
	r.noise.Admit(s.Noise[:]...)
	r.secret = r.SecretAt(api, s.Key.Secret[:])
	quotient := r.TimesModulus(api, s.Quotient[:])
	api.AssertIsEqual(api.Add(c.Public.C0, api.Mul(r.secret, c.Public.A)), api.Add(r.Evaluate(api, right), quotient))
}

// assertKey states the second identity, with a quotient of its own.
func (c *Circuit) assertKey(api frontend.API, r *relations) {
	relation.AssertKey(api, r.Challenge, &c.Secret.Key, r.secret, c.Public.B, c.Public.APrime, r.ternary, r.noise, r.nine)
}

// join is low + 512·high, without a constraint.
func join(api frontend.API, low, high frontend.Variable) frontend.Variable {
	return api.Add(low, api.Mul(high, 512))
}

// point is w_kg.
func (s *Secret[T]) point(api frontend.API, k, g int) frontend.Variable {
	return join(api, s.PointLow[k][g], s.PointHigh[k][g])
}
