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
	"weir/ledger/witness/watch"
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
// one, over DefaultReach, and WEIR_NODE_* and then set (key=value) over both.
func ReadReach(path string, environ, set []string) (Reach, error) {
	own := struct {
		Node Reach `koanf:"node"`
	}{DefaultReach()}
	err := load(path, environ, set, &own, false)
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

// Dial makes a client of the node for who only reads and writes: without members' keys it sends no letters.
func (r *Reach) Dial(path string, chain engine.Name) (*api.Client, error) {
	return r.dial(path, chain, nil)
}

// Joined is a consortium as one member reaches it.
type Joined struct {
	Client   *api.Client
	Watch    *watch.Watch // nil where none was asked for
	Log      message.Log  // the watch, or the client
	Follower *directory.Follower
	Members  *directory.Directory
}

// Join makes a client of the node and follows the ledger behind it, from the last checkpoint that the memory holds: who the
// members are, and whose key speaks, is taken from what the ledger shows. With a watching, whose node is left out, all of it
// is under the folder's watch, which Close ends.
func (r *Reach) Join(path string, c *Consortium, memory directory.Memory, w *Watching) (*Joined, error) {
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
	if j.Log = j.Client; w != nil {
		if j.Watch, err = c.Watch(path, Watching{Node: j.Client, Cosign: w.Cosign, Pause: w.Pause, Log: w.Log}); err != nil {
			return nil, err
		}
		j.Log = j.Watch
	}
	if j.Follower, err = directory.Follow(j.Log, memory, trust); err != nil {
		return nil, errors.Join(err, j.Close())
	}
	j.Members = directory.New(directory.Config{Genesis: genesis, Ledger: j.Client, Follower: j.Follower})
	return &j, nil
}

// Close ends the watch, if there is one.
func (j *Joined) Close() error {
	if j.Watch == nil {
		return nil
	}
	return j.Watch.Close()
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
