package consortium

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"weir/engine"
	"weir/engine/authority"
	"weir/engine/bank"
	"weir/engine/holder"
	"weir/engine/member"
	"weir/engine/message"
	"weir/engine/record"
	"weir/engine/vault"
	"weir/ledger/contract"
)

// makeKeys gives every member its signing key and writes the founding document.
func (c *Consortium) makeKeys(ctx context.Context) error {
	if c.options.Proofs != nil {
		var err error
		if c.proofs, err = c.options.Proofs(ctx); err != nil {
			return err
		}
	}
	var nonce [8]byte
	if _, err := io.ReadFull(c.options.Random, nonce[:]); err != nil {
		return fmt.Errorf("randomness: %w", err)
	}
	roles := map[engine.Name]message.Role{BankName: message.RoleBank, RegistrarName: message.RoleRegistrar, SupervisorName: message.RoleSupervisor}
	for _, p := range c.parties {
		if _, taken := roles[p.Holder()]; taken {
			return fmt.Errorf("%w: a source must not be called %q", ErrSources, p.Source())
		}
		roles[p.Holder()] = message.RoleHolder
	}
	genesis := message.Genesis{Chain: engine.Name("demo-" + hex.EncodeToString(nonce[:])), Policy: c.options.Policy}
	genesis.Circuits = unprovenCircuits()
	if c.proofs != nil {
		genesis.Circuits = c.proofs.Registered()
	}
	for name, role := range roles {
		public, private, err := ed25519.GenerateKey(c.options.Random)
		if err != nil {
			return fmt.Errorf("key of %s: %w", name, err)
		}
		c.keys[name] = private
		genesis.Members = append(genesis.Members, message.Member{Name: name, Role: role, SigningKey: [32]byte(public)})
	}
	slices.SortFunc(genesis.Members, func(a, b message.Member) int { return strings.Compare(string(a.Name), string(b.Name)) })
	var err error
	c.genesis, err = message.DecodeGenesis(genesis.Encode())
	if err != nil {
		return err
	}
	return c.startLedger()
}

// startLedger begins the ledger, and every authority on it.
func (c *Consortium) startLedger() error {
	shared, err := c.openLedger()
	if err != nil {
		return err
	}
	c.closers = append(c.closers, shared.close)
	c.network = newNetwork(shared, c.options.Now)
	if err := c.writeTrust(); err != nil {
		return err
	}
	return c.startAuthorities()
}

func (c *Consortium) openLedger() (sharedLedger, error) {
	if c.options.shared != nil {
		return c.options.shared(c.genesis), nil
	}
	c.folder = c.options.Folder
	if c.folder == "" {
		temporary, err := os.MkdirTemp("", "weir-consortium-*")
		if err != nil {
			return nil, err
		}
		c.folder = temporary
		c.closers = append(c.closers, func() error { return os.RemoveAll(temporary) })
	}
	var verifier contract.Verifier = unproven{}
	if c.proofs != nil {
		verifier = c.proofs.NewJudge()
	}
	var err error
	c.chain, err = foundChain(c.folder, c.genesis, verifier, c.options.Random, c.options.Now)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	return c.chain, nil
}

// memory is what a party remembers: a vault in the consortium's folder.
func (c *Consortium) memory(party string) (member.Memory, error) {
	if c.chain == nil {
		return new(vault.Transient), nil
	}
	v, err := vault.Open(filepath.Join(c.folder, strings.ReplaceAll(party, "/", "-")))
	if err != nil {
		return nil, fmt.Errorf("memory of %s: %w", party, err)
	}
	c.closers = append(c.closers, v.Close)
	return v, nil
}

// startAuthorities starts the registrar, which in a demonstration believes every applicant, the supervisor and the bank.
func (c *Consortium) startAuthorities() error {
	var err error
	c.registrar, err = authority.NewRegistrar(authority.RegistrarConfig{Chain: c.genesis.Chain, Key: c.keys[RegistrarName], Validity: certificateValidity,
		Everybody: true, Memory: new(vault.Transient)})
	if err != nil {
		return err
	}
	c.network.join(string(RegistrarName), c.registrar)
	watch := c.link(string(SupervisorName))
	seat, err := c.network.ledger.join(c.genesis, watch, new(vault.Transient))
	if err != nil {
		return err
	}
	c.supervisor, err = authority.NewSupervisor(authority.SupervisorConfig{Genesis: seat.members, Name: SupervisorName, Key: c.keys[SupervisorName],
		Ledger: seat.ledger, Blobs: watch, Memory: new(vault.Transient), Proofs: c.proofs})
	if err != nil {
		return err
	}
	if c.enterprises, err = c.network.ledger.join(c.genesis, c.link("enterprise"), new(vault.Transient)); err != nil {
		return err
	}
	return c.startBank()
}

func (c *Consortium) startBank() error {
	link := c.link(string(BankName))
	memory, err := c.memory(string(BankName))
	if err != nil {
		return err
	}
	seat, err := c.network.ledger.join(c.genesis, link, memory)
	if err != nil {
		return err
	}
	c.bank, err = bank.New(bank.Config{Genesis: seat.members, Name: BankName, Key: c.keys[BankName], Random: c.options.Random,
		Ledger: seat.ledger, Log: link, Blobs: link, Memory: memory, Proofs: c.proofs})
	if err != nil {
		return err
	}
	c.network.join(string(BankName), c.bank)
	return nil
}

func (c *Consortium) link(who string) link { return link{network: c.network, who: who} }

// startAgents builds each party's tree and publishes its root.
func (c *Consortium) startAgents(ctx context.Context) error {
	for i, party := range c.parties {
		progress := func(done, total int) { c.options.Report.Step(i*total+done, len(c.parties)*total) }
		config, err := c.agentConfig(party)
		if err != nil {
			return err
		}
		agent, err := holder.New(ctx, config, progress)
		if err != nil {
			return err
		}
		c.seat(party, agent)
		if err := agent.Publish(ctx); err != nil {
			return err
		}
	}
	return nil
}

// agentConfig is what a party's agent starts from; its record key is drawn here.
func (c *Consortium) agentConfig(party engine.PartyID) (holder.Config, error) {
	link := c.link(string(party))
	var key record.Key
	if _, err := io.ReadFull(c.options.Random, key[:]); err != nil {
		return holder.Config{}, fmt.Errorf("randomness: %w", err)
	}
	memory, err := c.memory(string(party))
	if err != nil {
		return holder.Config{}, err
	}
	seat, err := c.network.ledger.join(c.genesis, link, memory)
	if err != nil {
		return holder.Config{}, err
	}
	return holder.Config{Genesis: seat.members, Party: party, Key: c.keys[party.Holder()], Source: c.sources[party.Source()],
		RecordKey: key, Random: c.options.Random, Ledger: seat.ledger, Blobs: link, Memory: memory, Finality: seat.finality, Proofs: c.proofs}, nil
}

// seat puts an agent in a party's place.
func (c *Consortium) seat(party engine.PartyID, agent Agent) {
	c.agents[party] = agent
	c.network.join(string(party), agent)
}

func (c *Consortium) sealModel(ctx context.Context) error {
	var err error
	c.first, err = c.bank.Seal(ctx, c.options.Model, c.holders(), c.options.Report.Step)
	c.model = c.first
	return err
}

func (c *Consortium) approveModel(ctx context.Context) error {
	if err := c.supervisor.Approve(ctx, c.model, nil); err != nil {
		return err
	}
	for i, party := range c.parties {
		if err := c.agents[party].Approve(ctx, c.model); err != nil {
			return err
		}
		c.options.Report.Step(i+1, len(c.parties))
	}
	return c.bank.CheckApprovals(ctx, c.model)
}

// Reseal has the bank seal the approved model again, as it must after a response that failed to open, and every agent
// adopt the new sealing.
func (c *Consortium) Reseal(ctx context.Context) error {
	c.sealings++
	later, err := c.bank.Reseal(ctx, c.first, c.sealings, nil)
	if err != nil {
		return err
	}
	for _, party := range c.parties {
		if err := c.agents[party].Adopt(ctx, c.first, later); err != nil {
			return err
		}
	}
	c.model = later
	return nil
}

// pairUp registers everybody's key of the month and repeats the exchange until each pair has confirmed its key: one
// round to encapsulate, one to decapsulate, one to read the last confirmations.
func (c *Consortium) pairUp(ctx context.Context) error {
	const rounds = 3
	if err := c.bank.Register(ctx, c.options.Now()); err != nil {
		return err
	}
	for _, party := range c.parties {
		if err := c.agents[party].Register(ctx, c.options.Now()); err != nil {
			return err
		}
	}
	waiting := 0
	for range rounds {
		waiting = 0
		for _, party := range c.parties {
			left, err := c.agents[party].Pair(ctx, c.parties, c.options.Now())
			if err != nil {
				return err
			}
			waiting += len(left)
		}
		if waiting == 0 {
			return nil
		}
	}
	return fmt.Errorf("%d ends of pairs have no confirmed key after %d rounds", waiting, rounds)
}
