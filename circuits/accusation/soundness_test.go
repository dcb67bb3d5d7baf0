package accusation

import (
	"crypto/rand"
	"math/big"
	"slices"
	"sync"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	cs "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/frontend"

	"weir/circuits"
	"weir/circuits/model/relation/relationtest"
	"weir/circuits/model/ring"
	"weir/engine/pedersen"
)

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

func TestConstraintsAreGolden(t *testing.T) {
	circuit, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	circuit.HoldGolden(t, "../../testdata/golden/constraints.csv", string(circuits.Accusation))
}

// attempt is what an accuser brings before the solver, with public inputs at a challenge that it did not choose.
type attempt struct {
	in     *instance
	secret *Secret[fr.Element]
	public *Public[fr.Element]
}

// assign finds the wires as an honest accuser would. Where there is nothing to accuse it claims Z = H.
func (a *attempt) assign(t *testing.T, x *fr.Element) {
	t.Helper()
	s := &a.in.statement
	if err := s.check(); err != nil {
		t.Fatal(err)
	}
	secret, slots, _ := a.in.witness.assign(s)
	scalar, err := drawScalar(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	writeBits(secret.Scalar[:], scalar)
	z := s.difference(slots).Times(scalar)
	if z.IsIdentity() {
		z = pedersen.BlindingGenerator()
	}
	a.secret, a.public = secret, s.publicAt(x, fr.NewElement(9), z)
}

// renumber writes another D, with E and r to fit, into the last slot.
func (a *attempt) renumber(number, noise, overflow *big.Int) {
	t := newTallies()
	l := Slots - 1
	t.slot(a.secret, l, &opened{number: number, noise: noise, overflow: overflow})
}

func (a *attempt) openedSlot(l int) opened {
	s := &a.in.statement
	product, _ := ring.Divide(s.rounded(), ring.Small(a.in.witness.Secret))
	v := ring.Integer(&product[l])
	return decrypt(v.Add(v, s.C0[l].integer()), l < Groups)
}

type cheat struct {
	name          string
	make          func(uint64) *instance
	before, after func(*attempt)
	caught        []string // parts that may report it; none where the accusation is right
}

const byKey, byDecryption, byNumbers, byBlinding, byNineBits = "key identity", "decryption identity", "decrypted numbers", "blinding", "lookup nine bits"

var one = fr.One()

// cheats names each lie and the part of the circuit that catches it.
var cheats = []cheat{
	{name: "none: a lying holder", make: lying},
	{name: "an honest holder", make: fair, caught: []string{byBlinding}},
	{name: "an honest holder, Z the neutral element", make: fair, after: func(a *attempt) {
		a.public.Z.X.SetZero()
		a.public.Z.Y.SetOne()
	}}, // satisfied: the verifier refuses this Z
	{name: "an honest holder, another D", make: fair, after: func(a *attempt) {
		o := a.openedSlot(Slots - 1)
		a.renumber(o.number.Add(o.number, big.NewInt(1)), o.noise, o.overflow)
	}, caught: []string{byDecryption, byBlinding, byNineBits}},
	{name: "an honest holder, D + t", make: fair, after: func(a *attempt) {
		o, tq := a.openedSlot(Slots-1), new(big.Int).SetUint64(ring.T)
		wraps := new(big.Int).Mul(ring.Tau(), tq) // τ·t = 1 + Q·wraps
		wraps.Div(wraps, ring.Q())
		a.renumber(o.number.Add(o.number, tq), o.noise.Sub(o.noise, big.NewInt(1)), o.overflow.Sub(o.overflow, wraps))
		a.claim()
	}, caught: []string{byNineBits}},
	{name: "an honest holder, noise takes the difference", make: fair, after: func(a *attempt) {
		o := a.openedSlot(Slots - 1)
		a.renumber(o.number.Add(o.number, big.NewInt(1)), o.noise.Sub(o.noise, ring.Tau()), o.overflow)
		a.claim()
	}, caught: []string{byNineBits}},
	{name: "an honest holder, overflow takes the difference in the field", make: fair, after: func(a *attempt) {
		o := a.openedSlot(Slots - 1)
		a.renumber(o.number.Add(o.number, big.NewInt(1)), o.noise, o.overflow)
		tau, q := ring.TauElement(), ring.QElement()
		tau.Div(&tau, &q)
		a.secret.Overflow[Slots-1][0].Sub(&a.secret.Overflow[Slots-1][0], &tau)
		a.claim()
	}, caught: []string{byNineBits}},
	{name: "zero key", make: lying, before: func(a *attempt) { *a.in.statement.B = ring.Residues{} }, caught: []string{byKey}},
	{name: "another secret", make: lying, before: func(a *attempt) {
		other := *a.in.witness.Secret
		other[3] = (other[3]+2)%3 - 1
		a.in.witness.Secret = &other
	}, caught: []string{byKey}},
	{name: "secret not ternary", make: lying, before: func(a *attempt) { a.in.witness.Secret[3] = -2; a.in.seal() }, caught: []string{"lookup ternary"}},
	{name: "large e'", make: lying, before: func(a *attempt) { a.in.witness.Key[3] = 20; a.in.seal() }, caught: []string{"lookup noise"}},
	{name: "key quotient changed", make: lying, after: func(a *attempt) { a.secret.Key.Quotient[0].Add(&a.secret.Key.Quotient[0], &one) }, caught: []string{byKey}},
	{name: "quotient changed", make: lying, after: func(a *attempt) { a.secret.Quotient[0].Add(&a.secret.Quotient[0], &one) }, caught: []string{byDecryption}},
	{name: "a coefficient that nobody looks at changed", make: lying, after: func(a *attempt) { a.secret.Free[0] = one }, caught: []string{byDecryption}},
	{name: "bit of D not a bit", make: lying, after: func(a *attempt) {
		two := fr.NewElement(2)
		bits := &a.secret.Number[31] // 5 = 2·2 + 1
		bits[1], bits[2] = two, fr.Element{}
	}, caught: []string{byNumbers, byBlinding}},
	{name: "bit of κ not a bit", make: lying, after: func(a *attempt) { a.secret.Scalar[9].SetUint64(2) }, caught: []string{byBlinding}},
	{name: "another κ", make: lying, after: func(a *attempt) { a.secret.Scalar[9].Sub(&one, &a.secret.Scalar[9]) }, caught: []string{byBlinding}},
	{name: "another claim", make: lying, after: func(a *attempt) {
		x, y := pedersen.ValueGenerator(1).Coordinates()
		a.public.Claim.X, a.public.Claim.Y = x, y
	}, caught: []string{byBlinding}},
	{name: "count of a lookup changed", make: lying, after: func(a *attempt) { a.secret.Counts.Nine[0].SetZero() }, caught: []string{byNineBits}},
}

func TestEveryCheatIsCaught(t *testing.T) {
	for _, c := range cheats {
		t.Run(c.name, func(t *testing.T) {
			a := &attempt{in: c.make(3)}
			if c.before != nil {
				c.before(a)
			}
			var x fr.Element
			if _, err := x.SetRandom(); err != nil {
				t.Fatal(err)
			}
			a.assign(t, &x)
			if c.after != nil {
				c.after(a)
			}
			if part := a.caughtBy(t, &x); part == "" && c.caught != nil || part != "" && !slices.Contains(c.caught, part) {
				t.Errorf("caught by %q, want one of %q", part, c.caught)
			}
		})
	}
}

func (a *attempt) caughtBy(t *testing.T, x *fr.Element) string {
	t.Helper()
	circuit, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	return circuit.CaughtBy(t, x, a.public.Wires(), a.secret.Wires())
}

// claim sets Z to κ times the difference that the changed number in the last slot makes, as the liar would.
func (a *attempt) claim() {
	bits, scalar := new(big.Int), new(big.Int)
	for i := range a.secret.Number[Slots-1] {
		bits.SetBit(bits, i, uint(a.secret.Number[Slots-1][i].Uint64()))
	}
	for i := range a.secret.Scalar {
		scalar.SetBit(scalar, i, uint(a.secret.Scalar[i].Uint64()))
	}
	bits.Sub(bits, big.NewInt(a.in.numbers[Slots-1]))
	z := bases()[Slots-1].Times(bits).Times(scalar)
	a.public.Z.X, a.public.Z.Y = z.Coordinates()
}

// Whatever bytes a holder sent within the format, they decrypt to something, and the accusation is satisfiable.
func TestGarbageIsAccusable(t *testing.T) {
	most := new(big.Int).Rsh(new(big.Int).Sub(ring.Q(), big.NewInt(1)), roundBits)
	words := coefficient(most)
	top := Rounded(words[:2])
	half := new(big.Int).Rsh(ring.Q(), 1)
	for name, garbage := range map[string]func(*instance){
		"zero": func(in *instance) {
			*in.statement.C1 = [ring.N]Rounded{}
			in.statement.C0 = [Slots]Coefficient{}
		},
		"largest": func(in *instance) {
			for j := range in.statement.C1 {
				in.statement.C1[j] = top
			}
			for l := range in.statement.C0 {
				in.statement.C0[l] = coefficient(new(big.Int).Sub(ring.Q(), big.NewInt(1)))
			}
		},
		"farthest from every message": func(in *instance) {
			in.numbers = [Slots]int64{}
			for l := range in.numbers {
				in.numbers[l] = int64(l)
			}
			in.respond(func(l int) *big.Int { // y = t·v near ±Q/2 makes |E| largest
				y := new(big.Int).Add(half, big.NewInt(int64(l-16)))
				return y.Sub(y.Mul(y, ring.Tau()), new(big.Int).Mul(ring.Tau(), big.NewInt(int64(l))))
			})
		},
	} {
		a := &attempt{in: lying(4)}
		garbage(a.in)
		x := fr.NewElement(1234567)
		if _, _, fits := a.in.witness.assign(&a.in.statement); !fits {
			t.Errorf("%s: no witness", name)
		}
		a.assign(t, &x)
		if part := a.caughtBy(t, &x); part != "" {
			t.Errorf("%s: refused by %q", name, part)
		}
	}
}

func TestDecryptIsWhatWasEncrypted(t *testing.T) {
	in := fair(5)
	_, slots, fits := in.witness.assign(&in.statement)
	if !fits {
		t.Fatal("an honest key has no witness")
	}
	for l := range slots {
		if got := slots[l].number.Int64(); got != in.numbers[l] {
			t.Errorf("slot %d decrypts to another number", l)
		}
	}
	if !in.statement.difference(slots).IsIdentity() {
		t.Error("equation (1) fails for an honest response")
	}
}
