package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/engine/member/folder"
	"weir/ledger/api"
	"weir/ledger/contract"
	"weir/ledger/contract/governance"
	"weir/ledger/contract/registry"
)

// governanceNode is what a proposal's content may look at.
type governanceNode struct {
	*api.Client
	*place
}

func newProposeCommand(c *console) *cobra.Command {
	root := &cobra.Command{Use: "propose", Short: "Propose a decision; any member may, and its own vote is another command", Args: cobra.NoArgs,
		Long: `A proposal is open for a while (--open). With the default rules it takes more than half of the holders and more than half
of the supervisors that can vote; whom it is about has no say. Nothing is decided by proposing.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	p := &proposer{place: place{console: c}}
	root.AddCommand(p.admit(), p.about(governance.Suspend, "Take nothing more that a member sends"), p.about(governance.Lift, "Take again what a suspended member sends"),
		p.recover(), p.policy(), p.windows(), p.activate())
	for _, cmd := range root.Commands() {
		p.nodeFlag(cmd)
		cmd.Flags().DurationVar(&p.open, "open", 14*24*time.Hour, "how long votes count, at most thirty days by the default rules")
	}
	return root
}

// command is one action's.
func (p *proposer) command(action governance.Action, use, short string, n int, content func(args []string) content) *cobra.Command {
	return &cobra.Command{Use: string(action) + " DIR " + use, Short: short, Args: cobra.ExactArgs(n), RunE: func(cmd *cobra.Command, args []string) error {
		return p.propose(cmd.Context(), args[0], action, content(args[1:]))
	}}
}

func (p *proposer) admit() *cobra.Command {
	return p.command(governance.Admit, "NEWCOMER.json", "Admit a member; it made the file with weir governance possess", 2, func(args []string) content {
		return func(_ context.Context, n governanceNode) (any, error) {
			a, err := folder.ReadNewcomer(args[0], n.genesis.Chain)
			return a, err
		}
	})
}

func (p *proposer) about(action governance.Action, short string) *cobra.Command {
	return p.command(action, "NAME", short, 2, func(args []string) content {
		return func(context.Context, governanceNode) (any, error) { return engine.Name(args[0]), nil }
	})
}

func (p *proposer) recover() *cobra.Command {
	return p.command(governance.Recover, "NAME NEWCOMER.json", "Let another key speak for a member that lost its own", 3, func(args []string) content {
		return func(_ context.Context, n governanceNode) (any, error) {
			a, err := folder.ReadNewcomer(args[1], n.genesis.Chain)
			if err != nil {
				return nil, err
			}
			if a.Name != engine.Name(args[0]) {
				return nil, fmt.Errorf("%s is of %q, not of %q", args[1], a.Name, args[0])
			}
			return registry.Recovery{Account: a.Name, Key: a.Key, Possession: a.Possession}, nil
		}
	})
}

// atFlag is on what takes effect at a height.
func (p *proposer) atFlag(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().StringVar(&p.at, "at", "", "the block from which on it counts: a height, or +N for N blocks after the last one")
	return cmd
}

// heightOf reads --at.
func (p *proposer) heightOf(ctx context.Context, n governanceNode) (uint64, error) {
	digits, relative := strings.CutPrefix(p.at, "+")
	height, err := strconv.ParseUint(digits, 10, 62)
	if err != nil {
		return 0, fmt.Errorf("--at %q: want a height, or +N", p.at)
	}
	if !relative {
		return height, nil
	}
	status, err := n.Status(ctx)
	if err != nil {
		return 0, err
	}
	return status.Height + height, nil
}

func (p *proposer) policy() *cobra.Command {
	return p.atFlag(p.command(governance.SetPolicy, "FILE", "Demand something else of models registered from a block on", 2, func(args []string) content {
		return func(ctx context.Context, n governanceNode) (any, error) {
			policy, err := openPolicy(args[0])
			if err != nil {
				return nil, err
			}
			height, err := p.heightOf(ctx, n)
			return governance.PolicyChange{Policy: policy, Height: height}, err
		}
	}))
}

func (p *proposer) windows() *cobra.Command {
	var w [4]time.Duration
	cmd := p.atFlag(p.command(governance.SetWindows, "", "Give attempts that begin from a block on other times for their phases", 1, func([]string) content {
		return func(ctx context.Context, n governanceNode) (any, error) {
			height, err := p.heightOf(ctx, n)
			windows := governance.Windows{Commit: w[0].Milliseconds(), Anchor: w[1].Milliseconds(), Release: w[2].Milliseconds(), Settle: w[3].Milliseconds()}
			if err == nil {
				err = windows.Check()
			}
			return governance.WindowsChange{Windows: windows, Height: height}, err
		}
	}))
	for i, phase := range []string{"commit", "anchor", "release", "settle"} {
		cmd.Flags().DurationVar(&w[i], phase, 0, "how long the phase may last, such as 10m")
		cmd.MarkFlagRequired(phase)
	}
	return cmd
}

func (p *proposer) activate() *cobra.Command {
	var source string
	cmd := p.atFlag(p.command(governance.Activate, "CONTRACT@VERSION", "Let a version of a contract judge transactions from a block on", 2, func(args []string) content {
		return func(ctx context.Context, n governanceNode) (any, error) {
			name, version, named := strings.Cut(args[0], "@")
			if !named {
				return nil, fmt.Errorf("%q: want CONTRACT@VERSION, such as tasks@1.1.0", args[0])
			}
			digest, err := engine.ParseDigest(source)
			if err != nil {
				return nil, fmt.Errorf("--source: %w", err)
			}
			height, err := p.heightOf(ctx, n)
			return contract.Activation{Name: engine.Name(name), Version: version, Source: digest, Height: height}, err
		}
	}))
	cmd.Flags().StringVar(&source, "source", "", "digest of the version's source, as its release notes give it")
	return cmd
}
