package consortium

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"sync"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/directory"
	"weir/engine/holder"
	"weir/engine/member"
	"weir/engine/message"
	"weir/ledger/contract"
	"weir/ledger/contract/scoring"
	"weir/ledger/contract/tasks"
	"weir/ledger/machine"
	"weir/ledger/node"
	"weir/ledger/proof"
)

// NodeName is who runs the demonstration's ledger: none of the parties.
const NodeName engine.Name = "demo-node"

// window is how long each phase of a task may last in a demonstration, in milliseconds of block time.
const window = int64(time.Hour / time.Millisecond)

// chain is a real ledger in a folder, and what its parties trust it by.
type chain struct {
	*node.Running
	trust *proof.Trust

	mu   sync.Mutex
	seen map[message.Kind]int64 // public bytes up to the block before next
	next uint64
}

// foundChain begins the ledger of a founding document.
func foundChain(folder string, genesis *message.Genesis, verifier contract.Verifier, random io.Reader, clock func() time.Time) (*chain, error) {
	public, key, err := ed25519.GenerateKey(random)
	if err != nil {
		return nil, fmt.Errorf("key of %s: %w", NodeName, err)
	}
	origin := "weir/" + string(genesis.Chain)
	logKey, err := proof.VerifierKey(origin, public)
	if err != nil {
		return nil, err
	}
	rules := tasks.Rules{Commit: window, Anchor: window, Release: window, Settle: window, Origin: origin, LogKeys: []string{logKey},
		WitnessKeys: []string{}, Nodes: []tasks.Node{{Name: NodeName, Key: [32]byte(public)}}}
	set, err := scoring.Contracts(rules)
	if err != nil {
		return nil, err
	}
	running, err := node.Open(node.Solo{Folder: filepath.Join(folder, "ledger"), Contracts: set, Verifier: verifier, Name: NodeName, Key: key,
		Origin: origin, Random: random, Clock: clock,
		Founding: &machine.Founding{Chain: genesis.Chain, Time: clock(), Proposer: NodeName, Document: genesis.Encode()}})
	if err != nil {
		return nil, err
	}
	trust := &proof.Trust{Chain: genesis.Chain, Origin: origin, CheckpointKeys: []string{logKey}, ContractSets: []engine.Digest{set.Hash()}}
	return &chain{Running: running, trust: trust, seen: map[message.Kind]int64{}}, nil
}

func (c *chain) Store(ctx context.Context, digest engine.Digest, content []byte) ([]byte, error) {
	receipt, err := c.Running.Store(ctx, digest, content)
	if err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.seen[KindBlob] += int64(len(content))
	}
	return receipt, err
}

func (c *chain) join(g *message.Genesis, l link, memory member.Memory) (*seat, error) {
	follower, err := directory.Follow(l, member.LogMemory{Memory: memory}, c.trust)
	if err != nil {
		return nil, err
	}
	members := directory.New(directory.Config{Genesis: g, Ledger: l, Follower: follower})
	return &seat{members: members, ledger: members.Ledger(), finality: holder.NewAnchored(members, members.Ledger(), follower)}, nil
}

// public reads what is new on the ledger, as anybody can.
func (c *chain) public(ctx context.Context) (map[message.Kind]int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for ; c.next <= c.Head().Height; c.next++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		block, err := c.Machine.Block(c.next)
		if err != nil {
			return nil, err
		}
		c.seen["header"] += int64(len(block.Header.Encode()))
		for i, tx := range block.Txs {
			c.seen[tx.Kind] += int64(len(tx.Bytes()))
			c.seen[KindResult] += int64(len(block.Results[i].Encode()))
		}
	}
	return maps.Clone(c.seen), nil
}

func (c *chain) close() error { return c.Close() }

// unproven are the circuits of a consortium that makes no proofs, and the verifier that takes none: for measuring and
// testing encryption alone. No score of such a consortium is verified.
type unproven struct{}

var errProofGiven = errors.New("this consortium makes no proofs")

// Verify accepts the empty proof alone.
func (unproven) Verify(_ engine.Digest, _, proof []byte) error {
	if len(proof) > 0 {
		return errProofGiven
	}
	return nil
}

func unprovenCircuits() []message.Circuit {
	var list []message.Circuit
	for _, name := range []string{"accusation", "contribution", "model"} {
		list = append(list, message.Circuit{Name: name, ID: canonical.DigestBytes("weir/no-keys/v1", []byte(name)), Origin: message.NoKeys})
	}
	return list
}
