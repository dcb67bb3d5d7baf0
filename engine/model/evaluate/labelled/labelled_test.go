package labelled

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"weir/engine/schema/csvline"
)

var plain = Layout{Score: "score", Label: "label", Good: "0", Bad: "1"}

type outcome struct {
	score float64
	bad   bool
}

func read(text string, layout Layout) ([]outcome, error) {
	var cases []outcome
	err := Read(strings.NewReader(text), "f", layout, func(score float64, bad bool) error {
		cases = append(cases, outcome{score, bad})
		return nil
	})
	return cases, err
}

func TestReadRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"nothing":            {"", "f: empty, want a header and cases"},
		"header only":        {"score,label\n", "f: a header without cases"},
		"no score":           {"subject,label\na,1\n", `f:1: no column "score"`},
		"no label":           {"subject,score\na,1\n", `f:1: no column "label"`},
		"score twice":        {"score,label,score\n1,1,1\n", "f:1:1: score: the column stands twice"},
		"empty line":         {"score,label\n1,1\n\n2,0\n", "f:3: empty line"},
		"too few cells":      {"score,label\n1\n", "f:2: 1 cells, want 2 as in the header"},
		"too many cells":     {"score,label\n1,0,0\n", "f:2: 3 cells, want 2 as in the header"},
		"empty score":        {"label,score\n1,\n", "f:2:2: score: empty"},
		"NaN":                {"score,label\n1,1\nNaN,0\n", "f:3:1: score: not a"},
		"Inf":                {"score,label\n-Inf,0\n", "f:2:1: score: not a"},
		"exponent":           {"score,label\n1e5,0\n", "exponent, write it out"},
		"hexadecimal":        {"score,label\n0x10,0\n", "f:2:1: score: not a"},
		"space":              {"score,label\n 1,0\n", "f:2:1: score: "},
		"leading zero":       {"score,label\n007,0\n", "leading zero"},
		"long score":         {"score,label\n" + strings.Repeat("9", 65) + ",0\n", "65 characters, want at most 64"},
		"label 2":            {"score,label\n1,2\n", `f:2:2: label: want "0" for good or "1" for bad`},
		"label empty":        {"score,label\n1,\n", `f:2:2: label: want`},
		"label 1.0":          {"score,label\n1,1.0\n", `f:2:2: label: want`},
		"label with a space": {"score,label\n1,1 \n", `f:2:2: label: want`},
		"quote not closed":   {"score,label,x\n1,1,\"a\n2,0,b\"\n", "f:2: cell 3: the quote that opens the cell is not closed on its line"},
		"quote inside":       {"score,label,x\n1,1,a\"b\n", "f:2: cell 3: a quote inside a cell that does not begin with one"},
		"NUL":                {"score,label\n1\x00,1\n", "f:2: a NUL byte"},
		"UTF-16":             {"\xff\xfes\x00c\x00", "f:1: a NUL byte"},
		"not UTF-8":          {"score,label,x\n1,1,\xb2\xe2\n", "f:2: not UTF-8"},
		"old Mac lines":      {"score,label\r1,1\r2,0\r", "f:1: a carriage return inside the line"},
		"endless line":       {"score,label\n" + strings.Repeat("1,", csvline.MaxLine), "f:2: line longer than 65536 bytes"},
		"endless header":     {strings.Repeat("x", 1<<20), "f:1: line longer than 65536 bytes"},
	} {
		_, err := read(c.text, plain)
		var at *Error
		if !errors.As(err, &at) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestRead(t *testing.T) {
	text := "\xef\xbb\xbfsubject,\"score\",note,label\r\nA,612,\"x, y\",0\r\nB,-3.50,\"say \"\"no\"\"\",1\r\nA,0,,\"1\""
	cases, err := read(text, plain)
	want := []outcome{{612, false}, {-3.5, true}, {0, true}}
	if err != nil || fmt.Sprint(cases) != fmt.Sprint(want) {
		t.Errorf("%v, %v", cases, err)
	}
	cases, err = read("score,status\n5,PIF\n6,CHGOFF\n", Layout{Score: "score", Label: "status", Good: "PIF", Bad: "CHGOFF"})
	if err != nil || fmt.Sprint(cases) != fmt.Sprint([]outcome{{5, false}, {6, true}}) {
		t.Errorf("named labels: %v, %v", cases, err)
	}
	cases, err = read("x,score\n,5\n,6\n", Layout{Score: "score"})
	if err != nil || fmt.Sprint(cases) != fmt.Sprint([]outcome{{5, false}, {6, false}}) {
		t.Errorf("without labels: %v, %v", cases, err)
	}
	whole := plain
	whole.Whole = true
	if _, err := read("score,label\n5.0,1\n", whole); err == nil || err.Error() != "f:2:1: score: want a whole number, as the model gives" {
		t.Error(err)
	}
}

func TestReadTellsWhereAddFailed(t *testing.T) {
	cause := errors.New("too much")
	err := Read(strings.NewReader("label,score\n0,1\n1,2\n"), "f", plain, func(score float64, _ bool) error {
		if score == 2 {
			return cause
		}
		return nil
	})
	if !errors.Is(err, cause) || err.Error() != "f:3:2: score: too much" {
		t.Error(err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestReadPassesTheReadersError(t *testing.T) {
	err := Read(failing{}, "f", plain, func(float64, bool) error { return nil })
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
}

func TestReadGivesBackWhatIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var text strings.Builder
		text.WriteString("note,score,label\n")
		var want []outcome
		for range rapid.IntRange(1, 20).Draw(t, "rows") {
			score := rapid.Float64Range(-1e6, 1e6).Draw(t, "score")
			bad := rapid.Bool().Draw(t, "bad")
			written := strconv.FormatFloat(score, 'f', -1, 64)
			if len(written) > MaxScoreLength {
				continue
			}
			note := strings.ReplaceAll(rapid.StringOf(rapid.SampledFrom([]rune(`a,"优 `))).Draw(t, "note"), `"`, `""`)
			fmt.Fprintf(&text, "\"%s\",%s,%d\n", note, written, map[bool]int{true: 1}[bad])
			want = append(want, outcome{score, bad})
		}
		if len(want) == 0 {
			return
		}
		if got, err := read(text.String(), plain); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%v, %v; want %v", got, err, want)
		}
	})
}

// FuzzRead holds that only finite scores come through, and that errors say where.
func FuzzRead(f *testing.F) {
	f.Add("score,label\n612,0\n-0.5,1\n")
	f.Add("\xef\xbb\xbflabel,\"score\"\r\n1,\"7\"\r\n")
	f.Add("score,label\nNaN,1\n")
	f.Add("score,label\n1,\"\n\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		err := Read(strings.NewReader(text), "f", plain, func(score float64, _ bool) error {
			if math.IsNaN(score) || math.IsInf(score, 0) {
				t.Fatal(score)
			}
			return nil
		})
		var at *Error
		if err != nil && (!errors.As(err, &at) || !strings.HasPrefix(err.Error(), "f:")) {
			t.Fatal(err)
		}
	})
}
