// Package bankd is a bank as a process of its own: it dials its node, seals models, drives requests for scores to their
// ends, keeps receipts, and obeys its operator over the socket in its folder. It is for `weir bank`.
//
// It listens on no network. Models, keys, scores and receipts stay in its folder.
package bankd

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
	"weir/engine/bank"
	"weir/engine/member"
	"weir/engine/member/control"
	"weir/engine/member/folder"
	"weir/engine/member/rotation"
	"weir/engine/message"
	"weir/engine/open"
	"weir/engine/period"
	"weir/engine/proof"
	"weir/engine/vault"
	"weir/ledger/api"
	ledgerproof "weir/ledger/proof"
	"weir/ledger/witness"
	"weir/ledger/witness/watch"
)

// Config is a bank's configuration file.
type Config struct {
	Node     folder.Reach `koanf:"node"`
	Name     string       `koanf:"name"`
	Receipts string       `koanf:"receipts"` // folder
	Cosign   bool         `koanf:"cosign"`   // with the folder's witness key
	Attempts int          `koanf:"attempts"` // how often a request is tried whose attempt expired or was withheld
}

// Defaults are what a configuration leaves out.
func Defaults() Config {
	return Config{Node: folder.Reach{URL: "http://127.0.0.1:7443"}, Receipts: "receipts", Attempts: 5}
}

// Example is a commented configuration for a new bank.
func Example(name engine.Name) string {
	return fmt.Sprintf(`# A weir bank. Every setting can be overridden by WEIR_… (WEIR_NODE_URL) and by --set key=value.
node:
  url: http://127.0.0.1:7443   # https anywhere but on loopback; HTTPS_PROXY is honoured
#  ca: node-ca.pem             # who certifies the node; PEM, in this folder
#  certificate: bank.crt       # this bank's own certificate, where the node wants one
#  key: bank.key
name: %s
cosign: false                  # true: cosign the ledger's history with witness.key, which the consortium must list
receipts: receipts             # folder for receipts, which contain scores
attempts: 5                    # how often a request is tried whose attempt expired or was withheld
`, name)
}

// daemon is a bank at work.
type daemon struct {
	path   string
	config *Config
	bank   *bank.Bank
	signer *rotation.Signer
	client *api.Client
	feed   message.Feed
	watch  *watch.Watch
	trust  *ledgerproof.Trust
	driver *bank.Driver
	log    *slog.Logger
	work   *errgroup.Group
	ctx    context.Context // of everything that outlives the question that began it
	runs   runs
}

// Run runs the bank of a folder until ctx ends. keys gives the registered keys of all circuits.
func Run(ctx context.Context, path string, c *Config, keys func(context.Context) (*proof.Keys, error), log *slog.Logger) error {
	memory, err := vault.Open(filepath.Join(path, "memory"))
	if err != nil {
		return fmt.Errorf("bank: %w", err)
	}
	d, err := start(ctx, path, c, memory, keys, log)
	if err == nil {
		err = errors.Join(d.watch.Explain(ctx, d.serve(ctx)), d.watch.Close())
	}
	return errors.Join(err, memory.Close())
}

func start(ctx context.Context, path string, c *Config, memory *vault.Vault, keys func(context.Context) (*proof.Keys, error), log *slog.Logger) (*daemon, error) {
	consortium, err := folder.ReadConsortium(filepath.Join(path, folder.ConsortiumFile))
	if err != nil {
		return nil, fmt.Errorf("bank: %w", err)
	}
	joined, err := c.Node.Join(path, consortium, member.LogMemory{Memory: memory}, &folder.Watching{Cosign: c.Cosign, Log: log})
	if err != nil {
		return nil, fmt.Errorf("bank: %w", err)
	}
	d := &daemon{path: path, config: c, client: joined.Client, feed: joined.Members.Watch(joined.Client), watch: joined.Watch,
		trust: joined.Follower.Trust(), log: log}
	d.signer = &rotation.Signer{Folder: path, Chain: joined.Members.Founding().Chain, Name: engine.Name(c.Name), Registry: joined.Members}
	if err := d.open(ctx, joined, memory, keys); err != nil {
		return nil, errors.Join(err, joined.Close())
	}
	d.driver = &bank.Driver{Bank: d.bank, Asker: d.client, Pulse: member.NewPulse(), Clock: time.Now, Patience: time.Second}
	return d, nil
}

// open makes the bank.
func (d *daemon) open(ctx context.Context, joined *folder.Joined, memory *vault.Vault, keys func(context.Context) (*proof.Keys, error)) (err error) {
	config := bank.Config{Genesis: joined.Members, Name: engine.Name(d.config.Name), Random: rand.Reader, Memory: memory,
		Ledger: joined.Members.Ledger(), Log: joined.Log, Blobs: joined.Client}
	if config.Key, err = d.signer.Settle(ctx); err != nil {
		return fmt.Errorf("bank: %w", err)
	}
	if config.Proofs, err = keys(ctx); err != nil {
		return fmt.Errorf("bank: %w", err)
	}
	d.bank, err = bank.New(config)
	return err
}

// serve watches the ledger and answers until ctx ends. It watches first: others may wait for this bank's cosignature.
func (d *daemon) serve(ctx context.Context) error {
	d.work, d.ctx = errgroup.WithContext(ctx)
	d.work.Go(func() error { return d.watch.Run(d.ctx) })
	d.work.Go(d.answer)
	return d.work.Wait()
}

// answer registers the month's key, takes up what was begun before, and starts everything else.
func (d *daemon) answer() error {
	if err := d.begin(d.ctx); err != nil {
		return err
	}
	head, err := d.client.Status(d.ctx)
	if err != nil {
		return err
	}
	d.work.Go(func() error { return ending(d.ctx, d.driver.Pulse.Follow(d.ctx, d.feed, head.Height+1, nil)) })
	d.work.Go(func() error { return d.awaitWitnesses(d.ctx) })
	d.work.Go(func() error { return ending(d.ctx, d.attend(d.ctx)) })
	d.work.Go(func() error { return d.turnMonths(d.ctx) })
	unfinished, err := d.bank.Unfinished(d.ctx)
	if err != nil {
		return err
	}
	for _, id := range unfinished {
		d.drive(id)
	}
	d.work.Go(func() error { return control.Serve(d.ctx, d.path, d.commands()) })
	d.log.Info("bank is ready", "name", d.bank.Name, "unfinished", len(unfinished))
	return nil
}

// ending drops the error that the end of everything causes.
func ending(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// awaitWitnesses wakes whoever waits for a checkpoint to become final. Where no witness is needed, every block is, and wakes
// them itself.
func (d *daemon) awaitWitnesses(ctx context.Context) error {
	if d.trust.Witnesses.Need == 0 {
		return nil
	}
	for known := uint64(0); ctx.Err() == nil; {
		note, err := d.watch.Await(ctx, known)
		var c *ledgerproof.Checkpoint
		if err == nil {
			c, err = ledgerproof.ReadCheckpoint(note)
		}
		switch {
		case errors.Is(err, watch.ErrHalted):
			return err
		case err != nil: // none yet, or no node
			_ = member.Wait(ctx, nil, d.driver.Patience)
		case c.Size > known:
			known = c.Size
			d.driver.Pulse.Wake()
		}
	}
	return nil
}

// begin asks whether the folder's key speaks, and registers the month's key; a node that cannot be reached yet is waited for, and witnesses.
func (d *daemon) begin(ctx context.Context) error {
	for {
		err := d.signer.Check(ctx)
		if err == nil {
			err = d.bank.Register(ctx, time.Now())
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

// turnMonths registers the key of each new month.
func (d *daemon) turnMonths(ctx context.Context) error {
	current := period.Of(time.Now())
	for member.Wait(ctx, nil, time.Minute) == nil {
		now := period.Of(time.Now())
		if now == current {
			continue
		}
		if err := d.bank.Register(ctx, time.Now()); err != nil {
			d.log.Warn("the month's key is not registered yet", "error", err)
			continue
		}
		current = now
	}
	return nil
}

func (d *daemon) attend(ctx context.Context) error {
	receive := func(ctx context.Context, kind message.Kind, body []byte) ([]byte, error) {
		return d.bank.Receive(ctx, kind, body, time.Now())
	}
	return d.signer.With(ctx, func(ctx context.Context, key ed25519.PrivateKey) error {
		return d.client.Attend(ctx, api.Attendant{Address: string(d.bank.Name), Key: key, Receive: receive})
	})
}

// drive takes a request to its end beside everything else. Driven twice, it is driven once.
func (d *daemon) drive(id engine.RequestID) *run {
	r, began := d.runs.begin(id)
	if began {
		d.work.Go(func() error {
			score, err := d.toTheEnd(id)
			receipt := ""
			if err == nil {
				receipt, err = d.keepReceipt(id)
			}
			r.end(score, receipt, err)
			return nil
		})
	}
	return r
}

// toTheEnd drives a request through as many attempts as are allowed, and through a node that comes and goes.
func (d *daemon) toTheEnd(id engine.RequestID) (*open.Score, error) {
	const pause = 200 * time.Millisecond
	for attempt := 1; ; {
		score, err := d.driver.Drive(d.ctx, id)
		var ended *bank.EndedError
		switch {
		case err == nil || d.ctx.Err() != nil:
			return score, err
		case errors.As(err, &ended) && ended.Again() && attempt < d.config.Attempts:
			attempt++
			d.log.Info("trying again", "request", id, "end", ended.Error())
			if err := d.bank.Again(d.ctx, id); err != nil && !errors.Is(err, api.ErrUnreachable) {
				return nil, err
			}
		case errors.Is(err, api.ErrUnreachable) || errors.Is(err, api.ErrInternal) || errors.Is(err, witness.ErrTime):
			d.log.Warn("will go on", "request", id, "error", err)
		default:
			return nil, err
		}
		if err := member.Wait(d.ctx, nil, pause); err != nil {
			return nil, err
		}
	}
}
