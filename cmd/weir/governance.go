package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/member/folder"
	"weir/ledger"
	"weir/ledger/contract/governance"
	"weir/ledger/contract/governance/ballot"
)

func newGovernanceCommand(c *console) *cobra.Command {
	root := &cobra.Command{Use: "governance", Short: "Propose, vote, and see what was decided about a consortium", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	root.AddCommand(newPossessCommand(c), newProposeCommand(c), newVoteCommand(c), newProposalsCommand(c), newProposalCommand(c))
	return root
}

func newPossessCommand(c *console) *cobra.Command {
	var chain string
	cmd := &cobra.Command{Use: "possess DIR", Short: "Show, for one ledger, that a newcomer holds the key that it names", Args: cobra.ExactArgs(1),
		Long: `Prints the description of the member whose folder it is, with a signature by its own key: what the others propose to
admit, or to let speak for a member that lost its key. It is public. The ledger is the one of consortium.json in the
folder, or of --chain.`,
		Example: "  weir init supervisor second --name second-supervisor\n  weir governance possess second --chain weir-1 > second.json",
		RunE: func(_ *cobra.Command, args []string) error {
			if chain == "" {
				p := place{console: c}
				if err := p.read(args[0]); err != nil {
					return err
				}
				chain = string(p.genesis.Chain)
			}
			n, err := folder.Possess(args[0], engine.Name(chain))
			if err != nil {
				return badInput(err)
			}
			return c.printJSON(n)
		}}
	cmd.Flags().StringVar(&chain, "chain", "", "the ledger's id, where the folder has no consortium.json yet")
	return cmd
}

// proposer makes proposals.
type proposer struct {
	place
	open time.Duration
	at   string
}

// content is what a proposal says; the height is that of the last block.
type content func(ctx context.Context, n governanceNode) (body any, err error)

// propose sends a proposal and says what it was.
func (p *proposer) propose(ctx context.Context, path string, action governance.Action, content content) error {
	client, name, author, err := p.speak(path)
	if err != nil {
		return err
	}
	defer client.Close()
	body, err := content(ctx, governanceNode{client, &p.place})
	if err != nil {
		return failed(err)
	}
	proposal := governance.Proposal{Action: action, Body: canonical.Encode(body), Until: time.Now().Add(p.open).UnixMilli()}
	words, err := ballot.Words(&proposal)
	if err != nil {
		return badInput(err)
	}
	p.warn("%s proposes: %s", name, words)
	p.warnLacking(ctx, client, &proposal)
	result, err := author.Write(ctx, governance.KindPropose, proposal)
	if err != nil {
		return failed(err)
	}
	return p.written(ctx, &view{Asker: client, Board: client, from: "the node's word"}, result, result.Tx)
}

func newVoteCommand(c *console) *cobra.Command {
	p := &place{console: c}
	var sure bool
	cmd := &cobra.Command{Use: "vote DIR PROPOSAL yes|no", Short: "Vote on a proposal, having read it", Args: cobra.ExactArgs(3),
		Long: `Shows what the proposal says, read out of the transaction that its id names, and asks before it sends the vote. A vote
is final. Exit status: 0 the vote counts, 1 the ledger refused it and why, 2 nothing was sent, 3 the node is away.`,
		Example: "  weir governance vote tax 5b0c…e1 yes",
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := engine.ParseDigest(args[1])
			if err != nil {
				return badInput(fmt.Errorf("proposal: %w", err))
			}
			if args[2] != "yes" && args[2] != "no" {
				return badInput(fmt.Errorf("%q: a vote is yes or no", args[2]))
			}
			return p.vote(cmd.Context(), args[0], governance.Vote{Proposal: id, Accept: args[2] == "yes"}, sure)
		}}
	cmd.Flags().BoolVar(&sure, "sure", false, "do not ask")
	return p.nodeFlag(cmd)
}

func (p *place) vote(ctx context.Context, path string, vote governance.Vote, sure bool) error {
	client, name, author, err := p.speak(path)
	if err != nil {
		return err
	}
	defer client.Close()
	v := &view{Asker: client, Board: client, from: "the node's word"}
	if err := p.announce(ctx, v, name, vote); err != nil {
		return err
	}
	if !sure && !p.confirmed() {
		return badInput(errors.New("nothing was sent: answer yes, or pass --sure"))
	}
	result, err := author.Write(ctx, governance.KindVote, vote)
	if err != nil {
		return failed(err)
	}
	return p.written(ctx, v, result, vote.Proposal)
}

// written says what became of a proposal after a transaction about it.
func (p *place) written(ctx context.Context, v *view, result *ledger.Result, proposal engine.Digest) error {
	v.height = result.Height
	err := p.printProposal(ctx, v, proposal)
	if err != nil {
		p.warn("the ledger took it in block %d (proposal %s); how it stands now could not be read", result.Height, proposal)
	}
	return err
}

// announce says on stderr what is voted on.
func (p *place) announce(ctx context.Context, v *view, name engine.Name, vote governance.Vote) error {
	s, err := findProposal(ctx, v, vote.Proposal)
	if err != nil {
		return failed(err)
	}
	words, err := ballot.Words(&s.Proposal)
	switch {
	case err != nil && vote.Accept:
		return badInput(fmt.Errorf("%w: nobody should agree to what this program cannot read", err))
	case err != nil:
		words = err.Error()
	}
	p.warn("%s votes %s on proposal %s of %s: %s", name, inWord(vote.Accept), s.ID, s.By, words)
	p.warnLacking(ctx, v, &s.Proposal)
	return nil
}

// confirmed asks the person at the terminal.
func (p *place) confirmed() bool {
	fmt.Fprint(p.stderr, "weir: a vote is final. Send it? yes or no: ")
	if p.stdin == nil {
		return false
	}
	line, _ := bufio.NewReader(p.stdin).ReadString('\n')
	return strings.TrimSpace(line) == "yes"
}

// inWord is a vote.
func inWord(accept bool) string {
	if accept {
		return "yes"
	}
	return "no"
}
