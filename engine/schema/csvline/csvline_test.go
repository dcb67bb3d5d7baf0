package csvline

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSplitRefuses(t *testing.T) {
	for line, want := range map[string]CellError{
		`a,"b`:       {1, "the quote that opens the cell is not closed on its line"},
		`a,"b""`:     {1, "the quote that opens the cell is not closed on its line"},
		`"`:          {0, "the quote that opens the cell is not closed on its line"},
		`a,b,"c"d`:   {2, "text after the closing quote"},
		`"a" ,b`:     {0, "text after the closing quote"},
		`a,b"c"`:     {1, "a quote inside a cell that does not begin with one"},
		`a, "b, c"`:  {1, "a quote inside a cell that does not begin with one"},
		`"a""b"c","`: {0, "text after the closing quote"},
	} {
		if cells, fault := Split(line, nil); fault == nil || *fault != want {
			t.Errorf("%s: %q, %v; want %v", line, cells, fault, want)
		}
	}
}

func TestSplit(t *testing.T) {
	for line, want := range map[string][]string{
		``: {""}, `,`: {"", ""}, `a,b`: {"a", "b"}, `"a","b"`: {"a", "b"}, `"a,b",c`: {"a,b", "c"},
		`"",x`: {"", "x"}, `"a""b"`: {`a"b`}, `"""",""""""`: {`"`, `""`}, `"a",`: {"a", ""},
	} {
		if cells, fault := Split(line, nil); fault != nil || !slices.Equal(cells, want) {
			t.Errorf("%s: %q, %v; want %q", line, cells, fault, want)
		}
	}
}

// TestSplitIsTheInverseOfQuoting writes any cells as RFC 4180 does, quoted where they must be or at will.
func TestSplitIsTheInverseOfQuoting(t *testing.T) {
	cell := rapid.StringOf(rapid.SampledFrom([]rune{'a', ',', '"', ' ', '优', '0'}))
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(cell, 1, 6).Draw(t, "cells")
		var written []string
		for _, c := range want {
			if strings.ContainsAny(c, `",`) || rapid.Bool().Draw(t, "quote") {
				c = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
			}
			written = append(written, c)
		}
		if got, fault := Split(strings.Join(written, ","), nil); fault != nil || !slices.Equal(got, want) {
			t.Fatalf("%q, %v; want %q", got, fault, want)
		}
	})
}

func TestNext(t *testing.T) {
	r := NewReader(strings.NewReader("\xef\xbb\xbfa\nb\r\n\n\xef\xbb\xbfc\r\r\nd\r"))
	for i, want := range [][2]string{{"a", "\n"}, {"b", "\r\n"}, {"", "\n"}, {"\xef\xbb\xbfc\r", "\r\n"}, {"d\r", ""}} {
		line, ending, err := r.Next()
		if line != want[0] || ending != want[1] || err != nil || r.Number() != i+1 {
			t.Errorf("line %d: %q, %q, %v", r.Number(), line, ending, err)
		}
	}
	if _, _, err := r.Next(); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}

func TestNextBoundsALine(t *testing.T) {
	for length, want := range map[int]error{MaxLine - 1: nil, MaxLine: ErrTooLong, 10 * MaxLine: ErrTooLong} {
		for _, ending := range []string{"\n", "\r\n"} {
			text := strings.Repeat("x", length+1-len(ending)) + ending
			if _, _, err := NewReader(strings.NewReader(text)).Next(); !errors.Is(err, want) {
				t.Errorf("a line of %d bytes: %v, want %v", len(text), err, want)
			}
		}
	}
}

// FuzzSplit holds that the cells of a line without a fault have all its characters but commas and quotes, in order.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{``, `a,b`, `"a""b",c`, `"a`, `a"b`, `"",""`} {
		f.Add(seed)
	}
	bare := strings.NewReplacer(",", "", `"`, "")
	f.Fuzz(func(t *testing.T, line string) {
		cells, fault := Split(line, nil)
		if fault != nil {
			if fault.Cell != len(cells) || fault.Reason == "" {
				t.Fatalf("fault %v after %d cells", fault, len(cells))
			}
			return
		}
		if bare.Replace(strings.Join(cells, "")) != bare.Replace(line) || len(cells) > 1+strings.Count(line, ",") {
			t.Fatalf("%q", cells)
		}
	})
}
