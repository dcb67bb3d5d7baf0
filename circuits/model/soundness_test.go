package model

import (
	"crypto/rand"
	mathrand "math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	cs "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/frontend"

	"weir/circuits"
	"weir/circuits/model/relation/relationtest"
	"weir/circuits/model/ring"
)

// attempt is what a prover brings before the solver, with public inputs at a challenge that it did not choose.
type attempt struct {
	in     *instance
	secret *Secret[fr.Element]
	public *Public[fr.Element]
}

// prefix is the circuit's first parts, for counting.
type prefix struct {
	Circuit
	count int
}

func (p *prefix) Define(api frontend.API) error { return p.define(api, p.count) }

var compiled = sync.OnceValues(func() (*relationtest.Circuit, error) {
	names := []string{"challenge"}
	for _, part := range parts {
		names = append(names, part.name)
	}
	return relationtest.Compile(names, func(count int) (*cs.R1CS, error) { return circuits.Compile(&prefix{count: count}) })
})

func caughtBy(t *testing.T, a *attempt, x *fr.Element) string {
	t.Helper()
	circuit, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	return circuit.CaughtBy(t, x, a.public.Wires(), a.secret.Wires())
}

func TestConstraintsAreGolden(t *testing.T) {
	circuit, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	circuit.HoldGolden(t, "../../testdata/golden/constraints.csv", string(circuits.Model))
}

// cheat is one lie: about the statement or the inputs (before), or about wires and public inputs (after).
type cheat struct {
	name          string
	before, after func(*attempt)
	caught        []string // the parts that may report it; more than one where several constraints break
}

const byLimbOverflow, byThreeBits = "lookup limb overflow", "lookup three bits"
const byKey, byCiphertext, byNineBits = "key identity", "ciphertext identity", "lookup nine bits"

var one = fr.One()

// cheats names each lie and the part of the circuit that catches it. What the circuit does not see, commitments to other
// points or with a part outside the subgroup, is caught outside: see TestProveRefusesWhatItCannotProve.
var cheats = []cheat{
	{name: "none"},
	{name: "zero key", before: func(a *attempt) { *a.in.statement.B = [3][ring.N]uint64{} }, caught: []string{byKey}},
	{name: "structured key", before: func(a *attempt) {
		*a.in.statement.B = [3][ring.N]uint64{}
		for i := range a.in.statement.B {
			a.in.statement.B[i][1] = 1 << 20
		}
	}, caught: []string{byKey}},
	{name: "same change in c0 and b, in both quotients", before: shiftBoth(1), after: func(a *attempt) {
		a.secret.Quotient[5].Add(&a.secret.Quotient[5], &one)
		a.secret.Key.Quotient[5].Add(&a.secret.Key.Quotient[5], &one)
	}, caught: []string{byKey, byCiphertext}},
	{name: "opposite changes in c0 and b, in both quotients", before: shiftBoth(-1), after: func(a *attempt) {
		a.secret.Quotient[5].Add(&a.secret.Quotient[5], &one)
		a.secret.Key.Quotient[5].Sub(&a.secret.Key.Quotient[5], &one)
	}, caught: []string{byKey, byCiphertext}},
	{name: "key of another secret", before: func(a *attempt) {
		other := *a.in.witness.Secret
		other[9] = (other[9]+2)%3 - 1
		a.in.statement.B = encrypt(a.in.statement.APrime, &other, a.in.witness.Key, new([ring.N]int64))
	}, caught: []string{byKey}},
	{name: "secret not ternary", before: func(a *attempt) { a.in.witness.Secret[77] = 2; a.in.seal() },
		caught: []string{"lookup ternary"}},
	{name: "large e", before: func(a *attempt) { a.in.witness.Noise[8000] = 20; a.in.seal() }, caught: []string{"lookup noise"}},
	{name: "large e'", before: func(a *attempt) { a.in.witness.Key[0] = -20; a.in.seal() }, caught: []string{"lookup noise"}},
	{name: "ciphertext of another point", before: func(a *attempt) {
		sealed := a.in.statement.Rows
		a.in.witness.Points[3][0]++
		a.in.seal()
		a.in.witness.Points[3][0]--
		a.in.statement.Rows = sealed
	}, caught: []string{byCiphertext}},
	{name: "limb of 512", before: func(a *attempt) { a.in.witness.Limbs[255][27] = 512; a.in.seal() }, caught: []string{byNineBits}},
	{name: "point of 4096", before: func(a *attempt) {
		a.in.statement.Caps[0], a.in.statement.Resolution = 1<<16, 16
		a.in.witness.Points[0][0] = 4096
		a.in.seal()
	}, caught: []string{byThreeBits}},
	{name: "lower digit of a point above 511", before: func(a *attempt) { a.in.witness.Points[1][0] = 600; a.in.seal() },
		after: func(a *attempt) {
			a.secret.PointLow[1][0].SetUint64(600)
			a.secret.PointHigh[1][0].SetZero()
		}, caught: []string{byNineBits, byThreeBits}},
	{name: "any c0, r as a field quotient", before: func(a *attempt) { a.in.statement.C0[0][4] ^= 1 },
		after: func(a *attempt) {
			r, offset := a.fieldOverflow(4, uint64(a.in.witness.Limbs[0][0])), fr.NewElement(512)
			a.secret.LimbOverflow[0][0].Add(&r, &offset)
		}, caught: []string{byLimbOverflow}},
	{name: "any c0 under a point, r as a field quotient", before: func(a *attempt) { a.in.statement.C0[0][0] ^= 1 },
		after: func(a *attempt) {
			r := a.fieldOverflow(0, uint64(a.in.witness.Points[0][0]))
			offset := fr.NewElement(pointOverflowOffset)
			a.secret.PointOverflowLow[0][0].Add(&r, &offset)
			a.secret.PointOverflowHigh[0][0].SetZero()
		}, caught: []string{byNineBits, "lookup four bits"}},
	{name: "quotient changed", after: func(a *attempt) { a.secret.Quotient[8191].Add(&a.secret.Quotient[8191], &one) }, caught: []string{byCiphertext}},
	{name: "key quotient changed", after: func(a *attempt) { a.secret.Key.Quotient[8191].Add(&a.secret.Key.Quotient[8191], &one) }, caught: []string{byKey}},
	{name: "opened with another mask", after: func(a *attempt) { a.secret.Mask[0] = one }, caught: []string{"openings"}},
	{name: "blinding opened with another mask", after: func(a *attempt) { a.secret.Mask[7] = one }, caught: []string{"openings"}},
	{name: "slice above its cap", before: func(a *attempt) { a.in.statement.Caps[0] = a.reach(0) - 1 }, caught: []string{byNineBits}},
	{name: "points in a group with cap 0", before: func(a *attempt) { a.in.witness.Points[40][3] = 1; a.in.seal() }, caught: []string{byNineBits}},
	{name: "bound below a point", before: func(a *attempt) { a.in.statement.Caps[0] = a.reach(0) - 1 },
		after: func(a *attempt) { // the highest line claims one less, so that the cap holds
			a.secret.Bound[0][0].Sub(&a.secret.Bound[0][0], &one)
			a.secret.SpareHigh[0].SetZero()
		}, caught: []string{byNineBits, "resolution"}},
	{name: "one feature above its cap", before: func(a *attempt) {
		a.in.statement.Resolution = 7
		a.in.witness.Points[8*7][0] = 65
		a.in.seal()
	}, caught: []string{byNineBits}},
	{name: "two lines of a feature above its cap together", before: func(a *attempt) {
		a.in.statement.Resolution = 7
		a.in.witness.Points[8*5][0], a.in.witness.Points[8*9][0] = 60, 60
		a.in.seal()
	}, caught: []string{byNineBits}},
	{name: "spare moved from one feature to another", after: func(a *attempt) {
		a.secret.FeatureSpareLow[4][0].Add(&a.secret.FeatureSpareLow[4][0], &one)
		a.secret.FeatureSpareLow[7][0].Sub(&a.secret.FeatureSpareLow[7][0], &one)
	}, caught: []string{"resolution", byNineBits}},
	{name: "points below a continued line", before: func(a *attempt) { a.in.witness.Points[8*3][0] = 1; a.in.seal() }, caught: []string{"resolution"}},
	{name: "points above a continued line", before: func(a *attempt) { a.in.witness.Points[8*3-1][1] = 1; a.in.seal() }, caught: []string{"resolution"}},
	{name: "another bound on a continued line", after: func(a *attempt) { a.secret.Bound[3][1].SetUint64(5000) },
		caught: []string{"resolution", byNineBits}},
	{name: "counts of a lookup changed", after: func(a *attempt) { a.secret.Counts.Nine[3] = one }, caught: []string{byNineBits}},
}

func TestEveryCheatIsCaught(t *testing.T) {
	for _, c := range cheats {
		t.Run(c.name, func(t *testing.T) {
			a := &attempt{in: honest(7)}
			if c.before != nil {
				c.before(a)
			}
			x := element(t)
			a.assign(t, &x)
			if c.after != nil {
				c.after(a)
			}
			if part := caughtBy(t, a, &x); part == "" && c.caught != nil || part != "" && !slices.Contains(c.caught, part) {
				t.Errorf("caught by %q, want one of %q", part, c.caught)
			}
		})
	}
}

// assign finds the wires as an honest prover would, and the public inputs as a verifier does.
func (a *attempt) assign(t *testing.T, x *fr.Element) {
	t.Helper()
	s, w := &a.in.statement, &a.in.witness
	if err := s.check(); err != nil {
		t.Fatal(err)
	}
	p := s.polynomials()
	secret, _, err := w.assign(s, p, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	weights := psi(x)
	out := w.open(&secret.Mask, &weights)
	a.secret, a.public = secret, s.publicAt(x, p, element(t), &out)
}

// shiftBoth adds 1 to a coefficient of b and ±1 to the same of c0.
func shiftBoth(sign int) func(*attempt) {
	return func(a *attempt) {
		s := &a.in.statement
		for i := range s.B {
			s.B[i][5]++
			s.C0[i][5] = uint64(int64(s.C0[i][5]) + int64(sign))
		}
	}
}

// fieldOverflow is the r that makes coefficient i of the first identity hold in the field, integer or not.
func (a *attempt) fieldOverflow(i int, message uint64) fr.Element {
	p := a.in.statement.polynomials()
	product, _ := ring.Divide(p.a, ring.Small(a.in.witness.Secret))
	tau, q, e := ring.TauElement(), ring.QElement(), fr.NewElement(message)
	var r, noise fr.Element
	r.Add(&p.c0[i], &product[i])
	r.Sub(&r, noise.SetInt64(int64(a.in.witness.Noise[i])))
	r.Sub(&r, tau.Mul(&tau, &e))
	r.Div(&r, &q)
	return r
}

// reach is what a record can collect of group g.
func (a *attempt) reach(g int) (sum uint32) {
	s := &a.in.statement
	for l, bound := range a.in.witness.bounds(s) {
		if !s.continues(l) {
			sum += uint32(bound[g])
		}
	}
	return sum
}

// Caps that are exactly what a record can collect fit, for other tables and all four groups; one less in any group does
// not.
func TestTightCapsFit(t *testing.T) {
	for seed := range uint64(3) {
		random := mathrand.New(mathrand.NewPCG(seed, 9))
		a := &attempt{in: honest(seed)}
		s := &a.in.statement
		for l := range Lines {
			s.Map[l] = uint8(random.IntN(4)) // many lines a feature, in any order
			if l > 0 && random.IntN(2) == 0 {
				s.Map[l] = s.Map[l-1]
				s.Edges[l] = [LineRows - 1]uint64{}
				for i := range s.Edges[l] {
					s.Edges[l][i] = s.Edges[l-1][LineRows-2]
				}
			}
		}
		a.scatter(random)
		for g := range Groups {
			s.Caps[g] = a.reach(g)
		}
		s.Resolution = 15
		a.in.seal()
		x := element(t)
		a.assign(t, &x)
		if part := caughtBy(t, a, &x); part != "" {
			t.Errorf("seed %d: refused by %q", seed, part)
		}
		for g := range Groups {
			s.Caps[g]--
			if _, fits, err := a.in.witness.assign(s, s.polynomials(), rand.Reader); fits || err != nil {
				t.Errorf("seed %d: a cap of one less in group %d fits: %v", seed, g, err)
			}
			s.Caps[g]++
		}
	}
}

// scatter gives every row points in every group, but the joints of continued lines none.
func (a *attempt) scatter(random *mathrand.Rand) {
	for k := range Rows {
		for g := range Groups {
			a.in.witness.Points[k][g] = uint16(1 + random.IntN(200))
		}
	}
	for l := range Lines {
		if a.in.statement.continues(l) {
			a.in.witness.Points[LineRows*l], a.in.witness.Points[LineRows*l-1] = [Groups]uint16{}, [Groups]uint16{}
		}
	}
}
