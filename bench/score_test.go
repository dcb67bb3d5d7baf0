package bench

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"weir/bench/synthetic"
	"weir/engine/proof"
)

func loadKeys(t testing.TB) *proof.Keys {
	t.Helper()
	keys, err := proof.Load(context.Background(), machineKeys(t)(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// One score of the smallest consortium, with and without proofs: exact, and every figure is there.
func TestMeasureScore(t *testing.T) {
	if testing.Short() {
		t.Skip("real proofs")
	}
	o := ScoreOptions{Shapes: []synthetic.Shape{{Holders: 2, Features: 4, Lines: 5, Enterprises: 10}}, Runs: 1, Seed: 1, Keys: loadKeys(t), Report: quiet{}}
	result, err := o.Measure(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cell := result.Cells[0]
	if !result.AllEqual || len(result.Keys) != 3 || cell.Lines != 5 || len(cell.Inputs) != 64 || cell.Plaintext.Wall.Min <= 0 {
		t.Errorf("result %+v", result)
	}
	for name, s := range map[string]Scoring{"verified": cell.Verified, "HE only": cell.HEOnly} {
		if s.Scores != 2 || s.Equal != 2 || s.Runs != 1 || s.Wall.Min <= 0 || s.CPU.Min <= 0 || s.Founding["seal model"] <= 0 || s.WhyNot == "" {
			t.Errorf("%s: %+v", name, s)
		}
		if s.Received < 2*76_000 || s.Posted < 2*76_000 || s.Received > 1e6 {
			t.Errorf("%s: %d bytes received and %d posted for two responses of 76 kB", name, s.Received, s.Posted)
		}
		for phase, spread := range s.Phases {
			if spread.Max > s.Wall.Max {
				t.Errorf("%s: phase %s takes %v ms of %v", name, phase, spread.Max, s.Wall.Max)
			}
		}
	}
	if cell.Verified.CPU.Min <= cell.HEOnly.CPU.Min {
		t.Error("proofs cost no processor time")
	}
	checkUnits(t, result)
}

func TestMeasureScoreRefuses(t *testing.T) {
	o := ScoreOptions{Shapes: []synthetic.Shape{{Holders: 1, Features: 4, Lines: 4}}, Runs: 1, Keys: new(proof.Keys), Report: quiet{}}
	if _, err := o.measure(t.Context(), o.Shapes[0]); !errors.Is(err, synthetic.ErrShape) {
		t.Errorf("one holder: %v", err)
	}
}

// Every field that holds a duration or a size says its unit in its name.
func checkUnits(t *testing.T, result any) {
	t.Helper()
	text, err := json.Marshal(result)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"wall_ms", "cpu_ms", "wall_us", "phases_wall_ms", "received_bytes", "memory_bytes", "inputs_sha256", "parameter_set", "go_version", "load_average_1min_at_start"} {
		if !strings.Contains(string(text), `"`+name+`"`) {
			t.Errorf("no field %s", name)
		}
	}
}
