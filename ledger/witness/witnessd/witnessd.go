// Package witnessd is a witness as a process of its own: it dials a node, follows its log, and cosigns what continues
// everything it saw. It is for `weir witness`.
//
// It listens on no network, holds no secret but its own key, and reads checkpoints and headers alone: no transaction.
package witnessd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"weir/engine/member/folder"
)

// Config is a witness's configuration file.
type Config struct {
	Node     folder.Reach  `koanf:"node"`
	Interval time.Duration `koanf:"interval"` // rest between two looks
}

// Defaults are what a configuration leaves out.
func Defaults() Config { return Config{Node: folder.Reach{URL: "http://127.0.0.1:7443"}} }

// Example is a commented configuration for a new witness.
func Example() string {
	return `# A weir witness. Every setting can be overridden by WEIR_… (WEIR_NODE_URL) and by --set key=value.
node:
  url: http://127.0.0.1:7443   # https anywhere but on loopback; HTTPS_PROXY is honoured
#  ca: node-ca.pem             # who certifies the node; PEM, in this folder
#  certificate: witness.crt    # this witness's own certificate, where the node wants one
#  key: witness-tls.key
interval: 0s                   # rest between two looks: the node tells a witness at once, a score waits for it
`
}

// Run runs the witness of a folder until ctx ends, or until the ledger shows two histories (watch.ErrHalted).
func Run(ctx context.Context, path string, c *Config, log *slog.Logger) error {
	if c.Interval < 0 || c.Interval > time.Hour {
		return errors.New("witness: interval: want 0s to 1h")
	}
	consortium, err := folder.ReadConsortium(filepath.Join(path, folder.ConsortiumFile))
	if err != nil {
		return fmt.Errorf("witness: %w", err)
	}
	genesis, err := consortium.Genesis()
	if err != nil {
		return fmt.Errorf("witness: %w", err)
	}
	client, err := c.Node.Dial(path, genesis.Chain)
	if err != nil {
		return fmt.Errorf("witness: %w", err)
	}
	w, err := consortium.Watch(path, folder.Watching{Node: client, Cosign: true, Pause: c.Interval, Log: log})
	if err != nil {
		return fmt.Errorf("witness: %w", err)
	}
	log.Info("witness is ready", "chain", genesis.Chain)
	return errors.Join(w.Run(ctx), w.Close(), client.Close())
}
