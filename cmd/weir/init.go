package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/engine/authority/registrard"
	"weir/engine/bank/bankd"
	"weir/engine/holder/agentd"
	"weir/engine/member/folder"
	"weir/engine/message"
	"weir/engine/proof"
	"weir/ledger/node/noded"
	ledgerproof "weir/ledger/proof"
)

func newInitCommand(c *console) *cobra.Command {
	root := &cobra.Command{Use: "init", Short: "Make the folder of a party: keys (0600) and a commented configuration", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	var name, source string
	var cosign bool
	agent := &cobra.Command{Use: "agent DIR", Short: "A holder's agent for one source", Args: cobra.ExactArgs(1),
		Example: "  weir init agent tax --name tax-office --source vat",
		RunE: func(_ *cobra.Command, args []string) error {
			party := engine.NewPartyID(engine.Name(name), engine.Name(source))
			if _, err := engine.ParsePartyID(string(party)); err != nil {
				return badInput(err)
			}
			return c.initMember(args[0], engine.Name(name), message.RoleHolder, agentd.Example(party), witnessName(cosign, string(party)))
		}}
	agent.Flags().StringVar(&source, "source", "", "the source whose records the agent answers from")
	bank := &cobra.Command{Use: "bank DIR", Short: "A bank", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return c.initMember(args[0], engine.Name(name), message.RoleBank, bankd.Example(engine.Name(name)), witnessName(cosign, name))
		}}
	registrar := &cobra.Command{Use: "registrar DIR", Short: "The registrar, which certifies enterprises' keys", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return c.initMember(args[0], engine.Name(name), message.RoleRegistrar, registrard.Example(engine.Name(name)), "")
		}}
	supervisor := &cobra.Command{Use: "supervisor DIR", Short: "A supervisor, who approves sealed models", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return c.initMember(args[0], engine.Name(name), message.RoleSupervisor, folder.ClientExample(engine.Name(name)), "")
		}}
	for _, cmd := range []*cobra.Command{agent, bank} {
		cmd.Flags().BoolVar(&cosign, "cosign", false, "also make a witness key: with cosign: true it cosigns the ledger's history")
	}
	root.AddCommand(agent, bank, registrar, supervisor, newInitWitnessCommand(c), newInitNodeCommand(c), newInitWalletCommand(c), newInitShowCommand(c), newInitTrustCommand(c))
	for _, cmd := range []*cobra.Command{agent, bank, registrar, supervisor} {
		cmd.Flags().StringVar(&name, "name", "", "the member's name, as it goes into the founding document")
	}
	return root
}

func newInitShowCommand(c *console) *cobra.Command {
	return &cobra.Command{Use: "show FILE", Short: "Print a consortium.json's digest and members, to be compared by telephone", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			consortium, err := folder.ReadConsortium(args[0])
			if err != nil {
				return badInput(err)
			}
			if c.json {
				return c.printJSON(map[string]engine.Digest{"digest": consortium.Digest()})
			}
			c.say("%s", consortium.Text())
			return nil
		}}
}

func newInitTrustCommand(c *console) *cobra.Command {
	return &cobra.Command{Use: "trust FILE", Short: "Print the trust file by which a consortium's receipts are verified", Args: cobra.ExactArgs(1),
		Example: "  weir init trust consortium.json > trust.json",
		RunE: func(_ *cobra.Command, args []string) error {
			consortium, err := folder.ReadConsortium(args[0])
			if err != nil {
				return badInput(err)
			}
			trust, err := consortium.ReceiptTrust()
			if err != nil {
				return badInput(err)
			}
			_, err = c.stdout.Write(trust.Encode())
			return err
		}}
}

// witnessName is what a member that cosigns is called as a witness; "" for one that does not.
func witnessName(cosign bool, name string) string {
	if cosign {
		return name
	}
	return ""
}

// initMember makes a member's folder, with a witness key where it is called something as a witness.
func (c *console) initMember(path string, name engine.Name, role message.Role, config, witness string) error {
	m, err := folder.Init(path, name, role, config, rand.Reader)
	if err != nil {
		return badInput(err)
	}
	key := ""
	if witness != "" {
		if key, err = folder.NewWitness(path, witness, rand.Reader); err != nil {
			return badInput(err)
		}
	}
	if c.json {
		return c.printJSON(struct {
			*folder.Member
			Witness string `json:"witness,omitempty"`
		}{m, key})
	}
	if key != "" {
		c.say("witness key %s", key)
	}
	c.say("%s %s: key %s\nGive %s to whoever founds the consortium; put its %s into %s.", m.Role, m.Name, m.Key,
		filepath.Join(path, folder.MemberFile), folder.ConsortiumFile, path)
	return nil
}

// founding is what `weir init node` makes a consortium of.
type founding struct {
	*console
	name, chain, policy, window string
	members, witnesses          []string
	need                        uint32
}

func newInitNodeCommand(c *console) *cobra.Command {
	f := &founding{console: c}
	cmd := &cobra.Command{Use: "node DIR", Short: "A node, and the founding document of its consortium", Args: cobra.ExactArgs(1),
		Long: `Makes a node's folder and founds a consortium: the founding document with its members and the verifying keys that
count, and consortium.json, which every member puts into its own folder. Members compare the digest that is printed
before they do. Without --registry the verifying keys are development keys: whoever made them can forge.

With --witness and --witness-need no score is released before so many witnesses have cosigned the ledger's history: an
operator who shows two histories then needs their help. Without, the operator's own signature is enough.`,
		Example: "  weir init node node --chain weir-1 --name operator --member tax/member.json --member bank/member.json\n" +
			"  weir init node node … --witness court/witness.pub --witness tax/witness.pub --witness press/witness.pub --witness-need 2",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.found(cmd, args[0]); err != nil {
				return badInput(err)
			}
			return nil
		}}
	flags := cmd.Flags()
	flags.StringVar(&f.name, "name", "", "the node's name; no member may bear it")
	flags.StringVar(&f.chain, "chain", "", "the ledger's id")
	flags.StringVar(&f.policy, "policy", "", "the consortium's policy (JSON: max_resolution, min_features, min_holders)")
	flags.StringVar(&f.window, "window", "10m", "how long each phase of a task may last; settlement has 24 times as long")
	flags.StringArrayVar(&f.members, "member", nil, "member.json of one member; once for each")
	flags.StringArrayVar(&f.witnesses, "witness", nil, "public key of one witness, or the witness.pub that it stands in; once for each")
	flags.Uint32Var(&f.need, "witness-need", 0, "how many witnesses must have cosigned a checkpoint before anything rests on it")
	return cmd
}

func (f *founding) found(cmd *cobra.Command, path string) error {
	genesis, err := f.genesis()
	if err != nil {
		return err
	}
	keys, err := f.loadKeys(cmd.Context())
	if err != nil {
		return err
	}
	genesis.Circuits = keys.Registered()
	if _, err := message.DecodeGenesis(genesis.Encode()); err != nil {
		return err
	}
	m, err := folder.Init(path, engine.Name(f.name), "node", noded.Example(engine.Name(f.name)), rand.Reader)
	if err != nil {
		return err
	}
	consortium, err := f.consortium(genesis, m)
	if err != nil {
		return err
	}
	if err := consortium.Write(filepath.Join(path, folder.ConsortiumFile)); err != nil {
		return err
	}
	if err := writeKeys(path, keys); err != nil {
		return err
	}
	if f.json {
		return f.printJSON(struct {
			Chain   engine.Name   `json:"chain"`
			Genesis engine.Digest `json:"genesis"`
		}{genesis.Chain, genesis.Digest()})
	}
	f.say("%sEvery member puts %s into its folder.", consortium.Text(), filepath.Join(path, folder.ConsortiumFile))
	if keys.Development() {
		f.say("The verifying keys are DEVELOPMENT KEYS: whoever made them can forge.")
	}
	return nil
}

func (f *founding) genesis() (*message.Genesis, error) {
	policy, err := openPolicy(f.policy)
	if err != nil {
		return nil, err
	}
	g := &message.Genesis{Chain: engine.Name(f.chain), Policy: policy}
	for _, file := range f.members {
		m, err := folder.ReadMember(file)
		if err != nil {
			return nil, err
		}
		if string(m.Name) == f.name {
			return nil, fmt.Errorf("%s: a member and the node cannot both be called %s", file, m.Name)
		}
		g.Members = append(g.Members, m)
	}
	slices.SortFunc(g.Members, func(a, b message.Member) int { return strings.Compare(string(a.Name), string(b.Name)) })
	return g, nil
}

func (f *founding) consortium(g *message.Genesis, node *folder.Member) (*folder.Consortium, error) {
	window, err := time.ParseDuration(f.window)
	if err != nil {
		return nil, fmt.Errorf("--window: %w", err)
	}
	public, err := hex.DecodeString(node.Key)
	if err != nil {
		return nil, err
	}
	witnesses, err := f.readWitnesses()
	if err != nil {
		return nil, err
	}
	origin := "weir/" + string(g.Chain)
	logKey, err := ledgerproof.VerifierKey(origin, public)
	if err != nil {
		return nil, err
	}
	c := &folder.Consortium{Founding: g.Encode(), Founded: time.Now().UTC().Truncate(time.Millisecond), Origin: origin, LogKeys: []string{logKey},
		Windows: folder.Windows{Commit: window.String(), Anchor: window.String(), Release: window.String(), Settle: (24 * window).String()},
		Witness: *witnesses, Nodes: []folder.Node{{Name: node.Name, Key: node.Key}}}
	trust, err := c.Trust()
	if err != nil {
		return nil, err
	}
	return c, trust.Check()
}

// readWitnesses are those who cosign. A member that cosigns does so under a key of its own.
func (f *founding) readWitnesses() (*folder.Witness, error) {
	w := &folder.Witness{Need: f.need, Keys: []string{}}
	for _, text := range f.witnesses {
		if _, err := ledgerproof.NewVerifier(text); err != nil {
			if text, err = folder.ReadWitness(text); err != nil {
				return nil, fmt.Errorf("--witness: neither a witness's public key nor a file with one: %w", err)
			}
		}
		w.Keys = append(w.Keys, text)
	}
	if len(w.Keys) > folder.MaxWitnesses || int64(w.Need) > int64(len(w.Keys)) {
		return nil, fmt.Errorf("--witness-need %d of %d witnesses; at most %d can be listed", w.Need, len(w.Keys), folder.MaxWitnesses)
	}
	return w, nil
}

// writeKeys puts the verifying keys beside the ledger: a node needs no proving key.
func writeKeys(path string, keys *proof.Keys) error {
	files, err := keys.LedgerKeys()
	if err != nil {
		return err
	}
	dir := filepath.Join(path, "keys")
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	for circuit, b := range files {
		if err := os.WriteFile(filepath.Join(dir, proof.KeyFile(circuit)), b, 0o644); err != nil {
			return err
		}
	}
	return nil
}
