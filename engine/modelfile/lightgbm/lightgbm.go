// Package lightgbm reads the text model files of LightGBM, versions v2, v3 and v4, with one output: regressions, ranking
// and binary classification, with categorical splits and all three ways of missing values.
//
// It refuses, naming the line: several classes, linear trees, objectives that it does not know, other versions, and
// structures that are no trees. Parameters of training and feature importances have no part in a prediction. The JSON dump
// of a model is not its model file and is refused by whoever detects formats. Sources: LightGBM's GBDT::SaveModelToString
// and Tree::NumericalDecision, in its repository.
package lightgbm

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"weir/engine/modelfile/boosted"
	"weir/engine/modelfile/refusal"
	"weir/engine/modelfile/scoring"
)

// Limits of a model.
const (
	MaxTrees    = 100_000
	MaxFeatures = 100_000
	MaxLeaves   = 131_072   // of a tree, as in the library
	MaxCodes    = 4_000_000 // of categories, in the sets of all trees
)

// Is tells whether text begins as a LightGBM model does.
func Is(text []byte) bool {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return strings.TrimRight(string(line), "\r") == "tree"
}

// Read makes a model of a file's text. The error is a *refusal.Error with all faults.
func Read(text []byte, file string) (*scoring.Model, error) {
	r := &reader{List: refusal.List{File: file}}
	blocks := r.split(text)
	if len(blocks) == 0 {
		r.Fault(refusal.Place{Line: 1}, "no header")
		return nil, r.Err()
	}
	r.trees = len(blocks) - 1
	r.readHeader(&blocks[0])
	if r.Err() == nil {
		for i := range blocks[1:] {
			r.readTree(&blocks[1+i])
		}
		r.readObjective(&blocks[0])
		r.readCategories(&blocks[0])
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return &scoring.Model{
		Format: "LightGBM text " + blocks[0].text("version"),
		Inputs: r.inputs, Slots: len(r.inputs),
		Root:  &scoring.Unit{Predictor: &r.forest},
		Notes: r.Notes(),
	}, nil
}

type reader struct {
	refusal.List
	pandas string // the list of pandas categories, with its line
	line   int    // of pandas
	trees  int    // in the file
	codes  int    // in the sets read so far
	forest boosted.Forest
	inputs []scoring.Input
}

// block is a run of key=value lines: the header, or one tree.
type block struct {
	line   int
	values map[string]entry
}

type entry struct {
	line int
	text string
}

func (b *block) text(key string) string { return b.values[key].text }

func (b *block) at(key string) refusal.Place {
	if e, ok := b.values[key]; ok {
		return refusal.Place{Line: e.line, Element: key}
	}
	return refusal.Place{Line: b.line, Element: key}
}

// split cuts the file into its header and its trees, up to "end of trees"; of what follows only the pandas categories
// matter.
func (r *reader) split(text []byte) []block {
	var blocks []block
	ended, number := false, 0
	for raw := range bytes.Lines(text) {
		if number++; r.Full() {
			return blocks
		}
		line := strings.TrimRight(string(raw), "\r\n")
		key, rest, pair := strings.Cut(line, "=")
		switch {
		case ended && strings.HasPrefix(line, "pandas_categorical:"):
			r.pandas, r.line = strings.TrimPrefix(line, "pandas_categorical:"), number
		case ended || line == "":
		case line == "end of trees":
			ended = true
		case line == "tree", key == "Tree" && pair:
			if len(blocks) > MaxTrees {
				r.Fault(refusal.Place{Line: number}, "more than %d trees", MaxTrees)
				return blocks
			}
			blocks = append(blocks, block{line: number, values: map[string]entry{}})
		case len(blocks) == 0:
		default:
			r.add(&blocks[len(blocks)-1], key, entry{number, rest})
		}
	}
	if !ended {
		r.Fault(refusal.Place{Line: number}, "the line \"end of trees\" is missing: the file is cut off")
	}
	return blocks
}

// maxKeys is the most keys that the header or a tree may have.
const maxKeys = 64

func (r *reader) add(b *block, key string, e entry) {
	if _, twice := b.values[key]; twice || len(b.values) == maxKeys {
		r.Fault(refusal.Place{Line: e.line, Element: fmt.Sprintf("%.40q", key)}, "given twice, or one of more than %d keys", maxKeys)
		return
	}
	b.values[key] = e
}

// int reads a whole number; what is missing is the fallback.
func (r *reader) int(b *block, key string, fallback int) int {
	e, ok := b.values[key]
	if !ok {
		return fallback
	}
	n, err := strconv.ParseInt(e.text, 10, 32)
	if err != nil {
		r.Fault(b.at(key), "not a whole number")
	}
	return int(n)
}
