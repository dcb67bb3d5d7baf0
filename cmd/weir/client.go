package main

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/member/folder"
	"weir/engine/message"
	"weir/engine/vault"
	"weir/ledger/api"
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
	path    string
	config  folder.Client
	genesis *message.Genesis
	api     *api.Client
	memory  *vault.Vault
}

// join opens a party's folder, has it do something, and turns the end into an exit status. The folder is the party's alone,
// and one command at a time has it.
func (c *client) join(path string, do func(*joined) error) error {
	j, err := openJoined(path, c.set)
	if err != nil {
		return badInput(err)
	}
	defer j.api.Close()
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
	if j.genesis, err = consortium.Genesis(); err != nil {
		return nil, err
	}
	if j.api, err = j.config.Node.Dial(path, j.genesis); err != nil {
		return nil, err
	}
	j.memory, err = vault.Open(filepath.Join(path, "memory"))
	return j, err
}

// ask puts a question to a contract and reads the answer; a refusal is a *contract.Refusal.
func (j *joined) ask(ctx context.Context, name engine.Name, answer string, argument, into any) error {
	b, err := j.api.Ask(ctx, name, answer, canonical.Encode(argument))
	if err != nil {
		return err
	}
	return canonical.Decode(b, contract.MaxValue, into)
}

// dateOf is a time as people read it.
func dateOf(t time.Time) string { return t.UTC().Format(time.RFC3339) }
