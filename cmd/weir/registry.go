package main

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/engine/message"
	"weir/ledger/contract/registry"
)

// shownAccount is a member, as it stands.
type shownAccount struct {
	Name     engine.Name  `json:"name"`
	Role     message.Role `json:"role"`
	Standing string       `json:"standing"`      // ok, suspended or without a key
	Key      string       `json:"key,omitempty"` // that speaks for it from the next block on
	Spans    []shownSpan  `json:"keys,omitempty"`
}

// shownSpan is which key spoke from a block on, until the next one.
type shownSpan struct {
	From  uint64         `json:"from"`
	Key   string         `json:"key,omitempty"` // none: nobody could sign
	Cause registry.Cause `json:"cause"`
	Tx    string         `json:"transaction,omitempty"`
}

func newRegistryCommand(c *console) *cobra.Command {
	root := &cobra.Command{Use: "registry", Short: "See who takes part, and which keys speak or spoke for whom", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	r := &reader{place: place{console: c}}
	root.AddCommand(r.flags(&cobra.Command{Use: "show [NAME]", Short: "List the members, or one with all keys that it ever had", Args: cobra.MaximumNArgs(1),
		Example: "  weir registry show --as supervisor\n  weir registry show tax-office --as supervisor --verified",
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := r.open(cmd.Context())
			if err != nil {
				return err
			}
			defer v.Close()
			if len(args) == 0 {
				return r.showAccounts(cmd.Context(), v)
			}
			return r.showAccount(cmd.Context(), v, engine.Name(args[0]))
		}}))
	return root
}

func shownAccountOf(a *registry.Account) shownAccount {
	s := shownAccount{Name: a.Name, Role: a.Role, Standing: "ok", Key: keyText(a.Key)}
	switch {
	case a.Suspended:
		s.Standing = "suspended"
	case s.Key == "":
		s.Standing = "without a key"
	}
	return s
}

func keyText(key [32]byte) string {
	if key == [32]byte{} {
		return ""
	}
	return hex.EncodeToString(key[:])
}

func (r *reader) showAccounts(ctx context.Context, v *view) error {
	members, err := accounts(ctx, v)
	if err != nil {
		return failed(err)
	}
	list := make([]shownAccount, len(members))
	for i := range members {
		list[i] = shownAccountOf(&members[i])
	}
	if r.json {
		return r.printJSON(map[string]any{"height": v.height, "from": v.from, "members": list})
	}
	t := r.table("member", "role", "standing", "key")
	for _, a := range list {
		t.AppendRow([]any{a.Name, a.Role, a.Standing, a.Key})
	}
	t.Render()
	r.say("as of block %d, %s", v.height, v.from)
	return nil
}

func (r *reader) showAccount(ctx context.Context, v *view, name engine.Name) error {
	a, err := ask[registry.Account](ctx, v, registry.Name, "account", name)
	if err != nil {
		return failed(err)
	}
	s := shownAccountOf(&a)
	for len(s.Spans) < int(a.Keys) {
		page, err := ask[[]registry.Span](ctx, v, registry.Name, "keys", registry.KeysOf{Account: name, After: uint32(len(s.Spans))})
		if err != nil {
			return failed(err)
		}
		if len(page) == 0 {
			return isFalse(fmt.Errorf("%w: %s has had %d keys, and %d are shown", errOther, name, a.Keys, len(s.Spans)))
		}
		for _, span := range page {
			told := shownSpan{From: span.From, Key: keyText(span.Key), Cause: span.Cause}
			if !span.Tx.IsZero() {
				told.Tx = span.Tx.String()
			}
			s.Spans = append(s.Spans, told)
		}
	}
	if r.json {
		return r.printJSON(s)
	}
	r.say("%s, %s, %s", s.Name, s.Role, s.Standing)
	t := r.table("from block", "cause", "key that speaks", "by transaction")
	for _, span := range s.Spans {
		if span.Key == "" {
			span.Key = "none"
		}
		t.AppendRow([]any{span.From, span.Cause, span.Key, span.Tx})
	}
	t.Render()
	r.say("as of block %d, %s", v.height, v.from)
	return nil
}
