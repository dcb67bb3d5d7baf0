package synthetic

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"weir/engine"
	"weir/engine/model/points"
	"weir/engine/record"
	"weir/engine/schema"
)

func ExampleSeed_Consortium() {
	c, err := Seed(1).Consortium(Shape{Holders: 2, Features: 8, Lines: 8, Enterprises: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(c.Files), "files about", len(c.Subjects), "enterprises")
	fmt.Println(c.Digest)
	// Output:
	// 4 files about 3 enterprises
	// 979135a118e803cab4d4490bfa3c8a131a4e18f54bcd522dfae2a1dceed9a9fd
}

// The same seed gives the same inputs, on every machine and in every version: the digests are golden. Another seed or
// shape gives others.
func TestSameSeedSameInputs(t *testing.T) {
	for _, c := range []struct {
		seed  Seed
		shape Shape
		want  string
	}{
		{1, Shape{3, 8, 8, 200}, "95007610961f275d4dd88f877f78fb20767b55c753dbedfcdda84144eff11d13"},
		{2, Shape{3, 8, 8, 200}, "3873ca372a9df39c47f070eb5a4011e1ea5b83a1eb2e734b710454865ae99444"},
		{1, Shape{8, 32, 32, 50}, "0a8c41a60aff76cccc5cfbd0f2c4f98a8a9c6ca67f49933c181afbb7d465efdb"},
	} {
		inputs, err := c.seed.Consortium(c.shape)
		if err != nil {
			t.Fatal(err)
		}
		if got := inputs.Digest.String(); got != c.want {
			t.Errorf("seed %d, %+v: %s", c.seed, c.shape, got)
		}
	}
}

func TestShapesThatAreRefused(t *testing.T) {
	for _, shape := range []Shape{{1, 8, 8, 9}, {9, 8, 8, 9}, {3, 0, 8, 9}, {3, 33, 33, 9}, {3, 8, 7, 9}, {3, 8, 33, 9}, {3, 8, 8, 0}, {3, 8, 8, 1_000_001}, {}} {
		if c, err := Seed(1).Consortium(shape); !errors.Is(err, ErrShape) || c != nil {
			t.Errorf("%+v: %v", shape, err)
		}
	}
}

// Every shape reads as records and compiles to a scorecard with exactly its lines, within ten bits.
func TestInputsHaveTheirShape(t *testing.T) {
	for _, shape := range []Shape{{2, 1, 1, 1}, {2, 1, 32, 30}, {3, 8, 8, 100}, {5, 5, 32, 30}, {8, 32, 32, 30}} {
		inputs, err := Seed(3).Consortium(shape)
		if err != nil {
			t.Fatal(err)
		}
		data, err := inputs.FS()
		if err != nil {
			t.Fatal(err)
		}
		card, err := points.Parse(bytes.NewReader(inputs.Model), "m.weir.json")
		if err != nil {
			t.Fatal(err)
		}
		compiled, err := card.Compile(schemas(t, data, shape))
		if err != nil {
			t.Fatalf("%+v: %v", shape, err)
		}
		for _, slice := range compiled.Slices {
			if slice.Lines != shape.Lines {
				t.Errorf("%+v: %s has %d lines", shape, slice.Source, slice.Lines)
			}
		}
		if f := compiled.Figures; len(f.Weights) != shape.Holders*shape.Features || f.Needed > scoreBits || len(compiled.Warnings) > 0 {
			t.Errorf("%+v: %d characteristics, %d bits, warnings %q", shape, len(f.Weights), f.Needed, compiled.Warnings)
		}
	}
}

// schemas reads every source as a holder would.
func schemas(t *testing.T, data fs.FS, shape Shape) map[engine.Name]*schema.Schema {
	t.Helper()
	folders, err := record.Folders(data)
	if err != nil || len(folders) != shape.Holders {
		t.Fatalf("folders %q: %v", folders, err)
	}
	found := map[engine.Name]*schema.Schema{}
	for _, folder := range folders {
		source, report, err := record.ReadFolder(t.Context(), data, folder)
		if err != nil {
			t.Fatalf("%s: %v: %v", folder, err, report.Defects)
		}
		if n := source.Records.Len(); n < 1 || n > shape.Enterprises {
			t.Errorf("%s: %d records of %d enterprises", folder, n, shape.Enterprises)
		}
		found[source.Schema.Source] = source.Schema
	}
	return found
}
