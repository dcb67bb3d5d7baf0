package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/ledger/api"
	"weir/ledger/contract"
	"weir/ledger/contract/evidence"
	"weir/ledger/proof"
)

// acting is what the commands about evidence that reach a ledger have in common: as whom, and through which node.
type acting struct {
	*console
	as, node string
	wait     time.Duration
}

func (a *acting) flags(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().StringVar(&a.as, "as", "", "the member's folder: its key, consortium.json, and how it reaches its node")
	cmd.Flags().StringVar(&a.node, "node", "", "URL of the node; default: as the folder's configuration says")
	cmd.Flags().DurationVar(&a.wait, "wait", time.Minute, "how long to wait for witnesses to cosign what was written")
	cmd.MarkFlagRequired("as")
	return cmd
}

// open takes up the folder.
func (a *acting) open() (*memberFolder, error) {
	m, err := a.openFolder(a.as, a.node)
	if err != nil {
		return nil, err
	}
	m.wait = a.wait
	return m, nil
}

// memberFolder is somebody's folder, with a client of its node and what the ledger is trusted by.
type memberFolder struct {
	place
	trust  *proof.Trust
	client *api.Client
	wait   time.Duration
}

func (c *console) openFolder(path, node string) (m *memberFolder, err error) {
	m = &memberFolder{place: place{console: c, node: node}}
	if err := m.read(path); err != nil {
		return nil, err
	}
	if m.trust, err = m.consortium.Trust(); err != nil {
		return nil, badInput(err)
	}
	m.client, err = m.dial()
	return m, err
}

// author writes as the folder's member, beside its daemon if one runs.
func (m *memberFolder) author() (engine.Name, *message.Author, error) {
	return m.place.author(m.client)
}

// errNotFinalYet is returned where something stands on the ledger, and too few witnesses have cosigned it so far.
var errNotFinalYet = errors.New("it stands on the ledger, and witnesses have not cosigned it yet: run the same command again later")

// bundle is the proof bundle of a transaction under a final checkpoint, verified.
func (m *memberFolder) bundle(ctx context.Context, tx engine.Digest, height uint64) ([]byte, *proof.Shown, error) {
	checkpoint, err := m.final(ctx, height)
	if err != nil {
		return nil, nil, err
	}
	b, err := m.client.Bundle(ctx, tx, checkpoint.Size)
	if err != nil {
		return nil, nil, err
	}
	var bundle proof.Bundle
	if err := canonical.Decode(b, proof.MaxBundle, &bundle); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", proof.ErrBundle, err)
	}
	bundle.Checkpoint = checkpoint.Note
	b = bundle.Encode()
	shown, err := m.trust.Verify(b)
	if err == nil && shown.Tx.ID() != tx {
		err = fmt.Errorf("%w: of another transaction", proof.ErrBundle)
	}
	return b, shown, err
}

// final waits for a final checkpoint over the block of a height.
func (m *memberFolder) final(ctx context.Context, height uint64) (*proof.Checkpoint, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, max(m.wait, time.Second), errNotFinalYet)
	defer cancel()
	for {
		note, err := m.client.Await(ctx, height)
		if err == nil {
			c, err := m.trust.Open(note)
			if err != nil || c.Size > height {
				return c, err
			}
		}
		switch {
		case ctx.Err() != nil && errors.Is(context.Cause(ctx), errNotFinalYet):
			return nil, errNotFinalYet
		case err != nil && !errors.Is(err, message.ErrNotFound):
			return nil, err
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// answer asks the evidence contract. It is the node's word alone.
func (m *memberFolder) answer(ctx context.Context, question string, digest engine.Digest, into any) error {
	b, err := m.client.Ask(ctx, evidence.Name, question, canonical.Encode(digest))
	if err != nil {
		return err
	}
	if err := canonical.Decode(b, contract.MaxValue, into); err != nil {
		return fmt.Errorf("%w: %w", api.ErrAnswer, err)
	}
	return nil
}

// writePrivate writes a file whole or not at all, for its owner alone.
func writePrivate(name string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".weir-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
