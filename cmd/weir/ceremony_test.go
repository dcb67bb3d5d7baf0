package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	cs "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/frontend"

	"weir/circuits"
	"weir/circuits/ceremony"
	"weir/circuits/keycache"
	"weir/engine"
)

// square proves knowledge of a square root, in two constraints: small enough to run whole ceremonies in a test.
type square struct {
	X frontend.Variable
	Y frontend.Variable `gnark:",public"`
}

func (s *square) Define(api frontend.API) error {
	api.AssertIsEqual(api.Mul(s.X, s.X), s.Y)
	api.AssertIsDifferent(s.X, 0)
	return nil
}

func compileSquare() (*cs.R1CS, error) { return circuits.Compile(new(square)) }

// ceremonyRun runs one command line of weir ceremony over the small circuit.
func ceremonyRun(t *testing.T, c *console, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	c.stdout, c.stderr = &out, &errs
	cmd := ceremonyCommand(c, []ceremony.Circuit{{Name: "square", Compile: compileSquare}})
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(&errs)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err := cmd.ExecuteContext(t.Context())
	var status *exitError
	if errors.As(err, &status) {
		code = status.code
	} else if err != nil {
		code = exitUsage
	}
	return out.String(), errs.String(), code
}

func TestCeremonyFromInitToKeys(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	t.Setenv(keycache.DirVariable, t.TempDir())
	c := &console{progress: "plain"}
	for _, step := range [][]string{
		{"init", dir},
		{"contribute", dir, "--as", "alice"},
		{"contribute", dir, "--as", "bob"},
		{"verify", dir},
		{"finish", dir, "--beacon", strings.Repeat("1f", 16), "--source", "block 1"},
		{"contribute", dir, "--as", "alice"},
		{"finish", dir, "--beacon", strings.Repeat("2e", 32), "--source", "block 2"},
		{"verify", dir, "--install"},
	} {
		if _, stderr, code := ceremonyRun(t, c, step...); code != 0 {
			t.Fatalf("%v: exit %d\n%s", step, code, stderr)
		}
	}
	stdout, stderr, _ := ceremonyRun(t, c, "verify", dir)
	for _, want := range []string{"Phase 1, closed by 1f1f", "(block 2), contributions: 1", "alice", "bob", "Finished: ceremony:", "registry.json"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("stdout lacks %q:\n%s", want, stdout)
		}
	}
	if !strings.Contains(stderr, "verify phase 2 of square, contribution 1 by alice") {
		t.Errorf("stderr: %s", stderr)
	}
	checkInstalled(t, dir)
}

func checkInstalled(t *testing.T, dir string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, ceremony.RegistryFile))
	if err != nil {
		t.Fatal(err)
	}
	var registry struct {
		VerifyingKeys []struct{ SHA256, Origin string } `json:"verifying_keys"`
	}
	if err := json.Unmarshal(b, &registry); err != nil || len(registry.VerifyingKeys) != 1 {
		t.Fatalf("registry: %v\n%s", err, b)
	}
	id, err := engine.ParseDigest(registry.VerifyingKeys[0].SHA256)
	if err != nil {
		t.Fatal(err)
	}
	cacheDir, err := keycache.DefaultDir()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := keycache.Open(cacheDir, nil).Registered(t.Context(), "square", id, compileSquare)
	if err != nil {
		t.Fatal(err)
	}
	if string(keys.Origin) != registry.VerifyingKeys[0].Origin {
		t.Errorf("installed keys are from %q, the registry says %q", keys.Origin, registry.VerifyingKeys[0].Origin)
	}
}

func TestCeremonyExitStatus(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	c := &console{progress: "none"}
	beacon := []string{"--beacon", strings.Repeat("1f", 16), "--source", "block 1"}
	for _, step := range []struct {
		args []string
		code int
	}{
		{[]string{"verify", dir}, exitUsage},
		{[]string{"init", dir}, 0},
		{[]string{"init", dir}, exitUsage},
		{append([]string{"finish", dir}, beacon...), exitUsage},
		{[]string{"contribute", dir}, exitUsage},
		{[]string{"contribute", dir, "--as", "no such name"}, exitUsage},
		{[]string{"contribute", dir, "--as", "alice"}, 0},
		{[]string{"finish", dir, "--beacon", "xyz", "--source", "x"}, exitUsage},
		{[]string{"finish", dir, "--beacon", "00", "--source", "x"}, exitUsage},
		{[]string{"verify", dir, "--install"}, exitUsage},
		{[]string{"verify", dir}, 0},
	} {
		if _, stderr, code := ceremonyRun(t, c, step.args...); code != step.code {
			t.Errorf("%v: exit %d, want %d\n%s", step.args, code, step.code, stderr)
		}
	}
	file := filepath.Join(dir, "phase1", "0001.bin")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b[10] ^= 1
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, code := ceremonyRun(t, c, "verify", dir); code != exitFalse {
		t.Errorf("damaged contribution: exit %d, want %d", code, exitFalse)
	}
}

func TestCeremonyJSON(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	c := &console{progress: "json", json: true}
	ceremonyRun(t, c, "init", dir)
	stdout, stderr, code := ceremonyRun(t, c, "contribute", dir, "--as", "alice")
	var turn ceremony.Contribution
	if err := json.Unmarshal([]byte(stdout), &turn); code != 0 || err != nil || turn.By != "alice" || len(turn.Files) != 1 {
		t.Errorf("exit %d, %v\n%s", code, err, stdout)
	}
	var line event
	if err := json.Unmarshal([]byte(stderr), &line); err != nil || line.Event != "begin" {
		t.Errorf("progress %q: %v", stderr, err)
	}
	stdout, _, _ = ceremonyRun(t, c, "verify", dir)
	var result ceremonyResult
	if err := json.Unmarshal([]byte(stdout), &result); err != nil || result.Finished || len(result.Transcript.Phase1.Contributions) != 1 {
		t.Errorf("%v\n%s", err, stdout)
	}
}
