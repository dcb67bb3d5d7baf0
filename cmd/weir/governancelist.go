package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"weir/ledger"
	"weir/ledger/contract/governance"
)

func newProposalsCommand(c *console) *cobra.Command {
	r := &reader{place: place{console: c}}
	var open bool
	cmd := r.flags(&cobra.Command{Use: "list", Short: "List proposals, newest last", Args: cobra.NoArgs, Example: "  weir governance list --open --as tax",
		RunE: func(cmd *cobra.Command, _ []string) error {
			v, err := r.open(cmd.Context())
			if err != nil {
				return err
			}
			defer v.Close()
			return r.listProposals(cmd.Context(), v, open)
		}})
	cmd.Flags().BoolVar(&open, "open", false, "only those that can still be voted on")
	return cmd
}

func (r *reader) listProposals(ctx context.Context, v *view, open bool) error {
	found, err := v.Find(ctx, governance.KindPropose, "")
	if err != nil {
		return failed(err)
	}
	members, err := accounts(ctx, v)
	if err != nil {
		return failed(err)
	}
	list := []*shownProposal{}
	for _, b := range found {
		tx, err := ledger.DecodeTx(b)
		if err != nil {
			return isFalse(err)
		}
		s, err := findProposal(ctx, v, tx.ID())
		if err != nil {
			return failed(err)
		}
		if !open || s.State == governance.Open {
			list = append(list, shown(s, v, members))
		}
	}
	if r.json {
		return r.printJSON(list)
	}
	if len(list) == 0 {
		r.say("no proposals at block %d", v.height)
		return nil
	}
	t := r.table("proposal", "by", "state", "votes", "until", "what")
	for _, p := range list {
		yes := len(slices.DeleteFunc(slices.Clone(p.Votes), func(v shownVote) bool { return !v.Accept }))
		t.AppendRow([]any{p.ID, p.By, p.State, fmt.Sprintf("%d yes, %d no", yes, len(p.Votes)-yes), p.Until.Format(time.DateTime), p.Words})
	}
	t.Render()
	return nil
}
