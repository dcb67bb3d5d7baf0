package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/engine/authority"
	"weir/engine/consent"
	"weir/engine/message"
)

// giving is what `weir consent give` was told.
type giving struct {
	*client
	bank, model, purpose, output, notAfter, lasts string
	uses, bitLimit                                uint32
	resolution                                    uint8
	parties                                       []string
}

func newGiveCommand(c *client) *cobra.Command {
	g := &giving{client: c}
	cmd := &cobra.Command{Use: "give DIR", Short: "Consent to scores: print the key that the bank needs", Args: cobra.ExactArgs(1),
		Long: `Gives a bank consent to so many scores with one of its models, for one purpose, until a day. The terms are public, under
a key made for this consent alone; who you are is sealed to the bank and to the sources that may answer, which are
the model's unless --party names others. The key that is printed is for the bank. What a crash interrupts is finished
by "weir consent resume".`,
		Example: "  weir consent give acme --bank bank --model sme-working-capital --uses 1 --for 30d",
		RunE:    c.onWallet(g.give)}
	flags := cmd.Flags()
	flags.StringVar(&g.bank, "bank", "", "the bank that may ask")
	flags.StringVar(&g.model, "model", "", "the model's name, for every version of it; or the digest of one version or sealed model")
	flags.StringVar(&g.purpose, "purpose", string(consent.PreLoan), "pre-loan, in-loan or post-loan")
	flags.StringVar(&g.output, "output", string(consent.OutputScore), "score, or score-and-reasons: also the sums that a model tells beside it")
	flags.Uint32Var(&g.uses, "uses", 1, "how many scores")
	flags.StringVar(&g.lasts, "for", "30d", "how long: 30d, 12h")
	flags.StringVar(&g.notAfter, "not-after", "", "until when (RFC 3339, or a day: its end, UTC), instead of --for")
	flags.Uint8Var(&g.resolution, "resolution", 0, "most bits that one score may tell, 1 to 16 (default: what the model tells)")
	flags.Uint32Var(&g.bitLimit, "bit-limit", 0, "bits that all scores together may tell about you, where the holders' own limit is too low for this bank")
	flags.StringSliceVar(&g.parties, "party", nil, "a source that may answer, as holder/source (default: the model's)")
	return cmd
}

func (g *giving) give(ctx context.Context, j *joined, w *authority.Wallet) error {
	now := time.Now()
	t, parties, err := g.resolve(ctx, j, now)
	if err != nil {
		return err
	}
	if _, to := w.Certified(); !to.IsZero() && t.NotAfter > to.Unix() {
		g.warn("the consent outlives the certificate, which ends at %s: enrol again before, then `weir consent resume DIR KEY`", dateOf(to))
	}
	key, err := w.Give(ctx, *t, parties, g.bitLimit, now)
	if err != nil {
		if key != (consent.Key{}) {
			g.warn("consent %s is remembered; `weir consent resume` goes on with it", engine.Digest(key))
		}
		return incomplete(err)
	}
	if g.json {
		return g.printJSON(map[string]any{"consent": engine.Digest(key), "bank": t.Bank, "model": t.Model, "parties": parties, "output": t.Output, "uses": t.Uses,
			"resolution": t.Resolution, "not_after": time.Unix(t.NotAfter, 0).UTC()})
	}
	g.say("consent %s\nGive this key to %s: %d use(s) of %s, %s, %s, until %s, at most %d bits each.", engine.Digest(key), t.Bank, t.Uses, t.Model,
		t.Purpose, t.Output, dateOf(time.Unix(t.NotAfter, 0)), t.Resolution)
	return nil
}

// resolve makes terms of what was said, and finds who may answer.
func (g *giving) resolve(ctx context.Context, j *joined, now time.Time) (*consent.Terms, []engine.PartyID, error) {
	bank, known := j.Members.Member(engine.Name(g.bank))
	if !known || bank.Role != message.RoleBank {
		return nil, nil, fmt.Errorf("--bank %q: no bank of %s; it has %s", g.bank, j.Members.Founding().Chain, namesOf(j.Members.WithRole(message.RoleBank)))
	}
	end, err := g.end(now)
	if err != nil {
		return nil, nil, err
	}
	named, err := g.find(ctx, j)
	if err != nil {
		return nil, nil, err
	}
	t := &consent.Terms{Bank: bank.Name, Model: string(named[0].Name), Purpose: consent.Purpose(g.purpose), Output: consent.Output(g.output), Uses: g.uses,
		Resolution: g.resolution, NotAfter: end.Unix()}
	if string(named[0].Name) != g.model {
		t.Version = named[0].Digest
	}
	bits := 0
	var parties []engine.PartyID
	for _, m := range named {
		if m.Output == consent.OutputReasons && t.Output != m.Output {
			g.warn("this model tells sums for reasons beside its score: without --output %s the bank cannot ask", m.Output)
		}
		bits = max(bits, m.Bits)
		parties = append(parties, m.Parties...)
	}
	if t.Resolution == 0 {
		t.Resolution = uint8(bits)
	} else if int(t.Resolution) < bits {
		g.warn("a score of this model can tell %d bits, the consent allows %d: the bank cannot ask", bits, t.Resolution)
	}
	if len(g.parties) > 0 {
		parties, err = parsePartyIDs(g.parties)
	}
	slices.Sort(parties)
	return t, slices.Compact(parties), err
}

// find gives the bank's sealed models that the consent is about, newest last.
func (g *giving) find(ctx context.Context, j *joined) ([]authority.Model, error) {
	all, err := authority.FindModels(ctx, j.Members, j.Members.Ledger(), j.Client)
	if err != nil {
		return nil, err
	}
	var named []authority.Model
	others := []string{}
	for _, m := range all {
		about := string(m.Name) == g.model || m.Digest.String() == g.model || m.Model.String() == g.model
		if string(m.Bank) == g.bank && about && !m.Retired && !m.Suspended {
			named = append(named, m)
		}
		if string(m.Bank) == g.bank && !slices.Contains(others, string(m.Name)) {
			others = append(others, string(m.Name))
		}
	}
	if len(named) == 0 {
		return nil, isFalse(fmt.Errorf("%s has no sealed model %q that may be asked with; its models: %s", g.bank, g.model, strings.Join(others, ", ")))
	}
	return named, nil
}

func namesOf(members []message.Member) string {
	var names []string
	for _, m := range members {
		names = append(names, string(m.Name))
	}
	return strings.Join(names, ", ")
}

func parsePartyIDs(texts []string) ([]engine.PartyID, error) {
	var list []engine.PartyID
	for _, text := range texts {
		party, err := engine.ParsePartyID(text)
		if err != nil {
			return nil, fmt.Errorf("--party: %w", err)
		}
		list = append(list, party)
	}
	return list, nil
}

// end is when the consent ends.
func (g *giving) end(now time.Time) (time.Time, error) {
	if g.notAfter == "" {
		lasts, err := parseDays(g.lasts)
		if err != nil {
			return now, fmt.Errorf("--for %q: %w", g.lasts, err)
		}
		return now.Add(lasts), nil
	}
	end, err := time.Parse(time.DateOnly, g.notAfter)
	if err == nil {
		end = end.Add(24*time.Hour - time.Second)
	} else if end, err = time.Parse(time.RFC3339, g.notAfter); err != nil {
		return now, fmt.Errorf("--not-after %q: want a day such as 2027-01-31, or a time such as 2027-01-31T12:00:00Z", g.notAfter)
	}
	if !end.After(now) {
		return now, fmt.Errorf("--not-after %s: that is over", g.notAfter)
	}
	return end, nil
}

// parseDays reads a duration as Go writes it, or days as in 30d.
func parseDays(text string) (time.Duration, error) {
	lasts, err := time.ParseDuration(text)
	if days, found := strings.CutSuffix(text, "d"); found {
		var n int
		if n, err = strconv.Atoi(days); err == nil && n <= math.MaxInt16 {
			lasts = time.Duration(n) * 24 * time.Hour
		}
	}
	if err != nil || lasts <= 0 {
		return 0, errors.New("want how long, such as 30d or 12h")
	}
	return lasts, nil
}
