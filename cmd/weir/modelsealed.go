package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"math/big"
	"time"

	"weir/engine"
	"weir/engine/consortium"
	"weir/engine/modelbind"
	"weir/engine/modelbind/rows"
	"weir/engine/modelfile/link"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

// sealedResult compares the opened scores with the file's own sums.
type sealedResult struct {
	Rows        int            `json:"rows"`         // that were sealed, selected and opened
	Exact       int            `json:"exact"`        // opened score is the file's, times Multiply, to the point
	Within      int            `json:"within"`       // within the stated error, the exact ones included
	Largest     float64        `json:"largest"`      // difference in sealed points
	Stated      string         `json:"stated"`       // error that the mapping allows, in sealed points
	Multiply    string         `json:"multiply"`     //
	Reasons     *sealedReasons `json:"reasons"`      // null where the model tells none
	Probability float64        `json:"probability"`  // largest difference of the probability, where the file gives one
	NoScore     int            `json:"no_score"`     // rows for which the file gives no score: not compared
	Unfit       int            `json:"unfit"`        // rows that no record of the sources can express
	Differing   []parityRow    `json:"differing"`    // the first ten
	Equal       bool           `json:"equal"`        // and at least one row was compared
	MSPerRow    float64        `json:"ms_per_row"`   //
	ModelSHA256 engine.Digest  `json:"model_sha256"` // of the *.weir.json that was sealed
	Proofs      string         `json:"proofs"`       // what was not part of this
}

// noProofs says what a sealed comparison leaves out.
const noProofs = "encryption, selection, masks and opening as in production; no proofs, no ledger, no receipts"

// sealedRun is one sealed comparison.
type sealedRun struct {
	model   *scoring.Model
	carried *modelbind.Carried
	mapping *modelbind.Mapping
	rows    []map[string]value.Value
	unfit   map[int]string
	scores  []string // opened, as text; empty where there is none
	result  *sealedResult
}

// seal carries the model, takes the rows as the sources' records, in memory, founds a consortium on them, and scores every
// row. scores become the opened ones.
func (v *modelVerification) seal(ctx context.Context, m *scoring.Model, list []map[string]value.Value, scores []string) (*sealedResult, error) {
	if v.mapping == "" || v.schemas == "" {
		return nil, errors.New("want --map and --schemas: which input is which feature (weir model bind drafts it)")
	}
	mapping, err := openMapping(v.mapping)
	if err != nil {
		return nil, err
	}
	if err := v.reasons.choose(mapping); err != nil {
		return nil, err
	}
	schemas, err := openAllSchemas(v.schemas)
	if err != nil {
		return nil, err
	}
	policy, err := openPolicy(v.policy)
	if err != nil {
		return nil, err
	}
	carried, err := modelbind.Carry(m, mapping, schemas)
	if err != nil {
		return nil, err
	}
	files, unfit := rows.Records(mapping, schemas, list)
	data, err := consortium.InMemory(files)
	if err != nil {
		return nil, err
	}
	started := time.Now() // one block time for the whole run, as in a demo: a clock that is set back would end it
	c, err := consortium.Found(ctx, consortium.Options{Data: data, Model: carried.Model, Policy: policy, Random: rand.Reader,
		Now: func() time.Time { return started }, Report: v.reporter()})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	run := &sealedRun{model: m, carried: carried, mapping: mapping, rows: list, unfit: unfit, scores: scores,
		result: &sealedResult{Stated: roundedUp(carried.Error), Multiply: decimalText(carried.Multiply), Differing: []parityRow{}, ModelSHA256: sha256.Sum256(carried.Text), Proofs: noProofs}}
	return run.result, run.score(ctx, c, v.reporter())
}

// score scores every row that has a record.
func (s *sealedRun) score(ctx context.Context, c *consortium.Consortium, report consortium.Reporter) error {
	report.Begin("seal and open every row")
	start := time.Now()
	for i := range s.rows {
		plain := s.model.EvaluateNamed(s.rows[i])
		s.scores[i] = ""
		switch why := s.unfit[i]; {
		case plain.Outcome != scoring.Scored:
			s.result.NoScore++
			continue
		case why != "":
			s.result.Unfit++
			s.differs(i, why, 0)
			continue
		}
		id, err := engine.ParseIdentifier(engine.Opaque, rows.Subject(i+1))
		if err != nil {
			return err
		}
		score, err := c.Score(ctx, id)
		if err != nil {
			return fmt.Errorf("row %d: %w", i+1, err)
		}
		s.scores[i] = fmt.Sprint(score.Score)
		s.compare(i, plain, score.Score)
		s.compareReasons(i, score.Reasons)
		report.Step(i+1, len(s.rows))
	}
	took := time.Since(start)
	report.End("seal and open every row", took)
	r := s.result
	r.Equal = r.Rows > 0 && r.Within == r.Rows && r.Unfit == 0 && r.Reasons.equal()
	if r.Rows > 0 {
		r.MSPerRow = math.Round(float64(took.Microseconds())/float64(r.Rows)) / 1000
	}
	return nil
}

// slack is what a file that adds in doubles may be off its own points, in sealed points.
var slack = big.NewRat(1, 1e6)

// compare compares an opened score with what the file's sum stands for.
func (s *sealedRun) compare(i int, plain scoring.Prediction, sealed int64) {
	r := s.result
	r.Rows++
	sum, why := s.sum(i, plain)
	if sum == nil {
		s.differs(i, why, 0)
		return
	}
	want, off := s.carried.Want(sum)
	difference := new(big.Rat).Sub(want, new(big.Rat).SetInt64(sealed))
	difference.Abs(difference)
	d, _ := difference.Float64()
	r.Largest = max(r.Largest, d)
	allowed := off
	if !s.carried.Exact {
		allowed = new(big.Rat).Add(off, slack)
	}
	s.probability(plain, sealed)
	if difference.Cmp(allowed) > 0 {
		s.differs(i, "the opened score", d)
		return
	}
	r.Within++
	if difference.Sign() == 0 || off.Sign() == 0 {
		r.Exact++
	}
}

// sum is the file's own sum for a row.
func (s *sealedRun) sum(i int, plain scoring.Prediction) (*big.Rat, string) {
	if plain.IsExact {
		return plain.Exact.Rat(), ""
	}
	values := make([]value.Value, len(s.model.Inputs))
	for k := range values {
		values[k] = s.rows[i][s.model.Inputs[k].Name]
	}
	return s.carried.Sum.Of(values)
}

// probability compares what the bank computes from the opened score with the file's probability.
func (s *sealedRun) probability(plain scoring.Prediction, sealed int64) {
	sum := s.carried.Sum
	if sum.Link == link.Identity {
		return
	}
	want, given := plain.Score, true
	if sum.Class != "" {
		want, given = plain.Probability(sum.Class)
	}
	opened, _ := new(big.Rat).Quo(new(big.Rat).SetInt64(sealed), s.carried.Multiply).Float64()
	if given {
		s.result.Probability = max(s.result.Probability, math.Abs(sum.Link.Of(opened)-want))
	}
}

func (s *sealedRun) differs(i int, why string, difference float64) {
	if len(s.result.Differing) < 10 {
		s.result.Differing = append(s.result.Differing, parityRow{i + 1, why, difference})
	}
}

func (v *modelVerification) printSealed(r *sealedResult) {
	v.say("sealed: %d rows sealed, selected and opened: %d to the point, %d within the stated %s points, largest difference %.6g; %.1f ms a row", r.Rows, r.Exact,
		r.Within, r.Stated, r.Largest, r.MSPerRow)
	v.say("  a sealed score is %s times the file's", r.Multiply)
	if r.Reasons != nil {
		v.say("  reasons: %d of %d rows as the file's points and baselines have them, %d not compared", r.Reasons.Exact, r.Reasons.Rows, r.Reasons.NotCompared)
	}
	if r.Probability > 0 {
		v.say("  largest difference of the probability that the bank computes from it: %.3g", r.Probability)
	}
	if r.NoScore > 0 {
		v.say("  %d rows for which the file gives no score: not compared", r.NoScore)
	}
	if r.Unfit > 0 {
		v.say("  %d rows that no record of the sources can express", r.Unfit)
	}
	for _, row := range r.Differing {
		v.say("  row %d differs: %s, by %.6g", row.Row, row.Why, row.Difference)
	}
	v.say("  %s", r.Proofs)
}
