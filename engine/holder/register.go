package holder

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/contribute"
	"weir/engine/inquiry"
	"weir/engine/member"
	"weir/engine/message"
	"weir/engine/offer"
)

// SeenModel is a sealed model on the ledger that has a slice for this party.
type SeenModel struct {
	Model   engine.Digest  `json:"model"` // modelDigest
	Bank    engine.Name    `json:"bank"`
	Name    engine.Name    `json:"name"`
	Version engine.Name    `json:"version"`
	Sealing uint32         `json:"sealing"`
	Bits    int            `json:"bits"`   // that one score tells at most, reasons included
	Output  consent.Output `json:"output"` // what a score is opened to
	State   string         `json:"state"`  // "approved" (or adopted), "rejected", "waiting"
}

// Models lists the sealed models that have a slice for this party, oldest first.
func (a *Agent) Models(ctx context.Context) ([]SeenModel, error) {
	posts, err := a.Ledger.Find(ctx, message.KindModel, "")
	if err != nil {
		return nil, fmt.Errorf("agent of %s: %w", a.Party, err)
	}
	list := []SeenModel{}
	for _, post := range posts {
		sealed, err := offer.OpenPackage(a.Genesis, post)
		if err != nil {
			continue
		}
		if _, named := sealed.SliceOf(a.Party); !named {
			continue
		}
		v := sealed.Version
		m := SeenModel{Model: sealed.ModelDigest, Bank: v.Bank, Name: v.Name, Version: v.Version, Sealing: sealed.Number, Bits: int(v.Resolution), Output: consent.OutputOf(v.Groups), State: "waiting"}
		for table, state := range map[string]string{tableModels: "approved", tableRejected: "rejected"} {
			known, err := a.Memory.Get(table, m.Model.String())
			if err != nil {
				return nil, fmt.Errorf("agent of %s: %w", a.Party, err)
			}
			if known != nil {
				m.State = state
			}
		}
		list = append(list, m)
	}
	return list, nil
}

// Reject remembers that this party will not approve a sealed model. Nothing is posted: without its approval nobody can ask.
func (a *Agent) Reject(_ context.Context, model engine.Digest) error {
	approved, err := a.Memory.Get(tableModels, model.String())
	if err != nil {
		return err
	}
	if approved != nil {
		return fmt.Errorf("agent of %s: model %s was approved: pause the agent, and have the supervisor suspend the model", a.Party, model.Short())
	}
	return a.Memory.Put(member.Entry{Table: tableRejected, Key: model.String(), Value: []byte{1}})
}

// Inquiry is one line of the register of who asked about whom. It never leaves the agent but by its operator's hand.
type Inquiry struct {
	At      time.Time        `json:"at"` // of the block
	Bank    engine.Name      `json:"bank"`
	Model   engine.Digest    `json:"model"`
	Purpose consent.Purpose  `json:"purpose"`
	Subject string           `json:"subject"` // empty where no good evidence told
	Outcome string           `json:"outcome"` // "answered", or the public code of the refusal
	Label   engine.Digest    `json:"label"`
	Request engine.RequestID `json:"request"`
}

// rememberedInquiry is an Inquiry as it is kept.
type rememberedInquiry struct {
	_       struct{} `cbor:",toarray"`
	At      int64    // Unix milliseconds
	Bank    engine.Name
	Model   engine.Digest
	Purpose consent.Purpose
	Subject string
	Outcome string
	Request engine.RequestID
}

// outcomeAnswered is the outcome of an attempt that this party committed to.
const outcomeAnswered = "answered"

// register is one line about an attempt that was judged.
func register(attempt *inquiry.Attempt, task *contribute.Task, outcome string, at time.Time) member.Entry {
	r := rememberedInquiry{At: at.UnixMilli(), Bank: attempt.Bank, Model: attempt.Request.Model, Purpose: attempt.Request.Purpose,
		Outcome: outcome, Request: attempt.ID}
	if task != nil {
		r.Subject = task.Subject.Text
	}
	return member.Entry{Table: tableInquiries, Key: attempt.Label.String(), Value: canonical.Encode(r)}
}

// Inquiries is the register, oldest first.
func (a *Agent) Inquiries() ([]Inquiry, error) {
	list := []Inquiry{}
	var bad error
	err := a.Memory.Each(tableInquiries, func(key string, value []byte) bool {
		var r rememberedInquiry
		var label engine.Digest
		if label, bad = engine.ParseDigest(key); bad == nil {
			bad = canonical.Decode(value, maxRemembered, &r)
		}
		list = append(list, Inquiry{At: time.UnixMilli(r.At).UTC(), Bank: r.Bank, Model: r.Model, Purpose: r.Purpose, Subject: r.Subject,
			Outcome: r.Outcome, Label: label, Request: r.Request})
		return bad == nil
	})
	if err == nil {
		err = bad
	}
	if err != nil {
		return nil, fmt.Errorf("agent of %s: register of inquiries: %w", a.Party, err)
	}
	slices.SortFunc(list, func(a, b Inquiry) int { return cmp.Compare(a.At.UnixNano(), b.At.UnixNano()) })
	return list, nil
}
