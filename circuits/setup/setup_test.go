package setup_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha3"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	backend "github.com/consensys/gnark/backend/groth16"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
	cs "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
	"github.com/consensys/gnark/frontend/cs/scs"

	"weir/circuits"
	"weir/circuits/setup"
)

// chain proves knowledge of X with X^(2^Steps)·Y = Out. With Commit it also covers X, a few steps, and the public Y by
// commitments, as many as Commit says.
type chain struct {
	Steps, Commit int `gnark:"-"`
	X             frontend.Variable
	Y             frontend.Variable `gnark:",public"`
	Out           frontend.Variable `gnark:",public"`
}

func (c *chain) Define(api frontend.API) error {
	x := c.X
	for range c.Steps {
		x = api.Mul(x, x)
	}
	api.AssertIsEqual(api.Mul(x, c.Y), c.Out)
	for i := range c.Commit {
		challenge, err := api.(frontend.Committer).Commit(c.X, x, c.Y, i+1)
		if err != nil {
			return err
		}
		api.AssertIsDifferent(challenge, 0)
	}
	return nil
}

func compile(t testing.TB, c frontend.Circuit) *cs.R1CS {
	t.Helper()
	system, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, c)
	if err != nil {
		t.Fatal(err)
	}
	return system.(*cs.R1CS)
}

func stream(name string) io.Reader {
	s := sha3.NewSHAKE256()
	s.Write([]byte(name))
	return s
}

// With X = 1 every power is 1, so Out = Y.
func prove(t testing.TB, system *cs.R1CS, pk *groth16.ProvingKey, vk *groth16.VerifyingKey) {
	t.Helper()
	witness, err := frontend.NewWitness(&chain{X: 1, Y: 7, Out: 7}, ecc.BN254.ScalarField())
	if err != nil {
		t.Fatal(err)
	}
	proof, err := backend.Prove(system, pk, witness)
	if err != nil {
		t.Fatal(err)
	}
	right, err := witness.Public()
	if err != nil {
		t.Fatal(err)
	}
	if err := backend.Verify(proof, vk, right); err != nil {
		t.Fatalf("an honest proof: %v", err)
	}
	wrong, err := frontend.NewWitness(&chain{Y: 7, Out: 8}, ecc.BN254.ScalarField(), frontend.PublicOnly())
	if err != nil {
		t.Fatal(err)
	}
	if backend.Verify(proof, vk, wrong) == nil {
		t.Fatal("a proof verifies for another public input")
	}
}

func TestRefusedCircuits(t *testing.T) {
	plonk, err := frontend.Compile(ecc.BN254.ScalarField(), scs.NewBuilder, &chain{Steps: 2})
	if err != nil {
		t.Fatal(err)
	}
	notGroth16 := compile(t, &chain{Steps: 2})
	notGroth16.CommitmentInfo = plonk.GetCommitments()
	for name, system := range map[string]*cs.R1CS{
		"two commitments": compile(t, &chain{Steps: 2, Commit: 2}),
		"no constraint":   cs.NewR1CS(1),
		"not Groth16":     notGroth16,
	} {
		if _, _, err := setup.Run(system, rand.Reader, nil); !errors.Is(err, setup.ErrCircuit) {
			t.Errorf("%s: error %v, want ErrCircuit", name, err)
		}
	}
}

func TestShortRandomness(t *testing.T) {
	system := compile(t, &chain{Steps: 2})
	for _, length := range []int64{0, 47, 6*48 + 47} {
		_, _, err := setup.Run(system, io.LimitReader(rand.Reader, length), nil)
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%d bytes of randomness: error %v", length, err)
		}
	}
}

func TestKeysProveAndHaveTheLibrarysShape(t *testing.T) {
	for _, c := range []*chain{{}, {Steps: 1}, {Steps: 2}, {Steps: 1, Commit: 1}, {Steps: 300}, {Steps: 300, Commit: 1}} {
		t.Run(fmt.Sprintf("steps=%d/commitments=%d", c.Steps, c.Commit), func(t *testing.T) {
			system := compile(t, c)
			pk, vk, err := setup.Run(system, stream(t.Name()), nil)
			if err != nil {
				t.Fatal(err)
			}
			prove(t, system, pk, vk)
			sameShape(t, system, pk, vk)
			throughBytes(t, system, pk, vk)
		})
	}
}

func sameShape(t *testing.T, system *cs.R1CS, pk *groth16.ProvingKey, vk *groth16.VerifyingKey) {
	t.Helper()
	var wantPK groth16.ProvingKey
	var wantVK groth16.VerifyingKey
	if err := groth16.Setup(system, &wantPK, &wantVK); err != nil {
		t.Fatal(err)
	}
	shape := func(pk *groth16.ProvingKey, vk *groth16.VerifyingKey) string {
		s := fmt.Sprint(pk.Domain.Cardinality, len(pk.G1.A), len(pk.G1.B), len(pk.G1.Z), len(pk.G1.K), len(pk.G2.B),
			pk.InfinityA, pk.InfinityB, pk.NbInfinityA, pk.NbInfinityB, len(vk.G1.K), vk.PublicAndCommitmentCommitted)
		for i := range pk.CommitmentKeys {
			s += fmt.Sprint(len(pk.CommitmentKeys[i].Basis), len(pk.CommitmentKeys[i].BasisExpSigma))
		}
		return s + fmt.Sprint(len(pk.CommitmentKeys), len(vk.CommitmentKeys), len(raw(t, vk.WriteRawTo)))
	}
	if got, want := shape(pk, vk), shape(&wantPK, &wantVK); got != want {
		t.Fatalf("shape of the keys\n got %s\nwant %s", got, want)
	}
}

func raw(t *testing.T, write func(io.Writer) (int64, error)) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// throughBytes reads the keys back with gnark's checking decoders, which test every point's subgroup.
func throughBytes(t *testing.T, system *cs.R1CS, pk *groth16.ProvingKey, vk *groth16.VerifyingKey) {
	t.Helper()
	var pk2 groth16.ProvingKey
	var vk2 groth16.VerifyingKey
	if _, err := pk2.ReadFrom(bytes.NewReader(raw(t, pk.WriteTo))); err != nil {
		t.Fatal(err)
	}
	if _, err := vk2.ReadFrom(bytes.NewReader(raw(t, vk.WriteTo))); err != nil {
		t.Fatal(err)
	}
	prove(t, system, &pk2, &vk2)
}

func TestSameRandomnessSameKeys(t *testing.T) {
	system := compile(t, &chain{Steps: 20, Commit: 1})
	id := func(seed string) string {
		_, vk, err := setup.Run(system, stream(seed), nil)
		if err != nil {
			t.Fatal(err)
		}
		d, err := circuits.ID(vk)
		if err != nil {
			t.Fatal(err)
		}
		return d.String()
	}
	const golden = "e0e45cdcabe87fc40f5e741c5f515bf6d6998f1f056e0969458af2714f3333b2"
	if got := id("golden"); got != golden {
		t.Errorf("circuit id from the fixed stream is %s, want %s", got, golden)
	}
	if id("golden") == id("another") {
		t.Error("two streams gave the same keys")
	}
}

func TestSystemDigestIsOfTheCircuitAlone(t *testing.T) {
	var digests []string
	for _, c := range []*chain{{Steps: 30, Commit: 1}, {Steps: 30, Commit: 1}, {Steps: 31, Commit: 1}, {Steps: 30}} {
		d, err := circuits.Digest(compile(t, c))
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, d.String())
	}
	if digests[0] != digests[1] {
		t.Error("the same circuit compiled twice has two digests")
	}
	slices.Sort(digests)
	if n := len(slices.Compact(digests)); n != 3 {
		t.Errorf("%d digests of three circuits", n)
	}
}

func TestProgress(t *testing.T) {
	system := compile(t, &chain{Steps: 3000, Commit: 1})
	last, total, calls := 0, 0, 0
	_, _, err := setup.Run(system, stream(t.Name()), func(done, all int) {
		if done <= last || all < done || total != 0 && all != total {
			t.Errorf("progress went from %d of %d to %d of %d", last, total, done, all)
		}
		last, total, calls = done, all, calls+1
	})
	if err != nil {
		t.Fatal(err)
	}
	if last != total || calls < 5 {
		t.Errorf("%d calls, the last with %d of %d", calls, last, total)
	}
}

func ExampleRun() {
	system, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, &chain{Steps: 4})
	if err != nil {
		panic(err)
	}
	pk, vk, err := setup.Run(system.(*cs.R1CS), rand.Reader, nil)
	if err != nil {
		panic(err)
	}
	witness, err := frontend.NewWitness(&chain{X: 2, Y: 1, Out: 1 << 16}, ecc.BN254.ScalarField())
	if err != nil {
		panic(err)
	}
	proof, err := backend.Prove(system, pk, witness)
	if err != nil {
		panic(err)
	}
	public, err := witness.Public()
	if err != nil {
		panic(err)
	}
	fmt.Println(backend.Verify(proof, vk, public))
	// Output: <nil>
}

// wide is a chain of Steps squarings, three quarters of whose wires are under the commitment.
type wide struct {
	Steps int `gnark:"-"`
	X     frontend.Variable
	Y     frontend.Variable `gnark:",public"`
}

func (c *wide) Define(api frontend.API) error {
	x := c.X
	covered := []frontend.Variable{c.X}
	for i := range c.Steps {
		if x = api.Mul(x, x); i%4 != 0 {
			covered = append(covered, x)
		}
	}
	api.AssertIsEqual(x, c.Y)
	challenge, err := api.(frontend.Committer).Commit(covered...)
	if err != nil {
		return err
	}
	api.AssertIsDifferent(challenge, 0)
	return nil
}
