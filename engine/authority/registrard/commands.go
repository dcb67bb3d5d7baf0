package registrard

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"weir/engine"
	"weir/engine/authority"
	"weir/engine/consent"
	"weir/engine/member/control"
)

// MaxIdentified bounds how many enterprises one command identifies; a caller with more makes several.
const MaxIdentified = 10_000

// Enterprise names an enterprise, and where one is wanted its key.
type Enterprise struct {
	Kind    engine.SubjectKind `json:"kind"`
	Subject string             `json:"subject"`
	// Key is the long-term key that the enterprise showed; nil with Open: whoever applies first.
	Key  *engine.Digest `json:"key,omitempty"`
	Open bool           `json:"open,omitempty"`
}

// IdentifyArgument is whom the registrar established to be which enterprise.
type IdentifyArgument struct {
	Enterprises []Enterprise `json:"enterprises"`
}

// Identified says how many.
type Identified struct {
	Identified int `json:"identified"`
}

// Revoked says what became of a revocation: how many agents and banks were sent the new list, of those that could be.
type Revoked struct {
	Revoked bool `json:"revoked"`
	Told    int  `json:"told"`
	Of      int  `json:"of"`
}

// ListArgument is which part of the register is asked for.
type ListArgument struct {
	After int `json:"after"` // enterprises to leave out
}

// Listed is one enterprise of the register.
type Listed struct {
	Kind    engine.SubjectKind `json:"kind"`
	Subject string             `json:"subject"`
	State   string             `json:"state"`         // "certified", "over", "identified", "open" or "revoked"
	Key     *engine.Digest     `json:"key,omitempty"` // certified, or identified for the next certificate
	Until   *time.Time         `json:"until,omitempty"`
	Changes int                `json:"changes"` // of its key
}

// List is a part of the register.
type List struct {
	Enterprises []Listed `json:"enterprises"`
	Total       int      `json:"total"`
}

// maxListed bounds one answer.
const maxListed = 5000

// Applied is an application that was refused because its key was not identified.
type Applied struct {
	Kind    engine.SubjectKind `json:"kind"`
	Subject string             `json:"subject"`
	Key     engine.Digest      `json:"key"`
	At      time.Time          `json:"at"`
}

// Applications are the newest ones.
type Applications struct {
	Applications []Applied `json:"applications"`
}

// commands are what the registrar's operator may ask of it.
func (d *daemon) commands() map[string]control.Command {
	return map[string]control.Command{"identify": d.identify, "revoke": d.revoke, "list": d.list, "applications": d.applications}
}

func (d *daemon) identify(_ context.Context, argument json.RawMessage) (any, error) {
	var a IdentifyArgument
	if err := json.Unmarshal(argument, &a); err != nil {
		return nil, fmt.Errorf("argument: %w", err)
	}
	if len(a.Enterprises) > MaxIdentified {
		return nil, fmt.Errorf("%d enterprises at once, limit %d", len(a.Enterprises), MaxIdentified)
	}
	var list []authority.Identification
	for i, e := range a.Enterprises {
		one := authority.Identification{ID: engine.Identifier{Kind: e.Kind, Text: e.Subject}}
		switch {
		case e.Key != nil && !e.Open && !e.Key.IsZero():
			one.Key = consent.Key(*e.Key)
		case e.Key != nil || !e.Open:
			return nil, fmt.Errorf("identification %d: want the enterprise's key, or leave it open to whoever applies first", i+1)
		}
		list = append(list, one)
	}
	if err := d.registrar.Identify(list); err != nil {
		return nil, err
	}
	d.log.Info("identified", "enterprises", len(list))
	return Identified{len(list)}, nil
}

func (d *daemon) revoke(ctx context.Context, argument json.RawMessage) (any, error) {
	var a Enterprise
	if err := json.Unmarshal(argument, &a); err != nil {
		return nil, fmt.Errorf("argument: %w", err)
	}
	id, err := engine.ParseIdentifier(a.Kind, a.Subject)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	if _, err := d.registrar.Revoke(id, rand.Reader, now); err != nil {
		if errors.Is(err, consent.ErrCertificate) {
			return nil, fmt.Errorf("%w: nothing was revoked", err)
		}
		return nil, err
	}
	d.log.Info("revoked")
	d.teller.tell(ctx, now)
	done, of := d.teller.state()
	return Revoked{Revoked: true, Told: done, Of: of}, nil
}

func (d *daemon) list(_ context.Context, argument json.RawMessage) (any, error) {
	var a ListArgument
	if err := json.Unmarshal(argument, &a); err != nil || a.After < 0 {
		return nil, fmt.Errorf("argument: want how many to leave out: %w", err)
	}
	known := d.registrar.Enterprises()
	part := List{Enterprises: []Listed{}, Total: len(known)}
	from := min(a.After, len(known))
	for _, e := range known[from:min(from+maxListed, len(known))] {
		part.Enterprises = append(part.Enterprises, listed(&e, time.Now()))
	}
	return part, nil
}

func listed(e *authority.Enterprise, now time.Time) Listed {
	l := Listed{Kind: e.ID.Kind, Subject: e.ID.Text, Changes: e.Changes, State: "revoked"}
	key := func(k consent.Key) *engine.Digest { d := engine.Digest(k); return &d }
	switch {
	case e.Key != consent.Key{}:
		l.State, l.Key, l.Until = "certified", key(e.Key), &e.To
		if now.After(e.To) {
			l.State = "over"
		}
	case e.Identified != consent.Key{}:
		l.State, l.Key = "identified", key(e.Identified)
	case e.Open:
		l.State = "open"
	}
	return l
}

func (d *daemon) applications(context.Context, json.RawMessage) (any, error) {
	list := Applications{Applications: []Applied{}}
	for _, a := range d.registrar.Applications() {
		list.Applications = append(list.Applications, Applied{Kind: a.ID.Kind, Subject: a.ID.Text, Key: engine.Digest(a.Key), At: a.At})
	}
	return list, nil
}
