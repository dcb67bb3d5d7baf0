package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"weir/engine/model/evaluate"
)

// evaluated has everything that an evaluation can have.
func evaluated(t *testing.T) *evaluate.Evaluation {
	t.Helper()
	var cases, reference evaluate.Tally
	for i := range 600 {
		cases.Add(float64(400+i%151), i*i%151 > i%151)
		reference.AddUnlabelled(float64(410 + i%120))
	}
	e, err := evaluate.Evaluate(&cases, evaluate.Options{LogOdds: func(s float64) float64 { return (s - 475) / 40 }, Reference: &reference})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func write(t *testing.T, r Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestPageStandsAlone looks for everything by which a page can ask for something else.
func TestPageStandsAlone(t *testing.T) {
	page := write(t, Report{Title: "Evaluation of sme 1", Facts: []Fact{{"model", "sme"}}, Evaluation: evaluated(t)})
	for _, foreign := range []string{"http://", "https://", "//", "src=", "href", "url(", "@import", "<script", "<link", "<iframe", "<object", "xmlns"} {
		if strings.Contains(page, foreign) {
			t.Errorf("the page has %q", foreign)
		}
	}
	for _, want := range []string{"<title>Evaluation of sme 1</title>", "default-src 'none'", "ROC curve", "Kolmogorov–Smirnov", "Score distribution",
		"Bad rate by score", "Calibration", "Population stability", "Hosmer–Lemeshow", "<dt>model</dt><dd>sme</dd>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if n := strings.Count(page, "<svg"); n != 6 {
		t.Errorf("%d plots, want 6", n)
	}
	if strings.Contains(page, "NaN") || strings.Contains(page, "ZgotmplZ") {
		t.Error("a value could not be written")
	}
}

func TestPlotsAreWellFormed(t *testing.T) {
	drawn, err := figures(evaluated(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range drawn {
		d := xml.NewDecoder(strings.NewReader(string(f.Picture)))
		var err error
		for err == nil {
			_, err = d.Token()
		}
		if !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", f.Title, err)
		}
	}
}

func TestPageIsReproducible(t *testing.T) {
	e := evaluated(t)
	first := write(t, Report{Title: "x", Evaluation: e})
	if again := write(t, Report{Title: "x", Evaluation: e}); again != first {
		t.Error("two pages of one evaluation differ")
	}
}

func TestNamesAreEscaped(t *testing.T) {
	page := write(t, Report{Title: "</title><b>x", Facts: []Fact{{"<b>x", "<b>x"}}, Evaluation: evaluated(t)})
	if strings.Contains(page, "<b>x") {
		t.Error("a name reached the page as markup")
	}
}

func TestPageWithoutScaleAndReference(t *testing.T) {
	var cases evaluate.Tally
	cases.Add(1, true)
	cases.Add(1, false)
	e, err := evaluate.Evaluate(&cases, evaluate.Options{HigherIsBad: true})
	if err != nil {
		t.Fatal(err)
	}
	page := write(t, Report{Title: "tiny", Evaluation: e})
	if n := strings.Count(page, "<svg"); n != 4 || strings.Contains(page, "PSI") || strings.Contains(page, "Brier") {
		t.Errorf("%d plots, want 4 and neither stability nor calibration", n)
	}
	if !strings.Contains(page, "tiny sample") || !strings.Contains(page, "A higher score means more risk") {
		t.Error("a warning, or the direction, is missing")
	}
}

// TestAnyEvaluationIsDrawn holds that no scores, however far apart or near, stop the drawing.
func TestAnyEvaluationIsDrawn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		score := rapid.OneOf(rapid.Float64Range(-evaluate.MaxScore, evaluate.MaxScore), rapid.Float64Range(-1e-9, 1e-9), rapid.Just(0.0),
			rapid.Just(evaluate.MaxScore), rapid.Just(evaluate.MaxScore-0.125), rapid.Just(math.SmallestNonzeroFloat64))
		var cases, reference evaluate.Tally
		for i, s := range rapid.SliceOfN(score, 2, 12).Draw(t, "scores") {
			cases.Add(s, i%2 == 0)
			reference.AddUnlabelled(s / 3)
		}
		e, err := evaluate.Evaluate(&cases, evaluate.Options{LogOdds: func(s float64) float64 { return s }, Reference: &reference})
		if err != nil {
			t.Fatal(err)
		}
		if err := Write(io.Discard, Report{Title: "any", Evaluation: e}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestNumbersInWords(t *testing.T) {
	a, b := 1.5, 20.0
	for got, want := range map[string]string{
		Bounds(nil, nil): "all", Bounds(nil, &b): "below 20", Bounds(&a, nil): "from 1.5", Bounds(&a, &b): "1.5 to below 20",
		shortBounds(&a, &b): "1.5 – <20", shortRange(a, a): "1.5", Percent(0.12345): "12.35 %", Chance(0.00001): "below 0.0001",
		Chance(0.5): "0.5000", Mean(612.345): "612.35", Mean(0.5): "0.5000", shortNumber(0.1234567): "0.12346", shortNumber(1e15): "1000000000000000",
		shortNumber(0.1 + 0.2): "0.3",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
