// Package report writes an evaluation as one HTML page with its plots: a page that can be mailed, filed and opened years
// later, because it refers to nothing outside itself, neither scripts nor fonts nor images.
//
// It is for people at the bank. It computes nothing that package evaluate has not, holds no case and no subject, and
// takes no clock: the same evaluation gives the same bytes. It refuses an evaluation whose numbers cannot be drawn.
package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strconv"

	"weir/engine/model/evaluate"
)

// Report is what a page says.
type Report struct {
	Title      string // of the page, in plain text
	Facts      []Fact // what was evaluated: model, files, their digests
	Evaluation *evaluate.Evaluation
}

// Fact is a name with its value, in plain text.
type Fact struct{ Name, Value string }

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"number": Number, "percent": Percent, "fixed": Fixed, "bounds": Bounds, "mean": Mean, "p": Chance,
}).Parse(pageText))

// Write writes the page. Errors are of the plots or of w.
func Write(w io.Writer, r Report) error {
	figures, err := figures(r.Evaluation)
	if err != nil {
		return fmt.Errorf("draw the evaluation: %w", err)
	}
	var b bytes.Buffer
	if err := page.Execute(&b, struct {
		Report
		Figures []figure
	}{r, figures}); err != nil {
		return err
	}
	_, err = w.Write(b.Bytes())
	return err
}

// Number is a score as short as it is exact.
func Number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// Fixed is a figure with so many digits after the point.
func Fixed(digits int, x float64) string { return strconv.FormatFloat(x, 'f', digits, 64) }

// Mean is a mean or a deviation of scores: two digits after the point, or four where scores are small.
func Mean(x float64) string {
	if -10 < x && x < 10 {
		return Fixed(4, x)
	}
	return Fixed(2, x)
}

// Percent is a share, 0 to 1, in percent with two digits after the point.
func Percent(x float64) string { return Fixed(2, 100*x) + " %" }

// Bounds names the scores of a bin: from included, below excluded, nil where it is open.
func Bounds(from, below *float64) string {
	switch {
	case from == nil && below == nil:
		return "all"
	case from == nil:
		return "below " + Number(*below)
	case below == nil:
		return "from " + Number(*from)
	}
	return Number(*from) + " to below " + Number(*below)
}

// Chance is the p of a test with four digits.
func Chance(p float64) string {
	if p < 0.0001 {
		return "below 0.0001"
	}
	return Fixed(4, p)
}
