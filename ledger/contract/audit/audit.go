// Package audit tells who asked for scores under which consents, by the ledger: a report of all uses, by bank, by consent
// and by model, and its comparison with what the blocks charged. It is for supervisors, for enterprises that want to know
// what became of their consent, and for courts.
//
// It asks through a function and reads blocks that it is handed, so it works on a node, over a network or on a copy. A
// node that leaves something out of its answers is found by Compare, provided that the blocks are whole: headers chained
// to a trusted checkpoint, transactions and results those of their headers (machine.Replay, or machine.Block on a store
// that was opened).
package audit

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"

	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger/contract"
	"weir/ledger/contract/tasks"
)

// ErrReport is returned for answers that make no report: malformed, without an end, or of something that was not asked.
var ErrReport = errors.New("audit failed")

// Ask puts a question to a contract at the last block, as machine.Query does.
type Ask func(name engine.Name, answer string, argument []byte) ([]byte, error)

// Report is every attempt that was asked for, oldest first.
type Report struct{ Uses []tasks.Use }

// Collect asks for all uses of a bank, under a consent, or of a model; a zero UsesOf asks for all there are. Errors wrap
// ErrReport, or are the asking's own.
func Collect(of tasks.UsesOf, ask Ask) (*Report, error) {
	r := new(Report)
	for {
		b, err := ask(tasks.Name, "uses", canonical.Encode(of))
		if err != nil {
			return nil, fmt.Errorf("audit: %w", err)
		}
		var part tasks.Uses
		if err := canonical.Decode(b, contract.MaxValue, &part); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrReport, err)
		}
		r.Uses = append(r.Uses, part.Uses...)
		if part.Next.IsZero() {
			break
		}
		if bytes.Compare(part.Next[:], of.After[:]) <= 0 {
			return nil, fmt.Errorf("%w: the answers do not end", ErrReport)
		}
		of.After = part.Next
	}
	slices.SortFunc(r.Uses, func(a, b tasks.Use) int {
		return cmp.Or(cmp.Compare(a.Opened, b.Opened), bytes.Compare(a.Request[:], b.Request[:]), cmp.Compare(a.Attempt, b.Attempt))
	})
	return r, nil
}

// Total is what one bank, consent or model comes to.
type Total struct {
	Of       string `json:"of"` // name of the bank; consent key, or versionDigest, in hexadecimal
	Requests int    `json:"requests"`
	Attempts int    `json:"attempts"`
	Charged  int    `json:"charged"` // uses
	Bits     int    `json:"bits"`    // of charged uses, together
	Settled  int    `json:"settled"` // attempts that ended in a score
}

// ByBank, ByConsent and ByModel are the totals, in order of their names.
func (r *Report) ByBank() []Total {
	return r.totals(func(u *tasks.Use) string { return string(u.Bank) })
}

// ByConsent is described at ByBank.
func (r *Report) ByConsent() []Total {
	return r.totals(func(u *tasks.Use) string { return fmt.Sprintf("%x", u.Consent[:]) })
}

// ByModel is described at ByBank: one total for each version.
func (r *Report) ByModel() []Total {
	return r.totals(func(u *tasks.Use) string { return u.Version.String() })
}

// totals counts a request's use once, however often it was tried.
func (r *Report) totals(of func(*tasks.Use) string) []Total {
	totals := map[string]*Total{}
	seen, charged := map[engine.RequestID]bool{}, map[engine.RequestID]bool{}
	for i := range r.Uses {
		u := &r.Uses[i]
		t := totals[of(u)]
		if t == nil {
			t = &Total{Of: of(u)}
			totals[t.Of] = t
		}
		t.Attempts++
		if !seen[u.Request] {
			seen[u.Request] = true
			t.Requests++
		}
		if u.Charged && !charged[u.Request] {
			charged[u.Request] = true
			t.Charged++
			t.Bits += int(u.Bits)
		}
		if u.End.State == tasks.Settled {
			t.Settled++
		}
	}
	list := make([]Total, 0, len(totals))
	for _, t := range totals {
		list = append(list, *t)
	}
	slices.SortFunc(list, func(a, b Total) int { return cmp.Compare(a.Of, b.Of) })
	return list
}
