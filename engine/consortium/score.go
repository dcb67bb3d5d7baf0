package consortium

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"weir/engine"
	"weir/engine/authority"
	"weir/engine/consent"
	"weir/engine/model/reason"
	"weir/engine/open"
	"weir/engine/receipt"
	"weir/engine/schema"
	"weir/engine/vault"
)

// consentValidity is how long a demonstration consent is valid.
const consentValidity = 24 * time.Hour

// Development tells whether the keys behind the proofs were made by one party, which could forge.
func (c *Consortium) Development() bool { return c.proofs != nil && c.proofs.Development() }

// WhyNot says why the scores of this consortium cannot be verified, or nothing.
func (c *Consortium) WhyNot() string {
	switch {
	case c.proofs == nil:
		return "this consortium registers no proofs"
	case c.options.Receipts == "":
		return "no receipt was written"
	}
	return ""
}

// Score is one score with the plaintext reference beside it.
type Score struct {
	Subject   string          `json:"subject"`
	Model     string          `json:"model"`
	Score     int64           `json:"score"`     // the unclamped sum that the bank opened
	Shown     int64           `json:"shown"`     // clamped to the model's range
	Reference int64           `json:"reference"` // what it must be
	Equal     bool            `json:"equal"`     // score and reference, and the reasons and theirs
	Reasons   []reason.Reason `json:"reasons"`   // what was opened beside the score, the weightiest first
	// ReasonsReference are what they must be, by the plaintext model.
	ReasonsReference []reason.Reason `json:"reasons_reference"`
	Verified         bool            `json:"verified"` // every check of the receipt passed, on the file that was written
	WhyNot           string          `json:"why_not"`
	LatencyMS        float64         `json:"latency_ms"` // from the bank's request to the open receipt of the settled score
	AsOf             string          `json:"as_of"`      // the oldest as-of date among the sources
	Receipt          string          `json:"receipt"`    // a file; empty where none was written
}

// ReasonsEqual tells whether the reasons are what they must be.
func (s *Score) ReasonsEqual() bool { return slices.Equal(s.Reasons, s.ReasonsReference) }

// Consent has the enterprise's wallet consent to one score of the sealed model, as an enterprise would.
func (c *Consortium) Consent(ctx context.Context, id engine.Identifier) (consent.Key, error) {
	wallet, err := c.wallet(ctx, id)
	if err != nil {
		return consent.Key{}, err
	}
	terms := consent.Terms{Bank: BankName, Model: string(c.options.Model.Name), Purpose: consent.PreLoan, Output: c.output(),
		Uses: 1, Resolution: uint8(c.options.Policy.MaxResolution), NotAfter: c.options.Now().Add(consentValidity).Unix()}
	return wallet.Give(ctx, terms, c.parties, 0, c.options.Now())
}

// output is what a score of this model is opened to.
func (c *Consortium) output() consent.Output { return consent.OutputOf(c.options.Model.GroupsInUse()) }

// wallet is the enterprise's, enrolled with the registrar when it is first needed.
func (c *Consortium) wallet(ctx context.Context, id engine.Identifier) (*authority.Wallet, error) {
	if wallet := c.wallets[id]; wallet != nil {
		return wallet, nil
	}
	link := c.link("enterprise")
	memory := new(vault.Transient)
	if _, err := authority.MakeWallet(memory, id, c.options.Random); err != nil {
		return nil, err
	}
	wallet, err := authority.NewWallet(authority.WalletConfig{Genesis: c.enterprises.members, Random: c.options.Random,
		Ledger: c.enterprises.ledger, Mail: link, Memory: memory})
	if err != nil {
		return nil, err
	}
	if err := wallet.Enrol(ctx, c.options.Now()); err != nil {
		return nil, err
	}
	c.wallets[id] = wallet
	return wallet, nil
}

// Ask runs one request under a consent key from the bank's request to the opened and settled score. How long each step
// took is added to Phases.
func (c *Consortium) Ask(ctx context.Context, key consent.Key) (*open.Score, error) {
	_, score, err := c.ask(ctx, key)
	return score, err
}

// AskReceipt is Ask, and the open receipt that the bank keeps; nil in a consortium without proofs.
func (c *Consortium) AskReceipt(ctx context.Context, key consent.Key) (engine.RequestID, *open.Score, *receipt.Receipt, error) {
	id, score, err := c.ask(ctx, key)
	if err != nil || c.proofs == nil {
		return id, score, nil, err
	}
	start := time.Now()
	kept, err := c.bank.Receipt(ctx, id)
	c.phases["receipt"] += time.Since(start)
	return id, score, kept, err
}

func (c *Consortium) ask(ctx context.Context, key consent.Key) (id engine.RequestID, score *open.Score, err error) {
	for _, step := range []struct {
		phase string
		run   func() error
	}{
		{"request", func() (err error) {
			id, err = c.bank.Request(ctx, c.model, key, consent.PreLoan)
			return err
		}},
		{"contribute", func() error {
			return c.everyAgent(ctx, func(ctx context.Context, a Agent) error { return a.Contribute(ctx, id, c.options.Now()) })
		}},
		{"anchor", func() error { return c.bank.Anchor(ctx, id) }},
		{"release", func() error {
			return c.everyAgent(ctx, func(ctx context.Context, a Agent) error { return a.Release(ctx, id) })
		}},
		{"open", func() (err error) {
			score, err = c.bank.Open(ctx, id)
			return err
		}},
		{"settle", func() error {
			if err := c.bank.Settle(ctx, id, score); err != nil {
				return err
			}
			return c.supervisor.CheckSettled(ctx, id)
		}},
	} {
		start := time.Now()
		if err := step.run(); err != nil {
			return id, nil, err
		}
		c.phases[step.phase] += time.Since(start)
	}
	return id, score, nil
}

// everyAgent lets all agents act at once and gives the first error in the order of parties.
func (c *Consortium) everyAgent(ctx context.Context, act func(context.Context, Agent) error) error {
	errs := make([]error, len(c.parties))
	var group errgroup.Group
	for i, party := range c.parties {
		group.Go(func() error {
			errs[i] = act(ctx, c.agents[party])
			return nil
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Score scores one enterprise under its own consent and compares with the plaintext model.
func (c *Consortium) Score(ctx context.Context, id engine.Identifier) (*Score, error) {
	key, err := c.Consent(ctx, id)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	request, opened, kept, err := c.AskReceipt(ctx, key)
	if err != nil {
		return nil, err
	}
	took := time.Since(start)
	model := c.options.Model
	score := &Score{Subject: id.Text, Model: fmt.Sprintf("%s@%s", model.Name, model.Version), Score: opened.Sum,
		Shown: model.Shown(opened.Sum), WhyNot: c.WhyNot(), LatencyMS: float64(took.Microseconds()) / 1000, AsOf: c.asOf()}
	if err := c.compare(id, opened, score); err != nil {
		return nil, err
	}
	return score, c.writeReceipt(request, kept, score)
}

// compare adds the reasons, and what the plaintext model says.
func (c *Consortium) compare(id engine.Identifier, opened *open.Score, score *Score) (err error) {
	if score.Reasons, err = c.Reasons(opened); err != nil {
		return err
	}
	if score.Reference, err = c.Reference(id); err == nil {
		score.ReasonsReference, err = c.ReasonsReference(id)
	}
	if err != nil {
		return fmt.Errorf("plaintext reference: %w", err)
	}
	score.Equal = score.Score == score.Reference && score.ReasonsEqual()
	return nil
}

// Reasons are what the bank is told beside a score that it opened.
func (c *Consortium) Reasons(opened *open.Score) ([]reason.Reason, error) {
	return c.bank.Reasons(c.first, opened)
}

// Reference is the plaintext model's score of one enterprise.
func (c *Consortium) Reference(id engine.Identifier) (int64, error) {
	return c.options.Model.Score(c.schemas, c.records(id))
}

// ReasonsReference is what the plaintext model tells beside the score of one enterprise.
func (c *Consortium) ReasonsReference(id engine.Identifier) ([]reason.Reason, error) {
	return c.options.Model.Reasons(c.schemas, c.records(id))
}

// records are what the sources hold of one enterprise.
func (c *Consortium) records(id engine.Identifier) map[engine.Name][schema.MaxFeatures]uint32 {
	records := map[engine.Name][schema.MaxFeatures]uint32{}
	for name, source := range c.sources {
		if values, present := source.Records.Values(id.Subject()); present {
			records[name] = values
		}
	}
	return records
}

func (c *Consortium) asOf() string {
	var oldest time.Time
	for _, s := range c.schemas {
		if oldest.IsZero() || s.AsOf.Before(oldest) {
			oldest = s.AsOf
		}
	}
	return oldest.Format(time.DateOnly)
}
