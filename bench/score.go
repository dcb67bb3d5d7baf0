package bench

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"weir/bench/synthetic"
	"weir/engine"
	"weir/engine/consortium"
	"weir/engine/model"
	"weir/engine/model/points"
	"weir/engine/proof"
)

// ScoreOptions say over which consortia scores are measured.
type ScoreOptions struct {
	Shapes []synthetic.Shape
	Runs   int // scores that are timed in each consortium, at least 1, each of another enterprise: a shape gets one more
	Seed   uint64
	Keys   *proof.Keys
	Report consortium.Reporter
}

// ScoreResult is what ScoreOptions.Measure found.
type ScoreResult struct {
	Setting  Setting        `json:"setting"`
	Seed     uint64         `json:"seed"`
	Runs     int            `json:"runs"`
	Keys     []VerifyingKey `json:"verifying_keys"`
	Cells    []Cell         `json:"cells"`
	AllEqual bool           `json:"all_equal"`
}

// VerifyingKey says under which key the proofs of a circuit were made, in the words of trust.json.
type VerifyingKey struct {
	Circuit string `json:"circuit"`
	SHA256  string `json:"sha256"` // the circuit id
	Origin  string `json:"origin"` // "development", or "ceremony:" and the transcript's digest
}

func verifyingKeys(keys *proof.Keys) (list []VerifyingKey) {
	for _, c := range keys.Registered() {
		list = append(list, VerifyingKey{Circuit: c.Name, SHA256: c.ID.String(), Origin: c.Origin})
	}
	return list
}

// Cell is one consortium of the grid. All its parties run in this process and share its cores.
type Cell struct {
	synthetic.Shape
	Inputs    string         `json:"inputs_sha256"`
	Verified  Scoring        `json:"verified"`  // every proof made, and checked by the parties that rely on it
	HEOnly    Scoring        `json:"he_only"`   // the same consortium without proofs
	Plaintext PlaintextTimes `json:"plaintext"` // the model on the records, all in one place
}

// Scoring is the times of scores from the bank's request to the opened and settled number. The enterprise's consent comes
// before and is not in them.
type Scoring struct {
	Times
	Phases   map[string]Spread  `json:"phases_wall_ms"` // of the same runs, as the consortium reports them; empty if it does not
	Received int64              `json:"received_bytes"` // by all parties together for one score, the median
	Posted   int64              `json:"posted_bytes"`   // public for one score: board and content store, the median
	Founding map[string]float64 `json:"founding_wall_ms"`
	Scores   int                `json:"scores"`  // with the one that warms up
	Equal    int                `json:"equal"`   // to the plaintext model, to the point
	WhyNot   string             `json:"why_not"` // what these scores go without
}

// PlaintextTimes are of the plaintext model for one enterprise.
type PlaintextTimes struct {
	Wall Spread `json:"wall_us"`
}

// Measure founds each consortium twice, with and without proofs, and scores. A score that is not the reference is no
// error: AllEqual tells.
func (o *ScoreOptions) Measure(ctx context.Context) (*ScoreResult, error) {
	result := &ScoreResult{Setting: NewSetting(), Seed: o.Seed, Runs: o.Runs, Keys: verifyingKeys(o.Keys), AllEqual: true}
	for _, shape := range o.Shapes {
		cell, err := o.measure(ctx, shape)
		if err != nil {
			return nil, fmt.Errorf("measure %d holders with %d features: %w", shape.Holders, shape.Features, err)
		}
		result.Cells = append(result.Cells, *cell)
		for _, s := range []Scoring{cell.Verified, cell.HEOnly} {
			result.AllEqual = result.AllEqual && s.Equal == s.Scores
		}
	}
	return result, nil
}

func (o *ScoreOptions) measure(ctx context.Context, shape synthetic.Shape) (*Cell, error) {
	shape.Enterprises = max(shape.Enterprises, o.Runs+1)
	inputs, err := synthetic.Seed(o.Seed).Consortium(shape)
	if err != nil {
		return nil, err
	}
	cell := &Cell{Shape: shape, Inputs: inputs.Digest.String()}
	name := fmt.Sprintf("%d holders, %d features, %d lines", shape.Holders, shape.Features, shape.Lines)
	for _, variant := range []struct {
		name string
		keys *proof.Keys
		into *Scoring
	}{{name, o.Keys, &cell.Verified}, {name + ", HE only", nil, &cell.HEOnly}} {
		o.Report.Begin(variant.name)
		begin := time.Now()
		c, err := found(ctx, inputs, variant.keys)
		if err != nil {
			return nil, err
		}
		defer c.Close()
		if err := o.score(ctx, c, inputs.Subjects, variant.into); err != nil {
			return nil, err
		}
		if variant.keys == nil {
			if cell.Plaintext, err = o.plaintext(c, inputs.Subjects); err != nil {
				return nil, err
			}
		}
		o.Report.End(variant.name, time.Since(begin))
	}
	return cell, nil
}

// found starts a consortium; keys nil means without proofs.
func found(ctx context.Context, inputs *synthetic.Consortium, keys *proof.Keys) (*consortium.Consortium, error) {
	data, err := inputs.FS()
	if err != nil {
		return nil, err
	}
	card, err := points.Parse(bytes.NewReader(inputs.Model), "synthetic.weir.json")
	if err != nil {
		return nil, err
	}
	began := time.Now() // one block time, so that no month ends in the middle
	options := consortium.Options{Data: data, Model: card, Random: rand.Reader, Report: silence{}, Now: func() time.Time { return began },
		Policy: model.Policy{MaxResolution: model.MaxResolution, MinFeatures: 1, MinHolders: model.MinSlices}}
	if keys != nil {
		options.Proofs = func(context.Context) (*proof.Keys, error) { return keys, nil }
	}
	return consortium.Found(ctx, options)
}

// score scores one enterprise to warm up, then one for each run.
func (o *ScoreOptions) score(ctx context.Context, c *consortium.Consortium, subjects []engine.Identifier, into *Scoring) error {
	into.Founding, into.WhyNot = map[string]float64{}, c.WhyNot()
	for phase, took := range c.Phases() {
		into.Founding[phase] = milliseconds(took)
	}
	var total stopwatch
	var received, posted []float64
	phases := map[string][]float64{}
	for i, id := range subjects[:o.Runs+1] {
		key, err := c.Consent(ctx, id)
		if err != nil {
			return err
		}
		before, err := countsOf(ctx, c)
		if err != nil {
			return err
		}
		watch := new(stopwatch)
		var score int64
		if err := watch.time(1, func() error {
			_, opened, _, err := c.AskReceipt(ctx, key)
			if err == nil {
				score = opened.Sum
			}
			return err
		}); err != nil {
			return err
		}
		after, err := countsOf(ctx, c)
		if err != nil {
			return err
		}
		reference, err := c.Reference(id)
		if err != nil {
			return err
		}
		into.Scores++
		if score == reference {
			into.Equal++
		}
		o.Report.Step(i+1, o.Runs+1)
		if i == 0 {
			continue
		}
		total.wall, total.cpu = append(total.wall, watch.wall...), append(total.cpu, watch.cpu...)
		received, posted = append(received, float64(after.received-before.received)), append(posted, float64(after.posted-before.posted))
		for phase, took := range after.phases {
			if spent := took - before.phases[phase]; spent > 0 {
				phases[phase] = append(phases[phase], milliseconds(spent))
			}
		}
	}
	into.Times, into.Phases = total.times(), map[string]Spread{}
	into.Received, into.Posted = int64(spreadOf(received).Median), int64(spreadOf(posted).Median)
	for phase, values := range phases {
		into.Phases[phase] = spreadOf(values)
	}
	return nil
}

// counts are what a consortium counts since it was founded.
type counts struct {
	received, posted int64
	phases           map[string]time.Duration
}

func countsOf(ctx context.Context, c *consortium.Consortium) (counts, error) {
	n := counts{phases: map[string]time.Duration{}}
	learned, err := c.Learned(ctx)
	if err != nil {
		return n, err
	}
	for who, kinds := range learned {
		for _, bytes := range kinds {
			if who == consortium.Reader {
				n.posted += bytes
			} else {
				n.received += bytes
			}
		}
	}
	for phase, took := range c.Phases() {
		n.phases[phase] = took
	}
	return n, nil
}

// plaintext times the reference, many at a time because one takes microseconds.
func (o *ScoreOptions) plaintext(c *consortium.Consortium, subjects []engine.Identifier) (PlaintextTimes, error) {
	const at = 100
	times, err := repeat(o.Runs, at, func(i int) error {
		for range at {
			if _, err := c.Reference(subjects[i]); err != nil {
				return err
			}
		}
		return nil
	})
	us := func(ms float64) float64 { return 1000 * ms }
	w := times.Wall
	return PlaintextTimes{Wall: Spread{Min: us(w.Min), Median: us(w.Median), P90: us(w.P90), P99: us(w.P99), Max: us(w.Max)}}, err
}

// silence is told of the founding's phases, which stand in the result.
type silence struct{}

func (silence) Begin(string)              {}
func (silence) Step(int, int)             {}
func (silence) End(string, time.Duration) {}
