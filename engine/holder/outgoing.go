package holder

import (
	"fmt"
	"time"

	"weir/engine"
	"weir/engine/inquiry"
	"weir/engine/member"
)

// tableReleased has an entry by label from just before the first byte of a response leaves.
const tableReleased = "holder/released"

// Outgoing is one response that this party computed: what left of it, or will leave once everybody has committed. It says
// nothing about the enterprise.
type Outgoing struct {
	At       time.Time        `json:"at"` // of the block that asked
	Bank     engine.Name      `json:"bank"`
	Request  engine.RequestID `json:"request"`
	Label    engine.Digest    `json:"label"`
	Response engine.Digest    `json:"response"` // responseDig, as in the public commit
	Bytes    int              `json:"bytes"`
	State    string           `json:"state"` // "held": no byte has left; "released": it left, or was about to
}

// Outgoing lists the responses that this party computed, oldest first.
func (a *Agent) Outgoing() ([]Outgoing, error) {
	inquiries, err := a.Inquiries()
	if err != nil {
		return nil, err
	}
	list := []Outgoing{}
	for _, q := range inquiries {
		if q.Outcome != outcomeAnswered {
			continue
		}
		o, err := a.outgoing(&q)
		if err != nil {
			return nil, fmt.Errorf("agent of %s: outgoing: %w", a.Party, err)
		}
		list = append(list, *o)
	}
	return list, nil
}

func (a *Agent) outgoing(q *Inquiry) (*Outgoing, error) {
	c, err := a.answer(q.Label)
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, fmt.Errorf("the answer to %s is in the register and not in the memory", q.Label.Short())
	}
	released, err := a.Memory.Get(tableReleased, q.Label.String())
	if err != nil {
		return nil, err
	}
	o := &Outgoing{At: q.At, Bank: q.Bank, Request: q.Request, Label: q.Label, Response: c.Commit.Response, Bytes: len(c.Response), State: "held"}
	if released != nil {
		o.State = "released"
	}
	return o, nil
}

// leaving remembers that the response to an attempt leaves now.
func (a *Agent) leaving(attempt *inquiry.Attempt) error {
	return a.Memory.Put(member.Entry{Table: tableReleased, Key: attempt.Label.String(), Value: []byte{1}})
}
