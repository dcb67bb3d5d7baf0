package governance

import (
	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/board"
	"weir/ledger/contract/registry"
)

// Proposal asks the members for a decision. Its id is that of the transaction.
type Proposal struct {
	_      struct{} `cbor:",toarray"`
	Action Action
	Body   []byte // what the action says, encoded
	Until  int64  // Unix milliseconds of block time: votes count before it
}

// State is how far a proposal has come. The list is closed and append-only.
type State string

// The states.
const (
	Open    State = "open"
	Enacted State = "enacted" // decided, and done
	Void    State = "void"    // decided, and could not be done any more
	Expired State = "expired" // no majority in time
)

// Status is a proposal and what became of it.
type Status struct {
	_        struct{} `cbor:",toarray"`
	ID       engine.Digest
	By       engine.Name
	Proposal Proposal
	Subject  engine.Name // whom it is about, who has no say in it; "" for nobody
	Made     uint64      // height
	State    State
	Decided  uint64 // height; 0 while it is open
	Why      string // of Void
	Votes    []Cast
}

// Cast is one vote that counts as long as its member is in standing.
type Cast struct {
	_      struct{} `cbor:",toarray"`
	Voter  engine.Name
	Accept bool
	Tx     engine.Digest
}

// Find is a proposal as it is at the block's time; one that nobody made is refused as CodeUnknown.
func Find(c *contract.Context, id engine.Digest) (s Status, err error) {
	return s, c.Ask(Name, "proposal", id, &s)
}

func proposalKey(id engine.Digest) string { return "proposal/" + id.String() }
func votesKey(id engine.Digest) string    { return "vote/" + id.String() + "/" }

func (k *contractOf) propose(c *contract.Context, body []byte) error {
	a, err := registry.Sender(c, registry.Roles...)
	if err != nil {
		return err
	}
	var p Proposal
	if err := c.Decode(body, &p); err != nil {
		return err
	}
	if err := c.Require(p.Until > c.Now() && p.Until <= c.Now()+k.rules.Life, ledger.CodeExpired, "a proposal is open for a while that the rules allow",
		"it would be open for %d of at most %d milliseconds", p.Until-c.Now(), k.rules.Life); err != nil {
		return err
	}
	act, known := k.actions()[p.Action]
	if err := c.Require(known, ledger.CodeMalformed, "a proposal names an action of the list", "it names another"); err != nil {
		return err
	}
	subject, err := act(c, p.Body, false)
	if err != nil {
		return err
	}
	save(c, &Status{ID: c.Tx(), By: a.Name, Proposal: p, Subject: subject, Made: c.Height(), State: Open, Votes: []Cast{}})
	return board.Note(c, string(KindPropose), c.Tx().String())
}

// save writes a proposal without its votes, which stand beside it.
func save(c *contract.Context, s *Status) {
	bare := *s
	bare.Votes = []Cast{}
	c.Save(proposalKey(s.ID), &bare)
	c.Emit("proposal", s.ID.String(), canonical.Encode([]any{s.Proposal.Action, s.State}))
}

// load reads a proposal with its votes.
func load(c *contract.Context, id engine.Digest) (*Status, error) {
	s := new(Status)
	if err := c.Require(c.Load(proposalKey(id), s), ledger.CodeUnknown, "the proposal stands on the ledger", "it does not"); err != nil {
		return nil, err
	}
	s.Votes = contract.LoadAll[Cast](c, votesKey(id))
	if s.State == Open && c.Now() >= s.Proposal.Until {
		s.State = Expired
	}
	return s, nil
}

func proposal(c *contract.Context, argument []byte) ([]byte, error) {
	var id engine.Digest
	if err := c.Decode(argument, &id); err != nil {
		return nil, err
	}
	s, err := load(c, id)
	return canonical.Encode(s), err
}
