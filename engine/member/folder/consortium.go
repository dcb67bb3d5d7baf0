package folder

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/engine/receipt"
	"weir/ledger/contract"
	"weir/ledger/contract/scoring"
	"weir/ledger/contract/tasks"
	"weir/ledger/proof"
)

// Consortium is the public file that every member starts from: the founding document, and the rules that the ledger's
// contracts were started with. Its digest is what members compare by telephone before they believe it.
type Consortium struct {
	Founding []byte    `json:"founding"` // message.Genesis, encoded; base64 in the file
	Founded  time.Time `json:"founded"`  // of the founding block
	Windows  Windows   `json:"windows"`
	Origin   string    `json:"origin"`   // of the ledger's checkpoints
	LogKeys  []string  `json:"log_keys"` // C2SP signed-note keys
	Witness  Witness   `json:"witnesses"`
	Nodes    []Node    `json:"nodes"` // whose content stores count
}

// Windows are how long each phase of a task may last, as Go durations ("10m").
type Windows struct {
	Commit  string `json:"commit"`
	Anchor  string `json:"anchor"`
	Release string `json:"release"`
	Settle  string `json:"settle"`
}

// Witness says whose cosignatures make a checkpoint final, and how many of them.
type Witness struct {
	Need uint32   `json:"need"`
	Keys []string `json:"keys"`
}

// check: whoever waits for witnesses must be able to get them.
func (w *Witness) check() error {
	if len(w.Keys) > MaxWitnesses || int64(w.Need) > int64(len(w.Keys)) {
		return fmt.Errorf("%w: %d of %d witnesses needed; at most %d can be listed", proof.ErrTrust, w.Need, len(w.Keys), MaxWitnesses)
	}
	return nil
}

// Node is a content store with its key in hexadecimal digits.
type Node struct {
	Name engine.Name `json:"name"`
	Key  string      `json:"key"`
}

// maxConsortium bounds the file, in bytes.
const maxConsortium = 1 << 20

// ReadConsortium reads the public file of a consortium.
func ReadConsortium(path string) (*Consortium, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(b) > maxConsortium {
		return nil, fmt.Errorf("%s: %d bytes, limit %d", path, len(b), maxConsortium)
	}
	var c Consortium
	strict := json.NewDecoder(bytes.NewReader(b))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&c); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if _, err := c.Genesis(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if _, err := c.Rules(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := c.Witness.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &c, nil
}

// Write writes the file, which must not be there.
func (c *Consortium) Write(path string) error {
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return create(path, append(b, '\n'), 0o644)
}

// Genesis is the founding document.
func (c *Consortium) Genesis() (*message.Genesis, error) { return message.DecodeGenesis(c.Founding) }

// Rules are those of the tasks contract.
func (c *Consortium) Rules() (tasks.Rules, error) {
	r := tasks.Rules{Origin: c.Origin, LogKeys: c.LogKeys, WitnessKeys: c.Witness.Keys, Quorum: c.Witness.Need}
	if r.WitnessKeys == nil {
		r.WitnessKeys = []string{}
	}
	for _, w := range []struct {
		name, text string
		into       *int64
	}{{"commit", c.Windows.Commit, &r.Commit}, {"anchor", c.Windows.Anchor, &r.Anchor}, {"release", c.Windows.Release, &r.Release}, {"settle", c.Windows.Settle, &r.Settle}} {
		d, err := time.ParseDuration(w.text)
		if err != nil {
			return r, fmt.Errorf("windows: %s: %w", w.name, err)
		}
		*w.into = d.Milliseconds()
	}
	for _, n := range c.Nodes {
		key, err := hex.DecodeString(n.Key)
		if err != nil || len(key) != 32 {
			return r, fmt.Errorf("node %s: key: not 64 hexadecimal digits", n.Name)
		}
		r.Nodes = append(r.Nodes, tasks.Node{Name: n.Name, Key: [32]byte(key)})
	}
	return r, nil
}

// Contracts is the contract set of the consortium's ledger.
func (c *Consortium) Contracts() (*contract.Set, error) {
	rules, err := c.Rules()
	if err != nil {
		return nil, err
	}
	return scoring.Contracts(rules)
}

// Trust is what a member trusts the ledger by.
func (c *Consortium) Trust() (*proof.Trust, error) {
	genesis, err := c.Genesis()
	if err != nil {
		return nil, err
	}
	set, err := c.Contracts()
	if err != nil {
		return nil, err
	}
	return &proof.Trust{Chain: genesis.Chain, Origin: c.Origin, CheckpointKeys: c.LogKeys, ContractSets: []engine.Digest{set.Hash()},
		Witnesses: proof.Witnesses{Need: int(c.Witness.Need), Keys: c.Witness.Keys}}, nil
}

// ReceiptTrust is what anybody trusts the consortium's receipts by.
func (c *Consortium) ReceiptTrust() (*receipt.Trust, error) {
	ledger, err := c.Trust()
	if err != nil {
		return nil, err
	}
	genesis, err := c.Genesis()
	if err != nil {
		return nil, err
	}
	t := &receipt.Trust{Trust: *ledger}
	for _, circuit := range genesis.Circuits {
		t.VerifyingKeys = append(t.VerifyingKeys, receipt.VerifyingKey{Circuit: circuit.Name, ID: circuit.ID, Origin: circuit.Origin})
	}
	return t, nil
}

// Digest is over everything in the file that counts, whatever its white space: what members compare before they believe it.
func (c *Consortium) Digest() engine.Digest {
	b, err := json.Marshal(c)
	if err != nil {
		panic(err) // texts, numbers and bytes
	}
	return canonical.DigestBytes("weir/consortium/v1", b)
}

// Text is the digest and who takes part, for a person to compare.
func (c *Consortium) Text() string {
	genesis, err := c.Genesis()
	if err != nil {
		return "no consortium: " + err.Error()
	}
	text := fmt.Sprintf("consortium %s, digest %s\nfounding document %s\n", genesis.Chain, c.Digest(), genesis.Digest())
	for _, m := range genesis.Members {
		text += fmt.Sprintf("  %-10s %s  key %s\n", m.Role, m.Name, hex.EncodeToString(m.SigningKey[:]))
	}
	for _, key := range c.Witness.Keys {
		text += fmt.Sprintf("  %-10s %s\n", "witness", key)
	}
	if len(c.Witness.Keys) > 0 {
		text += fmt.Sprintf("a checkpoint is final with the cosignatures of %d of %d witnesses\n", c.Witness.Need, len(c.Witness.Keys))
	}
	return text
}
