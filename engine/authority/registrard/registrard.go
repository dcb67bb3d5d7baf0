// Package registrard is a registrar as a process of its own: it dials its node, answers enrolments, tells agents and banks
// what was revoked and which keys changed, and obeys its operator over the socket in its folder. It is for
// `weir registrar`.
//
// It listens on no network. Who is enrolled, and which keys, stay in its folder and in letters under seal; no log line
// names an enterprise or a key.
package registrard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"weir/engine/authority"
	"weir/engine/member"
	"weir/engine/member/control"
	"weir/engine/member/folder"
	"weir/engine/message"
	"weir/engine/vault"
	"weir/ledger/api"
)

// daemon is a registrar at work.
type daemon struct {
	path      string
	registrar *authority.Registrar
	attendant api.Attendant
	client    *api.Client
	teller    *teller
	auto      bool
	log       *slog.Logger
}

// Run runs the registrar of a folder until ctx ends.
func Run(ctx context.Context, path string, c *Config, log *slog.Logger) error {
	if err := folder.Private(path); err != nil {
		return fmt.Errorf("registrar: %w", err)
	}
	memory, err := vault.Open(filepath.Join(path, "memory"))
	if err != nil {
		return fmt.Errorf("registrar: %w", err)
	}
	d, err := open(path, c, memory, log)
	if err == nil {
		err = d.serve(ctx)
	}
	return errors.Join(err, memory.Close())
}

func open(path string, c *Config, memory member.Memory, log *slog.Logger) (*daemon, error) {
	consortium, err := folder.ReadConsortium(filepath.Join(path, folder.ConsortiumFile))
	if err != nil {
		return nil, fmt.Errorf("registrar: %w", err)
	}
	genesis, err := consortium.Genesis()
	if err != nil {
		return nil, fmt.Errorf("registrar: %w", err)
	}
	self, err := genesis.Registrar()
	if err == nil && self.Name != c.Name {
		err = fmt.Errorf("the registrar of %s is %s, not %q: see name in %s", genesis.Chain, self.Name, c.Name, folder.ConfigFile)
	}
	if err != nil {
		return nil, fmt.Errorf("registrar: %w", err)
	}
	key, err := folder.Key(path)
	if err != nil {
		return nil, fmt.Errorf("registrar: %w", err)
	}
	registrar, err := authority.NewRegistrar(authority.RegistrarConfig{Chain: genesis.Chain, Key: key, Validity: c.Validity, Renewal: c.Renewal,
		Everybody: c.Auto, Memory: memory})
	if err != nil {
		return nil, err
	}
	joined, err := c.Node.Join(path, consortium, member.LogMemory{Memory: memory}, nil)
	if err != nil {
		return nil, fmt.Errorf("registrar: %w", err)
	}
	d := &daemon{path: path, registrar: registrar, client: joined.Client, auto: c.Auto, log: log,
		teller: &teller{registrar: registrar, members: joined.Members, board: joined.Members.Ledger(), mail: joined.Client, log: log}}
	d.attendant = api.Attendant{Address: string(self.Name), Key: key, Receive: d.receive}
	return d, nil
}

// serve waits for the node, then answers until ctx ends.
func (d *daemon) serve(ctx context.Context) error {
	if err := d.waiting(ctx, func() error {
		_, err := d.client.Status(ctx)
		return err
	}); err != nil {
		return err
	}
	if d.auto {
		d.log.Warn("whoever applies first for a code is certified, identified or not: auto is set, which is for trials alone")
	}
	d.log.Info("registrar is ready", "name", d.attendant.Address, "enterprises", len(d.registrar.Enterprises()))
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		return d.waiting(ctx, func() error { return d.client.Attend(ctx, d.attendant) })
	})
	group.Go(func() error { return d.teller.run(ctx) })
	group.Go(func() error { return control.Serve(ctx, d.path, d.commands()) })
	if err := group.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// waiting does something again while the node cannot be reached.
func (d *daemon) waiting(ctx context.Context, do func() error) error {
	for {
		err := do()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case !errors.Is(err, api.ErrUnreachable):
			return err
		}
		d.log.Warn("waiting for the node", "error", err)
	}
}

// receive answers an enrolment. What the registrar refuses the applicant is told; a failure of its own is none of theirs:
// the letter stays and is taken again.
func (d *daemon) receive(ctx context.Context, kind message.Kind, body []byte) ([]byte, error) {
	now := time.Now()
	answer, err := d.registrar.Receive(ctx, kind, body, now)
	switch {
	case errors.Is(err, authority.ErrApplicant):
		d.log.Info("enrolment refused", "why", err)
		return nil, err
	case err != nil:
		d.log.Error("enrolment not answered yet", "error", err)
		return nil, fmt.Errorf("%w: the registrar cannot write", api.ErrUnreachable)
	}
	d.teller.tellNews(ctx, now) // a notice of a key change is in the mail before the first consent under the new key can be
	d.log.Info("enrolment answered")
	return answer, nil
}
