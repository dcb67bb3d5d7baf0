// Package toad reads the score cards of the Python library toad: the JSON that ScoreCard.export writes, and the same
// table as CSV with the columns name, value, score. (Its PMML is read by package pmml.)
//
// The rules are the library's. Bins of numbers are closed on the left. A key of categories is split at commas and nothing
// is trimmed; "nan" stands for a missing value, "else" for all that is not listed. A value in no bin gets the least points
// of its feature, which is the library's default='min'; so does a missing number for which no "nan" is listed, on which
// the library's versions differ. It refuses keys that are neither, and notes a category that stands in two groups. Source:
// the library's utils/mixin.py and scorecard.py.
package toad

import (
	"strings"

	"weir/engine/modelfile/cardtable"
	"weir/engine/modelfile/jsontree"
	"weir/engine/modelfile/refusal"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
)

// Is tells whether a tree is a card: features, each with keys and numbers.
func Is(root *jsontree.Value) bool {
	for _, m := range root.Members {
		if m.Value.Kind != jsontree.Object || len(m.Value.Members) == 0 {
			return false
		}
		for _, bin := range m.Value.Members {
			if bin.Value.Kind != jsontree.Number {
				return false
			}
		}
	}
	return len(root.Members) > 0
}

// Read makes a scorecard of a card's JSON. The error is a *refusal.Error with all faults.
func Read(root *jsontree.Value, file string) (*scoring.Model, error) {
	list := &refusal.List{File: file}
	var features []cardtable.Feature
	rows := 0
	for _, m := range root.Members {
		rule := rule{list: list, name: m.Key, at: m.Value.At("")}
		for _, bin := range m.Value.Members {
			if rows += size(bin.Key); rows > cardtable.MaxRows {
				return nil, tooMany(file, bin.Value.At(""))
			}
			rule.add(bin.Value.At(""), bin.Key, bin.Value.Text)
		}
		features = append(features, rule.feature())
	}
	return cardtable.Build(list, "toad card", value.Decimal{}, features)
}

// IsCSV tells whether a CSV file has the columns of a card.
func IsCSV(header []string) bool { return cardtable.HasColumns(header, "name", "value", "score") }

// ReadCSV makes a scorecard of a card's table. The error is a *refusal.Error with all faults.
func ReadCSV(text []byte, file string) (*scoring.Model, error) {
	list := &refusal.List{File: file}
	var rules []*rule
	byName, rows := map[string]*rule{}, 0
	for _, row := range cardtable.ReadCSV(list, text, "name", "value", "score") {
		if rows += size(row.Cells[1]); rows > cardtable.MaxRows {
			return nil, tooMany(file, row.At)
		}
		r := byName[row.Cells[0]]
		if r == nil {
			r = &rule{list: list, name: row.Cells[0], at: row.At}
			byName[r.name] = r
			rules = append(rules, r)
		}
		r.add(row.At, row.Cells[1], row.Cells[2])
	}
	features := make([]cardtable.Feature, len(rules))
	for i, r := range rules {
		features[i] = r.feature()
	}
	return cardtable.Build(list, "toad card", value.Decimal{}, features)
}

// size is the number of bins or categories that a key holds.
func size(key string) int { return 1 + strings.Count(key, ",") }

func tooMany(file string, at refusal.Place) error {
	return refusal.New(file, at, "more than %d bins and categories", cardtable.MaxRows)
}

// rule is one feature of a card while it is read.
type rule struct {
	list *refusal.List
	name string
	at   refusal.Place
	keys []key
	seen map[string]bool
}

type key struct {
	at     refusal.Place
	text   string
	points value.Decimal
}

func (r *rule) add(at refusal.Place, text, points string) {
	p, err := value.ParseDecimal(points)
	if err != nil {
		r.list.Fault(at, "the points of %.60q: %s", text, err)
	}
	if r.seen[text] {
		r.list.Fault(at, "key %.60q of %.60q is given twice", text, r.name)
	}
	if r.seen == nil {
		r.seen = map[string]bool{}
	}
	r.seen[text] = true
	r.keys = append(r.keys, key{at, text, p})
}

func (r *rule) feature() cardtable.Feature {
	f := cardtable.Feature{Name: r.name, At: r.at}
	numeric, missing, other := false, false, false
	for _, k := range r.keys {
		_, _, ok := interval(k.text)
		numeric = numeric || ok
	}
	for i, k := range r.keys {
		if i == 0 || k.points.Rat().Cmp(f.Other.Rat()) < 0 {
			f.Other = k.points
		}
	}
	for _, k := range r.keys {
		left, right, ok := interval(k.text)
		switch {
		case numeric && ok:
			f.Bins = append(f.Bins, cardtable.Bin{At: k.at, Left: left, Right: right, Points: k.points})
		case numeric && k.text == "nan":
			f.Missing, missing = k.points, true
		case numeric:
			r.list.Fault(k.at, "%.60q of %.60q is no bin [a ~ b) although others are", k.text, r.name)
		case k.text == "else":
			f.Other, other = k.points, true
		default:
			group := cardtable.Group{At: k.at, Categories: strings.Split(k.text, ","), Points: k.points}
			f.Groups = append(f.Groups, group)
			for _, c := range group.Categories {
				if c == "nan" {
					f.Missing, missing = k.points, true
				}
			}
		}
	}
	if !missing {
		f.Missing = f.Other
	}
	if !missing && numeric || !other && !numeric {
		r.list.Note(r.at, "a value of %.60q in no bin, or missing where no nan is listed, gets the feature's least points, as toad's "+
			"default 'min' does", r.name)
	}
	return f
}

// interval reads [a ~ b).
func interval(text string) (left, right float64, ok bool) {
	inner, ok1 := strings.CutPrefix(text, "[")
	inner, ok2 := strings.CutSuffix(inner, ")")
	a, b, ok3 := strings.Cut(inner, "~")
	if !ok1 || !ok2 || !ok3 {
		return 0, 0, false
	}
	left, ok1 = cardtable.Margin(a)
	right, ok2 = cardtable.Margin(b)
	return left, right, ok1 && ok2
}
