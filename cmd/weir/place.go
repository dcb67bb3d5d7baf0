package main

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/engine/directory"
	"weir/engine/member"
	"weir/engine/member/folder"
	"weir/engine/message"
	"weir/engine/vault"
	"weir/ledger"
	"weir/ledger/api"
	"weir/ledger/archive"
)

// place is a member's folder and the node that it dials.
type place struct {
	*console
	path, node string // node overrides the configuration
	consortium *folder.Consortium
	genesis    *message.Genesis
	members    *directory.Directory // as the ledger behind the node shows them; from dial on
}

// nodeFlag is on every command that dials.
func (p *place) nodeFlag(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().StringVar(&p.node, "node", "", "URL of the node, in place of node.url of the folder's config.yaml")
	return cmd
}

// read reads the consortium's public file in the folder.
func (p *place) read(path string) (err error) {
	p.path = path
	if p.consortium, err = folder.ReadConsortium(filepath.Join(path, folder.ConsortiumFile)); err == nil {
		p.genesis, err = p.consortium.Genesis()
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w: put the consortium's public file into the folder", err)
	}
	if err != nil {
		return badInput(err)
	}
	return nil
}

// dial makes a client of the node. It connects when it is first used. What the ledger showed is forgotten with the command.
func (p *place) dial() (*api.Client, error) {
	reach, err := folder.ReadReach(p.path, os.Environ(), nil)
	if p.node != "" {
		reach.URL = p.node
	}
	if err != nil {
		return nil, badInput(err)
	}
	joined, err := reach.Join(p.path, p.consortium, member.LogMemory{Memory: new(vault.Transient)}, nil)
	if err != nil {
		return nil, badInput(err)
	}
	p.members = joined.Members
	return joined.Client, nil
}

// speak reads a member's folder and dials its node, to write as the member.
func (p *place) speak(path string) (client *api.Client, name engine.Name, author *message.Author, err error) {
	if err = p.read(path); err != nil {
		return nil, "", nil, err
	}
	if client, err = p.dial(); err != nil {
		return nil, "", nil, err
	}
	if name, author, err = p.author(client); err != nil {
		client.Close()
		return nil, "", nil, err
	}
	return client, name, author, nil
}

// author signs as the member of the folder.
func (p *place) author(client *api.Client) (engine.Name, *message.Author, error) {
	m, err := folder.ReadMember(filepath.Join(p.path, folder.MemberFile))
	if err != nil {
		return "", nil, badInput(err)
	}
	key, err := folder.Key(p.path)
	if err != nil {
		return "", nil, badInput(err)
	}
	if m.SigningKey != [32]byte(key.Public().(ed25519.PublicKey)) { // a rotation changes the key, and not who it speaks for
		p.warn("%s is of another key than %s: signing as %s all the same", folder.MemberFile, folder.KeyFile, m.Name)
	}
	return m.Name, message.NewAuthor(client, p.genesis.Chain, m.Name, key), nil
}

// damaged tells whether stored bytes are no longer what was written.
func damaged(err error) bool { return isAny(err, ledger.ErrDamaged, archive.ErrArchive) }
