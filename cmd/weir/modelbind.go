package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/engine/model"
	"weir/engine/modelbind"
	"weir/engine/modelbind/reasons"
	"weir/engine/modelbind/terms"
	"weir/engine/modelfile/scoring"
	"weir/engine/schema"
)

func newModelBindCommand(c *console) *cobra.Command {
	b := &modelBind{console: c}
	command := &cobra.Command{
		Use:   "bind FILE --schemas DIR",
		Short: "Tie the inputs of a model file to the features of sources, and carry it under seal",
		Long: `Bind ties each input of a model file to one feature of one source. Without --map it drafts the mapping by name, says
what it could not bind, and writes it with --out. With --map it checks a mapping, all of it, and turns the model into a
*.weir.json that scores, to the point, what the file scores; --model writes it. What cannot be carried is refused with the
figure. For continuous inputs it says what bins would cost, for trees which sources they touch.
--reasons writes groups into the model, whose sums are told beside the score: numbers of characteristics that are worse than
their baselines, or sums of points, by source or of single characteristics. They count in the bits that one score tells.
Exit status: 0; 1 if the model cannot go under seal as it is bound; 2 for bad input or a model that the policy refuses.`,
		Example: "  weir model bind card.json --schemas data --out map.json\n  weir model bind card.json --schemas data --map map.json --model card.weir.json",
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return b.run(args[0]) },
	}
	flags := command.Flags()
	flags.StringVar(&b.schemas, "schemas", "", "folder with the sources' folders, each with its schema.json")
	flags.StringVar(&b.mapping, "map", "", "a mapping to check and to carry the model along")
	flags.StringVar(&b.out, "out", "", "write the drafted mapping to this file")
	flags.StringVar(&b.model, "model", "", "write the model under seal to this file (*.weir.json)")
	flags.StringVar(&b.policy, "policy", "", "the consortium's policy as JSON; default 10 bits, 8 characteristics, 2 holders")
	b.reasons.add(command)
	command.MarkFlagRequired("schemas")
	return command
}

// modelBind is one run of weir model bind.
type modelBind struct {
	*console
	schemas, mapping, out, model, policy string // flags
	reasons                              reasonFlags
}

// bindResult is what model bind prints with --json.
type bindResult struct {
	File       string            `json:"file"`
	Mapping    string            `json:"mapping"` // the mapping's file; empty for a draft that was not written
	Inputs     []boundInput      `json:"inputs"`
	Open       []string          `json:"open"`    // of a draft: what is not bound yet
	Reasons    []string          `json:"reasons"` // why the model cannot go under seal as it is bound
	UnderSeal  bool              `json:"under_seal"`
	Exact      bool              `json:"exact"`    // every row scores to the point
	Multiply   string            `json:"multiply"` // a sealed score is this times the file's …
	Error      string            `json:"error"`    // … to within this, in sealed points
	Model      string            `json:"model"`    // the file written; empty if none
	Warnings   []string          `json:"warnings"`
	Scores     [2]int64          `json:"scores"`        // least and most under seal
	Needed     int               `json:"needed"`        // bits
	Policy     model.Policy      `json:"policy"`        //
	Refusal    *modelRefusal     `json:"refusal"`       // by the policy; null if none
	Groups     []modelGroup      `json:"groups"`        // what is told beside the score
	Levels     []reasons.Cost    `json:"reason_levels"` // what score and reasons need together, by level
	Continuous []continuousInput `json:"continuous"`    // what bins would cost
	Trees      []treeSources     `json:"trees"`         // how many trees touch which sources together
}

type boundInput struct {
	Input   string `json:"input"`
	Source  string `json:"source"`
	Feature string `json:"feature"`
	Bins    int    `json:"bins"` // 0 while not carried
	Error   string `json:"error"`
	Unused  bool   `json:"unused"`
}

type continuousInput struct {
	Input  string            `json:"input"`
	Levels uint64            `json:"levels"`
	Least  string            `json:"least"`
	Most   string            `json:"most"`
	Errors map[string]string `json:"errors"` // by number of bins, in the file's points
	Why    string            `json:"why"`
}

type treeSources struct {
	Sources []string `json:"sources"`
	Trees   int      `json:"trees"`
}

func (b *modelBind) run(file string) error {
	m, _, err := openForeign(file)
	if err != nil {
		return badInput(err)
	}
	schemas, err := openAllSchemas(b.schemas)
	if err != nil {
		return badInput(err)
	}
	policy, err := openPolicy(b.policy)
	if err != nil {
		return badInput(err)
	}
	result := &bindResult{File: file, Mapping: b.mapping, Policy: policy, Open: []string{}, Reasons: []string{}, Groups: []modelGroup{}, Levels: []reasons.Cost{}, Warnings: []string{}, Continuous: []continuousInput{}, Trees: []treeSources{}}
	mapping, err := b.openMapping(m, schemas, result)
	if err != nil {
		return badInput(err)
	}
	if len(result.Open) == 0 {
		if err := b.carry(m, mapping, schemas, result); err != nil {
			return badInput(err)
		}
	}
	result.fill(m, mapping, schemas)
	if err := b.print(result); err != nil {
		return err
	}
	switch {
	case result.Refusal != nil:
		return badInput(fmt.Errorf("model refused by rule %s: %s, allowed: %s (%s)", result.Refusal.Rule, result.Refusal.Figure, result.Refusal.Limit, result.Refusal.Detail))
	case b.mapping != "" && !result.UnderSeal:
		return isFalse(nil)
	}
	return nil
}

// openMapping reads the mapping, or drafts and writes one.
func (b *modelBind) openMapping(m *scoring.Model, schemas map[engine.Name]*schema.Schema, result *bindResult) (*modelbind.Mapping, error) {
	if b.mapping != "" {
		mapping, err := openMapping(b.mapping)
		if err != nil {
			return nil, err
		}
		return mapping, b.reasons.choose(mapping)
	}
	mapping, open := modelbind.Draft(m, schemas)
	if err := b.reasons.choose(mapping); err != nil {
		return nil, err
	}
	result.Open = append(result.Open, open...)
	if b.out != "" {
		result.Mapping = b.out
		return mapping, replaceFile(b.out, mapping.Write)
	}
	return mapping, nil
}

// carry carries the model under seal and writes it. Its refusals are in the result.
func (b *modelBind) carry(m *scoring.Model, mapping *modelbind.Mapping, schemas map[engine.Name]*schema.Schema, result *bindResult) error {
	carried, err := modelbind.Carry(m, mapping, schemas)
	var no *modelbind.Refusal
	if errors.As(err, &no) {
		result.Reasons = append(result.Reasons, no.Reasons...)
		return nil
	}
	if err != nil {
		return err
	}
	result.Warnings = append(result.Warnings, carried.Warnings...)
	compiled, err := carried.Model.Compile(schemas)
	var refused *model.Refusal
	if err != nil && !errors.As(err, &refused) {
		return err
	}
	figures := carried.Model.Figures()
	if refused == nil {
		figures = compiled.Figures
		result.Warnings = append(result.Warnings, compiled.Warnings...)
		errors.As(figures.Check(result.Policy, len(carried.Model.Sources)), &refused)
	}
	result.UnderSeal, result.Exact, result.Multiply, result.Error = refused == nil, carried.Exact, decimalText(carried.Multiply), roundedUp(carried.Error)
	result.Groups, result.Levels = newModelGroups(figures), reasons.Costs(figures, sideOf(carried.Model))
	result.Scores, result.Needed = [2]int64{figures.Least, figures.Most}, figures.Needed
	if refused != nil {
		result.Refusal = &modelRefusal{refused.Rule, refused.Figure, refused.Limit, refused.Detail}
	}
	for _, in := range carried.Bins {
		result.Inputs = append(result.Inputs, boundInput{Input: in.Input, Source: in.Source, Feature: in.Feature, Bins: in.Bins, Error: roundedUp(in.Error)})
	}
	if b.model == "" {
		return nil
	}
	result.Model = b.model
	return replaceFile(b.model, func(w io.Writer) error { _, err := w.Write(carried.Text); return err })
}

// fill adds what does not depend on whether the model can be carried.
func (r *bindResult) fill(m *scoring.Model, mapping *modelbind.Mapping, schemas map[engine.Name]*schema.Schema) {
	carried := len(r.Inputs) > 0
	for i := range mapping.Inputs {
		in := &mapping.Inputs[i]
		if in.Unused || !carried {
			r.Inputs = append(r.Inputs, boundInput{Input: in.Name, Source: string(in.Source), Feature: in.Feature, Unused: in.Unused})
		}
	}
	for _, o := range modelbind.Continuous(m, mapping, schemas) {
		c := continuousInput{Input: o.Input, Levels: o.Levels, Errors: map[string]string{}, Why: o.Why}
		if o.Why == "" {
			c.Least, c.Most = o.Least.FloatString(3), o.Most.FloatString(3)
		}
		for _, e := range o.Errors {
			c.Errors[fmt.Sprint(e.Bins)] = roundedUp(e.Error)
		}
		r.Continuous = append(r.Continuous, c)
	}
	r.Trees = append(r.Trees, touched(m, mapping)...)
}

// touched counts the trees by the set of sources that each reads, in the order of the first tree of each set.
func touched(m *scoring.Model, mapping *modelbind.Mapping) []treeSources {
	var list []treeSources
	byKey := map[string]int{}
	for _, t := range terms.Trees(m) {
		sources := sourcesOf(t, m, mapping)
		key := fmt.Sprint(sources)
		k, known := byKey[key]
		if !known {
			k = len(list)
			byKey[key] = k
			list = append(list, treeSources{Sources: sources})
		}
		list[k].Trees++
	}
	return list
}

func openMapping(file string) (*modelbind.Mapping, error) {
	f, err := openRegularFile(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return modelbind.Parse(f, file)
}

// openAllSchemas reads the schema.json of every folder in dir.
func openAllSchemas(dir string) (map[engine.Name]*schema.Schema, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	schemas := map[engine.Name]*schema.Schema{}
	for _, entry := range entries {
		file := filepath.Join(dir, entry.Name(), "schema.json")
		if _, err := os.Stat(file); err != nil {
			continue
		}
		s, err := openSchema(file)
		if err != nil {
			return nil, err
		}
		if string(s.Source) != entry.Name() {
			return nil, fmt.Errorf("%s describes source %q, want %q as its folder says", file, s.Source, entry.Name())
		}
		schemas[s.Source] = s
	}
	if len(schemas) == 0 {
		return nil, fmt.Errorf("%s: no folder in it has a schema.json", dir)
	}
	return schemas, nil
}
