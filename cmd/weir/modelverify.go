package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/engine/modelfile/parity"
	"weir/engine/modelfile/refusal"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

func newModelVerifyCommand(c *console) *cobra.Command {
	v := &modelVerification{console: c}
	command := &cobra.Command{
		Use:   "verify FILE (--input IN.csv --expected OUT.csv | --cases FILE.json | --vector vector.json)",
		Short: "Compare an imported model, and its sealed scores, with what it is expected to answer",
		Long: `Verify scores rows with a model file and compares with what another engine answered: --input and --expected are CSV files
whose rows belong together, --cases a list of cases, --vector a description of two tables. It prints how many rows there
are, how many are exactly equal, the largest difference, and the first ten rows that differ.

With --sealed every row is also sealed, selected and opened for real, by a bank and one holder a source in this process,
and the opened score is compared with the file's: to the point, or within the error that the mapping states. Rows that the
sources' records cannot express have no sealed score; they are counted and count as differing if the file gives a score.
Where the mapping, or --reasons, asks for reasons, they are opened and compared with the file's points and baselines as well.
--expected may then be left out. --out writes the rows with their scores, for weir model evaluate.
Exit status: 0 if all rows agree, 1 if not, 2 for bad input.`,
		Example: "  weir model verify card.json --input in.csv --expected out.csv\n" +
			"  weir model verify card.json --cases cases.json --sealed --map map.json --schemas data",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return v.run(cmd.Context(), args[0]) },
	}
	flags := command.Flags()
	flags.StringVar(&v.input, "input", "", "CSV file with the model's inputs, a column each")
	flags.StringVar(&v.expected, "expected", "", "CSV file with the expected results, row by row")
	flags.StringVar(&v.column, "column", "score", "column of the expected results")
	flags.StringVar(&v.output, "output", "predictedValue", "what is compared: predictedValue, score, label, margin, probability(CLASS) or an output of the file")
	flags.Float64Var(&v.tolerance, "tolerance", 0, "how far a number may be off")
	flags.StringSliceVar(&v.missing, "missing", []string{""}, "cells that stand for a missing value")
	flags.StringVar(&v.cases, "cases", "", "JSON file with a list of cases")
	flags.StringVar(&v.vector, "vector", "", "JSON file that describes two tables")
	flags.BoolVar(&v.sealed, "sealed", false, "seal, select and open every row too")
	flags.StringVar(&v.mapping, "map", "", "with --sealed: the mapping")
	flags.StringVar(&v.schemas, "schemas", "", "with --sealed: folder with the sources' folders, each with its schema.json")
	flags.StringVar(&v.policy, "policy", "", "with --sealed: the consortium's policy as JSON")
	v.reasons.add(command)
	flags.StringVar(&v.out, "out", "", "write the rows of --input with a column score to this CSV file: the opened scores with --sealed, else the file's")
	flags.StringVar(&v.report, "report", "", "write the result to this file, for weir model show")
	return command
}

// modelVerification is one run of weir model verify.
type modelVerification struct {
	*console
	input, expected, column, output, cases, vector string // flags
	mapping, schemas, policy, report, out          string
	missing                                        []string
	tolerance                                      float64
	sealed                                         bool
	reasons                                        reasonFlags
}

// parityResult is what model verify prints with --json.
type parityResult struct {
	File      string        `json:"file"`
	SHA256    engine.Digest `json:"sha256"`
	Rows      int           `json:"rows"`
	Exact     int           `json:"exact"`  // without any difference
	Within    int           `json:"within"` // within tolerance, the exact ones included
	Largest   float64       `json:"largest_difference"`
	Differing []parityRow   `json:"differing"` // the first ten
	Equal     bool          `json:"equal"`
	Compared  bool          `json:"compared"` // false where nothing was expected and the rows were only scored
	Out       string        `json:"out"`      // file with the scores; empty if none
	Sealed    *sealedResult `json:"sealed"`   // null without --sealed
}

type parityRow struct {
	Row        int     `json:"row"`
	Why        string  `json:"why"`
	Difference float64 `json:"difference"`
}

func (v *modelVerification) run(ctx context.Context, file string) error {
	m, digest, err := openForeign(file)
	var no *refusal.Error
	switch {
	case errors.Is(err, scoring.ErrVerification):
		return isFalse(err)
	case errors.As(err, &no) && v.cases != "":
		return v.refused(file, digest, no)
	case err != nil:
		return badInput(err)
	}
	compared, err := v.compare(m, filepath.Base(file))
	if err != nil {
		return badInput(err)
	}
	result := newParityResult(file, digest, compared)
	scores := make([]string, len(compared.rows))
	for i, row := range compared.rows {
		if p := m.EvaluateNamed(row); p.Outcome == scoring.Scored {
			scores[i], _ = plainScore(p)
		}
	}
	if v.sealed {
		if result.Sealed, err = v.seal(ctx, m, compared.rows, scores); err != nil {
			return badInput(fmt.Errorf("--sealed: %w", err))
		}
		result.Equal = result.Equal && result.Sealed.Equal
	}
	if v.out != "" {
		if err := writeBeside(v.out, compared.table, scores); err != nil {
			return badInput(err)
		}
		result.Out = v.out
	}
	if v.report != "" {
		reporting := &console{stdout: io.Discard}
		err := replaceFile(v.report, func(w io.Writer) error { reporting.stdout = w; return reporting.printJSON(result) })
		if err != nil {
			return badInput(err)
		}
	}
	if err := v.print(result); err != nil || result.Equal {
		return err
	}
	return isFalse(nil)
}

// refused is the result for a file that cannot be imported, which the list of cases may expect.
func (v *modelVerification) refused(file string, digest engine.Digest, no *refusal.Error) error {
	cases, err := v.openCases()
	if err != nil {
		return badInput(err)
	}
	report, about := cases.Refusal(filepath.Base(file), true)
	if !about {
		return badInput(no)
	}
	return v.print(newParityResult(file, digest, &comparison{report: report, compared: true}))
}

func newParityResult(file string, digest engine.Digest, c *comparison) *parityResult {
	r := &c.report
	result := &parityResult{File: file, SHA256: digest, Rows: max(len(c.rows), r.Rows), Exact: r.Exact, Within: r.Within, Largest: r.Largest, Differing: []parityRow{},
		Equal: r.Equal() || !c.compared, Compared: c.compared}
	for _, row := range r.Differing {
		difference := row.Difference
		if math.IsNaN(difference) || math.IsInf(difference, 0) {
			difference = math.MaxFloat64 // JSON has neither
		}
		result.Differing = append(result.Differing, parityRow{row.Number, row.Why, difference})
	}
	return result
}

// comparison is what the flags asked for: rows of inputs, and how they compare with what was expected.
type comparison struct {
	report   parity.Report
	compared bool
	rows     []map[string]value.Value
	table    *parity.Table // of inputs; nil for a list of cases
}

// compare runs the one comparison that the flags ask for.
func (v *modelVerification) compare(m *scoring.Model, name string) (*comparison, error) {
	ways := 0
	for _, flag := range []string{v.input, v.cases, v.vector} {
		if flag != "" {
			ways++
		}
	}
	switch {
	case ways != 1 || v.input == "" && v.expected != "":
		return nil, errors.New("want one of: --input with --expected, --cases, --vector")
	case v.cases != "" && v.out != "":
		return nil, errors.New("--out is for tables: it writes the rows of --input with their scores")
	case v.cases != "":
		return v.compareCases(m, name)
	case v.vector != "":
		text, err := readSmall(v.vector)
		if err != nil {
			return nil, err
		}
		vector, err := parity.ReadVector(text, v.vector)
		if err != nil {
			return nil, err
		}
		dir := filepath.Dir(v.vector)
		return v.tables(m, vector, filepath.Join(dir, firstWord(vector.Inputs)), filepath.Join(dir, firstWord(vector.Expected)))
	case v.expected == "" && v.out == "" && !v.sealed:
		return nil, errors.New("--input without --expected compares nothing: add --expected, --sealed or --out")
	}
	vector := &parity.Vector{Inputs: v.input, Expected: v.expected, MissingTokens: v.missing,
		Compare: []parity.Comparison{{Column: v.column, Output: v.output, Absolute: v.tolerance}}}
	return v.tables(m, vector, v.input, v.expected)
}

// firstWord is a file name without the remarks that may follow it.
func firstWord(text string) string {
	if words := strings.Fields(text); len(words) > 0 {
		return words[0]
	}
	return ""
}

func (v *modelVerification) compareCases(m *scoring.Model, name string) (*comparison, error) {
	cases, err := v.openCases()
	if err != nil {
		return nil, err
	}
	if report, about := cases.Refusal(name, false); about {
		return &comparison{report: report, compared: true}, nil
	}
	c := &comparison{report: cases.Run(m), compared: true}
	for i := range cases.List {
		c.rows = append(c.rows, cases.List[i].Input)
	}
	return c, nil
}

func (v *modelVerification) openCases() (*parity.Cases, error) {
	text, err := readSmall(v.cases)
	if err != nil {
		return nil, err
	}
	return parity.ReadCases(text, v.cases)
}

// tables compares two tables, or without expected only reads the inputs.
func (v *modelVerification) tables(m *scoring.Model, vector *parity.Vector, inputs, expected string) (*comparison, error) {
	in, err := readRows(inputs)
	if err != nil {
		return nil, err
	}
	c := &comparison{table: in}
	if c.rows, err = namedRows(m, vector.MissingTokens, in, inputs); err != nil || expected == "" {
		return c, err
	}
	out, err := readRows(expected)
	if err != nil {
		return nil, err
	}
	c.compared = true
	c.report, err = vector.Run(m, in, out)
	return c, err
}

func (v *modelVerification) print(r *parityResult) error {
	if v.json {
		return v.printJSON(r)
	}
	if r.Compared {
		v.say("%d rows: %d exactly equal, %d within tolerance, largest difference %.6g", r.Rows, r.Exact, r.Within, r.Largest)
	} else {
		v.say("%d rows scored, compared with nothing", r.Rows)
	}
	for _, row := range r.Differing {
		v.say("  row %d differs in %s, by %.6g", row.Row, row.Why, row.Difference)
	}
	if r.Sealed != nil {
		v.printSealed(r.Sealed)
	}
	if r.Out != "" {
		v.say("scores written to %s", r.Out)
	}
	switch {
	case !r.Equal:
		v.say("NOT equal")
	case r.Compared || r.Sealed != nil:
		v.say("equal")
	}
	return nil
}

// maxComparison is the longest file of rows or cases that is read, in bytes.
const maxComparison = 256 << 20

func readSmall(file string) ([]byte, error) {
	f, err := openRegularFile(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxComparison+1))
	if err == nil && len(text) > maxComparison {
		err = fmt.Errorf("%s: longer than %d bytes", file, maxComparison)
	}
	if errors.Is(err, os.ErrNotExist) {
		err = fmt.Errorf("%s: %w", file, err)
	}
	return text, err
}
