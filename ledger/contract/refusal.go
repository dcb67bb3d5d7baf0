package contract

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"weir/ledger"
)

// Refusal is why a method did not do what was asked: the code for programs, the clause of the rules and a sentence for
// the person whose transaction it was. It says nothing that is not public.
type Refusal struct {
	Code   ledger.Code
	Clause string // the rule, as a sentence that should hold
	Why    string // how it did not
	// Evidence is announced although the transaction is refused: what its sender proved against itself by signing it.
	Evidence []ledger.Event
}

func (r *Refusal) Error() string { return fmt.Sprintf("%s: %s: %s", r.Code, r.Clause, r.Why) }

// Refuse is a refusal as an error, for a method or an answer to return.
func Refuse(code ledger.Code, clause, format string, arguments ...any) error {
	return &Refusal{Code: code, Clause: clause, Why: fmt.Sprintf(format, arguments...)}
}

// WithEvidence adds an event to a refusal, for a transaction that convicts its sender: kind and key as of Context.Emit,
// data at most 1 KiB. Other errors, and none, stay as they are.
func WithEvidence(err error, kind, key string, data []byte) error {
	var refusal *Refusal
	if !errors.As(err, &refusal) || len(kind)+len(key)+len(data) > maxEvidence {
		return err
	}
	told := *refusal
	told.Evidence = append(slices.Clip(told.Evidence), ledger.Event{Kind: kind, Key: strings.ToValidUTF8(key, "?"), Data: data})
	return &told
}

const maxEvidence = 2 << 10

// abort unwinds a contract from inside the context: a bound was reached, or one of the program's own rules was broken.
type abort struct{ refusal *Refusal }

// broken unwinds a contract because the state could not be read: no verdict about the transaction at all.
type broken struct{ err error }
