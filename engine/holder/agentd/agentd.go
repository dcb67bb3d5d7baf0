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
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"weir/engine"
	"weir/engine/holder"
	"weir/engine/holder/lease"
	"weir/engine/member"
	"weir/engine/member/control"
	"weir/engine/member/folder"
	"weir/engine/member/rotation"
	"weir/engine/message"
	"weir/engine/period"
	"weir/engine/proof"
	"weir/engine/vault"
	"weir/ledger/api"
	ledgerproof "weir/ledger/proof"
	"weir/ledger/witness/watch"
)

// daemon is an agent at work.
type daemon struct {
	path   string
	config *Config
	agent  *holder.Agent
	signer *rotation.Signer
	client *api.Client
	feed   message.Feed
	pool   *lease.Pool
	watch  *watch.Watch
	trust  *ledgerproof.Trust
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
		err = errors.Join(d.watch.Explain(ctx, d.serve(ctx)), d.watch.Close())
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
	joined, err := c.Node.Join(path, consortium, member.LogMemory{Memory: memory}, &folder.Watching{Cosign: c.Cosign, Log: log})
	if err != nil {
		return nil, fmt.Errorf("agent: %w", err)
	}
	d := &daemon{path: path, config: c, client: joined.Client, feed: joined.Members.Watch(joined.Client), pool: lease.New(lease.Config{Log: log}),
		watch: joined.Watch, trust: joined.Follower.Trust(), log: log}
	d.signer = &rotation.Signer{Folder: path, Chain: joined.Members.Founding().Chain, Name: party.Holder(), Registry: joined.Members}
	if err := d.start(ctx, party, joined, memory, keys); err != nil {
		return nil, errors.Join(err, joined.Close())
	}
	return d, nil
}

// start makes the agent.
func (d *daemon) start(ctx context.Context, party engine.PartyID, joined *folder.Joined, memory *vault.Vault, keys func(context.Context) (*proof.Keys, error)) (err error) {
	config := holder.Config{Genesis: joined.Members, Party: party, Random: rand.Reader, Memory: memory, Rules: d.config.Rules.rules(), Pool: d.pool}
	if config.Key, err = d.signer.Settle(ctx); err != nil {
		return fmt.Errorf("agent: %w", err)
	}
	if config.RecordKey, err = folder.RecordKey(d.path); err != nil {
		return fmt.Errorf("agent: %w", err)
	}
	if config.Source, err = readRecords(ctx, d.path, d.config); err != nil {
		return fmt.Errorf("agent: %w", err)
	}
	if config.Proofs, err = keys(ctx); err != nil {
		return fmt.Errorf("agent: %w", err)
	}
	config.Ledger, config.Blobs = joined.Members.Ledger(), joined.Client
	finality := holder.NewAnchored(joined.Members, config.Ledger, joined.Follower)
	finality.Seen, config.Finality = d.watch.Check, finality
	d.agent, err = holder.New(ctx, config, nil)
	return err
}

// serve watches the ledger, publishes the records, and answers, until ctx ends. It watches first: others may wait for this
// party's cosignature.
func (d *daemon) serve(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return d.watch.Run(ctx) })
	group.Go(func() error {
		if err := d.begin(ctx); err != nil {
			return err
		}
		d.log.Info("agent is ready", "party", d.agent.Party)
		service := &holder.Service{Agent: d.agent, Feed: d.feed, Asker: d.client, Workers: d.config.Workers, Log: d.log, AutoApprove: d.config.AutoApprove}
		group.Go(func() error { return service.Run(ctx) })
		group.Go(func() error { return d.attend(ctx) })
		group.Go(func() error { return d.turnMonths(ctx) })
		group.Go(func() error { return control.Serve(ctx, d.path, d.commands()) })
		group.Go(func() error { return control.ServeOn(ctx, d.path, WorkersSocket, d.workerCommands()) })
		return nil
	})
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
