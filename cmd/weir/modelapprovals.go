package main

import (
	"context"
	"strings"

	"weir/engine"
	"weir/engine/authority"
	"weir/engine/model/points"
)

// approvedModel is a sealed version on the ledger, and who has approved it.
type approvedModel struct {
	Model    engine.Digest `json:"model"` // modelDigest of sealing 0
	Bank     engine.Name   `json:"bank"`
	Approved []string      `json:"approved"` // parties and supervisors
	Missing  []string      `json:"missing"`  // whose word it still needs
}

// approvalsOn reads from the node of a member's folder who approved the versions on the ledger that have the model's name and
// version. Whether one of them was sealed from this very file only its bank can tell: the ledger knows no points.
func (c *console) approvalsOn(ctx context.Context, path string, m *points.Model) ([]approvedModel, error) {
	p := &place{console: c}
	if err := p.read(path); err != nil {
		return nil, err
	}
	client, err := p.dial()
	if err != nil {
		return nil, err
	}
	all, err := authority.FindModels(ctx, p.members, p.members.Ledger(), client)
	if err != nil {
		return nil, failed(err)
	}
	list := []approvedModel{}
	for _, one := range all {
		if one.Sealing == 0 && one.Name == m.Name && one.Version == m.Version {
			list = append(list, approvedModel{Model: one.Model, Bank: one.Bank, Approved: one.Approved, Missing: one.Missing})
		}
	}
	return list, nil
}

// printApprovals says who approved a model; asked tells whether a ledger was.
func (c *console) printApprovals(list []approvedModel, asked bool) {
	if len(list) == 0 {
		text := "none in this file: holders and the supervisor approve a sealed model, not its file (--node asks a ledger)"
		if asked {
			text = "no model of this name and version stands on the ledger"
		}
		c.say("approvals: %s", text)
	}
	for _, m := range list {
		approved, missing := strings.Join(m.Approved, ", "), ""
		if len(m.Missing) > 0 {
			missing = "; missing: " + strings.Join(m.Missing, ", ")
		}
		c.say("approvals of %s, sealed by %s: %s%s", m.Model, m.Bank, orNone(approved), missing)
	}
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}
