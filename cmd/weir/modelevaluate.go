package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/engine/model/evaluate"
	"weir/engine/model/evaluate/labelled"
	"weir/engine/model/evaluate/report"
	"weir/engine/model/points"
)

func newModelEvaluateCommand(c *console) *cobra.Command {
	e := &modelEvaluation{console: c}
	command := &cobra.Command{
		Use:   "evaluate --scores FILE.csv",
		Short: "Measure how well a model's scores told good cases from bad ones",
		Long: `Evaluate reads scores with their outcomes, one case a line under a header with the columns score and label among
others, and prints how well the scores separated good cases from bad ones: KS, AUC and Gini, the distribution of scores,
the bad rate by score. With --model it takes the model's scale and adds how well the probabilities came true; with
--reference, the scores of an earlier period, how far the population has moved (PSI). --html writes one page with plots
that refers to nothing outside itself. Labels are 0 for good and 1 for bad unless --good and --bad say otherwise. Every
line counts: nothing is skipped, and a subject may stand more than once. Exit status: 0, or 2 for bad input.`,
		Example: "  weir model evaluate --scores scores.csv --label defaulted\n" +
			"  weir model evaluate --scores 2026.csv --reference 2025.csv --model sme.weir.json --html report.html",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return e.run(cmd.Context()) },
	}
	flags := command.Flags()
	flags.StringVar(&e.scores, "scores", "", "CSV file with the columns score and label")
	flags.StringVar(&e.model, "model", "", "the model that gave the scores; its scale turns them into probabilities")
	flags.StringVar(&e.reference, "reference", "", "CSV file with the column score: an earlier period, for the stability index")
	flags.StringVar(&e.layout.Label, "label", "label", "name of the column of labels")
	flags.StringVar(&e.layout.Good, "good", "0", "the label of good cases")
	flags.StringVar(&e.layout.Bad, "bad", "1", "the label of bad cases")
	flags.StringVar(&e.higher, "higher", "", "what a higher score means: good or bad; default good, or what the model's scale says")
	flags.StringVar(&e.html, "html", "", "write a page with tables and plots to this file")
	command.MarkFlagRequired("scores")
	return command
}

// modelEvaluation is one run of weir model evaluate.
type modelEvaluation struct {
	*console
	scores, model, reference, higher, html string // flags
	layout                                 labelled.Layout
}

// evaluationResult is what model evaluate prints with --json.
type evaluationResult struct {
	Scores    evaluatedFile   `json:"scores"`
	Reference *evaluatedFile  `json:"reference"` // null without
	Model     *evaluatedModel `json:"model"`     // null without
	*evaluate.Evaluation
	Report string `json:"report"` // path of the page; empty without
}

type evaluatedFile struct {
	File   string        `json:"file"`
	SHA256 engine.Digest `json:"sha256"`
	Cases  int           `json:"cases"`
}

type evaluatedModel struct {
	File    string      `json:"file"`
	Name    engine.Name `json:"name"`
	Version engine.Name `json:"version"`
	Scaled  bool        `json:"scaled"` // it has a scale
}

func (e *modelEvaluation) run(ctx context.Context) error {
	result, err := e.evaluate(ctx)
	if err != nil {
		return badInput(fmt.Errorf("model evaluate: %w", err))
	}
	if e.html != "" {
		if err := replaceFile(e.html, func(w io.Writer) error { return report.Write(w, result.page()) }); err != nil {
			return badInput(fmt.Errorf("model evaluate: write %s: %w", e.html, err))
		}
		result.Report = e.html
	}
	if e.json {
		return e.printJSON(result)
	}
	e.printEvaluation(result)
	return nil
}

func (e *modelEvaluation) evaluate(ctx context.Context) (*evaluationResult, error) {
	if err := e.checkFlags(); err != nil {
		return nil, err
	}
	result, layout, options := new(evaluationResult), e.layout, evaluate.Options{HigherIsBad: e.higher == "bad"}
	layout.Score = "score"
	check := func(float64) error { return nil }
	if e.model != "" {
		m, err := openModel(e.model)
		if err != nil {
			return nil, err
		}
		result.Model = &evaluatedModel{e.model, m.Name, m.Version, m.Scale != nil}
		layout.Whole, check = true, scoreOf(m)
		if err := e.useScale(m, &options); err != nil {
			return nil, err
		}
	}
	var cases evaluate.Tally
	var err error
	result.Scores, err = tallyFile(ctx, e.scores, layout, check, &cases)
	if err != nil {
		return nil, err
	}
	if e.reference != "" {
		layout.Label, options.Reference, result.Reference = "", new(evaluate.Tally), new(evaluatedFile)
		if *result.Reference, err = tallyFile(ctx, e.reference, layout, check, options.Reference); err != nil {
			return nil, err
		}
	}
	if result.Evaluation, err = evaluate.Evaluate(&cases, options); err != nil {
		return nil, fmt.Errorf("%s: %w", e.scores, err)
	}
	if m := result.Model; m != nil && !m.Scaled {
		result.Warnings = append(result.Warnings, fmt.Sprintf("%s has no scale: no probabilities, and no calibration", e.model))
	}
	return result, nil
}

func (e *modelEvaluation) checkFlags() error {
	switch {
	case e.layout.Label == "":
		return errors.New("--label is empty")
	case e.layout.Good == e.layout.Bad:
		return fmt.Errorf("--good and --bad are both %q", e.layout.Good)
	case e.higher != "" && e.higher != "good" && e.higher != "bad":
		return fmt.Errorf("--higher=%s: want good or bad", e.higher)
	}
	return nil
}

// useScale takes probabilities, and which scores are the better ones, from the model's scale.
func (e *modelEvaluation) useScale(m *points.Model, options *evaluate.Options) error {
	if m.Scale == nil {
		return nil
	}
	options.LogOdds = func(score float64) float64 { return m.Scale.LogOdds(int64(score)) }
	bad := m.Scale.HigherIsBad()
	if e.higher != "" && bad != options.HigherIsBad {
		return fmt.Errorf("--higher=%s: the scale of %s says the opposite", e.higher, e.model)
	}
	options.HigherIsBad = bad
	return nil
}

// scoreOf refuses scores that the model cannot give, clamped or not.
func scoreOf(m *points.Model) func(float64) error {
	figures := m.Figures()
	least, most := min(figures.Least, m.Shown(figures.Least)), max(figures.Most, m.Shown(figures.Most))
	return func(score float64) error {
		if score < float64(least) || score > float64(most) {
			return fmt.Errorf("the model gives %d to %d, clamped or not", least, most)
		}
		return nil
	}
}

// tallyFile counts the cases of a file whose scores pass check.
func tallyFile(ctx context.Context, file string, layout labelled.Layout, check func(float64) error, to *evaluate.Tally) (evaluatedFile, error) {
	f, err := openRegularFile(file)
	if err != nil {
		return evaluatedFile{}, err
	}
	defer f.Close()
	hash := sha256.New()
	err = labelled.Read(io.TeeReader(f, hash), file, layout, func(score float64, bad bool) error {
		if to.Cases()%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := check(score); err != nil {
			return err
		}
		if layout.Label == "" {
			return to.AddUnlabelled(score)
		}
		return to.Add(score, bad)
	})
	return evaluatedFile{file, engine.Digest(hash.Sum(nil)), to.Cases()}, err
}

// replaceFile writes a new file that takes the name only when it is complete.
func replaceFile(name string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".weir-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
