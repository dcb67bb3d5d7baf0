// Package synthetic makes the inputs of benchmarks from a seed: records and scorecards of consortia of any shape, and
// true statements of every circuit with the secrets to prove them. The same seed gives the same inputs, whose digest
// goes into every result.
//
// Nothing in it is real, and it is for measuring only: secrets that follow from a seed are no secrets.
package synthetic

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consortium"
	"weir/engine/model"
)

// ErrShape is returned for a shape that no consortium can have.
var ErrShape = errors.New("no consortium has this shape")

// Seed decides all inputs.
type Seed uint64

// stream is a named stream of bytes that follows from the seed.
func (s Seed) stream(name string) io.Reader {
	return canonical.Stream(binary.BigEndian.AppendUint64(nil, uint64(s)), "weir/bench/v1/"+name)
}

// random is a named source of numbers that follows from the seed.
func (s Seed) random(name string) *rand.Rand {
	var key [32]byte
	io.ReadFull(s.stream(name), key[:]) // a stream of SHAKE256 does not end
	return rand.New(rand.NewChaCha8(key))
}

// Shape is the size of a consortium and its scorecard. Each holder keeps one source.
type Shape struct {
	Holders     int `json:"holders"`             // 2 to 8
	Features    int `json:"features_per_holder"` // 1 to 32, each read by the scorecard
	Lines       int `json:"lines_per_holder"`    // of the 32 in a slice; at least Features
	Enterprises int `json:"enterprises"`         // about whom there are records; at least 1
}

// Check tells whether a consortium can have the shape; else the error wraps ErrShape.
func (s Shape) Check() error {
	switch {
	case s.Holders < model.MinSlices || s.Holders > model.MaxSlices:
		return fmt.Errorf("%w: %d holders, want %d to %d", ErrShape, s.Holders, model.MinSlices, model.MaxSlices)
	case s.Features < 1 || s.Features > model.Lines:
		return fmt.Errorf("%w: %d features a holder, want 1 to %d", ErrShape, s.Features, model.Lines)
	case s.Lines < s.Features || s.Lines > model.Lines:
		return fmt.Errorf("%w: %d lines a holder for %d features, want %d to %d", ErrShape, s.Lines, s.Features, s.Features, model.Lines)
	case s.Enterprises < 1 || s.Enterprises > maxEnterprises:
		return fmt.Errorf("%w: %d enterprises, want 1 to %d", ErrShape, s.Enterprises, maxEnterprises)
	}
	return nil
}

const (
	maxEnterprises = 1_000_000
	highest        = 1_000_000 // of every feature's values
	scoreBits      = 10        // the scorecard's resolution
	widestSpan     = 60        // points of one characteristic
	absence        = 20        // once in so many an enterprise has no record at a holder, or a record no value
)

// Consortium is what a consortium starts from: a folder for each source, and the bank's scorecard.
type Consortium struct {
	Files    map[string][]byte // by path, schema.json and records.csv of each source
	Model    []byte            // a *.weir.json
	Subjects []engine.Identifier
	Digest   engine.Digest // SHA-256 over shape, files and model
}

// Consortium makes records and scorecard of a shape, or an error that wraps ErrShape.
func (s Seed) Consortium(shape Shape) (*Consortium, error) {
	if err := shape.Check(); err != nil {
		return nil, err
	}
	c := &Consortium{Files: map[string][]byte{}}
	for i := range shape.Enterprises {
		id, err := engine.ParseIdentifier(engine.Opaque, fmt.Sprintf("enterprise-%06d", i))
		if err != nil {
			return nil, err
		}
		c.Subjects = append(c.Subjects, id)
	}
	for h := range shape.Holders {
		name := source(h)
		c.Files[name+"/schema.json"] = encode(schemaOf(h, shape))
		c.Files[name+"/records.csv"] = records(s.random(fmt.Sprintf("records/%d", h)), shape, c.Subjects)
	}
	c.Model = encode(scorecard(s.random("model"), shape))
	c.Digest = c.digest(shape)
	return c, nil
}

func source(h int) string { return fmt.Sprintf("source-%d", h+1) }

func feature(f int) string { return fmt.Sprintf("feature-%02d", f+1) }

// encode writes JSON; keys of a map are in order.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps, slices, text and integers only
	}
	return b
}

type object = map[string]any

func schemaOf(h int, shape Shape) object {
	var features []object
	for f := range shape.Features {
		features = append(features, object{"name": feature(f), "scale": 0, "min": 0, "max": highest})
	}
	return object{"source": source(h), "epoch": "2026-10", "subjects": engine.Opaque, "features": features}
}

// records leaves out every twentieth enterprise and every twentieth value, by chance.
func records(random *rand.Rand, shape Shape, subjects []engine.Identifier) []byte {
	var b bytes.Buffer
	b.WriteString("subject")
	for f := range shape.Features {
		b.WriteString("," + feature(f))
	}
	for i, id := range subjects {
		absent := random.IntN(absence) == 0 && i > 0 // the first is everywhere, so that no source is empty
		var cells strings.Builder
		for range shape.Features {
			if value := random.IntN(highest + 1); random.IntN(absence) > 0 {
				fmt.Fprintf(&cells, ",%d", value)
			} else {
				cells.WriteByte(',')
			}
		}
		if !absent {
			b.WriteString("\n" + id.Text + cells.String())
		}
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// scorecard spreads the lines over the features: k lines hold 6k + 1 bins beside the one for missing values. All spans
// together stay below 2^scoreBits.
func scorecard(random *rand.Rand, shape Shape) object {
	span := min(widestSpan, (1<<scoreBits-1)/(shape.Holders*shape.Features))
	sources := object{}
	for h := range shape.Holders {
		var characteristics []object
		for f := range shape.Features {
			lines := shape.Lines / shape.Features
			if f < shape.Lines%shape.Features {
				lines++
			}
			characteristics = append(characteristics, object{"feature": feature(f), "missing": random.IntN(span + 1), "bins": bins(random, 6*lines+1, span)})
		}
		sources[source(h)] = characteristics
	}
	return object{"name": "synthetic", "version": "1", "base": 300, "range": [2]int{300, 300 + 1<<scoreBits - 1}, "resolution": scoreBits, "sources": sources}
}

// bins cuts [0, highest] into n bins of about the same width.
func bins(random *rand.Rand, n, span int) []object {
	var list []object
	for i := range n {
		bin := object{"points": random.IntN(span + 1)}
		if i < n-1 {
			bin["below"] = highest * (i + 1) / n
		}
		list = append(list, bin)
	}
	return list
}

func (c *Consortium) digest(shape Shape) engine.Digest {
	h := sha256.New()
	h.Write(encode(shape))
	for _, name := range slices.Sorted(maps.Keys(c.Files)) {
		fmt.Fprintf(h, "%s %d ", name, len(c.Files[name]))
		h.Write(c.Files[name])
	}
	h.Write(c.Model)
	return engine.Digest(h.Sum(nil))
}

// FS is the folder of the sources' folders, in memory.
func (c *Consortium) FS() (fs.FS, error) { return consortium.InMemory(c.Files) }
