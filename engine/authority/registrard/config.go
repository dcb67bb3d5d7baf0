package registrard

import (
	"fmt"
	"time"

	"weir/engine"
	"weir/engine/member/folder"
)

// Config is a registrar's configuration file.
type Config struct {
	Node     folder.Reach  `koanf:"node"`
	Name     engine.Name   `koanf:"name"`
	Validity time.Duration `koanf:"validity"` // of a certificate
	Renewal  time.Duration `koanf:"renewal"`  // before its end
	Auto     bool          `koanf:"auto"`
}

// Defaults are what a configuration leaves out.
func Defaults() Config {
	return Config{Node: folder.Reach{URL: "http://127.0.0.1:7443"}, Validity: 365 * 24 * time.Hour, Renewal: 30 * 24 * time.Hour}
}

// Example is a commented configuration for a new registrar.
func Example(name engine.Name) string {
	return fmt.Sprintf(`# A weir registrar. Every setting can be overridden by WEIR_… (WEIR_NODE_URL) and by --set key=value.
node:
  url: http://127.0.0.1:7443   # https anywhere but on loopback; HTTPS_PROXY is honoured
#  ca: node-ca.pem             # who certifies the node; PEM, in this folder
#  certificate: registrar.crt  # this registrar's own certificate, where the node wants one
#  key: registrar.key
name: %s
validity: 8760h                # of a certificate
renewal: 720h                  # who enrols again within this time before its end is given another one
auto: false                    # true: whoever applies first for a code is certified, without being identified. For trials alone
`, name)
}
