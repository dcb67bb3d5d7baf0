package prover

import (
	"bytes"
	"crypto/rand"
	"errors"
	"math/big"
	"sync"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/fft"
	"github.com/consensys/gnark-crypto/utils"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/consensys/gnark/backend/witness"
	cs "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/frontend"

	"weir/circuits"
	"weir/circuits/setup"
)

// line is Y = A·X + B at a secret X, and the challenge times X is no constant: a small circuit with everything that a key
// of weir's has, public inputs on both sides of products among it. Bare is without a commitment.
type line struct {
	A, B, Y frontend.Variable `gnark:",public"`
	X       frontend.Variable
	Zeros   [3]frontend.Variable
	bare    bool
}

func (l *line) Define(api frontend.API) error {
	api.AssertIsEqual(api.Add(api.Mul(l.X, l.A), l.B), l.Y)
	api.AssertIsEqual(api.Mul(l.A, l.B, l.X), api.Mul(l.X, l.B, l.A))
	for _, zero := range l.Zeros {
		api.AssertIsEqual(api.Mul(zero, l.X), 0)
	}
	if l.bare {
		return nil
	}
	challenge, err := api.(frontend.Committer).Commit(l.X, l.Y)
	if err != nil {
		return err
	}
	api.AssertIsDifferent(api.Mul(challenge, l.X), 0)
	return nil
}

func made(circuit frontend.Circuit) *circuits.KeySet {
	system, err := circuits.Compile(circuit)
	if err != nil {
		panic(err)
	}
	proving, verifying, err := setup.Run(system, rand.Reader, nil)
	if err != nil {
		panic(err)
	}
	return &circuits.KeySet{R1CS: system, Proving: proving, Verifying: verifying}
}

var keys = sync.OnceValue(func() *circuits.KeySet { return made(new(line)) })

func newKey(t *testing.T, keys circuits.Keys) *Key {
	t.Helper()
	key, err := New(keys)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// at is the witness of Y = 3·X + 4, with another Y where it is told to lie.
func at(t *testing.T, x, lie int) witness.Witness {
	t.Helper()
	w, err := frontend.NewWitness(&line{A: 3, B: 4, Y: 3*x + 4 + lie, X: x, Zeros: [3]frontend.Variable{0, 0, 0}}, ecc.BN254.ScalarField())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func holds(t *testing.T, proof *groth16.Proof, w witness.Witness) bool {
	t.Helper()
	public, err := w.Public()
	if err != nil {
		t.Fatal(err)
	}
	return groth16.Verify(proof, keys().Verifying, public.Vector().(fr.Vector)) == nil
}

// gnark's verifier accepts what is proven here, with any number of inputs folded in, and for no other statement.
func TestProofsAreGnarks(t *testing.T) {
	whole := newKey(t, keys())
	for folded := range 4 {
		key := whole
		if folded > 0 {
			var err error
			if key, err = whole.Fold(fr.Vector{fr.NewElement(3), fr.NewElement(4), fr.NewElement(19)}[:folded]); err != nil {
				t.Fatal(err)
			}
		}
		proof, err := key.Prove(at(t, 5, 0), nil)
		if err != nil {
			t.Fatal(err)
		}
		if !holds(t, proof, at(t, 5, 0)) {
			t.Errorf("%d inputs folded: gnark refuses the proof", folded)
		}
		if holds(t, proof, at(t, 6, 0)) {
			t.Errorf("%d inputs folded: gnark accepts it for another statement", folded)
		}
	}
}

// Inputs that are not those of the fold give a proof of nothing: folding is no way around a public input.
func TestFoldedInputsAreBound(t *testing.T) {
	key, err := newKey(t, keys()).Fold(fr.Vector{fr.NewElement(2)})
	if err != nil {
		t.Fatal(err)
	}
	proof, err := key.Prove(at(t, 5, 0), nil)
	if err != nil {
		t.Fatal(err)
	}
	if holds(t, proof, at(t, 5, 0)) {
		t.Error("a proof under A = 2 passes for A = 3")
	}
}

// No part of a proof repeats: each has fresh blinding factors and a fresh mask.
func TestProofsAreFresh(t *testing.T) {
	key, seen := newKey(t, keys()), map[string]bool{}
	const proofs, parts = 8, 5
	for range proofs {
		proof, err := key.Prove(at(t, 5, 0), nil)
		if err != nil {
			t.Fatal(err)
		}
		b := circuits.EncodeProof(proof)
		for _, part := range [parts][]byte{b[:32], b[32:96], b[96:128], b[132:164], b[164:]} {
			seen[string(part)] = true
		}
	}
	if len(seen) != proofs*parts {
		t.Errorf("%d different parts in %d proofs, want %d", len(seen), proofs, proofs*parts)
	}
}

// A commitment made beforehand is the one that the proof shows, and goes with its own witness only.
func TestCommitmentsComeFirst(t *testing.T) {
	key := newKey(t, keys())
	secret := make([]fr.Element, 4)
	secret[0].SetUint64(5)
	committed := []fr.Element{fr.NewElement(19)}
	commitment, err := key.Commit(rand.Reader, secret, committed)
	if err != nil {
		t.Fatal(err)
	}
	proof, err := key.Prove(at(t, 5, 0), commitment)
	if err != nil {
		t.Fatal(err)
	}
	if !holds(t, proof, at(t, 5, 0)) || circuits.Challenge(&proof.Commitments[0], committed) != commitment.Challenge() {
		t.Error("the proof's challenge is not the commitment's")
	}
	if _, err := key.Prove(at(t, 6, 0), commitment); !errors.Is(err, errCommitted) {
		t.Errorf("another witness: %v", err)
	}
	if commitment, err = key.Commit(rand.Reader, secret, []fr.Element{fr.One()}); err != nil {
		t.Fatal(err)
	}
	if _, err := key.Prove(at(t, 5, 0), commitment); !errors.Is(err, errCommitted) {
		t.Errorf("another public input: %v", err)
	}
	if _, err := key.Commit(bytes.NewReader(make([]byte, 63)), secret, committed); err == nil {
		t.Error("a mask from a stream that ended")
	}
	if _, err := key.Commit(rand.Reader, nil, committed); !errors.Is(err, ErrKeys) {
		t.Errorf("no witness: %v", err)
	}
}

func TestProveRefuses(t *testing.T) {
	if proof, err := newKey(t, keys()).Prove(at(t, 5, 1), nil); !errors.Is(err, ErrUnsatisfied) || proof != nil {
		t.Errorf("a false statement: %v", err)
	}
	short, err := frontend.NewWitness(&only{X: 1}, ecc.BN254.ScalarField(), frontend.PublicOnly())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newKey(t, keys()).Prove(short, nil); !errors.Is(err, ErrUnsatisfied) {
		t.Errorf("a short witness: %v", err)
	}
}

type only struct {
	X frontend.Variable `gnark:",public"`
}

func (o *only) Define(frontend.API) error { return nil }

func TestForeignKeysAreRefused(t *testing.T) {
	other := made(&line{bare: true})
	wires := *keys().Proving
	wires.InfinityA = wires.InfinityA[1:]
	points := *keys().Proving
	points.G1.K = points.G1.K[1:]
	for name, k := range map[string]*circuits.KeySet{
		"no commitment":           other,
		"a key without it":        {R1CS: keys().R1CS, Proving: other.Proving},
		"a system without it":     {R1CS: other.R1CS, Proving: keys().Proving},
		"a wire less":             {R1CS: keys().R1CS, Proving: &wires},
		"a private wire too many": {R1CS: keys().R1CS, Proving: &points},
	} {
		if _, err := New(k); !errors.Is(err, ErrKeys) {
			t.Errorf("%s: %v", name, err)
		}
	}
	key := newKey(t, keys())
	if _, err := key.Fold(make(fr.Vector, 4)); !errors.Is(err, ErrKeys) {
		t.Errorf("four of three inputs: %v", err)
	}
	folded, err := key.Fold(make(fr.Vector, 1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := folded.Fold(make(fr.Vector, 1)); !errors.Is(err, ErrKeys) {
		t.Errorf("folded twice: %v", err)
	}
}

// h·(X^n − 1) is a·b − c as polynomials, compared at a point outside the domain.
func TestQuotientEqualsTheDefinition(t *testing.T) {
	const n = 8
	domain := fft.NewDomain(n)
	var sides [3]fr.Vector // a, b, and c = a·b, at the roots of unity
	for i := range sides {
		sides[i] = make(fr.Vector, n)
		sides[i].MustSetRandom()
	}
	sides[2].Mul(sides[0], sides[1])
	var x, power fr.Element
	x.MustSetRandom()
	var values [3]fr.Element
	for i, side := range sides {
		values[i] = valueAt(append(fr.Vector(nil), side...), domain, x)
	}
	h := append(quotient(&cs.R1CSSolution{A: sides[0], B: sides[1], C: sides[2]}, domain), fr.Element{})
	utils.BitReverse(h)
	got, one := horner(h, x), fr.One()
	power.Exp(x, big.NewInt(n))
	power.Sub(&power, &one)
	got.Mul(&got, &power)
	want := values[0]
	want.Mul(&want, &values[1]).Sub(&want, &values[2])
	if got != want {
		t.Error("h·(X^n − 1) is not a·b − c")
	}
}

func valueAt(values fr.Vector, domain *fft.Domain, x fr.Element) fr.Element {
	domain.FFTInverse(values, fft.DIF)
	utils.BitReverse(values)
	return horner(values, x)
}

func horner(coefficients fr.Vector, x fr.Element) (y fr.Element) {
	for i := len(coefficients) - 1; i >= 0; i-- {
		y.Mul(&y, &x).Add(&y, &coefficients[i])
	}
	return y
}
