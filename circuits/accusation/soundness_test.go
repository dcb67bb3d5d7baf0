package accusation

import (
	"crypto/rand"
	"math/big"
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
	// Keys and ceremonies are made for this digest. It changes with every constraint and with gnark's version.
	const golden = "b64ce3d025070418c482bd427dee5227b9c0eeafca857fd5609ce2f6eee028d0"
	if digest, err := circuits.Digest(circuit.Prefixes[len(parts)]); err != nil || digest.String() != golden {
		t.Errorf("circuit digest %s, want %s (%v)", digest, golden, err)
	}
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

type cheat struct {
	name          string
	make          func(uint64) *instance
	before, after func(*attempt)
	caught        string // the first part that it breaks; none where the accusation is right
}

const byKey, byDecryption, byNumbers, byBlinding, byNineBits = "key identity", "decryption identity", "decrypted numbers", "blinding", "lookup nine bits"

const last = Slots - 1

var one = fr.One()

// cheats names each lie and the part of the circuit that catches it.
var cheats = []cheat{
	{name: "none: a lying holder", make: lying},
	{name: "an honest holder", make: fair, caught: byBlinding},
	{name: "an honest holder, Z the neutral element", make: fair, after: func(a *attempt) {
		a.public.Z.X.SetZero()
		a.public.Z.Y.SetOne()
	}}, // satisfied: the verifier refuses this Z
	{name: "an honest holder, another D", make: fair, after: func(a *attempt) {
		o := a.openedSlot(last)
		a.renumber(last, o.number.Add(o.number, big.NewInt(1)), o.noise, o.overflow)
	}, caught: byDecryption},
	{name: "an honest holder, D + t", make: fair, after: func(a *attempt) { a.addT(last) }, caught: byNineBits},
	{name: "an honest holder, the nearest other D", make: fair, after: func(a *attempt) { a.nextNumber(last) }, caught: byNineBits},
	{name: "an honest holder, the nearest other D of a group", make: fair, after: func(a *attempt) { a.nextNumber(2) }, caught: byNineBits},
	{name: "an honest holder, noise takes the difference", make: fair, after: func(a *attempt) {
		o := a.openedSlot(last)
		a.renumber(last, o.number.Add(o.number, big.NewInt(1)), o.noise, o.overflow)
		tau := ring.TauElement()
		a.secret.Noise[last][0].Sub(&a.secret.Noise[last][0], &tau)
		a.claim(last)
	}, caught: byNineBits},
	{name: "an honest holder, overflow takes the difference in the field", make: fair, after: func(a *attempt) {
		o := a.openedSlot(last)
		a.renumber(last, o.number.Add(o.number, big.NewInt(1)), o.noise, o.overflow)
		tau, q := ring.TauElement(), ring.QElement()
		tau.Div(&tau, &q)
		a.secret.Overflow[last][0].Sub(&a.secret.Overflow[last][0], &tau)
		a.claim(last)
	}, caught: byNineBits},
	{name: "zero key", make: lying, before: func(a *attempt) { *a.in.statement.B = ring.Residues{} }, caught: byKey},
	{name: "zero key, r' as field quotients", make: lying, before: func(a *attempt) { *a.in.statement.B = ring.Residues{} },
		after: func(a *attempt) {
			product, _ := ring.Divide(a.in.statement.APrime.Centred(), ring.Small(a.in.witness.Secret))
			e, q, offset := ring.Small(a.in.witness.Key), ring.QElement(), fr.NewElement(256)
			for i := range product {
				product[i].Sub(&product[i], &e[i]).Div(&product[i], &q)
				a.secret.Key.Overflow[i].Add(&product[i], &offset)
			}
		}, caught: byNineBits},
	{name: "another secret", make: lying, before: func(a *attempt) {
		other := *a.in.witness.Secret
		other[3] = (other[3]+2)%3 - 1
		a.in.witness.Secret = &other
	}, caught: byKey},
	{name: "secret not ternary", make: lying, before: func(a *attempt) { a.in.witness.Secret[3] = -2; a.in.seal() }, caught: "lookup ternary"},
	{name: "large e'", make: lying, before: func(a *attempt) { a.in.witness.Key[3] = 20; a.in.seal() }, caught: "lookup noise"},
	{name: "key quotient changed", make: lying, after: func(a *attempt) { a.secret.Key.Quotient[0].Add(&a.secret.Key.Quotient[0], &one) }, caught: byKey},
	{name: "quotient changed", make: lying, after: func(a *attempt) { a.secret.Quotient[0].Add(&a.secret.Quotient[0], &one) }, caught: byDecryption},
	{name: "a coefficient that nobody looks at changed", make: lying, after: func(a *attempt) { a.secret.Free[0] = one }, caught: byDecryption},
	{name: "bit of D not a bit", make: lying, after: func(a *attempt) {
		two := fr.NewElement(2)
		bits := &a.secret.Number[31] // 5 = 2·2 + 1
		bits[1], bits[2] = two, fr.Element{}
	}, caught: byNumbers},
	{name: "bit of κ not a bit", make: lying, after: func(a *attempt) { a.secret.Scalar[9].SetUint64(2) }, caught: byBlinding},
	{name: "another κ", make: lying, after: func(a *attempt) { a.secret.Scalar[9].Sub(&one, &a.secret.Scalar[9]) }, caught: byBlinding},
	{name: "another claim", make: lying, after: func(a *attempt) {
		x, y := pedersen.ValueGenerator(1).Coordinates()
		a.public.Claim.X, a.public.Claim.Y = x, y
	}, caught: byBlinding},
	{name: "count of a lookup changed", make: lying, after: func(a *attempt) { a.secret.Counts.Nine[0].SetZero() }, caught: byNineBits},
}

// Every part refuses cheats that all parts before it let pass. The statement has none, as in the model circuit; the opening
// has none because it only computes the point that the blinding compares.
func TestEveryCheatIsCaught(t *testing.T) {
	caught := map[string]int{"statement": 1, "opening": 1}
	for _, c := range cheats {
		caught[c.caught]++
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
			if part := a.caughtBy(t, &x); part != c.caught {
				t.Errorf("caught by %q, want %q", part, c.caught)
			}
		})
	}
	for _, part := range parts {
		if caught[part.name] == 0 {
			t.Errorf("no cheat for %s", part.name)
		}
	}
}

// The challenge is drawn from every wire, from the statement and from Z; model.TestTheChallengeComesLast shows why.
func TestTheChallengeComesLast(t *testing.T) {
	relationtest.HoldChallenge(t, testKeys().System(), 1, 2, 3)
}

func (a *attempt) caughtBy(t *testing.T, x *fr.Element) string {
	t.Helper()
	circuit, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	return circuit.CaughtBy(t, x, a.public.Wires(), a.secret.Wires())
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
