package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"

	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/blob"
	"weir/ledger/contract"
	"weir/ledger/machine"
	"weir/ledger/mailbox"
	"weir/ledger/witness/gather"
)

// Code says what went wrong, for programs. The list is closed and append-only: clients match on it.
type Code string

// Codes that stand for no error of another package.
const (
	CodeRequest      Code = "bad-request"  // a parameter, header or body is not what the operation takes
	CodeUnauthorised Code = "unauthorised" // the stamp does not prove the addressee
	CodeTooLarge     Code = "too-large"    // the body is longer than the operation takes
	CodePending      Code = "pending"      // no result yet: ask again
	CodeRefusal      Code = "refusal"      // a contract.Refusal, which stands beside it
	CodeInternal     Code = "internal"     // the node's fault; its log says more
)

// Errors of the wire itself.
var (
	ErrRequest      = errors.New("request refused")
	ErrUnauthorised = errors.New("the addressee did not sign the request")
	ErrPending      = errors.New("no result yet")
	ErrInternal     = errors.New("the node failed")
)

// known is every code with its status and the error that it stands for, the first that fits.
var known = []struct {
	code   Code
	status int
	err    error
}{
	{"malformed", http.StatusBadRequest, ledger.ErrTx},
	{"chain", http.StatusConflict, ledger.ErrChain},
	{"kind", http.StatusUnprocessableEntity, ledger.ErrKind},
	{"sender", http.StatusForbidden, ledger.ErrSender},
	{"signature", http.StatusForbidden, ledger.ErrSignature},
	{"expired", http.StatusConflict, ledger.ErrExpired},
	{"sequence", http.StatusConflict, ledger.ErrSequence},
	{"known", http.StatusConflict, ledger.ErrKnown},
	{"busy", http.StatusTooManyRequests, ledger.ErrBusy},
	{"closed", http.StatusServiceUnavailable, ledger.ErrClosed},
	{"damaged", http.StatusServiceUnavailable, ledger.ErrDamaged},
	{"halted", http.StatusServiceUnavailable, ledger.ErrHalted},
	{"not-found", http.StatusNotFound, message.ErrNotFound},
	{"content", http.StatusUnprocessableEntity, blob.ErrRefused},
	{"letter", http.StatusUnprocessableEntity, mailbox.ErrLetter},
	{"mailbox-full", http.StatusInsufficientStorage, mailbox.ErrFull},
	{"cosignature", http.StatusUnprocessableEntity, gather.ErrCosignature},
	{"stale", http.StatusConflict, gather.ErrStale},
	{CodeUnauthorised, http.StatusUnauthorized, ErrUnauthorised},
	{CodeRequest, http.StatusBadRequest, ErrRequest},
	{CodeTooLarge, http.StatusRequestEntityTooLarge, ErrRequest},
	{CodePending, http.StatusGatewayTimeout, ErrPending},
	{CodeInternal, http.StatusInternalServerError, ErrInternal},
	// The same words from packages below.
	{"not-found", http.StatusNotFound, machine.ErrNotFound},
	{"not-found", http.StatusNotFound, blob.ErrNotFound},
	{CodePending, http.StatusGatewayTimeout, context.DeadlineExceeded},
	{CodePending, http.StatusGatewayTimeout, context.Canceled},
}

// MaxProblem bounds an encoded problem document, in bytes.
const MaxProblem = 16 << 10

// Problem is an error as it travels: an RFC 9457 problem document with a code.
type Problem struct {
	Type    string   `json:"type,omitempty" doc:"always about:blank: the code says what happened"`
	Title   string   `json:"title" doc:"the HTTP status in words"`
	Status  int      `json:"status" doc:"the HTTP status"`
	Detail  string   `json:"detail,omitempty" maxLength:"1024" doc:"what happened, for people"`
	Code    Code     `json:"code" doc:"what happened, for programs; a closed list"`
	Refusal *Refusal `json:"refusal,omitempty" doc:"with code refusal: the rule that did not hold"`
}

// Refusal is a contract's refusal to answer.
type Refusal struct {
	Code   string `json:"code" doc:"a ledger.Code"`
	Clause string `json:"clause" doc:"the rule, as a sentence that should hold"`
	Why    string `json:"why" doc:"how it did not"`
}

func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status, as the server's library asks for it.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of problem documents, as the server's library asks for it.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// NewProblem is a problem of one of the codes above.
func NewProblem(status int, code Code, detail string) *Problem {
	return &Problem{Title: http.StatusText(status), Status: status, Detail: clip(detail, 1024), Code: code}
}

// Explain turns an error into a problem. An error that is not on the list becomes CodeInternal and loses its text, which
// is for the node's log alone.
func Explain(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	var refusal *contract.Refusal
	if errors.As(err, &refusal) {
		p := NewProblem(http.StatusUnprocessableEntity, CodeRefusal, "the contract refuses to answer")
		p.Refusal = &Refusal{Code: string(refusal.Code), Clause: clip(refusal.Clause, 4096), Why: clip(refusal.Why, 4096)}
		return p
	}
	for _, k := range known {
		if !errors.Is(err, k.err) {
			continue
		}
		if k.status >= http.StatusInternalServerError { // how, is nobody else's business
			return NewProblem(k.status, k.code, k.err.Error())
		}
		return NewProblem(k.status, k.code, err.Error())
	}
	return NewProblem(http.StatusInternalServerError, CodeInternal, "the node failed; its log says how")
}

// Err is the error that a foreign problem document stands for. One with an unknown code stands for ErrRequest or
// ErrInternal, by its status.
func Err(status int, body []byte) error {
	var p Problem
	if err := json.Unmarshal(body, &p); err != nil {
		p = Problem{Detail: "no problem document came with it"}
	}
	if p.Code == CodeRefusal && p.Refusal != nil {
		return &contract.Refusal{Code: ledger.Code(clip(p.Refusal.Code, 64)), Clause: clip(p.Refusal.Clause, 4096), Why: clip(p.Refusal.Why, 4096)}
	}
	for _, k := range known {
		if p.Code == k.code {
			return fmt.Errorf("%w: the node says: %s", k.err, clip(p.Detail, 1024))
		}
	}
	if status < http.StatusInternalServerError {
		return fmt.Errorf("%w: status %d: %s", ErrRequest, status, clip(p.Detail, 1024))
	}
	return fmt.Errorf("%w: status %d: %s", ErrInternal, status, clip(p.Detail, 1024))
}

// Plain is a foreign text, short and free of what could disturb a terminal or a log.
func Plain(text string) string { return clip(text, 1024) }

// clip keeps a foreign text short and free of what could disturb a terminal or a log.
func clip(text string, limit int) string {
	text = strings.ToValidUTF8(text[:min(len(text), limit)], "")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf) {
			return ' '
		}
		return r
	}, text)
}
