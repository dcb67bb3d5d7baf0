package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/member"
	"weir/engine/member/folder"
	"weir/engine/vault"
	"weir/ledger/contract"
)

// client is what commands have in common that act for a supervisor or an enterprise and end: no daemon runs for them.
type client struct {
	*console
	set []string
}

func (c *client) flags(cmd *cobra.Command) *cobra.Command {
	cmd.PersistentFlags().StringArrayVar(&c.set, "set", nil, "override a setting of config.yaml: key=value")
	return cmd
}

// joined is a party's folder with its node dialled and its memory open.
type joined struct {
	*folder.Joined
	path   string
	config folder.Client
	memory *vault.Vault
}

// join opens a party's folder, has it do something, and turns the end into an exit status. The folder is the party's alone,
// and one command at a time has it.
func (c *client) join(path string, do func(*joined) error) error {
	j, err := openJoined(path, c.set)
	if err != nil {
		return badInput(err)
	}
	defer j.Client.Close()
	if err := do(j); err != nil {
		j.memory.Close()
		return failed(err)
	}
	return j.memory.Close()
}

func openJoined(path string, set []string) (*joined, error) {
	if err := folder.Private(path); err != nil {
		return nil, err
	}
	j := &joined{path: path, config: folder.ClientDefaults()}
	if err := folder.Load(path, os.Environ(), set, &j.config); err != nil {
		return nil, err
	}
	consortium, err := folder.ReadConsortium(filepath.Join(path, folder.ConsortiumFile))
	if err != nil {
		return nil, err
	}
	if j.memory, err = vault.Open(filepath.Join(path, "memory")); err != nil {
		return nil, err
	}
	if j.Joined, err = j.config.Node.Join(path, consortium, member.LogMemory{Memory: j.memory}, nil); err != nil {
		return nil, errors.Join(err, j.memory.Close())
	}
	return j, nil
}

// ask puts a question to a contract and reads the answer; a refusal is a *contract.Refusal.
func (j *joined) ask(ctx context.Context, name engine.Name, answer string, argument, into any) error {
	b, err := j.Client.Ask(ctx, name, answer, canonical.Encode(argument))
	if err != nil {
		return err
	}
	return canonical.Decode(b, contract.MaxValue, into)
}

// dateOf is a time as people read it.
func dateOf(t time.Time) string { return t.UTC().Format(time.RFC3339) }
