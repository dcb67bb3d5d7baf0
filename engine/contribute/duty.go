// Package contribute is a holder's step (protocol, sections 3a and 5): judge whether a request must be answered, and
// compute the answer — 32 rows selected under encryption, masked so that only the sum over all holders opens, blinded,
// and committed to.
//
// It is a pure function of its inputs: no I/O, no clock, no randomness but what derives from the holder's period secret.
// Nothing leaves the holder here; the runtime stores a contribution before it sends a byte of it.
package contribute

import (
	"fmt"
	"time"

	"weir/engine"
	"weir/engine/consent"
	"weir/engine/inquiry"
	"weir/engine/inquiry/reply"
	"weir/engine/message"
	"weir/engine/offer"
)

// Duty is all a party needs to judge one request: what stands in public, and what it knows itself.
type Duty struct {
	Genesis   message.Members
	Party     engine.PartyID
	Request   [][]byte        // the bank's posts: its request, then each retry
	Sealed    *offer.Sealed   // the model it names, as this party approved it; nil when it did not
	Root      [32]byte        // the newest root this party committed to
	Public    *consent.Public // the public half of the consent it names; nil when there is none
	Revoked   bool            // whether that consent was taken back
	Evidence  []byte          // the private half, as the enterprise sent it; nil when it did not
	Authority *consent.Authority
	Now       time.Time // block time
}

// Format keeps the evidence, which names the enterprise, out of every log line.
func (d Duty) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[duty of %s]", d.Party) }

// Task is a request that the party must answer.
type Task struct {
	Party   engine.PartyID
	Request *inquiry.Request
	ID      engine.RequestID
	Bank    engine.Name
	Label   engine.Digest
	Tag     [32]byte
	Sealed  *offer.Sealed
	Slice   int // index of the party's slice
	Subject engine.Identifier
	Key     consent.Key // EK, to be remembered for the subject
	Consent *consent.Evidence
}

// Format keeps the enterprise out of every log line.
func (t Task) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[task of %s]", t.Party) }

// Refusal says that the party declines: a public code, a reason for the enterprise alone, and what stays with the party.
type Refusal struct {
	Code   inquiry.DeclineCode // of the reason
	Reason reply.Reason
	Err    error
}

// Refuse declines for a reason; the details stay with the party.
func Refuse(reason reply.Reason, format string, args ...any) *Refusal {
	return &Refusal{Code: reason.Code(), Reason: reason, Err: fmt.Errorf(format, args...)}
}

// Error is what stays with the party.
func (r *Refusal) Error() string { return fmt.Sprintf("declined (%s): %v", r.Code, r.Err) }

// Unwrap is the cause.
func (r *Refusal) Unwrap() error { return r.Err }

// Judge checks the request against the model, the records and the consent. A request that must not be answered is a
// *Refusal; bytes that are no request at all are an error of package message.
func (d *Duty) Judge() (*Task, error) {
	var tag [32]byte
	if d.Public != nil {
		tag = d.Public.Tag
	}
	attempt, err := inquiry.OpenAttempt(d.Genesis, d.Request, tag)
	if err != nil {
		return nil, err
	}
	task := &Task{Party: d.Party, Request: &attempt.Request, ID: attempt.ID, Bank: attempt.Bank, Sealed: d.Sealed, Tag: tag, Label: attempt.Label}
	if err := d.judgeModel(task); err != nil {
		return nil, err
	}
	if err := d.judgeConsent(task); err != nil {
		return nil, err
	}
	return task, nil
}

func (d *Duty) judgeModel(task *Task) error {
	if d.Sealed == nil || d.Sealed.ModelDigest != task.Request.Model {
		return Refuse(reply.NotApproved, "the model was not approved here")
	}
	if d.Sealed.Version.Bank != task.Bank {
		return Refuse(reply.OtherBank, "the model belongs to %s, the request comes from %s", d.Sealed.Version.Bank, task.Bank)
	}
	if err := task.Request.CheckRoots(d.Sealed); err != nil {
		return Refuse(reply.OtherParties, "%w", err)
	}
	index, named := d.Sealed.SliceOf(d.Party)
	if !named {
		return Refuse(reply.OtherParties, "the model does not name %s", d.Party)
	}
	task.Slice = index
	if task.Request.Roots[index].Root != d.Root {
		return Refuse(reply.OtherRecords, "the request names another root than the newest of %s", d.Party)
	}
	return nil
}

func (d *Duty) judgeConsent(task *Task) error {
	if d.Public == nil || d.Public.Key != task.Request.Consent {
		return Refuse(reply.NoConsent, "no public consent under the key that the request names")
	}
	if d.Revoked {
		return Refuse(reply.TakenBack, "the consent was taken back")
	}
	version := d.Sealed.Version
	use := consent.Use{Bank: task.Bank, Model: string(version.Name), Version: d.Sealed.VersionDigest,
		Purpose: task.Request.Purpose, Output: task.Request.Output, Groups: version.Groups, Resolution: int(version.Resolution), At: d.Now}
	if err := d.Public.Terms.Allow(use); err != nil {
		return Refuse(reply.OutsideTerms, "%w", err)
	}
	if d.Evidence == nil {
		return Refuse(reply.NoConsent, "the enterprise sent no evidence of its consent")
	}
	subject, evidence, err := d.Authority.Check(d.Evidence, d.Public, d.Now)
	if err != nil {
		return Refuse(reply.EvidenceRefused, "%w", err)
	}
	task.Subject, task.Key, task.Consent = subject, evidence.Certificate.Key, evidence
	return nil
}
