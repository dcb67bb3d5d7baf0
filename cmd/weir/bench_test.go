package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"weir/bench"
)

// runBench executes `weir bench …` and gives its exit status and what it printed.
func runBench(t *testing.T, asJSON bool, args ...string) (status int, out, said string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	c := &console{stdout: &stdout, stderr: &stderr, json: asJSON, progress: "none"}
	cmd := newBenchCommand(c)
	cmd.SetArgs(args)
	cmd.SetOut(&stdout)
	cmd.SetErr(&stderr)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err := cmd.ExecuteContext(t.Context())
	var exit *exitError
	switch {
	case errors.As(err, &exit):
		return exit.code, stdout.String(), err.Error()
	case err != nil:
		return exitUsage, stdout.String(), err.Error()
	}
	return 0, stdout.String(), stderr.String()
}

func TestBenchRefuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"circuits", "--runs", "0"}, "--runs 0"},
		{[]string{"circuits", "--circuit", "other"}, "--circuit other"},
		{[]string{"circuits", "--batches", "0"}, "--batches 0"},
		{[]string{"circuits", "--batches", "5000"}, "--batches 5000"},
		{[]string{"circuits", "extra"}, "extra"},
		{[]string{"score", "--runs", "-1"}, "--runs -1"},
		{[]string{"score", "--holders", "1"}, "1 holders"},
		{[]string{"score", "--holders", "9"}, "9 holders"},
		{[]string{"score", "--features", "33"}, "33 features"},
		{[]string{"score", "--features", "8", "--lines", "33"}, "33 lines"},
		{[]string{"score", "--features", "8", "--lines", "4"}, "nothing to measure"},
		{[]string{"score", "--enterprises", "0"}, "--enterprises 0"},
		{[]string{"distances", "10"}, "10"},
		{[]string{"ledger", "--transactions", "2999"}, "--transactions 2999"},
		{[]string{"ledger", "--lone", "0"}, "--lone 0"},
		{[]string{"ledger", "--batch", "1"}, "--batch 1"},
		{[]string{"ledger", "--batch", "2000000"}, "--batch 2000000"},
		{[]string{"ledger", "--proofs", "-1"}, "--proofs -1"},
		{[]string{"ledger", "--proofs", "1001"}, "--proofs 1001"},
		{[]string{"ledger", "extra"}, "extra"},
	} {
		status, out, said := runBench(t, false, c.args...)
		if status != exitUsage || out != "" || !strings.Contains(said, c.want) {
			t.Errorf("%q: status %d, stdout %q, error %q", c.args, status, out, said)
		}
	}
}

func TestBenchDistances(t *testing.T) {
	status, out, _ := runBench(t, false, "distances")
	for _, want := range []string{"2^-42.20", "2^-47", "2^-42.14", "2^-40.48"} {
		if status != 0 || !strings.Contains(out, want) {
			t.Errorf("status %d, no %s in\n%s", status, want, out)
		}
	}
	_, out, _ = runBench(t, true, "distances")
	var d bench.Distances
	if err := json.Unmarshal([]byte(out), &d); err != nil || len(d.Totals) != 16 {
		t.Errorf("%d resolutions, %v", len(d.Totals), err)
	}
}

// One real run, in words.
func TestBenchCircuits(t *testing.T) {
	status, out, said := runBench(t, false, "circuits", "--circuit", "contribution", "--runs", "1", "--batches", "2", "--skip-setup")
	for _, want := range []string{"contribution: ", "parts: ", "verify, each of 2", "load "} {
		if status != 0 || !strings.Contains(out, want) {
			t.Errorf("status %d (%s), no %q in\n%s", status, said, want, out)
		}
	}
}

// A circuit that is not the golden one, and a score that is not the reference, are printed and are exit status 1.
func TestBenchSaysWhatIsFalse(t *testing.T) {
	var stdout bytes.Buffer
	for _, asJSON := range []bool{false, true} {
		c := &console{stdout: &stdout, json: asJSON}
		compiled := bench.CircuitsResult{Circuits: []bench.Circuit{{Name: "model", ID: strings.Repeat("0", 64), Constraints: 5, Golden: 6}}}
		scores := bench.ScoreResult{Keys: []bench.VerifyingKey{{Origin: "development"}}, Cells: []bench.Cell{{
			Verified: bench.Scoring{Scores: 3, Equal: 2, WhyNot: "no ledger yet", Phases: map[string]bench.Spread{"open": {Median: 2}, "prove": {Median: 30}}}}}}
		for want, conclude := range map[string]func() error{
			"golden":  func() error { return (&benchCircuits{console: c}).conclude(&compiled) },
			"differs": func() error { return (&benchScore{console: c}).conclude(&scores) },
		} {
			var exit *exitError
			if err := conclude(); !errors.As(err, &exit) || exit.code != exitFalse || !strings.Contains(err.Error(), want) {
				t.Errorf("json %v: got %v, want exit status 1 and %q", asJSON, err, want)
			}
		}
		compiled.AsGolden, scores.AllEqual = true, true
		if err := errors.Join((&benchCircuits{console: c}).conclude(&compiled), (&benchScore{console: c}).conclude(&scores)); err != nil {
			t.Errorf("json %v: %v", asJSON, err)
		}
	}
	for _, want := range []string{"5 constraints (golden 6)", "2 of 3", "prove 30.0, open 2.00", "no ledger yet", "DEVELOPMENT KEYS", `"constraints": 5`, `"all_equal": false`} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("no %q in\n%s", want, stdout.String())
		}
	}
}

// Combinations that cannot be are left out, and said so.
func TestBenchScoreShapes(t *testing.T) {
	var stderr bytes.Buffer
	b := &benchScore{console: &console{stderr: &stderr}, holders: []int{2, 3}, features: []int{4, 8}, lines: []int{4, 32}, enterprises: 5}
	b.options.Runs = 9
	if err := b.shapes(); err != nil {
		t.Fatal(err)
	}
	if n := len(b.options.Shapes); n != 6 || b.options.Shapes[0].Enterprises != 10 {
		t.Errorf("%d shapes, the first %+v", n, b.options.Shapes[0])
	}
	if said := stderr.String(); strings.Count(said, "8 features on 4 lines left out") != 2 {
		t.Errorf("stderr: %s", said)
	}
}

func TestBenchLedger(t *testing.T) {
	folder := t.TempDir()
	args := []string{"ledger", "--folder", folder, "--transactions", "3000", "--lone", "2", "--batch", "5", "--proofs", "0"}
	status, out, said := runBench(t, true, args...)
	var r bench.LedgerResult
	if err := json.Unmarshal([]byte(out), &r); err != nil || status != 0 {
		t.Fatalf("status %d, %v, %s", status, err, said)
	}
	if r.Setting.Cores == 0 || r.Notes.Count != 3000 || r.Batches.Count != 5*r.Deposit.Count || r.Proofs != nil {
		t.Errorf("%+v", r)
	}
	status, out, said = runBench(t, false, args...)
	if status != 0 || !strings.Contains(out, "transactions of 500 bytes") || !strings.Contains(out, "cores") {
		t.Errorf("status %d, %s, %s", status, out, said)
	}
	if status, _, said = runBench(t, true, "ledger", "--folder", folder+"/none", "--proofs", "0"); status != exitUsage || !strings.Contains(said, "none") {
		t.Errorf("a folder that is not there: status %d, %s", status, said)
	}
}
