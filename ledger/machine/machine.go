// Package machine is the ledger's state machine: it judges transactions, executes blocks in memory, and commits them
// through a store. It is for orderers, which give it blocks, and for whoever reads a ledger.
//
// The same blocks give the same headers, whoever orders them and wherever they are replayed. The machine has no clock, no
// network and no file of its own; it refuses to work on a store whose parts contradict each other. Design: the block is
// durable first, the state is a function of the blocks.
package machine

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/history"
	"weir/ledger/merkle"
)

// Config is what a machine runs with.
type Config struct {
	Store     ledger.Store
	Contracts *contract.Set     // what a ledger is founded with, and beside it every version that was activated since
	Verifier  contract.Verifier // judges proofs, those of a block together when it is a contract.BatchVerifier; nil: no proof holds
	Random    io.Reader         // for verifying signatures in batches: crypto/rand.Reader
}

// MaxFounding bounds a founding document, in bytes.
const MaxFounding = 512 << 10

// Founding is how a ledger begins.
type Founding struct {
	Chain    engine.Name
	Time     time.Time
	Proposer engine.Name
	Document []byte // what the contracts read to write their first entries
}

// ErrNotFound is returned for a block, transaction or checkpoint that the ledger does not have.
var ErrNotFound = history.ErrNotFound

// Machine is a ledger at its last block, and the reader of its history. Execute and ExecuteAfter are for one goroutine, Commit is
// for one goroutine, which may be another; everything else may be called by several at any time.
type Machine struct {
	history.Reader
	config   Config
	chain    engine.Name
	at       ledger.StateTree
	recent   recent
	read     readEntries
	verified verifiedSignatures
	keys     *ledger.Keys
	proofs   proofs

	head     atomic.Pointer[head]
	querying sync.RWMutex // held for writing while a block becomes durable: a query sees one block
}

// head is everything that changes with a block.
type head struct {
	header *ledger.Header
	digest engine.Digest
	state  merkle.Sparse
	root   engine.Digest // of the log with the header

	judged *contract.Set // the block
	next   *contract.Set // judges the next block; nil where this program lacks a version
	lacks  error         // why next is nil

	ahead *Outcome // the block itself, while it is not durable; nil for the last block
}

func newMachine(config Config, chain engine.Name) *Machine {
	return &Machine{Reader: history.Reader{Store: config.Store}, config: config, chain: chain, at: ledger.NewStateTree(chain),
		keys: ledger.NewKeys(maxKeys), proofs: proofs{verifier: config.Verifier}}
}

// Found writes the founding block into an empty store.
func Found(config Config, f Founding) (*Machine, error) {
	if _, begun := config.Store.Head(); begun {
		return nil, fmt.Errorf("found %s: the store has blocks already", f.Chain)
	}
	if len(f.Document) > MaxFounding {
		return nil, fmt.Errorf("found %s: document of %d bytes, limit %d", f.Chain, len(f.Document), MaxFounding)
	}
	m := newMachine(config, f.Chain)
	h := &head{digest: ledger.FoundingDigest(f.Document), next: config.Contracts}
	layer := contract.NewLayer(m.over(h, false))
	env := contract.Env{Set: config.Contracts, Height: 0, Time: whole(f.Time)}
	if err := env.Found(layer, f.Document); err != nil {
		return nil, fmt.Errorf("found %s: %w", f.Chain, err)
	}
	block := &ledger.Block{Time: env.Time, Proposer: f.Proposer}
	o, err := m.conclude(h, block, &applied{layer: layer})
	if err != nil {
		return nil, fmt.Errorf("found %s: %w", f.Chain, err)
	}
	o.founding = f.Document
	if err := m.Commit(o, nil); err != nil {
		return nil, fmt.Errorf("found %s: %w", f.Chain, err)
	}
	return m, nil
}

// Open takes up a ledger where its store left off. It reads the whole state and compares its root, the last header, its
// place in the log and its transactions with each other; errors about them wrap ledger.ErrDamaged.
func Open(config Config) (*Machine, error) {
	last, begun := config.Store.Head()
	if !begun {
		return nil, fmt.Errorf("open ledger: the store has no blocks")
	}
	header, err := history.Reader{Store: config.Store}.Header(last.Height)
	if err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	if header.Digest() != last.Header {
		return nil, fmt.Errorf("open ledger: %w: block %d is not the one acknowledged last", ledger.ErrDamaged, last.Height)
	}
	m := newMachine(config, header.Chain)
	m.head.Store(&head{header: header, digest: last.Header})
	if err := m.load(); err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	return m, nil
}

// load reads the state and compares what is stored with the last header.
func (m *Machine) load() error {
	h := m.head.Load()
	var err error
	if h.state, err = loadState(m.config.Store, m.at); err != nil {
		return err
	}
	if h.state.Root() != h.header.State {
		return fmt.Errorf("%w: the state is not that of block %d", ledger.ErrDamaged, h.header.Height)
	}
	if err := m.judges(h, m.over(h, true)); err != nil {
		return err
	}
	if h.root, err = m.Log(h.header.Height + 1).Root(); err != nil {
		return err
	}
	_, err = m.Block(h.header.Height)
	return err
}

// judges finds the sets that judged a head's block, and that judge the next, in the state after the block.
func (m *Machine) judges(h *head, state contract.View) error {
	schedule, err := contract.Schedule(state)
	if err != nil {
		return err
	}
	if h.judged, err = m.config.Contracts.At(h.header.Height, schedule); err != nil {
		return err
	}
	if h.judged.Hash() != h.header.Contracts {
		return fmt.Errorf("%w: block %d was judged by other contracts than the ledger activated", ledger.ErrDamaged, h.header.Height)
	}
	h.next, h.lacks = m.config.Contracts.At(h.header.Height+1, schedule)
	return nil
}

// Head is the last block's header.
func (m *Machine) Head() *ledger.Header { return m.head.Load().header }

// Lacks is why this program cannot judge the next block, a *contract.LackingError; nil where it can.
func (m *Machine) Lacks() error { return m.head.Load().lacks }

// Tree is the log of headers: how many there are, and the root over them. It is what a checkpoint signs.
func (m *Machine) Tree() (size uint64, root engine.Digest) {
	h := m.head.Load()
	return h.header.Height + 1, h.root
}

// Chain is the ledger's id.
func (m *Machine) Chain() engine.Name { return m.chain }

// Query puts a question to a contract, at the last block. A refusal is a *contract.Refusal.
func (m *Machine) Query(name engine.Name, answer string, argument []byte) ([]byte, error) {
	m.querying.RLock()
	defer m.querying.RUnlock()
	h := m.head.Load()
	return m.env(h.judged, h.header.Height, h.header.At()).Ask(m.checked(), name, answer, argument)
}

func (m *Machine) env(set *contract.Set, height uint64, at time.Time) contract.Env {
	return contract.Env{Set: set, Verifier: &m.proofs, Height: height, Time: at}
}

// whole is a time in UTC and whole milliseconds, as headers carry it.
func whole(t time.Time) time.Time { return time.UnixMilli(t.UnixMilli()).UTC() }
