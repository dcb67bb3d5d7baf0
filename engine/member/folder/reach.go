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

// DefaultReach is a node on the same machine.
func DefaultReach() Reach { return Reach{URL: "http://127.0.0.1:7443"} }

// ReadReach reads how the member of a folder dials its node, whatever else its configuration says: config.yaml, if there is
// one, over DefaultReach, and WEIR_NODE_* over both.
func ReadReach(path string, environ []string) (Reach, error) {
	own := struct {
		Node Reach `koanf:"node"`
	}{DefaultReach()}
	err := load(path, environ, nil, &own, false)
	return own.Node, err
}

// Client is the configuration of who acts by single commands: a supervisor, an enterprise's wallet.
type Client struct {
	Node Reach       `koanf:"node"`
	Name engine.Name `koanf:"name"` // the member's; empty for a wallet
}

// ClientDefaults are what a configuration leaves out.
func ClientDefaults() Client { return Client{Node: DefaultReach()} }

// ClientExample is a commented configuration for a new client. An empty name is a wallet's.
func ClientExample(name engine.Name) string {
	text := `# Every setting can be overridden by WEIR_… (WEIR_NODE_URL) and by --set key=value.
node:
  url: http://127.0.0.1:7443   # https anywhere but on loopback; HTTPS_PROXY is honoured
#  ca: node-ca.pem             # who certifies the node; PEM, in this folder
#  certificate: client.crt     # an own certificate, where the node wants one
#  key: client.key
`
	if name != "" {
		text += fmt.Sprintf("name: %s\n", name)
	}
	return text
}

// Dial makes a client of the node. Files are looked for in the folder.
func (r *Reach) Dial(path string, g *message.Genesis) (*api.Client, error) {
	config, err := r.tls(path)
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", r.URL, err)
	}
	keyOf := func(_ context.Context, name engine.Name) ([32]byte, error) {
		m, known := g.Member(name)
		if !known {
			return [32]byte{}, fmt.Errorf("%s is not a member of %s", name, g.Chain)
		}
		return m.SigningKey, nil
	}
	return api.Dial(r.URL, api.ClientOptions{Chain: g.Chain, TLS: config, KeyOf: keyOf})
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
