package main

import (
	"context"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/engine/consent"
	"weir/ledger"
	"weir/ledger/contract/audit"
	"weir/ledger/contract/tasks"
	"weir/ledger/machine"
)

// auditor is `weir audit`.
type auditor struct {
	reader
	bank, consent, model, from, to string
	csv                            bool
}

func newAuditCommand(c *console) *cobra.Command {
	a := &auditor{reader: reader{place: place{console: c}, verified: true}}
	cmd := &cobra.Command{Use: "audit", Short: "List every question for a score: who asked under which consent and model, when, and how it ended", Args: cobra.NoArgs,
		Long: `Audit judges every block of the ledger again, from the founding document on, and tells what the contracts say over the
result: a node cannot leave a use out, because the blocks without it would not be those under the signed checkpoint. The
copy stays in the folder (copy/), so that the next audit reads new blocks only, and a ledger that goes back behind what
the folder has seen is refused. With --store it reads the store of a node that is stopped, or a backup.

The verifying keys are those in the folder's keys/, as beside a node; without it, those of the key cache.

Exit status: 0 all of it is told, 1 the ledger is not what it says it is, 2 bad input, 3 the node is away.`,
		Example: "  weir audit --as supervisor\n  weir audit --as supervisor --bank some-bank --from 2026-10-01 --csv > uses.csv\n  weir audit --as supervisor --store monday.backup",
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.run(cmd.Context()) }}
	flags := cmd.Flags()
	flags.StringVar(&a.path, "as", "", "folder of a member, or of a reader who has consortium.json alone")
	flags.StringVar(&a.bank, "bank", "", "only what this bank asked")
	flags.StringVar(&a.consent, "consent", "", "only what was asked under this consent (its key)")
	flags.StringVar(&a.model, "model", "", "only what was asked of this model (digest of the sealing, or of the version)")
	flags.StringVar(&a.from, "from", "", "only what was asked at or after this time (2026-10-01, or RFC 3339)")
	flags.StringVar(&a.to, "to", "", "only what was asked before this time")
	flags.BoolVar(&a.csv, "csv", false, "one line of CSV for each attempt")
	return a.storeFlag(a.nodeFlag(cmd))
}

func (a *auditor) run(ctx context.Context) error {
	of, from, to, err := a.wanted()
	if err != nil {
		return badInput(err)
	}
	v, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer v.Close()
	all, err := audit.Collect(tasks.UsesOf{}, v.mirror.Machine().Query)
	if err == nil {
		err = all.Compare(blocksOf(ctx, v.mirror.Machine()))
	}
	if errors.Is(err, audit.ErrReport) {
		return isFalse(err)
	}
	if err != nil {
		return failed(err)
	}
	all.Uses = slices.DeleteFunc(all.Uses, func(u tasks.Use) bool { return !of(&u) || u.Opened < from || u.Opened >= to })
	return a.tell(v, all)
}

// blocksOf are all blocks of a ledger.
func blocksOf(ctx context.Context, m *machine.Machine) iter.Seq2[*ledger.Committed, error] {
	return func(yield func(*ledger.Committed, error) bool) {
		for height := range m.Head().Height + 1 {
			block, err := m.Block(height)
			if err == nil {
				err = ctx.Err()
			}
			if !yield(block, err) || err != nil {
				return
			}
		}
	}
}

// wanted reads the flags: which uses, from when, and until when, in Unix milliseconds.
func (a *auditor) wanted() (of func(*tasks.Use) bool, from, to int64, err error) {
	if a.csv && a.json {
		return nil, 0, 0, errors.New("--csv or --json, not both")
	}
	var key, model engine.Digest
	if a.consent != "" {
		if key, err = engine.ParseDigest(a.consent); err != nil {
			return nil, 0, 0, fmt.Errorf("--consent: %w", err)
		}
	}
	if a.model != "" {
		if model, err = engine.ParseDigest(a.model); err != nil {
			return nil, 0, 0, fmt.Errorf("--model: %w", err)
		}
	}
	if from, err = instant(a.from, 0); err != nil {
		return nil, 0, 0, fmt.Errorf("--from: %w", err)
	}
	if to, err = instant(a.to, 1<<62); err != nil {
		return nil, 0, 0, fmt.Errorf("--to: %w", err)
	}
	of = func(u *tasks.Use) bool {
		return (a.bank == "" || u.Bank == engine.Name(a.bank)) && (a.consent == "" || u.Consent == consent.Key(key)) &&
			(a.model == "" || u.Model == model || u.Version == model)
	}
	return of, from, to, nil
}

// instant reads a day or a time, as Unix milliseconds.
func instant(text string, standard int64) (int64, error) {
	if text == "" {
		return standard, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UnixMilli(), nil
		}
	}
	return 0, fmt.Errorf("%q: want 2026-10-01 or 2026-10-01T12:00:00Z", text)
}

// shownUse is one attempt, as --json and --csv print it.
type shownUse struct {
	Opened  time.Time        `json:"opened"`
	Bank    engine.Name      `json:"bank"`
	Consent string           `json:"consent"`
	Model   engine.Digest    `json:"model"`
	Version engine.Digest    `json:"version"`
	Purpose consent.Purpose  `json:"purpose"`
	Request engine.RequestID `json:"request"`
	Attempt uint32           `json:"attempt"`
	Label   engine.Digest    `json:"label"`
	Charged bool             `json:"charged"`
	Bits    uint8            `json:"bits"` // that its score tells
	Phase   tasks.Phase      `json:"phase"`
	End     string           `json:"end,omitempty"`
	Cause   string           `json:"cause,omitempty"`
	Parties []engine.PartyID `json:"parties,omitempty"` // whom the end is about
	Ended   *time.Time       `json:"ended,omitempty"`
}

func shownUseOf(u *tasks.Use) shownUse {
	s := shownUse{Opened: time.UnixMilli(u.Opened).UTC(), Bank: u.Bank, Consent: hex.EncodeToString(u.Consent[:]), Model: u.Model, Version: u.Version,
		Purpose: u.Purpose, Request: u.Request, Attempt: u.Attempt, Label: u.Label, Charged: u.Charged, Bits: u.Bits, Phase: u.Phase}
	if u.Phase == tasks.PhaseEnded {
		at := time.UnixMilli(u.End.At).UTC()
		s.End, s.Cause, s.Parties, s.Ended = string(u.End.State), u.End.Cause, u.End.Parties, &at
	}
	return s
}

// audited is what --json prints.
type audited struct {
	Chain      engine.Name   `json:"chain"`
	Height     uint64        `json:"height"` // the report is of everything up to this block
	Time       time.Time     `json:"time"`
	Header     engine.Digest `json:"header"`
	Checkpoint string        `json:"checkpoint"`
	Final      bool          `json:"final"`
	Uses       []shownUse    `json:"uses"`
	ByBank     []audit.Total `json:"by_bank"`
	ByConsent  []audit.Total `json:"by_consent"`
	ByModel    []audit.Total `json:"by_model"`
}

func (a *auditor) tell(v *view, report *audit.Report) error {
	uses := make([]shownUse, len(report.Uses))
	for i := range report.Uses {
		uses[i] = shownUseOf(&report.Uses[i])
	}
	header := v.mirror.Machine().Head().Digest()
	if a.json {
		return a.printJSON(audited{Chain: a.genesis.Chain, Height: v.height, Time: v.time, Header: header, Checkpoint: string(v.seen.Checkpoint.Note),
			Final: v.seen.Final, Uses: uses, ByBank: report.ByBank(), ByConsent: report.ByConsent(), ByModel: report.ByModel()})
	}
	upTo := fmt.Sprintf("everything up to block %d of %s, %s, header %s; what came later is not in it", v.height, a.genesis.Chain, v.time.Format(time.RFC3339), header)
	if a.csv {
		a.warn("%s", upTo)
		return a.writeCSV(uses)
	}
	if err := report.WriteText(a.stdout); err != nil {
		return err
	}
	a.say("\n%s", upTo)
	return nil
}

func (a *auditor) writeCSV(uses []shownUse) error {
	w := csv.NewWriter(a.stdout)
	w.Write([]string{"opened", "bank", "consent", "model", "version", "purpose", "request", "attempt", "label", "charged", "bits", "phase", "end", "cause", "parties", "ended"})
	for _, u := range uses {
		ended, parties := "", make([]string, len(u.Parties))
		if u.Ended != nil {
			ended = u.Ended.Format(time.RFC3339)
		}
		for i, party := range u.Parties {
			parties[i] = string(party)
		}
		w.Write([]string{u.Opened.Format(time.RFC3339), string(u.Bank), u.Consent, u.Model.String(), u.Version.String(), string(u.Purpose), u.Request.String(),
			strconv.FormatUint(uint64(u.Attempt), 10), u.Label.String(), strconv.FormatBool(u.Charged), strconv.Itoa(int(u.Bits)), string(u.Phase), u.End, u.Cause,
			strings.Join(parties, " "), ended})
	}
	w.Flush()
	return w.Error()
}
