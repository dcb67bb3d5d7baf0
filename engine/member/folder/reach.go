package folder

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"weir/engine"
	"weir/engine/directory"
	"weir/engine/message"
	"weir/ledger/api"
)

// Reach is how a member dials its node.
type Reach struct {
	URL         string `koanf:"url"`         // http or https
	CA          string `koanf:"ca"`          // PEM file of who certifies the node; none: the system's roots
	Certificate string `koanf:"certificate"` // PEM files of this member's own certificate and its key, where the node wants one
	Key         string `koanf:"key"`
}

// Dial makes a client of the node, for whoever takes the members' keys from the founding document. Files are looked for in
// the folder.
func (r *Reach) Dial(path string, g *message.Genesis) (*api.Client, error) {
	return r.dial(path, g.Chain, func(_ context.Context, name engine.Name) ([32]byte, error) {
		m, known := g.Member(name)
		if !known {
			return [32]byte{}, fmt.Errorf("%s is not a member of %s", name, g.Chain)
		}
		return m.SigningKey, nil
	})
}

// Joined is a consortium as one member reaches it.
type Joined struct {
	Client   *api.Client
	Follower *directory.Follower
	Members  *directory.Directory
}

// Join makes a client of the node and follows the ledger behind it, from the last checkpoint that the memory holds: who the
// members are, and whose key speaks, is taken from what the ledger shows.
func (r *Reach) Join(path string, c *Consortium, memory directory.Memory) (*Joined, error) {
	genesis, err := c.Genesis()
	if err != nil {
		return nil, err
	}
	trust, err := c.Trust()
	if err != nil {
		return nil, err
	}
	var j Joined
	j.Client, err = r.dial(path, genesis.Chain, func(ctx context.Context, name engine.Name) ([32]byte, error) { return j.Members.KeyOf(ctx, name) })
	if err != nil {
		return nil, err
	}
	if j.Follower, err = directory.Follow(j.Client, memory, trust); err != nil {
		return nil, err
	}
	j.Members = directory.New(directory.Config{Genesis: genesis, Ledger: j.Client, Follower: j.Follower})
	return &j, nil
}

func (r *Reach) dial(path string, chain engine.Name, keyOf func(context.Context, engine.Name) ([32]byte, error)) (*api.Client, error) {
	config, err := r.tls(path)
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", r.URL, err)
	}
	return api.Dial(r.URL, api.ClientOptions{Chain: chain, TLS: config, KeyOf: keyOf})
}

func (r *Reach) tls(path string) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS13}
	if r.CA != "" {
		pem, err := os.ReadFile(Within(path, r.CA))
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, errors.New("ca: no certificate in it")
		}
	}
	if r.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(Within(path, r.Certificate), Within(path, r.Key))
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// Within is a path that a configuration names, relative to its folder.
func Within(path, file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(path, file)
}
