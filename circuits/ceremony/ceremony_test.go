package ceremony

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	backend "github.com/consensys/gnark/backend/groth16"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
	cs "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/frontend"

	"weir/circuits"
	"weir/engine"
)

// powers proves knowledge of X with X^(2^Steps) = Y; with Commit also a commitment to the steps and to Y.
type powers struct {
	Steps  int  `gnark:"-"`
	Commit bool `gnark:"-"`
	X      frontend.Variable
	Y      frontend.Variable `gnark:",public"`
}

func (c *powers) Define(api frontend.API) error {
	x, covered := c.X, []frontend.Variable{c.X, c.Y}
	for range c.Steps {
		x = api.Mul(x, x)
		covered = append(covered, x)
	}
	api.AssertIsEqual(x, c.Y)
	if !c.Commit {
		return nil
	}
	challenge, err := api.(frontend.Committer).Commit(covered...)
	if err != nil {
		return err
	}
	api.AssertIsDifferent(challenge, 0)
	return nil
}

func circuit(name circuits.Name, steps int, commit bool) Circuit {
	return Circuit{Name: name, Compile: func() (*cs.R1CS, error) { return circuits.Compile(&powers{Steps: steps, Commit: commit}) }}
}

// Two circuits of domains 32 and 8, with and without a commitment.
var both = []Circuit{circuit("long", 20, true), circuit("short", 4, false)}

var (
	beacon1 = Beacon{Value: []byte("0123456789abcdef"), Source: "first test beacon"}
	beacon2 = Beacon{Value: []byte("fedcba9876543210fedcba9876543210"), Source: "second test beacon"}
)

func quiet(Progress) {}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// runs holds, for each state, the folder of one ceremony that tests copy.
var runs = struct {
	dir  string
	once [4]sync.Once
}{}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "ceremony")
	if err != nil {
		panic(err)
	}
	runs.dir = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// upTo gives a ceremony with two contributors to each phase in the given state: 1 or 2, that phase is open; 3, finished.
func upTo(t testing.TB, phase int) *Ceremony {
	t.Helper()
	dir := filepath.Join(runs.dir, fmt.Sprint(phase))
	runs.once[phase].Do(func() { another(t, dir, phase) })
	return copyOf(t, must[*Ceremony](t)(Open(dir)))
}

// another runs one more ceremony up to a state.
func another(t testing.TB, dir string, phase int) *Ceremony {
	t.Helper()
	c := must[*Ceremony](t)(Init(dir, both))
	for p, beacon := range []Beacon{beacon1, beacon2} {
		for _, by := range []engine.Name{"alice", "bob"} {
			must[Contribution](t)(c.Contribute(t.Context(), by, quiet))
		}
		if phase == p+1 {
			break
		}
		must[[]Keys](t)(c.Finish(t.Context(), both, beacon, quiet))
	}
	return must[*Ceremony](t)(Open(c.dir))
}

func prove(t *testing.T, k circuits.Keys) error {
	t.Helper()
	full, err := frontend.NewWitness(&powers{X: 1, Y: 1}, ecc.BN254.ScalarField())
	if err != nil {
		t.Fatal(err)
	}
	proof, err := backend.Prove(k.System(), k.ProvingKey(), full)
	if err != nil {
		t.Fatal(err)
	}
	public, err := full.Public()
	if err != nil {
		t.Fatal(err)
	}
	return backend.Verify(proof, k.VerifyingKey(), public)
}

func TestKeysOfACeremonyProve(t *testing.T) {
	c := upTo(t, 3)
	keys := must[[]Keys](t)(c.Verify(t.Context(), both, quiet))
	if len(keys) != 2 {
		t.Fatalf("%d pairs of keys, want 2", len(keys))
	}
	for i, k := range keys {
		if k.Circuit != both[i].Name {
			t.Errorf("keys %d are of %s", i, k.Circuit)
		}
		if err := prove(t, &k); err != nil {
			t.Errorf("%s: %v", k.Circuit, err)
		}
		stored := readKeys(t, c, k)
		if err := prove(t, stored); err != nil {
			t.Errorf("%s, keys from their files: %v", k.Circuit, err)
		}
		if k.Proving.Domain.Cardinality != uint64(c.transcript.Circuits[i].Domain) {
			t.Errorf("%s: domain %d", k.Circuit, k.Proving.Domain.Cardinality)
		}
	}
	mixed := circuits.KeySet{R1CS: keys[0].R1CS, Proving: keys[0].Proving, Verifying: must[[]Keys](t)(another(t, t.TempDir(), 3).Verify(t.Context(), both, quiet))[0].Verifying}
	if prove(t, &mixed) == nil {
		t.Error("a proof verifies under the key of another ceremony")
	}
}

func readKeys(t *testing.T, c *Ceremony, k Keys) *circuits.KeySet {
	t.Helper()
	set := &circuits.KeySet{R1CS: k.R1CS, Proving: new(groth16.ProvingKey), Verifying: new(groth16.VerifyingKey)}
	f := must[*os.File](t)(os.Open(filepath.Join(c.dir, ProvingKeyFile(k.Circuit))))
	defer f.Close()
	must[int64](t)(set.Proving.ReadFrom(f))
	g := must[*os.File](t)(os.Open(filepath.Join(c.dir, VerifyingKeyFile(k.Circuit))))
	defer g.Close()
	must[int64](t)(set.Verifying.ReadFrom(g))
	return set
}

func TestRegistry(t *testing.T) {
	c := upTo(t, 3)
	var r struct {
		VerifyingKeys []struct {
			Circuit circuits.Name `json:"circuit"`
			SHA256  engine.Digest `json:"sha256"`
			Origin  string        `json:"origin"`
		} `json:"verifying_keys"`
	}
	if err := json.Unmarshal(must[[]byte](t)(os.ReadFile(filepath.Join(c.dir, RegistryFile))), &r); err != nil {
		t.Fatal(err)
	}
	if len(r.VerifyingKeys) != 2 {
		t.Fatalf("registry lists %d keys", len(r.VerifyingKeys))
	}
	for i, key := range r.VerifyingKeys {
		b := must[[]byte](t)(os.ReadFile(filepath.Join(c.dir, VerifyingKeyFile(key.Circuit))))
		if key.Circuit != both[i].Name || key.SHA256 != engine.Digest(sha256.Sum256(b)) || key.Origin != Origin(c.transcript.Digest()) {
			t.Errorf("registry entry %+v", key)
		}
	}
}

func TestEachPhaseVerifies(t *testing.T) {
	for phase := 1; phase <= 2; phase++ {
		var steps []string
		keys, err := upTo(t, phase).Verify(t.Context(), both, func(p Progress) { steps = append(steps, p.String()) })
		if err != nil || keys != nil {
			t.Errorf("phase %d: %v, %d keys", phase, err, len(keys))
		}
		if all := strings.Join(steps, "\n"); !strings.Contains(all, "verify phase 1, contribution 2 by bob") ||
			phase == 2 && !strings.Contains(all, "verify phase 2 of short, contribution 1 by alice") {
			t.Errorf("phase %d reported\n%s", phase, all)
		}
	}
}

func TestStepsOutOfTurn(t *testing.T) {
	c := must[*Ceremony](t)(Init(t.TempDir(), both))
	if _, err := c.Finish(t.Context(), both, beacon1, quiet); !errors.Is(err, ErrPhase) {
		t.Errorf("phase 1 closed without a contribution: %v", err)
	}
	must[Contribution](t)(c.Contribute(t.Context(), "alice", quiet))
	must[[]Keys](t)(c.Finish(t.Context(), both, beacon1, quiet))
	if _, err := c.Finish(t.Context(), both, beacon2, quiet); !errors.Is(err, ErrPhase) {
		t.Errorf("phase 2 closed without a contribution: %v", err)
	}
	finished := upTo(t, 3)
	if _, err := finished.Finish(t.Context(), both, beacon2, quiet); !errors.Is(err, ErrPhase) {
		t.Errorf("finished twice: %v", err)
	}
	if _, err := finished.Contribute(t.Context(), "carol", quiet); !errors.Is(err, ErrPhase) {
		t.Errorf("contribution to a finished ceremony: %v", err)
	}
}

func TestInitRefusals(t *testing.T) {
	dir := t.TempDir()
	must[*Ceremony](t)(Init(dir, both))
	if _, err := Init(dir, both); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second ceremony in one folder: %v", err)
	}
	broken := errors.New("broken circuit")
	for name, list := range map[string][]Circuit{
		"no circuit":        nil,
		"one circuit twice": {both[0], both[0]},
		"too small":         {{Name: "tiny", Compile: func() (*cs.R1CS, error) { return cs.NewR1CS(0), nil }}},
		"bad name":          {circuit("../long", 4, false)},
		"too many":          make9(),
		"does not compile":  {{Name: "broken", Compile: func() (*cs.R1CS, error) { return nil, broken }}},
	} {
		if _, err := Init(t.TempDir(), list); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func make9() (list []Circuit) {
	for i := range 9 {
		list = append(list, circuit(circuits.Name(fmt.Sprintf("c%d", i)), 4, false))
	}
	return list
}

func TestOtherCircuitsAreRefused(t *testing.T) {
	c := upTo(t, 2)
	for name, list := range map[string][]Circuit{
		"missing": {both[0]},
		"changed": {circuit("long", 21, true), both[1]},
	} {
		if _, err := c.Verify(t.Context(), list, quiet); !errors.Is(err, ErrCircuits) {
			t.Errorf("%s circuit: %v", name, err)
		}
	}
}

func TestBeaconAndNameBounds(t *testing.T) {
	c := upTo(t, 1)
	for name, b := range map[string]Beacon{
		"short":         {Value: make([]byte, 15), Source: "x"},
		"long":          {Value: make([]byte, 65), Source: "x"},
		"no source":     {Value: make([]byte, 32)},
		"long source":   {Value: make([]byte, 32), Source: strings.Repeat("x", 201)},
		"control bytes": {Value: make([]byte, 32), Source: "a\nb"},
	} {
		if _, err := c.Finish(t.Context(), both, b, quiet); !errors.Is(err, ErrTranscript) {
			t.Errorf("%s beacon: %v", name, err)
		}
	}
	if _, err := c.Contribute(t.Context(), "a b", quiet); err == nil {
		t.Error("a contributor's name with a space was accepted")
	}
}

func TestCancelled(t *testing.T) {
	c := upTo(t, 2)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Verify(ctx, both, quiet); !errors.Is(err, context.Canceled) {
		t.Errorf("verify: %v", err)
	}
	if _, err := c.Contribute(ctx, "carol", quiet); !errors.Is(err, context.Canceled) {
		t.Errorf("contribute: %v", err)
	}
}

func Example() {
	dir, err := os.MkdirTemp("", "ceremony")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	ctx, list := context.Background(), []Circuit{circuit("short", 4, false)}
	c, err := Init(dir, list)
	if err != nil {
		panic(err)
	}
	for _, beacon := range []Beacon{beacon1, beacon2} {
		if _, err := c.Contribute(ctx, "alice", quiet); err != nil {
			panic(err)
		}
		if _, err := c.Finish(ctx, list, beacon, quiet); err != nil {
			panic(err)
		}
	}
	anybody, err := Open(dir)
	if err != nil {
		panic(err)
	}
	keys, err := anybody.Verify(ctx, list, func(p Progress) { fmt.Println(p) })
	if err != nil {
		panic(err)
	}
	fmt.Println(len(keys), "pair of keys")
	// Output:
	// verify phase 1, contribution 1 by alice
	// seal phase 1
	// begin phase 2 of short
	// verify phase 2 of short, contribution 1 by alice
	// seal phase 2 of short
	// 1 pair of keys
}
