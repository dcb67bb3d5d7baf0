package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"weir/engine"
	"weir/engine/consortium"
	"weir/engine/model/reason"
	"weir/testdata/sample"
)

// chooseSubjects decides whom to score, and in the built-in demonstration makes sure of the instructive ones.
func (d *demo) chooseSubjects() error {
	var err error
	switch {
	case d.subjects != "":
		err = d.namedSubjects()
	case d.all:
		d.asked, err = d.consortium.Subjects(0)
	case d.own:
		d.asked, err = d.consortium.Subjects(demoSubjects)
	default:
		err = d.sampleSubjects()
	}
	if err != nil {
		return err
	}
	var asked []string
	for _, id := range d.asked {
		asked = append(asked, id.Text)
	}
	return d.checkReferences(asked)
}

func (d *demo) namedSubjects() error {
	for i, name := range d.named {
		id, err := engine.ParseIdentifier(d.consortium.Kind(), name)
		if err != nil {
			return fmt.Errorf("%s: subject %d: %w", d.subjects, i+1, err)
		}
		d.asked = append(d.asked, id)
	}
	return nil
}

// sampleSubjects are the first of the sample, with one that a holder does not know and one with missing values.
func (d *demo) sampleSubjects() error {
	first, err := d.consortium.Subjects(demoSubjects + 3)
	if err != nil {
		return err
	}
	shown := []string{sample.UnknownToUtility, sample.MissingValues}
	for _, id := range first {
		if id.Text != sample.WithoutConsent && !slices.Contains(shown, id.Text) {
			shown = append(shown, id.Text)
		}
	}
	for _, text := range shown[:demoSubjects] {
		id, err := engine.ParseIdentifier(engine.USCC, text)
		if err != nil {
			return err
		}
		d.asked = append(d.asked, id)
	}
	return nil
}

// scoreAll scores every chosen enterprise; one that a party refuses goes on the list of refusals.
func (d *demo) scoreAll(ctx context.Context, report consortium.Reporter) error {
	report.Begin("score")
	start := time.Now()
	for i, id := range d.asked {
		score, err := d.consortium.Score(ctx, id)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			d.compare(score)
			d.result.Scores = append(d.result.Scores, *score)
		case consortium.IsRefusal(err):
			d.result.Refused = append(d.result.Refused, refused{Subject: id.Text, Reason: err.Error()})
		default:
			return fmt.Errorf("score %d of %d: %w", i+1, len(d.asked), err)
		}
		report.Step(i+1, len(d.asked))
	}
	if !d.own {
		err := d.consortium.AskWithoutConsent(ctx)
		if !consortium.IsRefusal(err) {
			return fmt.Errorf("an enterprise without consent was not refused: %w", err)
		}
		d.result.Refused = append(d.result.Refused, refused{Subject: sample.WithoutConsent, Reason: err.Error(), intended: true})
	}
	took := time.Since(start)
	report.End("score", took)
	d.result.Phases = map[string]int64{"score": took.Milliseconds()}
	return nil
}

// compare puts the user's own score in the place of our plaintext reference.
func (d *demo) compare(score *consortium.Score) {
	if reference, given := d.references[score.Subject]; given {
		score.Reference, score.Equal = reference, score.Score == reference && score.ReasonsEqual()
	}
}

// conclude prints the result and turns it into an exit status.
func (d *demo) conclude(ctx context.Context) error {
	r := &d.result
	for phase, took := range d.consortium.Phases() {
		r.Phases[phase] = took.Milliseconds()
	}
	var err error
	if r.Learned, err = d.consortium.Learned(ctx); err != nil {
		return badInput(err)
	}
	r.Holders, r.Trust, r.PeakRSS = d.consortium.Holders(), d.consortium.Trust(), peakRSS()
	unequal, unverified, unasked := 0, 0, 0
	r.AllEqual, r.AllVerified = len(r.Scores) > 0, len(r.Scores) > 0
	for _, s := range r.Scores {
		r.AllEqual, r.AllVerified = r.AllEqual && s.Equal, r.AllVerified && s.Verified
		if !s.Equal {
			unequal++
		}
		if !s.Verified {
			unverified++
		}
	}
	for _, s := range r.Refused {
		if !s.intended {
			unasked++
		}
	}
	if d.out != "" {
		if err := writeScores(d.out, r.Scores); err != nil {
			return badInput(fmt.Errorf("write scores: %w", err))
		}
	}
	if err := d.print(); err != nil {
		return err
	}
	switch {
	case unequal > 0:
		return isFalse(fmt.Errorf("%d of %d scores differ from the reference", unequal, len(r.Scores)))
	case unverified > 0:
		return isFalse(fmt.Errorf("%d of %d scores are not verified, the first: %s", unverified, len(r.Scores), firstUnverified(r.Scores)))
	case unasked > 0:
		return isFalse(fmt.Errorf("%d enterprises were refused, the first: %s", unasked, r.Refused[0].Reason))
	}
	return nil
}

func firstUnverified(scores []consortium.Score) string {
	i := slices.IndexFunc(scores, func(s consortium.Score) bool { return !s.Verified })
	return scores[i].WhyNot
}

func (d *demo) print() error {
	if d.json {
		if d.result.Scores == nil {
			d.result.Scores = []consortium.Score{}
		}
		if d.result.Refused == nil {
			d.result.Refused = []refused{}
		}
		return d.printJSON(d.result)
	}
	d.printScores()
	d.printRefused()
	d.printLearned()
	d.printVerdict()
	return nil
}

func (d *demo) printScores() {
	if !d.own {
		d.say("Synthetic data: every enterprise, record and point below is made up.\n")
	}
	columns := []any{"enterprise", "score", "shown", "reference", "equal", "verified", "ms"}
	told := len(d.result.Scores) > 0 && len(d.result.Scores[0].Reasons) > 0
	if told {
		columns = append(columns, "reasons")
	}
	t := d.table(columns...)
	for _, s := range d.result.Scores {
		row := []any{s.Subject, s.Score, s.Shown, s.Reference, yesNo(s.Equal), yesNo(s.Verified), fmt.Sprintf("%.0f", s.LatencyMS)}
		if told {
			row = append(row, reasonsInWords(s.Reasons))
		}
		t.AppendRow(row)
	}
	t.Render()
}

// reasonsInWords lists what was told beside a score, the groups that are no reason in brackets.
func reasonsInWords(told []reason.Reason) string {
	var words []string
	for _, r := range told {
		word := fmt.Sprintf("%s %d of %d", r.Group, r.Value, r.Most)
		if r.Rank == 0 {
			word = "(" + word + ")"
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

func (d *demo) printRefused() {
	for _, s := range d.result.Refused {
		d.say("refused: %s: %s", s.Subject, s.Reason)
	}
}

// printLearned shows who received what, counted by the transport.
func (d *demo) printLearned() {
	d.say("\nWho received what in this run (bytes that crossed between parties):")
	t := d.table("party", "bytes", "of which")
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 3, WidthMax: 72, WidthMaxEnforcer: text.WrapSoft}})
	for _, who := range slices.Sorted(maps.Keys(d.result.Learned)) {
		var total int64
		var kinds string
		for _, kind := range slices.Sorted(maps.Keys(d.result.Learned[who])) {
			n := d.result.Learned[who][kind]
			total += n
			if kinds != "" {
				kinds += ", "
			}
			kinds += fmt.Sprintf("%s %s", kind, inBytes(n))
		}
		t.AppendRow([]any{who, inBytes(total), kinds})
	}
	t.Render()
	d.say("Learned: the bank one score per consent%s; a holder which bank asks about which enterprise, and the model's bins;", besideTheScore(d.result.Scores))
	d.say("nobody a record of another party, nobody but the bank a score, nobody but the bank its points.")
}

// besideTheScore says what else the bank learned.
func besideTheScore(scores []consortium.Score) string {
	if len(scores) == 0 || len(scores[0].Reasons) == 0 {
		return ""
	}
	return fmt.Sprintf(" and the sums of %d groups for reasons", len(scores[0].Reasons))
}

func (d *demo) printVerdict() {
	r := &d.result
	equal := 0
	for _, s := range r.Scores {
		if s.Equal {
			equal++
		}
	}
	verified := 0
	for _, s := range r.Scores {
		if s.Verified {
			verified++
		}
	}
	d.say("\n%d of %d scores equal the reference, to the point; %d verified; %d holders; %d refused; peak memory %s.",
		equal, len(r.Scores), verified, len(r.Holders), len(r.Refused), inBytes(r.PeakRSS))
	if why := d.consortium.WhyNot(); why != "" {
		d.say("Not verified: %s.", why)
	}
	if d.consortium.Development() {
		d.say("The proofs were made under DEVELOPMENT KEYS: whoever made them can forge.")
	}
	if d.keep != "" {
		d.say("The ledger and what each party remembers are in %s; `weir ledger verify` reads every byte of it again.", d.keep)
	}
	if len(r.Scores) > 0 && r.Scores[0].Receipt != "" {
		d.say("Each score has a receipt that anybody can check offline, for instance:")
		d.say("weir receipt verify %s --trust %s%s", r.Scores[0].Receipt, r.Trust, allowDevelopment(d.consortium.Development()))
	}
}

func allowDevelopment(needed bool) string {
	if needed {
		return " --allow-development-keys"
	}
	return ""
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "NO"
}

func inBytes(n int64) string {
	switch {
	case n >= 10<<20:
		return fmt.Sprintf("%d MB", n>>20)
	case n >= 10<<10:
		return fmt.Sprintf("%d kB", n>>10)
	}
	return fmt.Sprintf("%d B", n)
}
