package keycache

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/backend/groth16"
	cs "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/frontend"

	"weir/circuits"
	"weir/circuits/setup"
	"weir/engine"

	"crypto/rand"
)

// powers proves knowledge of X with X^(2^Steps) = Y, all steps under one commitment.
type powers struct {
	Steps int `gnark:"-"`
	X     frontend.Variable
	Y     frontend.Variable `gnark:",public"`
}

func (c *powers) Define(api frontend.API) error {
	x, covered := c.X, []frontend.Variable{c.X}
	for range c.Steps {
		x = api.Mul(x, x)
		covered = append(covered, x)
	}
	api.AssertIsEqual(x, c.Y)
	challenge, err := api.(frontend.Committer).Commit(covered...)
	if err != nil {
		return err
	}
	api.AssertIsDifferent(challenge, 0)
	return nil
}

// compiler counts how often it is called.
type compiler struct {
	steps int
	calls atomic.Int32
}

func (c *compiler) compile() (*cs.R1CS, error) {
	c.calls.Add(1)
	return circuits.Compile(&powers{Steps: c.steps})
}

// log collects reports.
type log struct {
	lock  sync.Mutex
	lines []Progress
}

func (l *log) report(p Progress) {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.lines = append(l.lines, p)
}

func (l *log) count(s Step) (n int) {
	l.lock.Lock()
	defer l.lock.Unlock()
	for _, p := range l.lines {
		if p.Step == s {
			n++
		}
	}
	return n
}

func mustKeys(t testing.TB, c *Cache, compile *compiler) *Keys {
	t.Helper()
	keys, err := c.Keys(t.Context(), "powers", compile.compile)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func mustProve(t testing.TB, keys circuits.Keys) {
	t.Helper()
	witness, err := frontend.NewWitness(&powers{X: 1, Y: 1}, ecc.BN254.ScalarField())
	if err != nil {
		t.Fatal(err)
	}
	proof, err := groth16.Prove(keys.System(), keys.ProvingKey(), witness)
	if err != nil {
		t.Fatal(err)
	}
	public, err := witness.Public()
	if err != nil {
		t.Fatal(err)
	}
	if err := groth16.Verify(proof, keys.VerifyingKey(), public); err != nil {
		t.Fatal(err)
	}
}

func TestRefusals(t *testing.T) {
	compile := &compiler{steps: 5}
	broken := errors.New("broken circuit")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	occupied := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(occupied, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, dir string
		ctx       context.Context
		circuit   circuits.Name
		compile   func() (*cs.R1CS, error)
		want      error
	}{
		{"name leaves the folder", t.TempDir(), t.Context(), "../powers", compile.compile, nil},
		{"empty name", t.TempDir(), t.Context(), "", compile.compile, nil},
		{"name with the separator of temporary files", t.TempDir(), t.Context(), "a~b", compile.compile, nil},
		{"does not compile", t.TempDir(), t.Context(), "powers", func() (*cs.R1CS, error) { return nil, broken }, broken},
		{"no constraints", t.TempDir(), t.Context(), "powers", func() (*cs.R1CS, error) { return cs.NewR1CS(0), nil }, setup.ErrCircuit},
		{"cancelled", t.TempDir(), cancelled, "powers", compile.compile, context.Canceled},
		{"folder is a file", occupied, t.Context(), "powers", compile.compile, nil},
	} {
		if _, err := Open(c.dir, nil).Keys(c.ctx, c.circuit, c.compile); err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.want)
		}
	}
}

func TestKeysAreMadeOnceAndThenLoaded(t *testing.T) {
	dir, compile, first, second := filepath.Join(t.TempDir(), "a", "b"), &compiler{steps: 40}, new(log), new(log)
	made := mustKeys(t, Open(dir, first.report), compile)
	loaded := mustKeys(t, Open(dir, second.report), compile)
	if compile.calls.Load() != 1 || len(second.lines) != 0 {
		t.Errorf("compiled %d times; second load reported %v", compile.calls.Load(), second.lines)
	}
	if first.count(Compiling) != 1 || first.count(Making) == 0 || first.count(Writing) != 1 || first.count(Rejected) != 0 {
		t.Errorf("first load reported %v", first.lines)
	}
	if made.ID != loaded.ID || made.Digest != loaded.Digest || made.Circuit != loaded.Circuit {
		t.Error("loaded keys differ from those made")
	}
	for _, keys := range []*Keys{made, loaded} {
		id, err := circuits.ID(keys.Verifying)
		if err != nil || id != keys.ID {
			t.Errorf("circuit id %s, want %s (%v)", keys.ID, id, err)
		}
		digest, err := circuits.Digest(keys.R1CS)
		if err != nil || digest != keys.Digest {
			t.Errorf("system digest %s, want %s (%v)", keys.Digest, digest, err)
		}
		if keys.Origin != Development {
			t.Errorf("origin %q, want %q", keys.Origin, Development)
		}
		mustProve(t, keys)
	}
}

func TestRecordSaysDevelopment(t *testing.T) {
	dir := t.TempDir()
	keys := mustKeys(t, Open(dir, nil), &compiler{steps: 5})
	b, err := os.ReadFile(filepath.Join(dir, keys.Digest.String()+".development.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"origin": "development"`, "can forge", keys.ID.String()} {
		if !strings.Contains(string(b), want) {
			t.Errorf("record lacks %q:\n%s", want, b)
		}
	}
}

func TestAnotherExecutableCompilesAgainAndFindsTheKeys(t *testing.T) {
	dir, compile := t.TempDir(), &compiler{steps: 40}
	made := mustKeys(t, Open(dir, nil), compile)
	other := Open(dir, nil)
	other.build = func() string { return "another executable" }
	found := mustKeys(t, other, compile)
	if compile.calls.Load() != 2 || found.ID != made.ID {
		t.Errorf("compiled %d times, same keys: %v", compile.calls.Load(), found.ID == made.ID)
	}
	again := Open(dir, nil)
	again.build = other.build
	if mustKeys(t, again, compile); compile.calls.Load() != 2 {
		t.Error("the other executable was not remembered")
	}
}

func TestChangedCircuitGetsOtherKeys(t *testing.T) {
	dir := t.TempDir()
	old := mustKeys(t, Open(dir, nil), &compiler{steps: 40})
	changed := Open(dir, nil)
	changed.build = func() string { return "another executable" }
	keys := mustKeys(t, changed, &compiler{steps: 41})
	if keys.ID == old.ID || keys.Digest == old.Digest {
		t.Error("a changed circuit got the keys of the old one")
	}
	mustProve(t, keys)
}

func TestExecutableWithoutDigestCompilesEveryTime(t *testing.T) {
	dir, compile := t.TempDir(), &compiler{steps: 5}
	for range 2 {
		c := Open(dir, nil)
		c.build = func() string { return "" }
		mustKeys(t, c, compile)
	}
	if compile.calls.Load() != 2 {
		t.Errorf("compiled %d times, want 2", compile.calls.Load())
	}
}

func TestConcurrentCallersShareOneLoad(t *testing.T) {
	c, compile := Open(t.TempDir(), nil), &compiler{steps: 2000}
	var callers sync.WaitGroup
	results := make([]*Keys, 16)
	for i := range results {
		callers.Go(func() { results[i] = mustKeys(t, c, compile) })
	}
	callers.Wait()
	for _, keys := range results {
		if keys != results[0] {
			t.Fatal("callers got different keys")
		}
	}
	if compile.calls.Load() != 1 {
		t.Errorf("compiled %d times", compile.calls.Load())
	}
}

func TestFailedLoadIsForgotten(t *testing.T) {
	c := Open(t.TempDir(), nil)
	broken := errors.New("broken circuit")
	if _, err := c.Keys(t.Context(), "powers", func() (*cs.R1CS, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Fatalf("error %v", err)
	}
	mustProve(t, mustKeys(t, c, &compiler{steps: 5}))
}

// A caller that waits for another one's load does not inherit that one's cancellation.
func TestWaiterSurvivesTheLeadersCancellation(t *testing.T) {
	c := Open(t.TempDir(), nil)
	leader, cancel := context.WithCancel(t.Context())
	started, wait := make(chan struct{}), make(chan struct{})
	var callers sync.WaitGroup
	callers.Go(func() {
		_, err := c.Keys(leader, "powers", func() (*cs.R1CS, error) {
			close(started)
			<-wait
			return nil, leader.Err()
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("leader: %v", err)
		}
	})
	<-started
	callers.Go(func() { mustKeys(t, c, &compiler{steps: 5}) })
	impatient, stop := context.WithCancel(t.Context())
	stop()
	if _, err := c.Keys(impatient, "powers", (&compiler{steps: 5}).compile); !errors.Is(err, context.Canceled) {
		t.Errorf("impatient waiter: %v", err)
	}
	cancel()
	close(wait)
	callers.Wait()
}

func TestInstalledKeys(t *testing.T) {
	dir, compile := t.TempDir(), &compiler{steps: 40}
	development := mustKeys(t, Open(dir, nil), compile)
	system, err := compile.compile()
	if err != nil {
		t.Fatal(err)
	}
	pk, vk, err := setup.Run(system, rand.Reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	id, err := circuits.ID(vk)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, nil).Registered(t.Context(), "powers", id, compile.compile); !errors.Is(err, ErrNotInstalled) {
		t.Fatalf("before installing: error %v, want ErrNotInstalled", err)
	}
	if _, err := Open(dir, nil).Install(t.Context(), "powers", Development, system, pk, vk); err == nil {
		t.Error("keys of a ceremony were installed as development keys")
	}
	if _, err := Open(dir, nil).Install(t.Context(), "powers", "ceremony:test", system, pk, vk); err != nil {
		t.Fatal(err)
	}
	keys, err := Open(dir, nil).Registered(t.Context(), "powers", id, compile.compile)
	if err != nil {
		t.Fatal(err)
	}
	if keys.ID != id || keys.Origin != "ceremony:test" {
		t.Errorf("keys %s of %q, want %s", keys.ID.Short(), keys.Origin, id.Short())
	}
	mustProve(t, keys)
	if mustKeys(t, Open(dir, nil), compile).ID != development.ID {
		t.Error("installing changed the development keys")
	}
	if _, err := Open(dir, nil).Registered(t.Context(), "powers", engine.Digest{1}, compile.compile); !errors.Is(err, ErrNotInstalled) {
		t.Errorf("unknown circuit id: error %v", err)
	}
}

func TestDefaultDir(t *testing.T) {
	t.Setenv(DirVariable, "/somewhere/else")
	if dir, err := DefaultDir(); err != nil || dir != "/somewhere/else" {
		t.Errorf("%s, %v", dir, err)
	}
	t.Setenv(DirVariable, "")
	t.Setenv("XDG_CACHE_HOME", "/cache")
	t.Setenv("HOME", "/home/weir")
	if dir, err := DefaultDir(); err != nil || !strings.HasSuffix(dir, filepath.Join("weir", "keys")) {
		t.Errorf("%s, %v", dir, err)
	}
}

func ExampleCache_Keys() {
	dir, err := os.MkdirTemp("", "keys")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	cache := Open(dir, func(p Progress) {
		if p.Step == Compiling {
			fmt.Println(p)
		}
	})
	keys, err := cache.Keys(context.Background(), "powers", func() (*cs.R1CS, error) { return circuits.Compile(&powers{Steps: 8}) })
	if err != nil {
		panic(err)
	}
	fmt.Println(keys.Origin, keys.System().GetNbConstraints())
	// Output:
	// powers: compiling
	// development 11
}
