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
	"weir/engine/member/folder"
	"weir/engine/message"
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

// dial makes a client of the node. It connects when it is first used.
func (p *place) dial() (*api.Client, error) {
	reach, err := folder.ReadReach(p.path, os.Environ())
	if p.node != "" {
		reach.URL = p.node
	}
	if err != nil {
		return nil, badInput(err)
	}
	client, err := reach.Dial(p.path, p.genesis)
	if err != nil {
		return nil, badInput(err)
	}
	return client, nil
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
