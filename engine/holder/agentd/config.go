package agentd

import (
	"fmt"
	"time"

	"weir/engine"
	"weir/engine/holder"
	"weir/engine/member/folder"
)

// Config is an agent's configuration file.
type Config struct {
	Node        folder.Reach `koanf:"node"`
	Party       string       `koanf:"party"`   // holder/source
	Records     string       `koanf:"records"` // folder with one folder for the source: schema.json, and records.csv or records.parquet
	Database    Database     `koanf:"database"`
	Workers     int          `koanf:"workers"`
	AutoApprove bool         `koanf:"auto_approve"`
	Cosign      bool         `koanf:"cosign"` // with the folder's witness key
	Rules       Rules        `koanf:"rules"`
}

// Database says where the records are if they are not beside the schema (database.Config).
type Database struct {
	Driver  string        `koanf:"driver"`   // postgres, mysql or sqlite; empty: no database
	DSNFile string        `koanf:"dsn_file"` // file of mode 0600 with the DSN, in the agent's folder
	Query   string        `koanf:"query"`
	CA      string        `koanf:"ca"` // PEM file of who certifies the server; none: whom the DSN or the system trusts
	Timeout time.Duration `koanf:"timeout"`
}

// Rules are the holder's own (holder.Rules).
type Rules struct {
	Bits   int            `koanf:"bits"`
	Window time.Duration  `koanf:"window"`
	Quota  int            `koanf:"quota"`  // of every bank that is not listed; 0: none
	Quotas map[string]int `koanf:"quotas"` // by bank
}

func (r *Rules) rules() holder.Rules {
	own := holder.Rules{Bits: r.Bits, Window: r.Window, DefaultQuota: r.Quota, Quota: map[engine.Name]int{}}
	for bank, quota := range r.Quotas {
		own.Quota[engine.Name(bank)] = quota
	}
	return own
}

// Defaults are what a configuration leaves out.
func Defaults() Config {
	return Config{Node: folder.Reach{URL: "http://127.0.0.1:7443"}, Records: "records", Workers: 2,
		Database: Database{Timeout: 5 * time.Minute}, Rules: Rules{Bits: 40, Window: 92 * 24 * time.Hour}}
}

// Example is a commented configuration for a new agent.
func Example(party engine.PartyID) string {
	return fmt.Sprintf(`# A weir agent. Every setting can be overridden by WEIR_… (WEIR_NODE_URL) and by --set key=value.
node:
  url: http://127.0.0.1:7443   # https anywhere but on loopback; HTTPS_PROXY is honoured
#  ca: node-ca.pem             # who certifies the node; PEM, in this folder
#  certificate: agent.crt      # this agent's own certificate, where the node wants one
#  key: agent.key
party: %s
records: records               # a folder with %s/schema.json and %s/records.csv or records.parquet
#database:                     # the records by one query instead; schema.json stays in the folder
#  driver: postgres            # postgres, mysql or sqlite
#  dsn_file: dsn.secret        # mode 0600: postgres://user:password@host/name?sslmode=verify-full
#                              #   or user:password@tcp(host:3306)/name?tls=true, or the path of an SQLite file
#  query: select credit_code as subject, vat_sales_12m, vat_growth_yoy from weir_records
#  ca: database-ca.pem         # who certifies the server, where the system does not know it
#  timeout: 5m                 # for reading all of it
workers: 2                     # requests answered at once; with worker processes, at least as many as there are of them
cosign: false                  # true: cosign the ledger's history with witness.key, which the consortium must list
auto_approve: false            # true: approve every sealed model that passes all checks
rules:
  bits: 40                     # that scores may tell about one enterprise within the window, over all banks
  window: 2208h
  quota: 0                     # new questions of a bank within a day; 0: no quota
#  quotas: {some-bank: 500}
`, party, party.Source(), party.Source())
}
