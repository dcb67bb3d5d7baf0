package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"weir/engine"
	"weir/engine/bank/bankd"
	"weir/engine/holder/agentd"
	"weir/engine/member/folder"
	"weir/engine/message"
	"weir/engine/model/points"
	"weir/engine/offer"
	"weir/ledger/api"
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
func approvalsOn(ctx context.Context, path string, m *points.Model) ([]approvedModel, error) {
	genesis, client, err := dialNodeOf(path)
	if err != nil {
		return nil, badInput(err)
	}
	list, err := approvals(ctx, genesis, client, m)
	if errors.Is(err, api.ErrUnreachable) {
		return nil, &exitError{code: exitUnreachable, err: err}
	}
	if err != nil {
		return nil, badInput(err)
	}
	return list, nil
}

// dialNodeOf makes a client as the bank or agent of a folder would.
func dialNodeOf(path string) (*message.Genesis, *api.Client, error) {
	consortium, err := folder.ReadConsortium(filepath.Join(path, folder.ConsortiumFile))
	if err != nil {
		return nil, nil, err
	}
	genesis, err := consortium.Genesis()
	if err != nil {
		return nil, nil, err
	}
	member, err := folder.ReadMember(filepath.Join(path, folder.MemberFile))
	if err != nil {
		return nil, nil, err
	}
	var reach folder.Reach
	switch member.Role {
	case message.RoleBank:
		config := bankd.Defaults()
		err = folder.Load(path, os.Environ(), nil, &config)
		reach = config.Node
	case message.RoleHolder:
		config := agentd.Defaults()
		err = folder.Load(path, os.Environ(), nil, &config)
		reach = config.Node
	default:
		err = fmt.Errorf("%s is the folder of a %s: want that of a bank or a holder, which reach a node", path, member.Role)
	}
	if err != nil {
		return nil, nil, err
	}
	client, err := reach.Dial(path, genesis)
	return genesis, client, err
}

func approvals(ctx context.Context, genesis *message.Genesis, board message.Board, m *points.Model) ([]approvedModel, error) {
	posts, err := board.Find(ctx, message.KindModel, "")
	if err != nil {
		return nil, err
	}
	list := []approvedModel{}
	for _, post := range posts {
		sealed, err := offer.OpenPackage(genesis, post)
		if err != nil || sealed.Number != 0 || sealed.Version.Name != m.Name || sealed.Version.Version != m.Version {
			continue
		}
		one := approvedModel{Model: sealed.ModelDigest, Bank: sealed.Version.Bank, Approved: []string{}, Missing: []string{}}
		words, err := board.Find(ctx, message.KindApproval, message.ModelKey(sealed.ModelDigest))
		if err != nil {
			return nil, err
		}
		for _, word := range words {
			if who, digest, err := offer.OpenApproval(genesis, word); err == nil && digest == sealed.ModelDigest {
				one.Approved = append(one.Approved, who)
			}
		}
		slices.Sort(one.Approved)
		for _, who := range wanted(genesis, sealed) {
			if !slices.Contains(one.Approved, who) {
				one.Missing = append(one.Missing, who)
			}
		}
		list = append(list, one)
	}
	return list, nil
}

// wanted are all whose word a sealed model needs.
func wanted(genesis *message.Genesis, sealed *offer.Sealed) []string {
	var list []string
	for _, party := range sealed.Version.Parties() {
		list = append(list, string(party))
	}
	for _, supervisor := range genesis.WithRole(message.RoleSupervisor) {
		list = append(list, string(supervisor.Name))
	}
	return list
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
