package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/engine/authority"
	"weir/engine/member/folder"
)

func newSupervisorCommand(c *console) *cobra.Command {
	s := &client{console: c}
	root := s.flags(&cobra.Command{Use: "supervisor", Short: "Approve and suspend sealed models, check settlements; no daemon is needed", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }})
	root.AddCommand(
		&cobra.Command{Use: "models DIR", Short: "List the sealed models: who has not approved, what is suspended or retired", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				return s.join(args[0], func(j *joined) error { return s.models(cmd.Context(), j) })
			}},
		s.onModel("approve", "Verify a sealed model's proofs against the registered keys and approve it", s.approve),
		s.onModel("suspend", "Stop requests under every sealing of a model's version, and end attempts that are not complete", s.suspend(false)),
		s.onModel("lift", "End a suspension: requests are allowed again", s.suspend(true)),
		&cobra.Command{Use: "settled DIR REQUEST", Short: "Check that a request ended in a settlement that holds (status 1: not)", Args: cobra.ExactArgs(2),
			RunE: func(cmd *cobra.Command, args []string) error {
				request, err := engine.ParseDigest(args[1])
				if err != nil {
					return badInput(fmt.Errorf("request: %w", err))
				}
				return s.join(args[0], func(j *joined) error { return s.settled(cmd.Context(), j, engine.RequestID(request)) })
			}})
	return root
}

// onModel is a command about one sealed model.
func (c *client) onModel(name, short string, do func(ctx context.Context, j *joined, model engine.Digest) error) *cobra.Command {
	return &cobra.Command{Use: name + " DIR MODEL", Short: short, Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			model, err := engine.ParseDigest(args[1])
			if err != nil {
				return badInput(fmt.Errorf("model: %w", err))
			}
			return c.join(args[0], func(j *joined) error { return do(cmd.Context(), j, model) })
		}}
}

func (c *client) models(ctx context.Context, j *joined) error {
	list, err := authority.FindModels(ctx, j.Members, j.Members.Ledger(), j.Client)
	if err != nil {
		return err
	}
	if c.json {
		return c.printJSON(list)
	}
	t := c.table("model", "bank", "name", "version", "sealing", "bits", "state")
	for _, m := range list {
		t.AppendRow([]any{m.Model, m.Bank, m.Name, m.Version, m.Sealing, m.Bits, stateOf(&m)})
	}
	t.Render()
	return nil
}

func stateOf(m *authority.Model) string {
	switch {
	case m.Retired:
		return "retired"
	case m.Suspended:
		return "suspended"
	case len(m.Missing) > 0:
		return "waits for " + strings.Join(m.Missing, ", ")
	}
	return "approved"
}

// supervisor is the folder's.
func (j *joined) supervisor(config authority.SupervisorConfig) (*authority.Supervisor, error) {
	key, err := folder.Key(j.path)
	if err != nil {
		return nil, err
	}
	if j.config.Name == "" {
		return nil, fmt.Errorf("%s: no name: whose key is it?", folder.ConfigFile)
	}
	config.Genesis, config.Name, config.Key, config.Ledger, config.Blobs, config.Memory = j.Members, j.config.Name, key, j.Members.Ledger(), j.Client, j.memory
	return authority.NewSupervisor(config)
}

func (c *client) approve(ctx context.Context, j *joined, model engine.Digest) error {
	keys, err := c.loadKeys(ctx)
	if err != nil {
		return err
	}
	s, err := j.supervisor(authority.SupervisorConfig{Proofs: keys})
	if err != nil {
		return err
	}
	report := c.reporter()
	began := time.Now()
	report.Begin("verify model proofs")
	if err := s.Approve(ctx, model, report.Step); err != nil {
		return err
	}
	report.End("verify model proofs", time.Since(began))
	return c.sayOf(j, model, "approved")
}

func (c *client) suspend(lift bool) func(context.Context, *joined, engine.Digest) error {
	return func(ctx context.Context, j *joined, model engine.Digest) error {
		s, err := j.supervisor(authority.SupervisorConfig{})
		if err != nil {
			return err
		}
		if err := s.Suspend(ctx, model, lift); err != nil {
			return err
		}
		return c.sayOf(j, model, map[bool]string{false: "suspended", true: "lifted"}[lift])
	}
}

// sayOf says what was done with a model.
func (c *client) sayOf(j *joined, model engine.Digest, done string) error {
	if c.json {
		return c.printJSON(map[string]string{"model": model.String(), "done": done})
	}
	c.say("%s %s by %s", model, done, j.config.Name)
	return nil
}

func (c *client) settled(ctx context.Context, j *joined, request engine.RequestID) error {
	s, err := j.supervisor(authority.SupervisorConfig{})
	if err != nil {
		return err
	}
	if err := s.CheckSettled(ctx, request); err != nil {
		return err
	}
	if c.json {
		return c.printJSON(map[string]any{"request": request, "settled": true})
	}
	c.say("%s is settled: the bank knows the opening of the sum of all commitments", request)
	return nil
}
