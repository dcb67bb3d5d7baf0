package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/engine/consortium"
	"weir/engine/model/points"
	"weir/testdata/sample"
)

// demoSubjects is how many enterprises are scored unless asked otherwise.
const demoSubjects = 20

// demo is one run of a whole consortium in this process.
type demo struct {
	*console
	data, model, subjects, out, expected, policy string
	evidence, receipts, keep                     string
	all, tamper                                  bool

	own        bool // the user's own records and model
	consortium *consortium.Consortium
	named      []string // whom --subjects names
	asked      []engine.Identifier
	references map[string]int64 // the user's own scores, with --expected
	result     demoResult
}

// demoResult is what `weir demo --json` prints.
type demoResult struct {
	Scores      []consortium.Score          `json:"scores"`
	Refused     []refused                   `json:"refused"`
	AllEqual    bool                        `json:"all_equal"`
	AllVerified bool                        `json:"all_verified"`
	Holders     []string                    `json:"holders"`
	Phases      map[string]int64            `json:"phases"`
	Learned     map[string]map[string]int64 `json:"learned"`
	Trust       string                      `json:"trust"`
	PeakRSS     int64                       `json:"peak_rss_bytes"`
}

type refused struct {
	Subject  string `json:"subject"`
	Reason   string `json:"reason"`
	intended bool   // the demonstration shows this refusal on purpose
}

func newDemoCommand(c *console) *cobra.Command {
	d := &demo{console: c}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run a whole consortium on this machine and score enterprises",
		Long: `Run a whole consortium in this process: a bank, its data sources' holders, a registrar, a supervisor and the
enterprises' wallets, with real keys and the real encryption. Every score is computed homomorphically, checked, and
compared with the plaintext model.

Without --data and --model it uses the synthetic records and scorecard that are built in: no real enterprise.`,
		Example: `  weir demo
  weir demo --json --progress none
  weir demo --data records/ --model card.weir.json --subjects ask.csv --out scores.csv`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return d.run(cmd.Context()) },
	}
	flags := cmd.Flags()
	flags.StringVar(&d.data, "data", "", "folder with one folder for each data source (schema.json, and records.csv or records.parquet)")
	flags.StringVar(&d.model, "model", "", "scoring model (*.weir.json); needed with --data")
	flags.StringVar(&d.subjects, "subjects", "", "CSV with a column `subject`: whom to score (default: the first 20)")
	flags.StringVar(&d.out, "out", "", "write subject,score,reference,equal,verified to this CSV")
	flags.StringVar(&d.expected, "expected", "", "CSV subject,score: compare with these scores instead of our plaintext model")
	flags.StringVar(&d.policy, "policy", "", "the consortium's policy (JSON: max_resolution, min_features, min_holders)")
	flags.BoolVar(&d.tamper, "tamper", false, "have parties cheat for real, and show how each is caught")
	flags.StringVar(&d.evidence, "evidence", "", "with --tamper: folder for the files that prove the accusations' verdicts")
	flags.StringVar(&d.receipts, "receipts", "", "folder for receipts and the trust file (default: a fresh temporary folder that stays)")
	flags.StringVar(&d.keep, "keep", "", "folder to keep the ledger and what each party remembers in; `weir ledger verify` inspects it")
	flags.BoolVar(&d.all, "all", false, "score every enterprise")
	return cmd
}

func (d *demo) run(ctx context.Context) error {
	options, err := d.options()
	if err != nil {
		return badInput(err)
	}
	d.consortium, err = consortium.Found(ctx, options)
	if err != nil {
		return d.ended(ctx, err)
	}
	return errors.Join(d.use(ctx, options.Report), d.consortium.Close())
}

// use does what was asked for with the consortium.
func (d *demo) use(ctx context.Context, report consortium.Reporter) error {
	if err := d.chooseSubjects(); err != nil {
		return badInput(err)
	}
	for _, folder := range d.consortium.Unused {
		d.warn("folder %s is not used: the model does not name it", folder)
	}
	for _, warning := range d.consortium.Warnings {
		d.warn("%s", warning)
	}
	if d.tamper {
		return d.showFrauds(ctx, report)
	}
	if err := d.scoreAll(ctx, report); err != nil {
		return d.ended(ctx, err)
	}
	return d.conclude(ctx)
}

// options reads what the command line names; nothing else is started before all of it is sound.
func (d *demo) options() (consortium.Options, error) {
	started := time.Now() // one block time for the whole run, so that no month ends in the middle of it
	o := consortium.Options{Random: rand.Reader, Now: func() time.Time { return started }, Report: d.reporter(), Proofs: d.loadKeys}
	if (d.data == "") != (d.model == "") {
		return o, errors.New("--data and --model go together: your records need your model")
	}
	if d.keep != "" {
		if err := emptyFolder(d.keep); err != nil {
			return o, fmt.Errorf("--keep: %w", err)
		}
	}
	o.Folder, o.Receipts = d.keep, d.receipts
	if d.evidence != "" && !d.tamper {
		return o, errors.New("--evidence goes with --tamper")
	}
	if d.all && d.subjects != "" {
		return o, errors.New("--all and --subjects contradict each other")
	}
	d.own = d.data != ""
	var err error
	if d.own {
		err = d.ownFiles(&o)
	} else {
		o.Data = sample.Records()
		o.Model, err = points.Parse(sample.Model(), sample.ModelFile)
	}
	if err != nil {
		return o, err
	}
	if o.Policy, err = openPolicy(d.policy); err != nil {
		return o, err
	}
	if err = d.readLists(); err != nil {
		return o, err
	}
	if o.Receipts == "" && !d.tamper {
		o.Receipts, err = os.MkdirTemp("", "weir-receipts-*")
	}
	return o, err
}

// readLists reads whom to score and the user's own scores.
func (d *demo) readLists() (err error) {
	if d.subjects != "" {
		if d.named, err = readSubjects(d.subjects); err != nil {
			return err
		}
	}
	if d.expected != "" {
		if d.references, err = readExpected(d.expected); err != nil {
			return err
		}
	}
	return d.checkReferences(d.named)
}

// checkReferences tells whether everybody who is to be scored has a score of the user's own, if there are any.
func (d *demo) checkReferences(asked []string) error {
	for _, subject := range asked {
		if _, known := d.references[subject]; !known && d.references != nil {
			return fmt.Errorf("%s has no score for a subject that is to be scored; name those it has with --subjects", d.expected)
		}
	}
	return nil
}

// emptyFolder makes a folder, or takes one in which nothing is.
func emptyFolder(path string) error {
	entries, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) {
		return os.MkdirAll(path, 0o700)
	}
	if err == nil && len(entries) > 0 {
		err = fmt.Errorf("%s is not empty", path)
	}
	return err
}

// ownFiles takes the user's records and model.
func (d *demo) ownFiles(o *consortium.Options) error {
	info, err := os.Stat(d.data)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("--data %s: not a folder", d.data)
	}
	o.Data = os.DirFS(d.data)
	o.Model, err = openModel(d.model)
	return err
}

// ended turns an interruption into a message that says what was done, and everything else into bad input.
func (d *demo) ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return isFalse(fmt.Errorf("interrupted after %d scores; nothing left this process; receipts written so far are in %s", len(d.result.Scores), d.consortium.Trust()))
	}
	return badInput(err)
}
