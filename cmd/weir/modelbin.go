package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"weir/engine/modelbind"
	"weir/engine/modelbind/terms"
	"weir/engine/modelfile/scoring"
)

func newModelBinCommand(c *console) *cobra.Command {
	b := &modelCut{console: c}
	command := &cobra.Command{
		Use:   "bin FILE --map MAP.json --schemas DIR --input NAME --bins K",
		Short: "Cut a continuous input of a model into bins, with a bound on the error",
		Long: `Bin cuts what a continuous input adds to the score into at most K bins, so that the largest error of a bin is as small as
it can be, prints that error, and writes the mapping with the number of bins to --out; weir model bind then carries it.
Exit status: 0; 2 for bad input or an input that cannot be cut.`,
		Example: "  weir model bin line.pmml --map map.json --schemas data --input income --bins 13 --out map13.json",
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return b.run(args[0]) },
	}
	flags := command.Flags()
	flags.StringVar(&b.schemas, "schemas", "", "folder with the sources' folders, each with its schema.json")
	flags.StringVar(&b.mapping, "map", "", "the mapping")
	flags.StringVar(&b.input, "input", "", "name of the model's input")
	flags.IntVar(&b.bins, "bins", 7, "most bins")
	flags.StringVar(&b.out, "out", "", "write the mapping to this file")
	for _, name := range []string{"schemas", "map", "input"} {
		command.MarkFlagRequired(name)
	}
	return command
}

// modelCut is one run of weir model bin.
type modelCut struct {
	*console
	schemas, mapping, input, out string // flags
	bins                         int
}

// binResult is what model bin prints with --json.
type binResult struct {
	Input string `json:"input"`
	Bins  int    `json:"bins"`
	Error string `json:"error"` // in sealed points, rounding included
	Out   string `json:"out"`
}

func (b *modelCut) run(file string) error {
	m, _, err := openForeign(file)
	if err != nil {
		return badInput(err)
	}
	schemas, err := openAllSchemas(b.schemas)
	if err != nil {
		return badInput(err)
	}
	mapping, err := openMapping(b.mapping)
	if err != nil {
		return badInput(err)
	}
	in := mapping.Input(b.input)
	if in == nil {
		return badInput(fmt.Errorf("%s binds no input %q", b.mapping, b.input))
	}
	if b.bins < 2 || b.bins > modelbind.MaxBins {
		return badInput(fmt.Errorf("--bins=%d: want 2 to %d", b.bins, modelbind.MaxBins))
	}
	in.Bins = b.bins
	cut, err := modelbind.Cut(m, mapping, schemas, b.input)
	if err != nil {
		return badInput(err)
	}
	if b.out != "" {
		if err := replaceFile(b.out, mapping.Write); err != nil {
			return badInput(err)
		}
	}
	result := binResult{b.input, cut.Bins, roundedUp(cut.Error), b.out}
	if b.json {
		return b.printJSON(result)
	}
	b.say("input %q: %d bins, off by at most %s points of a sealed score", result.Input, result.Bins, result.Error)
	if b.out != "" {
		b.say("mapping written to %s", b.out)
	}
	return nil
}

// sourcesOf are the sources that a tree's inputs are bound to; an input that is not bound stands under its own name.
func sourcesOf(t terms.Tree, m *scoring.Model, mapping *modelbind.Mapping) []string {
	names := map[string]bool{}
	for _, i := range t.Inputs {
		if in := mapping.Input(m.Inputs[i].Name); in != nil && in.Source != "" {
			names[string(in.Source)] = true
		} else {
			names[fmt.Sprintf("%s (not bound)", m.Inputs[i].Name)] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}
