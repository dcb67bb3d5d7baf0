package relation

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	mathrand "math/rand/v2"
	"sync"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/test"

	"weir/circuits"
	"weir/circuits/model/ring"
	"weir/circuits/setup"
)

// polynomial has four small coefficients and a public value at the challenge.
type polynomial struct {
	Statement frontend.Variable `gnark:",public"`
	Value     frontend.Variable `gnark:",public"`
	Secret    [4]frontend.Variable
	Counts    [3]frontend.Variable
	bare      bool // without a commitment
}

func (c *polynomial) Define(api frontend.API) error {
	api.Mul(c.Statement, c.Statement)
	if c.bare {
		api.AssertIsEqual(api.Mul(c.Value, c.Value), 4)
		for _, wire := range Concat(c.Secret[:], c.Counts[:]) {
			api.AssertIsBoolean(wire)
		}
		return nil
	}
	challenge, err := Draw(api, Concat(c.Secret[:], c.Counts[:], []frontend.Variable{c.Statement}))
	if err != nil {
		return err
	}
	api.AssertIsEqual(c.Value, challenge.SecretAt(api, c.Secret[:]))
	ternary := NewLookup(c.Counts[:])
	ternary.Admit(c.Secret[:]...)
	ternary.Assert(api, challenge.X)
	return nil
}

var polynomialKeys = sync.OnceValue(func() circuits.Keys { return keysOf(&polynomial{}) })

func keysOf(c frontend.Circuit) circuits.Keys {
	system, err := circuits.Compile(c)
	if err != nil {
		panic(err)
	}
	proving, verifying, err := setup.Run(system, rand.Reader, nil)
	if err != nil {
		panic(err)
	}
	return &circuits.KeySet{R1CS: system, Proving: proving, Verifying: verifying}
}

// wires are a witness of the circuit: coefficients by the tally, and its counts.
func wires(coefficients ...int64) (secret []fr.Element, value PublicAt, statement []fr.Element) {
	tally, p := NewTally(Ternary), make(ring.Polynomial, len(coefficients))
	counts := make([]fr.Element, Ternary.Size)
	for i, v := range coefficients {
		secret = append(secret, tally.Take(v))
		p[i].SetInt64(v)
	}
	tally.Write(counts)
	statement = []fr.Element{fr.NewElement(99)}
	return append(secret, counts...), func(x *fr.Element) ([]fr.Element, error) {
		return []fr.Element{statement[0], p.At(x)}, nil
	}, statement
}

func TestProveRefuses(t *testing.T) {
	keys, bare := polynomialKeys(), keysOf(&polynomial{bare: true})
	secret, value, statement := wires(1, 0, -1, 1)
	outside, outsideValue, _ := wires(1, 0, 2, 1)
	fails := errors.New("check outside")
	for name, c := range map[string]struct {
		keys   circuits.Keys
		random io.Reader
		secret []fr.Element
		value  PublicAt
		want   error // nil: any
	}{
		"coefficient out of range": {keys, rand.Reader, outside, outsideValue, ErrUnsatisfied},
		"another value": {keys, rand.Reader, secret, func(x *fr.Element) ([]fr.Element, error) {
			return []fr.Element{statement[0], *x}, nil
		}, ErrUnsatisfied},
		"check fails":   {keys, rand.Reader, secret, func(*fr.Element) ([]fr.Element, error) { return nil, fails }, fails},
		"no randomness": {keys, bytes.NewReader(make([]byte, 63)), secret, value, io.ErrUnexpectedEOF},
		"short witness": {keys, rand.Reader, secret[:2], value, nil},
		"long witness":  {keys, rand.Reader, append(secret, fr.One()), value, nil},
		"no commitment": {bare, rand.Reader, secret, value, nil},
	} {
		_, err := Prove(c.keys, c.random, c.secret, statement, c.value)
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestProveAndVerify(t *testing.T) {
	keys := polynomialKeys()
	secret, value, statement := wires(1, 0, -1, 1)
	proof, err := Prove(keys, rand.Reader, secret, statement, value)
	if err != nil {
		t.Fatal(err)
	}
	if err := Verify(keys.VerifyingKey(), proof[:], statement, value); err != nil {
		t.Fatal(err)
	}
	_, other, _ := wires(1, 0, -1, 0)
	if err := Verify(keys.VerifyingKey(), proof[:], statement, other); !errors.Is(err, circuits.ErrProof) {
		t.Errorf("another value at the challenge: %v", err)
	}
	if err := Verify(keys.VerifyingKey(), proof[:], []fr.Element{fr.One()}, value); !errors.Is(err, circuits.ErrProof) {
		t.Errorf("another statement in the challenge: %v", err)
	}
}

// A mask that is used twice would tie two proofs together; so would one that does not depend on the stream.
func TestMaskComesFromTheStream(t *testing.T) {
	secret, value, statement := wires(1, 1, 1, 1)
	commitment := func(seed byte) []byte {
		stream := mathrand.NewChaCha8([32]byte{seed})
		proof, err := Prove(polynomialKeys(), stream, secret, statement, value)
		if err != nil {
			t.Fatal(err)
		}
		return proof[132:164]
	}
	if bytes.Equal(commitment(1), commitment(2)) {
		t.Error("two streams give one commitment")
	}
	if !bytes.Equal(commitment(1), commitment(1)) {
		t.Error("one stream gives two commitments")
	}
}

func TestTallySeesWhatLiesOutside(t *testing.T) {
	tally := NewTally(Noise)
	for _, v := range []int64{-20, -19, 0, 19, 20, 1 << 40} {
		tally.Take(v)
	}
	if tally.Outside() != 3 {
		t.Errorf("%d values outside, want 3", tally.Outside())
	}
}

// twin compares gadgets with their native twins at a challenge that the test chooses.
type twin struct {
	X, Power, Secret, Quotient frontend.Variable
	Places, Written            [ring.N]frontend.Variable
}

func (c *twin) Define(api frontend.API) error {
	challenge := Challenge{X: c.X, Modulus: api.Add(c.Power, 1)}
	api.AssertIsEqual(c.Secret, challenge.SecretAt(api, c.Places[:]))
	api.AssertIsEqual(c.Quotient, challenge.TimesModulus(api, c.Written[:]))
	return nil
}

func TestGadgetsAndTheirTwins(t *testing.T) {
	random := mathrand.New(mathrand.NewPCG(1, 1))
	small, large := new([ring.N]int8), make(ring.Polynomial, ring.N)
	tally, c := NewTally(Ternary), new(twin)
	for i := range small {
		small[i] = int8(random.IntN(3) - 1)
		c.Places[i] = tally.Take(int64(small[i]))
		large[i].SetInt64(random.Int64() - 1<<62)
	}
	written := make([]fr.Element, ring.N)
	WriteQuotient(written, large)
	for i := range written {
		c.Written[i] = written[i]
	}
	var x fr.Element
	x.SetUint64(random.Uint64())
	power := x
	for n := 1; n < ring.N; n *= 2 {
		power.Square(&power)
	}
	modulus, one := power, fr.One()
	modulus.Add(&modulus, &one)
	quotient := large.At(&x)
	quotient.Mul(&quotient, &modulus)
	c.X, c.Power, c.Secret, c.Quotient = x, power, ring.Small(small).At(&x), quotient
	if err := test.IsSolved(new(twin), c, ecc.BN254.ScalarField()); err != nil {
		t.Error("a gadget differs from its native twin")
	}
	c.Quotient = power
	if test.IsSolved(new(twin), c, ecc.BN254.ScalarField()) == nil {
		t.Error("any quotient passes")
	}
}
