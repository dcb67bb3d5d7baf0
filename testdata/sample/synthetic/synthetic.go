// Package synthetic makes weir's sample records: enterprises that do not exist, in the folders of three data sources
// (tax office, power and water utility, social security), for demonstrations and tests.
//
// Size, health and age of each enterprise are drawn first and every feature follows from them with noise, so that the
// features hang together as real ones do: good payers pay everywhere, large firms use more power. No real data, no
// statistics of real data and no real code went into it. The same program always makes the same bytes.
package synthetic

import (
	"fmt"
	"strings"
)

const (
	seed        = 20261031
	enterprises = 420
)

// Files are the generated files by path, relative to the folder of records.
func Files() map[string][]byte {
	r := newNoise(seed)
	var firms []firm
	for i, code := range codes(r, enterprises) {
		firms = append(firms, newFirm(r, i, code))
	}
	files := map[string][]byte{}
	for _, s := range sources {
		files[s.name+"/schema.json"] = []byte(s.schema())
		files[s.name+"/records.csv"] = []byte(s.records(r, firms))
	}
	return files
}

// The places of three enterprises that the demonstration shows; package sample names them.
const (
	unknownToUtility = 3
	missingValues    = 5
)

// firm is one enterprise before its features: what stands behind all of them, in units of 1/one.
type firm struct {
	index        int
	code         string
	size, health int
	months       int    // since registration
	absent       string // the source without a record of it
}

func newFirm(r *noise, index int, code string) firm {
	f := firm{index: index, code: code, size: r.normal(), health: r.normal()}
	f.months = clip(8+power2(40, part(1100, r.normal())), 3, 480)
	if r.chance(30) {
		f.absent = sources[r.below(len(sources))].name
	}
	switch index {
	case unknownToUtility:
		f.absent = "utility"
	case missingValues:
		f.absent = ""
	}
	return f
}

// source is one data source: its features, and how a firm's row is drawn.
type source struct {
	name     string
	features []feature
	row      func(*noise, firm) []string
}

// feature is one column: its line of the schema, and how often its cell is left empty (once in so many, 0 for never).
type feature struct {
	name, rest string
	missing    int
}

func (s source) schema() string {
	var b strings.Builder
	fmt.Fprintf(&b, "{ \"source\": %q, \"epoch\": \"2026-10\", \"as_of\": \"2026-10-31\", \"revision\": 0, \"subjects\": \"uscc\",\n  \"features\": [\n", s.name)
	for i, f := range s.features {
		end := ","
		if i == len(s.features)-1 {
			end = " ] }"
		}
		fmt.Fprintf(&b, "    {\"name\": %q, %s}%s\n", f.name, f.rest, end)
	}
	return b.String()
}

func (s source) records(r *noise, firms []firm) string {
	var b strings.Builder
	b.WriteString("subject")
	for _, f := range s.features {
		b.WriteString("," + f.name)
	}
	b.WriteByte('\n')
	for _, firm := range firms {
		cells := s.row(r, firm)
		for i, f := range s.features {
			if gone := f.missing > 0 && r.chance(f.missing); gone || f.missing > 0 && firm.index == missingValues && i%2 == 1 {
				cells[i] = ""
			}
		}
		if firm.absent != s.name {
			fmt.Fprintf(&b, "%s,%s\n", firm.code, strings.Join(cells, ","))
		}
	}
	return b.String()
}

// whole writes an integer.
func whole(n int) string { return fmt.Sprint(n) }

// fixed writes n·10^-scale.
func fixed(n, scale int) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	digits := fmt.Sprintf("%0*d", scale+1, n)
	return sign + digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
}
