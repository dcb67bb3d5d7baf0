// Package consortium runs all parties of the protocol in one process, over one transport, with the plaintext reference
// beside them: what a demonstration, a benchmark or a scenario test needs. Every party has its own keys and memory, and
// meets the others only through canonical bytes that the transport counts.
//
// It is the one place where records and points stand side by side, to compare each encrypted score with the plaintext
// one. It must never be part of a real deployment.
package consortium

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"time"

	"weir/engine"
	"weir/engine/authority"
	"weir/engine/bank"
	"weir/engine/holder"
	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/model/points"
	"weir/engine/proof"
	"weir/engine/record"
	"weir/engine/schema"
	"weir/engine/source"
)

// Names of the parties beside the holders, whose names are those of their sources.
const (
	BankName       engine.Name = "demo-bank"
	RegistrarName  engine.Name = "demo-registrar"
	SupervisorName engine.Name = "demo-supervisor"
)

// certificateValidity is how long a demonstration certificate is valid.
const certificateValidity = 365 * 24 * time.Hour

// ErrSources is returned when the folders and the model do not fit each other.
var ErrSources = errors.New("sources and model do not fit")

// Options say what a consortium scores.
type Options struct {
	Data   fs.FS // one folder a source
	Model  *points.Model
	Policy model.Policy
	Random io.Reader        // of every party
	Now    func() time.Time // block time
	Report Reporter
	// Proofs gives the keys of all circuits, once data and model are found sound; nil founds a consortium without proofs.
	Proofs func(context.Context) (*proof.Keys, error)
	// Folder is where the ledger is kept, and what each party remembers; "" is a temporary one, which Close removes.
	Folder string
	// Receipts is where the receipts of scores are written, and the trust file to check them by; "" writes none.
	Receipts string

	shared func(*message.Genesis) sharedLedger // tests: another ledger than a real one
}

// Reporter is told about long work: phases in sequence, and steps within one.
type Reporter interface {
	Begin(phase string)
	Step(done, total int)
	End(phase string, took time.Duration)
}

// Agent is a holder's side as the consortium drives it: *holder.Agent, or in tests a malicious one.
type Agent interface {
	receiver
	Publish(ctx context.Context) error
	Register(ctx context.Context, now time.Time) error
	Pair(ctx context.Context, partners []engine.PartyID, now time.Time) ([]engine.PartyID, error)
	Approve(ctx context.Context, model engine.Digest) error
	Adopt(ctx context.Context, first, later engine.Digest) error
	Contribute(ctx context.Context, id engine.RequestID, now time.Time) error
	Release(ctx context.Context, id engine.RequestID) error
}

// Consortium is a bank, a registrar, a supervisor and one holder for each source of the model.
type Consortium struct {
	options     Options
	genesis     *message.Genesis
	enterprises *seat // of all wallets together
	folder      string
	chain       *chain // nil in tests with another ledger
	network     *network
	closers     []func() error
	parties     []engine.PartyID
	sources     map[engine.Name]*record.Source
	schemas     map[engine.Name]*schema.Schema
	keys        map[engine.Name]ed25519.PrivateKey
	agents      map[engine.PartyID]Agent
	bank        *bank.Bank
	registrar   *authority.Registrar
	supervisor  *authority.Supervisor
	wallets     map[engine.Identifier]*authority.Wallet
	model       engine.Digest // modelDigest of the sealing in use
	first       engine.Digest // modelDigest of sealing 0, which was approved
	sealings    uint32        // sealings after it
	proofs      *proof.Keys   // nil without proofs
	drafts      int           // versions that the bank's frauds made
	phases      map[string]time.Duration
	Unused      []string // folders that the model does not name
	Warnings    []string // what a person should know about the model
}

// Found reads the sources, gives every party its keys, commits to the records, seals the model, has it approved, and
// agrees on the month's pair keys. Everything that can be wrong with data, model or policy is refused before a key is made.
func Found(ctx context.Context, options Options) (*Consortium, error) {
	c := &Consortium{options: options, sources: map[engine.Name]*record.Source{}, schemas: map[engine.Name]*schema.Schema{},
		keys: map[engine.Name]ed25519.PrivateKey{}, agents: map[engine.PartyID]Agent{}, wallets: map[engine.Identifier]*authority.Wallet{}, phases: map[string]time.Duration{}}
	for _, step := range []struct {
		phase string
		run   func(context.Context) error
	}{
		{"read records", c.readSources},
		{"check model", c.checkModel},
		{"make keys", c.makeKeys},
		{"commit to records", c.startAgents},
		{"seal model", c.sealModel},
		{"approve model", c.approveModel},
		{"agree on pair keys", c.pairUp},
	} {
		if err := c.phase(step.phase, func() error { return step.run(ctx) }); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	return c, nil
}

// Close ends all parties and the ledger. A temporary folder is removed.
func (c *Consortium) Close() error {
	var errs []error
	for _, end := range slices.Backward(c.closers) {
		errs = append(errs, end())
	}
	c.closers = nil
	return errors.Join(errs...)
}

// phase runs and times one phase.
func (c *Consortium) phase(name string, run func() error) error {
	c.options.Report.Begin(name)
	start := time.Now()
	if err := run(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	took := time.Since(start)
	c.phases[name] += took
	c.options.Report.End(name, took)
	return nil
}

func (c *Consortium) readSources(ctx context.Context) error {
	folders, err := record.Folders(c.options.Data)
	if err != nil {
		return err
	}
	named := map[string]bool{}
	for _, s := range c.options.Model.Sources {
		named[string(s.Name)] = true
		if !slices.Contains(folders, string(s.Name)) {
			return fmt.Errorf("%w: the model names source %q, and there is no folder of that name", ErrSources, s.Name)
		}
	}
	for _, folder := range folders {
		if !named[folder] {
			c.Unused = append(c.Unused, folder)
		}
	}
	for i, s := range c.options.Model.Sources {
		read, report, err := source.ReadFolder(ctx, c.options.Data, string(s.Name))
		if err != nil {
			return defects(err, report)
		}
		c.sources[s.Name], c.schemas[s.Name] = read, read.Schema
		c.parties = append(c.parties, engine.NewPartyID(s.Name, s.Name))
		c.options.Report.Step(i+1, len(c.options.Model.Sources))
	}
	slices.Sort(c.parties)
	return c.checkKinds()
}

// defects adds the first defects of a source to the error.
func defects(err error, report *record.Report) error {
	const shown = 5
	for i, d := range report.Defects {
		if i == shown {
			return fmt.Errorf("%w\n  … %d more; `weir records check` lists them", err, report.Total()-shown)
		}
		err = fmt.Errorf("%w\n  %s", err, d)
	}
	return err
}

func (c *Consortium) checkKinds() error {
	kind := c.Kind()
	for name, s := range c.schemas {
		if s.Subjects != kind {
			return fmt.Errorf("%w: source %q identifies subjects by %q, another by %q", ErrSources, name, s.Subjects, kind)
		}
	}
	return nil
}

// Kind is how the sources identify their subjects.
func (c *Consortium) Kind() engine.SubjectKind {
	return c.schemas[c.options.Model.Sources[0].Name].Subjects
}

func (c *Consortium) checkModel(context.Context) error {
	compiled, err := c.options.Model.Compile(c.schemas)
	if err != nil {
		return err
	}
	c.Warnings = compiled.Warnings
	return compiled.Figures.Check(c.options.Policy, len(c.parties))
}

// holders says who keeps each source: in a demonstration, a holder of the same name.
func (c *Consortium) holders() map[engine.Name]engine.Name {
	holders := map[engine.Name]engine.Name{}
	for _, p := range c.parties {
		holders[p.Source()] = p.Holder()
	}
	return holders
}

var _ Agent = (*holder.Agent)(nil)
