package model

import (
	"crypto/rand"
	mathrand "math/rand/v2"
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
	// Keys and ceremonies are made for this digest. It changes with every constraint and with gnark's version.
	const golden = "db499ca5957b878c982b988dbb43d8805b9c6983605bc11f2c53f9006beff263"
	if digest, err := circuits.Digest(circuit.Prefixes[len(parts)]); err != nil || digest.String() != golden {
		t.Errorf("circuit digest %s, want %s (%v)", digest, golden, err)
	}
}

// cheat is one lie: about the statement or the inputs (before), or about wires and public inputs (after).
type cheat struct {
	name          string
	before, after func(*attempt)
	caught        string // the first part that it breaks
}

const byKey, byCiphertext, byNineBits = "key identity", "ciphertext identity", "lookup nine bits"

var one = fr.One()

// cheats names each lie and the part of the circuit that catches it. What the circuit does not see, commitments to other
// points or with a part outside the subgroup, is caught outside: see TestProveRefusesWhatItCannotProve.
var cheats = []cheat{
	{name: "none"},
	{name: "zero key", before: func(a *attempt) { *a.in.statement.B = [3][ring.N]uint64{} }, caught: byKey},
	{name: "structured key", before: func(a *attempt) {
		*a.in.statement.B = [3][ring.N]uint64{}
		for i := range a.in.statement.B {
			a.in.statement.B[i][1] = 1 << 20
		}
	}, caught: byKey},
	{name: "same change in c0 and b, in both quotients", before: shiftBoth(1), after: func(a *attempt) {
		a.secret.Quotient[5].Add(&a.secret.Quotient[5], &one)
		a.secret.Key.Quotient[5].Add(&a.secret.Key.Quotient[5], &one)
	}, caught: byCiphertext},
	{name: "opposite changes in c0 and b, in both quotients", before: shiftBoth(-1), after: func(a *attempt) {
		a.secret.Quotient[5].Add(&a.secret.Quotient[5], &one)
		a.secret.Key.Quotient[5].Sub(&a.secret.Key.Quotient[5], &one)
	}, caught: byCiphertext},
	{name: "key of another secret", before: func(a *attempt) {
		other := *a.in.witness.Secret
		other[9] = (other[9]+2)%3 - 1
		a.in.statement.B = encrypt(a.in.statement.APrime, &other, a.in.witness.Key, new([ring.N]int64))
	}, caught: byKey},
	{name: "secret not ternary", before: func(a *attempt) { a.in.witness.Secret[77] = 2; a.in.seal() },
		caught: "lookup ternary"},
	{name: "large e", before: func(a *attempt) { a.in.witness.Noise[8000] = 20; a.in.seal() }, caught: "lookup noise"},
	{name: "large e'", before: func(a *attempt) { a.in.witness.Key[0] = -20; a.in.seal() }, caught: "lookup noise"},
	{name: "ciphertext of another point", before: func(a *attempt) {
		sealed := a.in.statement.Rows
		a.in.witness.Points[3][0]++
		a.in.seal()
		a.in.witness.Points[3][0]--
		a.in.statement.Rows = sealed
	}, caught: byCiphertext},
	{name: "limb of 512", before: func(a *attempt) { a.in.witness.Limbs[255][27] = 512; a.in.seal() }, caught: byNineBits},
	{name: "point of 4096", before: func(a *attempt) {
		a.in.statement.Caps[0], a.in.statement.Resolution = 1<<16, 16
		a.in.witness.Points[0][0] = 4096
		a.in.seal()
	}, caught: "lookup three bits"},
	{name: "lower digit of a point above 511", before: func(a *attempt) { a.in.witness.Points[1][0] = 600; a.in.seal() },
		after: func(a *attempt) {
			a.secret.PointLow[1][0].SetUint64(600)
			a.secret.PointHigh[1][0].SetZero()
		}, caught: byNineBits},
	{name: "any c0, r as a field quotient", before: func(a *attempt) { a.in.statement.C0[0][4] ^= 1 },
		after: func(a *attempt) {
			r, offset := a.fieldOverflow(4, uint64(a.in.witness.Limbs[0][0])), fr.NewElement(512)
			a.secret.LimbOverflow[0][0].Add(&r, &offset)
		}, caught: "lookup limb overflow"},
	{name: "any c0 under a point, r as a field quotient", before: func(a *attempt) { a.in.statement.C0[0][0] ^= 1 },
		after: func(a *attempt) {
			r, offset := a.pointOverflow(), fr.NewElement(pointOverflowOffset)
			a.secret.PointOverflowLow[0][0].Add(&r, &offset)
			a.secret.PointOverflowHigh[0][0].SetZero()
		}, caught: byNineBits},
	{name: "any c0 under a point, r in the upper digit", before: func(a *attempt) { a.in.statement.C0[0][0] ^= 1 },
		after: func(a *attempt) { // high = (r + 4096 − low)/512; the other digit stays in the table, and counted
			high, digit := a.pointOverflow(), fr.NewElement(512)
			offset := fr.NewElement(pointOverflowOffset)
			high.Add(&high, &offset).Sub(&high, &a.secret.PointOverflowLow[0][0])
			a.secret.PointOverflowHigh[0][0].Div(&high, &digit)
		}, caught: "lookup four bits"},
	{name: "zero key, r' as field quotients", before: func(a *attempt) { *a.in.statement.B = ring.Residues{} },
		after: func(a *attempt) {
			overflow := a.keyOverflow()
			copy(a.secret.Key.Overflow[:], overflow[:])
		}, caught: byNineBits},
	{name: "key under an a' of its own", before: func(a *attempt) {
		a.in.statement.B = encrypt(a.in.statement.A, a.in.witness.Secret, a.in.witness.Key, new([ring.N]int64))
	}, caught: byKey},
	{name: "ciphertext under an a of its own", before: func(a *attempt) {
		a.in.statement.A = a.in.statement.APrime
	}, caught: byCiphertext},
	{name: "quotient changed", after: func(a *attempt) { a.secret.Quotient[8191].Add(&a.secret.Quotient[8191], &one) }, caught: byCiphertext},
	{name: "key quotient changed", after: func(a *attempt) { a.secret.Key.Quotient[8191].Add(&a.secret.Key.Quotient[8191], &one) }, caught: byKey},
	{name: "opened with another mask", after: func(a *attempt) { a.secret.Mask[0] = one }, caught: "openings"},
	{name: "blinding opened with another mask", after: func(a *attempt) { a.secret.Mask[7] = one }, caught: "openings"},
	{name: "slice above its cap", before: func(a *attempt) { a.in.statement.Caps[0] = a.reach(0) - 1 }, caught: byNineBits},
	{name: "points in a group with cap 0", before: func(a *attempt) { a.in.witness.Points[40][3] = 1; a.in.seal() }, caught: byNineBits},
	{name: "bound below a point", before: func(a *attempt) { a.in.statement.Caps[0] = a.reach(0) - 1 },
		after: func(a *attempt) { // the highest line claims one less, so that the cap holds
			a.secret.Bound[0][0].Sub(&a.secret.Bound[0][0], &one)
			a.secret.SpareHigh[0].SetZero()
			spare := &a.secret.FeatureSpareLow[a.in.statement.Map[0]][0]
			spare.Add(spare, &one)
		}, caught: byNineBits},
	{name: "one feature above its cap", before: func(a *attempt) {
		a.in.statement.Resolution = 7
		a.in.witness.Points[8*7][0] = 65
		a.in.seal()
	}, caught: byNineBits},
	{name: "two lines of a feature above its cap together", before: func(a *attempt) {
		a.in.statement.Resolution = 7
		a.in.witness.Points[8*5][0], a.in.witness.Points[8*9][0] = 60, 60
		a.in.seal()
	}, caught: byNineBits},
	{name: "spare moved from one feature to another", after: func(a *attempt) {
		a.secret.FeatureSpareLow[4][0].Add(&a.secret.FeatureSpareLow[4][0], &one)
		a.secret.FeatureSpareLow[7][0].Sub(&a.secret.FeatureSpareLow[7][0], &one)
	}, caught: "resolution"},
	{name: "points below a continued line", before: func(a *attempt) { a.in.witness.Points[8*3][0] = 1; a.in.seal() }, caught: "resolution"},
	{name: "points above a continued line", before: func(a *attempt) { a.in.witness.Points[8*3-1][1] = 1; a.in.seal() }, caught: "resolution"},
	{name: "another bound on a continued line", after: func(a *attempt) { a.secret.Bound[3][1].SetUint64(5000) },
		caught: "resolution"},
	{name: "counts of a lookup changed", after: func(a *attempt) { a.secret.Counts.Nine[3] = one }, caught: byNineBits},
}

// Every part refuses cheats that all parts before it let pass. The statement has none: any statement goes with any witness,
// and TestProofBindsEveryPublicInput shows that a proof's cannot be changed.
func TestEveryCheatIsCaught(t *testing.T) {
	caught := map[string]int{}
	for _, c := range cheats {
		caught[c.caught]++
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
			if part := caughtBy(t, a, &x); part != c.caught {
				t.Errorf("caught by %q, want %q", part, c.caught)
			}
		})
	}
	for _, part := range parts[1:] {
		if caught[part.name] == 0 {
			t.Errorf("no cheat for %s", part.name)
		}
	}
}

// A prover who knew the challenge beforehand could show any ciphertext, by a quotient that fits there and nowhere else. So
// the challenge must be drawn from every wire, from the masks of the openings and from the statement.
func TestTheChallengeComesLast(t *testing.T) {
	relationtest.HoldChallenge(t, testKeys().System(), 1)
	a, x, other := &attempt{in: honest(8)}, element(t), element(t)
	a.assign(t, &x)
	a.in.statement.C0[0][9] ^= 1
	excess := a.lacking(&x)
	a.secret.Quotient[0].Add(&a.secret.Quotient[0], &excess)
	a.publish(&x)
	if part := caughtBy(t, a, &x); part != "" {
		t.Errorf("with the challenge known, caught by %q", part)
	}
	a.publish(&other)
	if part := caughtBy(t, a, &other); part != byCiphertext {
		t.Errorf("at another challenge, caught by %q", part)
	}
}

// assign finds the wires as an honest prover would, and the public inputs as a verifier does.
func (a *attempt) assign(t *testing.T, x *fr.Element) {
	t.Helper()
	s, w := &a.in.statement, &a.in.witness
	if err := s.check(); err != nil {
		t.Fatal(err)
	}
	var err error
	if a.secret, _, err = w.assign(s, s.polynomials(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	a.publish(x)
}

// publish finds the public inputs at a challenge, for the wires as they are.
func (a *attempt) publish(x *fr.Element) {
	weights := psi(x)
	out := a.in.witness.open(&a.secret.Mask, &weights)
	a.public = a.in.statement.publicAt(x, a.in.statement.polynomials(), fr.NewElement(9), &out)
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
