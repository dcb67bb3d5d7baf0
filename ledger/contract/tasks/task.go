package tasks

import (
	"fmt"
	"slices"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/inquiry"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/governance"
)

// Phase is how far a task has come. The list is closed and append-only.
type Phase string

// The phases.
const (
	PhaseCommit  Phase = "commit"  // parties commit
	PhaseAnchor  Phase = "anchor"  // complete: the use is charged, an anchor is awaited
	PhaseRelease Phase = "release" // anchored: responses are released, then settled or accused
	PhaseEnded   Phase = "ended"
)

// State is how a task ended. The list is closed and append-only.
type State string

// The ends.
const (
	Settled  State = "settled"  // the bank proved that it knows an opening of the sum, or was silent
	Accused  State = "accused"  // a party's response does not open its commitment
	Declined State = "declined" // a party will not contribute
	Refused  State = "refused"  // by the ledger, with a cause
	Withheld State = "withheld" // parties did not release what they committed to
	Expired  State = "expired"  // parties did not commit in time; or nobody anchored, then none is named
)

// Causes of Refused; of Settled, CauseSilence; of Declined, the inquiry.DeclineCode.
const (
	CausePair      = "pair"      // two parties committed to different masks
	CauseRevoked   = "revoked"   // the consent was revoked or ended before the last commit
	CauseSuspended = "suspended" // the model was suspended or retired before the last commit
	CauseSilence   = "silence"   // the bank did not accuse in time
)

// End is a task's end: who is named in it, if anybody, and why.
type End struct {
	_       struct{} `cbor:",toarray"`
	State   State
	Cause   string
	Parties []engine.PartyID
	At      int64 // Unix milliseconds
}

// Part is what stands of one party in a task.
type Part struct {
	_         struct{} `cbor:",toarray"`
	Party     engine.PartyID
	Committed bool
	Released  bool // a storage receipt of its response stands on the ledger
	Missing   bool // the bank could not fetch it
	Answered  bool // the response itself stands on the ledger
}

// open tells whether the party did all it had to.
func (p *Part) open() bool { return p.Answered || p.Released && !p.Missing }

// Task is one attempt of one request. Times are Unix milliseconds of blocks.
type Task struct {
	_       struct{} `cbor:",toarray"`
	Label   engine.Digest
	ID      engine.RequestID
	Bank    engine.Name
	Request inquiry.Request // Attempt is this attempt's number
	Tag     [32]byte
	Version engine.Digest
	Bits    uint8 // of the model's resolution
	Parts   []Part
	Phase   Phase
	Charged bool   // the request's use; never given back
	Opened  int64  // at the request or retry
	Height  uint64 // of the block that completed it, 0 before
	// Deadline ends the phase: T1, the anchor's, T2. What a deadline allows happens before it.
	Deadline int64
	Windows  governance.Windows // in force when it was opened
	End      End                // in PhaseEnded
}

func taskKey(label engine.Digest) string { return "task/" + label.String() }
func commitKey(label engine.Digest, party engine.PartyID) string {
	return fmt.Sprintf("commit/%s/%s", label, party)
}
func requestKey(id engine.RequestID) string { return "request/" + id.String() }

// part is what stands of a party; of another the refusal is CodeUnauthorised.
func (t *Task) part(c *contract.Context, party engine.PartyID) (*Part, error) {
	i := slices.IndexFunc(t.Parts, func(p Part) bool { return p.Party == party })
	if err := c.Require(i >= 0, ledger.CodeUnauthorised, "the party has a slice of the model", "%s has none", party); err != nil {
		return nil, err
	}
	return &t.Parts[i], nil
}

// where are the parties for which a condition holds, never nil.
func (t *Task) where(holds func(*Part) bool) []engine.PartyID {
	parties := []engine.PartyID{}
	for i := range t.Parts {
		if holds(&t.Parts[i]) {
			parties = append(parties, t.Parts[i].Party)
		}
	}
	return parties
}

func (t *Task) uncommitted() []engine.PartyID {
	return t.where(func(p *Part) bool { return !p.Committed })
}
func (t *Task) unopened() []engine.PartyID { return t.where(func(p *Part) bool { return !p.open() }) }

// load reads a task as it is at the block's time: what a deadline, a revocation or a suspension ended has ended.
func (k *contractOf) load(c *contract.Context, label engine.Digest) (*Task, error) {
	t := new(Task)
	if err := c.Require(c.Load(taskKey(label), t), ledger.CodeUnknown, "the task stands on the ledger", "it does not"); err != nil {
		return nil, err
	}
	return t, k.advance(c, t)
}

// during refuses a task that is in another phase, and says how it ended if it did.
func (t *Task) during(c *contract.Context, phase Phase) error {
	if t.Phase != PhaseEnded {
		return c.Require(t.Phase == phase, ledger.CodePhase, fmt.Sprintf("the task is in phase %s", phase), "it is in phase %s", t.Phase)
	}
	code := map[string]ledger.Code{CauseRevoked: ledger.CodeRevoked, CauseSuspended: ledger.CodeSuspended}[t.End.Cause]
	switch {
	case t.End.State == Expired || t.End.State == Withheld:
		code = ledger.CodeExpired
	case code == "":
		code = ledger.CodePhase
	}
	return c.Require(false, code, "the task has not ended", "it ended as %s", t.End.text())
}

func (e *End) text() string {
	if e.Cause == "" {
		return fmt.Sprintf("%s %v", e.State, e.Parties)
	}
	return fmt.Sprintf("%s(%s) %v", e.State, e.Cause, e.Parties)
}

// save writes a task and announces its phase.
func (t *Task) save(c *contract.Context) {
	c.Invariant(t.Phase == PhaseEnded == (t.End.State != ""), "a task has an end when it has ended")
	c.Save(taskKey(t.Label), t)
	c.Emit("task", t.Label.String(), canonical.Encode([]any{t.Phase, &t.End}))
}

func (k *contractOf) task(c *contract.Context, argument []byte) ([]byte, error) {
	var label engine.Digest
	if err := c.Decode(argument, &label); err != nil {
		return nil, err
	}
	t, err := k.load(c, label)
	return canonical.Encode(t), err
}

// latest answers a request's id with the label of its newest attempt.
func latest(c *contract.Context, argument []byte) ([]byte, error) {
	var id engine.RequestID
	if err := c.Decode(argument, &id); err != nil {
		return nil, err
	}
	b, known := c.Get(requestKey(id))
	return b, c.Require(known, ledger.CodeUnknown, "the request stands on the ledger", "it does not")
}
