// Package agentd is an agent as a process of its own: it dials its node, answers what the ledger asks of its party, takes
// private letters, and obeys its operator over the socket in its folder. It is for `weir agent`.
//
// It listens on no network. Records, the record key and what the agent remembers stay in its folder.
package agentd

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"weir/engine"
	"weir/engine/holder"
	"weir/engine/member"
	"weir/engine/member/control"
	"weir/engine/member/folder"
	"weir/engine/member/rotation"
	"weir/engine/message"
	"weir/engine/period"
	"weir/engine/proof"
	"weir/engine/record"
	"weir/engine/vault"
	"weir/ledger/api"
	ledgerproof "weir/ledger/proof"
)

// daemon is an agent at work.
type daemon struct {
	path   string
	config *Config
	agent  *holder.Agent
	signer *rotation.Signer
	client *api.Client
	feed   message.Feed
	log    *slog.Logger
}

// Run runs the agent of a folder until ctx ends. keys gives the registered keys of all circuits.
func Run(ctx context.Context, path string, c *Config, keys func(context.Context) (*proof.Keys, error), log *slog.Logger) error {
	memory, err := vault.Open(filepath.Join(path, "memory"))
	if err != nil {
		return fmt.Errorf("agent: %w", err)
	}
	d, err := open(ctx, path, c, memory, keys, log)
	if err == nil {
		err = d.serve(ctx)
	}
	return errors.Join(err, memory.Close())
}

func open(ctx context.Context, path string, c *Config, memory *vault.Vault, keys func(context.Context) (*proof.Keys, error), log *slog.Logger) (*daemon, error) {
	party, err := engine.ParsePartyID(c.Party)
	if err != nil {
		return nil, fmt.Errorf("agent: party: %w", err)
	}
	consortium, err := folder.ReadConsortium(filepath.Join(path, folder.ConsortiumFile))
	if err != nil {
		return nil, fmt.Errorf("agent: %w", err)
	}
	joined, err := c.Node.Join(path, consortium, member.LogMemory{Memory: memory})
	if err != nil {
		return nil, fmt.Errorf("agent: %w", err)
	}
	config := holder.Config{Genesis: joined.Members, Party: party, Random: rand.Reader, Memory: memory, Rules: c.Rules.rules()}
	genesis := joined.Members.Founding()
	signer := &rotation.Signer{Folder: path, Chain: genesis.Chain, Name: party.Holder(), Registry: joined.Members}
	if config.Key, err = signer.Settle(ctx); err != nil {
		return nil, fmt.Errorf("agent: %w", err)
	}
	if config.RecordKey, err = folder.RecordKey(path); err != nil {
		return nil, fmt.Errorf("agent: %w", err)
	}
	if config.Source, err = readRecords(ctx, folder.Within(path, c.Records), party); err != nil {
		return nil, fmt.Errorf("agent: %w", err)
	}
	if config.Proofs, err = keys(ctx); err != nil {
		return nil, fmt.Errorf("agent: %w", err)
	}
	config.Ledger, config.Blobs = joined.Members.Ledger(), joined.Client
	config.Finality = holder.NewAnchored(joined.Members, config.Ledger, joined.Follower)
	agent, err := holder.New(ctx, config, nil)
	if err != nil {
		return nil, err
	}
	return &daemon{path: path, config: c, agent: agent, signer: signer, client: joined.Client, feed: joined.Members.Watch(joined.Client), log: log}, nil
}

func readRecords(ctx context.Context, path string, party engine.PartyID) (*record.Source, error) {
	source, report, err := record.ReadFolder(ctx, os.DirFS(path), string(party.Source()))
	if err != nil && report != nil && report.Total() > 0 {
		err = fmt.Errorf("%w: %d defects; `weir records check %s` lists them", err, report.Total(), path)
	}
	return source, err
}

// serve publishes the records, then answers until ctx ends.
func (d *daemon) serve(ctx context.Context) error {
	if err := d.begin(ctx); err != nil {
		return err
	}
	d.log.Info("agent is ready", "party", d.agent.Party)
	group, ctx := errgroup.WithContext(ctx)
	service := &holder.Service{Agent: d.agent, Feed: d.feed, Asker: d.client, Workers: d.config.Workers, Log: d.log, AutoApprove: d.config.AutoApprove}
	group.Go(func() error { return service.Run(ctx) })
	group.Go(func() error { return d.attend(ctx) })
	group.Go(func() error { return d.turnMonths(ctx) })
	group.Go(func() error { return control.Serve(ctx, d.path, d.commands()) })
	if err := group.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// begin asks whether the folder's key speaks, and publishes records and the month's key; a node that cannot be reached yet is waited for, and witnesses.
func (d *daemon) begin(ctx context.Context) error {
	for {
		err := d.signer.Check(ctx)
		if err == nil {
			err = d.agent.Publish(ctx)
		}
		if err == nil {
			err = d.agent.Register(ctx, time.Now())
		}
		if err == nil || !errors.Is(err, api.ErrUnreachable) && !errors.Is(err, ledgerproof.ErrNotFinal) || ctx.Err() != nil {
			return err
		}
		d.log.Warn("waiting for the node", "error", err)
		if err := member.Wait(ctx, nil, time.Second); err != nil {
			return err
		}
	}
}

// attend takes private letters.
func (d *daemon) attend(ctx context.Context) error {
	receive := func(ctx context.Context, kind message.Kind, body []byte) ([]byte, error) {
		return d.agent.Receive(ctx, kind, body, time.Now())
	}
	err := d.signer.With(ctx, func(ctx context.Context, key ed25519.PrivateKey) error {
		return d.client.Attend(ctx, api.Attendant{Address: string(d.agent.Party), Key: key, Receive: receive})
	})
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// turnMonths makes the key of each new month; exchanging pair keys follows from what then stands on the ledger.
func (d *daemon) turnMonths(ctx context.Context) error {
	current := period.Of(time.Now())
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			if period.Of(now) == current {
				continue
			}
			if err := d.agent.Register(ctx, now); err != nil {
				d.log.Warn("the month's key is not registered yet", "error", err)
				continue
			}
			current = period.Of(now)
		}
	}
}
