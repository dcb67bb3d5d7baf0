package agentd

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"weir/engine"
	"weir/engine/holder"
	"weir/engine/member/control"
)

// ModelArgument names a sealed model.
type ModelArgument struct {
	Model engine.Digest `json:"model"` // modelDigest
}

// State is what an agent says of itself.
type State struct {
	Party  engine.PartyID `json:"party"`
	Paused bool           `json:"paused"`
	Halted bool           `json:"halted"` // another instance has answered for this party: find out which is right, then resume
}

// commands are what the agent's operator may ask of it.
func (d *daemon) commands() map[string]control.Command {
	commands := map[string]control.Command{
		"models":    func(ctx context.Context, _ json.RawMessage) (any, error) { return d.agent.Models(ctx) },
		"approve":   d.onModel(d.agent.Approve),
		"reject":    d.onModel(d.agent.Reject),
		"pause":     d.switched(d.agent.Pause),
		"resume":    d.switched(d.agent.Resume),
		"status":    d.switched(func() error { return nil }),
		"inquiries": func(context.Context, json.RawMessage) (any, error) { return d.agent.Inquiries() },
		"outgoing":  func(context.Context, json.RawMessage) (any, error) { return d.agent.Outgoing() },

		control.ReceiveDeposit: control.ReceivingDeposits(func(transfer []byte) ([]byte, error) { return d.agent.ReceiveDeposit(transfer, d.trust) }),
	}
	maps.Copy(commands, d.signer.Commands(d.agent.Author()))
	return commands
}

func (d *daemon) onModel(do func(context.Context, engine.Digest) error) control.Command {
	return func(ctx context.Context, argument json.RawMessage) (any, error) {
		var a ModelArgument
		if err := json.Unmarshal(argument, &a); err != nil {
			return nil, fmt.Errorf("argument: %w", err)
		}
		if err := do(ctx, a.Model); err != nil {
			return nil, err
		}
		return d.agent.Models(ctx)
	}
}

func (d *daemon) switched(do func() error) control.Command {
	return func(context.Context, json.RawMessage) (any, error) {
		if err := do(); err != nil {
			return nil, err
		}
		paused, err := d.agent.Paused()
		if err != nil {
			return nil, err
		}
		halted, err := d.agent.Halted()
		return State{Party: d.agent.Party, Paused: paused, Halted: halted}, err
	}
}

// Answers of the commands, for whoever prints them.
type (
	Models    = []holder.SeenModel
	Inquiries = []holder.Inquiry
)
