package audit

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"weir/ledger/contract/tasks"
)

// WriteText writes the report for people: every attempt, then the totals.
func (r *Report) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "opened\tbank\tconsent\tmodel\tpurpose\trequest\tattempt\tcharged\tended")
	for i := range r.Uses {
		u := &r.Uses[i]
		fmt.Fprintf(t, "%s\t%s\t%.12x\t%.12s\t%s\t%.12s\t%d\t%s\t%s\n", at(u.Opened), u.Bank, u.Consent[:6], u.Version, u.Purpose, u.Request, u.Attempt,
			charged(u), end(u))
	}
	for _, part := range []struct {
		by     string
		totals []Total
	}{{"bank", r.ByBank()}, {"consent", r.ByConsent()}, {"model", r.ByModel()}} {
		fmt.Fprintf(t, "\nby %s\trequests\tattempts\tuses\tbits\tsettled\n", part.by)
		for _, total := range part.totals {
			fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\n", total.Of, total.Requests, total.Attempts, total.Charged, total.Bits, total.Settled)
		}
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}

func at(milliseconds int64) string {
	return time.UnixMilli(milliseconds).UTC().Format(time.RFC3339)
}

func charged(u *tasks.Use) string {
	if !u.Charged {
		return "no"
	}
	return fmt.Sprintf("%d bits", u.Bits)
}

func end(u *tasks.Use) string {
	if u.Phase != tasks.PhaseEnded {
		return "in phase " + string(u.Phase)
	}
	text := string(u.End.State)
	if u.End.Cause != "" {
		text += " (" + u.End.Cause + ")"
	}
	for _, party := range u.End.Parties {
		text += " " + string(party)
	}
	return text + ", " + at(u.End.At)
}
