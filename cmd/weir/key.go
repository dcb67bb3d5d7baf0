package main

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"weir/engine/member"
	"weir/engine/member/control"
	"weir/engine/member/folder"
	"weir/engine/member/rotation"
	"weir/engine/message"
	"weir/engine/vault"
	"weir/ledger/api"
)

func newKeyCommand(c *console) *cobra.Command {
	root := &cobra.Command{Use: "key", Short: "Change the signing key of a member's folder, on the ledger and in the folder", Args: cobra.NoArgs,
		Long: `A member's key speaks for it on the ledger until it is rotated or revoked, or replaced by the votes of the others. The
commands speak to the daemon of the folder where one runs; else they act themselves, by the folder's config.yaml.

Exit status: 0 done, 1 the ledger or the daemon refused, 2 bad usage or folder, 3 the node was not reached.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	k := &keyCommand{console: c}
	status := &cobra.Command{Use: "status DIR", Short: "Say which key the folder has, and which one speaks on the ledger", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return k.do(cmd.Context(), args[0], rotation.CommandState)
		}}
	rotate := &cobra.Command{Use: "rotate DIR", Short: "Give the member a fresh key; interrupted, run it again", Args: cobra.ExactArgs(1),
		Long: `Makes a fresh key in the folder (` + folder.NextFile + `), has the ledger take it in place of the one that speaks, and lets it
take the place of ` + folder.KeyFile + ` once the ledger shows that it speaks. Whenever it is interrupted, one of the two
files holds the key that speaks: run it again. Other folders of the same member need the new key as well.`,
		Example: "  weir key rotate bank",
		RunE: func(cmd *cobra.Command, args []string) error {
			return k.do(cmd.Context(), args[0], rotation.CommandRotate)
		}}
	var sure bool
	revoke := &cobra.Command{Use: "revoke DIR --yes", Short: "Leave the member without a key, because somebody else may have it", Args: cobra.ExactArgs(1),
		Long: `From the next block on nothing that the key signs is taken. The member can do nothing until the others give it another key
by votes: weir key offer makes that key.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !sure {
				return badInput(errors.New("the member can do nothing afterwards until others vote for another key: --yes if that is wanted"))
			}
			return k.do(cmd.Context(), args[0], rotation.CommandRevoke)
		}}
	revoke.Flags().BoolVar(&sure, "yes", false, "revoke it")
	offer := &cobra.Command{Use: "offer DIR", Short: "Make a fresh key that others can give the member by votes, and print it", Args: cobra.ExactArgs(1),
		Long: `Makes a fresh key in the folder (` + folder.NextFile + `), or takes the one that is there, and prints what a proposal to recover or
admit the member takes: its public half, with the proof that the member has it. The daemon takes the key up when it
starts after the vote.`,
		Example: "  weir key offer utility > utility.json\n  weir governance propose recover tax power-company utility.json",
		RunE:    func(_ *cobra.Command, args []string) error { return k.offer(args[0]) }}
	for _, cmd := range []*cobra.Command{status, rotate, revoke} {
		cmd.Flags().StringArrayVar(&k.set, "set", nil, "override a setting of config.yaml: key=value (node.url=…)")
	}
	root.AddCommand(status, rotate, revoke, offer)
	return root
}

type keyCommand struct {
	*console
	set []string
}

// do has the folder's daemon do something with its key or, where none runs, does it.
func (k *keyCommand) do(ctx context.Context, path, name string) error {
	var state rotation.State
	err := control.Call(ctx, path, name, struct{}{}, &state)
	var refused *control.RefusedError
	switch {
	case errors.As(err, &refused):
		return isFalse(err)
	case errors.Is(err, control.ErrNotRunning):
		s, err := k.alone(ctx, path, name)
		if err != nil {
			return err
		}
		state = *s
	case err != nil:
		return &exitError{code: exitUnreachable, err: err}
	}
	return k.show(&state)
}

func (k *keyCommand) show(s *rotation.State) error {
	if k.json {
		return k.printJSON(s)
	}
	k.say("%s signs with %s", s.Name, s.Signing)
	switch s.Speaks {
	case s.Signing:
		k.say("that key speaks for it on the ledger")
	case "":
		k.say("no key speaks for it on the ledger: its members have to vote for another one (weir key offer)")
	case s.Next:
		k.say("the prepared key %s speaks for it on the ledger: weir key rotate takes it up", s.Next)
		return nil
	default:
		k.say("ANOTHER key speaks for it on the ledger: %s", s.Speaks)
	}
	if s.Next != "" {
		k.say("prepared, and not speaking yet: %s", s.Next)
	}
	return nil
}

// alone does it without a daemon.
func (k *keyCommand) alone(ctx context.Context, path, name string) (*rotation.State, error) {
	m, consortium, err := readFolder(path)
	if err == nil && name == rotation.CommandRotate && m.Role == message.RoleRegistrar {
		err = errors.New("a registrar's certificates count under its founding key alone: it cannot rotate yet")
	}
	if err != nil {
		return nil, badInput(err)
	}
	reach, err := folder.ReadReach(path, os.Environ(), k.set)
	if err != nil {
		return nil, badInput(err)
	}
	memory, err := vault.Open(filepath.Join(path, "memory"))
	if err != nil {
		return nil, badInput(err)
	}
	defer memory.Close()
	joined, err := reach.Join(path, consortium, member.LogMemory{Memory: memory}, nil)
	if err != nil {
		return nil, badInput(err)
	}
	signer := &rotation.Signer{Folder: path, Chain: joined.Members.Founding().Chain, Name: m.Name, Registry: joined.Members}
	state, err := signer.Do(ctx, name, joined.Client)
	switch {
	case errors.Is(err, api.ErrUnreachable):
		return nil, &exitError{code: exitUnreachable, err: err}
	case err != nil:
		return nil, isFalse(err)
	}
	return state, nil
}

func readFolder(path string) (message.Member, *folder.Consortium, error) {
	m, err := folder.ReadMember(filepath.Join(path, folder.MemberFile))
	if err != nil {
		return m, nil, err
	}
	consortium, err := folder.ReadConsortium(filepath.Join(path, folder.ConsortiumFile))
	return m, consortium, err
}

func (k *keyCommand) offer(path string) error {
	m, consortium, err := readFolder(path)
	if err != nil {
		return badInput(err)
	}
	genesis, err := consortium.Genesis()
	if err != nil {
		return badInput(err)
	}
	signer := &rotation.Signer{Folder: path, Chain: genesis.Chain, Name: m.Name}
	offered, err := signer.Offer(rand.Reader)
	if err != nil {
		return badInput(err)
	}
	return k.printJSON(folder.Newcomer{Member: folder.Member{Name: m.Name, Role: m.Role, Key: offered.Key}, Chain: genesis.Chain, Possession: offered.Possession})
}
