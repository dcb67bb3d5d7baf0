// Package noded is a node as a process of its own: the ledger in a folder, its sequencer, its content store and its mailbox,
// behind the HTTP API. It is for `weir node`.
package noded

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"weir/engine"
	"weir/engine/member/folder"
	"weir/ledger/api/server"
	"weir/ledger/contract"
	"weir/ledger/machine"
	"weir/ledger/mailbox"
	"weir/ledger/node"
	"weir/ledger/tiles"
)

// Config is a node's configuration file.
type Config struct {
	Name   string `koanf:"name"`
	Listen Listen `koanf:"listen"`
	Tiles  bool   `koanf:"tiles"`  // publish the log as static files, under /v1/log/
	Memory int    `koanf:"memory"` // MiB from which on garbage is collected more often; 0: never for that
}

// Listen is where a node listens.
type Listen struct {
	Address     string `koanf:"address"`     // host:port
	Certificate string `koanf:"certificate"` // PEM files; none: no TLS, and only on loopback
	Key         string `koanf:"key"`
	ClientCAs   string `koanf:"client_cas"` // who certifies members; none: members need no certificate
	Metrics     string `koanf:"metrics"`    // loopback host:port; none: not served
}

// Defaults are what a configuration leaves out.
func Defaults() Config {
	return Config{Listen: Listen{Address: "127.0.0.1:7443"}, Tiles: true, Memory: 192}
}

// Example is a commented configuration for a new node.
func Example(name engine.Name) string {
	return fmt.Sprintf(`# A weir node. Every setting can be overridden by WEIR_… (WEIR_LISTEN_ADDRESS) and by --set key=value.
name: %s
listen:
  address: 127.0.0.1:7443   # anything but loopback needs TLS
#  certificate: node.crt    # PEM, in this folder
#  key: node.key
#  client_cas: members.pem  # members then need a certificate of these
#  metrics: 127.0.0.1:9443  # Prometheus, loopback only
tiles: true                 # publish the log as static files
memory: 192                 # MiB from which on garbage is collected more often; 0: never for that
`, name)
}

// Run runs the node of a folder until ctx ends, or its ledger halts: the error then says why (ledger.ErrHalted), as where a
// contract judges the next block that this program does not have. verifier judges proofs. ready, if there is one, is told
// where it listens.
func Run(ctx context.Context, path string, c *Config, verifier contract.Verifier, log *slog.Logger, ready func(net.Addr)) error {
	if err := saveMemory(ctx, c.Memory); err != nil {
		return err
	}
	running, err := open(path, c, verifier)
	if err != nil {
		return err
	}
	mail, err := mailbox.Open(filepath.Join(path, "mailbox.db"), mailbox.Config{Clock: time.Now})
	if err != nil {
		return errors.Join(fmt.Errorf("node: %w", err), running.Close())
	}
	err = serve(ctx, path, c, running, mail, log, ready)
	return errors.Join(err, mail.Close(), running.Close())
}

func open(path string, c *Config, verifier contract.Verifier) (*node.Running, error) {
	consortium, err := folder.ReadConsortium(filepath.Join(path, folder.ConsortiumFile))
	if err != nil {
		return nil, fmt.Errorf("node: %w", err)
	}
	genesis, err := consortium.Genesis()
	if err != nil {
		return nil, fmt.Errorf("node: %w", err)
	}
	set, err := consortium.Contracts()
	if err != nil {
		return nil, fmt.Errorf("node: %w", err)
	}
	key, err := folder.Key(path)
	if err != nil {
		return nil, fmt.Errorf("node: %w", err)
	}
	trust, err := consortium.Trust()
	if err != nil {
		return nil, fmt.Errorf("node: %w", err)
	}
	return node.Open(node.Solo{Folder: filepath.Join(path, "ledger"), Contracts: set, Verifier: verifier, Name: engine.Name(c.Name), Key: key,
		Origin: consortium.Origin, Trust: trust, Random: rand.Reader, Clock: time.Now,
		Founding: &machine.Founding{Chain: genesis.Chain, Time: consortium.Founded, Proposer: engine.Name(c.Name), Document: consortium.Founding}})
}

func serve(ctx context.Context, path string, c *Config, running *node.Running, mail *mailbox.Mailbox, log *slog.Logger, ready func(net.Addr)) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		select {
		case <-ctx.Done():
		case <-running.Sequencer.Halted(): // closing it says why
			end()
		}
		return nil
	})
	options := server.Options{Log: log, Halted: running.Sequencer.Halted()}
	if c.Tiles {
		options.Tiles = filepath.Join(path, "tiles")
		publisher, err := tiles.Open(options.Tiles, running.Machine.Reader)
		if err != nil {
			return fmt.Errorf("node: %w", err)
		}
		publisher.Final = running.Checkpoint
		group.Go(func() error {
			if err := publisher.Follow(ctx, running.Moved); err != nil && ctx.Err() == nil {
				return fmt.Errorf("node: publish the log: %w", err)
			}
			return nil
		})
	}
	l := c.Listen
	in := func(file string) string {
		if file == "" {
			return ""
		}
		return folder.Within(path, file)
	}
	s := server.New(running.Node, mail, options)
	group.Go(func() error {
		return s.Run(ctx, server.Listen{Address: l.Address, Certificate: in(l.Certificate), Key: in(l.Key), ClientCAs: in(l.ClientCAs), Metrics: l.Metrics},
			func(api, _ net.Addr) {
				if ready != nil {
					ready(api)
				}
			})
	})
	return group.Wait()
}
