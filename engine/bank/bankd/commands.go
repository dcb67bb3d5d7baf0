package bankd

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"weir/engine"
	"weir/engine/consent"
	"weir/engine/member/control"
	"weir/engine/model/points"
	"weir/engine/model/reason"
)

// SealArgument is a model to seal, and who keeps each of its sources.
type SealArgument struct {
	Model   string                      `json:"model"` // the text of a *.weir.json file
	Holders map[engine.Name]engine.Name `json:"holders"`
}

// Sealed names a sealed model.
type Sealed struct {
	Model engine.Digest `json:"model"` // modelDigest
}

// ScoreArgument asks for a score. The same reference again is the same request.
type ScoreArgument struct {
	Reference string          `json:"reference"`
	Model     engine.Digest   `json:"model"`
	Consent   engine.Digest   `json:"consent"` // pk_c
	Purpose   consent.Purpose `json:"purpose"`
}

// Scored is a score that was opened, settled, and has a receipt.
type Scored struct {
	Reference string           `json:"reference"`
	Request   engine.RequestID `json:"request"`
	Score     int64            `json:"score"`   // unclamped
	Reasons   []reason.Reason  `json:"reasons"` // what was opened beside it, the weightiest first; empty where the model has no groups
	Receipt   string           `json:"receipt"`
}

// commands are what the bank's operator may ask of it.
func (d *daemon) commands() map[string]control.Command {
	commands := map[string]control.Command{"seal": d.seal, "approved": d.approved, "score": d.score,
		control.ReceiveDeposit: control.ReceivingDeposits(func(transfer []byte) ([]byte, error) { return d.bank.ReceiveDeposit(transfer, d.trust) })}
	maps.Copy(commands, d.signer.Commands(d.bank.Author()))
	return commands
}

func (d *daemon) seal(ctx context.Context, argument json.RawMessage) (any, error) {
	var a SealArgument
	if err := json.Unmarshal(argument, &a); err != nil {
		return nil, fmt.Errorf("argument: %w", err)
	}
	model, err := points.Parse(strings.NewReader(a.Model), "model")
	if err != nil {
		return nil, err
	}
	digest, err := d.bank.Seal(ctx, model, a.Holders, nil)
	return Sealed{digest}, err
}

// approved tells whether everybody has approved a model, which may be asked with from then on.
func (d *daemon) approved(ctx context.Context, argument json.RawMessage) (any, error) {
	var a Sealed
	if err := json.Unmarshal(argument, &a); err != nil {
		return nil, fmt.Errorf("argument: %w", err)
	}
	return a, d.bank.CheckApprovals(ctx, a.Model)
}

// score asks for a score and waits for its end. When the question is given up, the request goes on.
func (d *daemon) score(ctx context.Context, argument json.RawMessage) (any, error) {
	var a ScoreArgument
	if err := json.Unmarshal(argument, &a); err != nil {
		return nil, fmt.Errorf("argument: %w", err)
	}
	if a.Reference == "" || len(a.Reference) > 256 {
		return nil, fmt.Errorf("reference: want 1 to 256 characters")
	}
	id, err := d.bank.RequestFor(ctx, a.Reference, a.Model, consent.Key(a.Consent), a.Purpose)
	if err != nil {
		return nil, err
	}
	r := d.drive(id)
	if err := r.wait(ctx); err != nil {
		return nil, err
	}
	reasons, err := d.bank.Reasons(a.Model, r.score)
	return Scored{Reference: a.Reference, Request: id, Score: r.score.Sum, Reasons: reasons, Receipt: r.receipt}, err
}
