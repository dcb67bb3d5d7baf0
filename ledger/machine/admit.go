package machine

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/contract"
)

// Admission tells, one transaction after another, which may stand in the block of one height: everything but their
// signatures. It reads the state at the last block.
type Admission struct {
	machine *Machine
	height  uint64
	on      *head        // the block before; nil: the last block, whichever it is by then
	before  []*Admission // of the blocks before that are not committed
	next    map[ledger.Sender]uint64
	seen    map[engine.Digest]bool
}

// Admit begins a block. before are the admissions of the blocks between the last one and this one, which are still being
// made; they must not be added to any more.
func (m *Machine) Admit(height uint64, before ...*Admission) *Admission {
	a := &Admission{machine: m, height: height, next: map[ledger.Sender]uint64{}, seen: map[engine.Digest]bool{}}
	for _, b := range before {
		a.before = append(a.before, &Admission{next: b.next, seen: b.seen})
	}
	return a
}

// base is the block that the state is read after.
func (a *Admission) base() *head {
	if a.on != nil {
		return a.on
	}
	return a.machine.head.Load()
}

// Add takes one more transaction. Errors are the reasons beside ledger.ErrTx, and change nothing.
func (a *Admission) Add(tx *ledger.Tx) error {
	m := a.machine
	h := a.base()
	if h.lacks != nil {
		return h.lacks
	}
	if tx.Chain != m.chain {
		return fmt.Errorf("%w: this one is %s", ledger.ErrChain, m.chain)
	}
	if err := h.next.Takes(tx.Kind, tx.Sender); err != nil {
		return err
	}
	next, err := a.sequence(h, tx.Sender)
	if err != nil {
		return err
	}
	if err := a.checkNew(tx, next); err != nil {
		return err
	}
	if tx.Expiry < a.height {
		return fmt.Errorf("%w: after block %d, this is %d", ledger.ErrExpired, tx.Expiry, a.height)
	}
	if tx.Sequence != next {
		return fmt.Errorf("%w: got %d, want %d", ledger.ErrSequence, tx.Sequence, next)
	}
	a.next[tx.Sender] = next + 1
	a.seen[tx.ID()] = true
	return nil
}

// checkNew looks for a transaction on the ledger. Only one whose sequence number was used can stand there: the number is
// part of its id.
func (a *Admission) checkNew(tx *ledger.Tx, next uint64) error {
	if tx.Sequence >= next {
		return nil
	}
	known, err := a.knows(tx.ID())
	if err == nil && known {
		err = ledger.ErrKnown
	}
	return err
}

func (a *Admission) knows(id engine.Digest) (bool, error) {
	known := a.seen[id] || a.on != nil && a.on.has(id)
	for _, b := range a.before {
		known = known || b.seen[id]
	}
	if known {
		return true, nil
	}
	_, _, err := a.machine.Place(id)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// sequence takes the highest count: a block before that has become durable meanwhile says the same as the state.
func (a *Admission) sequence(h *head, sender ledger.Sender) (uint64, error) {
	if next, moved := a.next[sender]; moved {
		return next, nil
	}
	next, err := contract.Sequence(a.machine.over(h, false), sender)
	for _, b := range a.before {
		next = max(next, b.next[sender])
	}
	return next, err
}

// has tells whether a transaction stands in the head's own block, while that is not durable.
func (h *head) has(id engine.Digest) bool {
	return h.ahead != nil && slices.ContainsFunc(h.ahead.Txs, func(tx *ledger.Tx) bool { return tx.ID() == id })
}

// VerifySignatures judges the transactions' signatures by their senders' keys at the last block, in one batch. Signatures
// that hold are remembered with their key, so that a block of them costs no second verification.
func (m *Machine) VerifySignatures(txs []*ledger.Tx) []error {
	return m.verifySignatures(m.head.Load(), txs)
}

func (m *Machine) verifySignatures(h *head, txs []*ledger.Tx) []error {
	verdicts := make([]error, len(txs))
	open := make([]int, 0, len(txs))
	claims := make([]ledger.Signature, 0, len(txs))
	keys := map[ledger.Sender][32]byte{}
	for i, tx := range txs {
		key, known := keys[tx.Sender]
		if !known {
			var err error
			if key, err = m.keyAfter(h, tx.Sender); err != nil {
				verdicts[i] = err
				continue
			}
			keys[tx.Sender] = key
		}
		claim := ledger.Signature{Key: key, Digest: tx.ID(), Signature: tx.Signature}
		if !m.verified.has(claim) {
			open, claims = append(open, i), append(claims, claim)
		}
	}
	for j, holds := range m.keys.VerifyBatch(m.config.Random, claims) {
		if holds {
			m.verified.add(claims[j])
		} else {
			verdicts[open[j]] = fmt.Errorf("%w: of %s", ledger.ErrSignature, txs[open[j]].Sender)
		}
	}
	return verdicts
}

// Check tells whether a transaction could stand in the next block, on its own.
func (m *Machine) Check(tx *ledger.Tx) error {
	if err := m.Admit(m.Head().Height + 1).Add(tx); err != nil {
		return err
	}
	return m.VerifySignatures([]*ledger.Tx{tx})[0]
}

// maxKeys bounds the keys that are kept expanded, about 6 MB.
const maxKeys = 4096

// maxVerified bounds one generation of remembered signatures: a few blocks, about 1 MB.
const maxVerified = 4 * ledger.MaxBlockTxs

// verifiedSignatures remembers signatures that hold, in two generations: when the younger is full, the older is dropped.
type verifiedSignatures struct {
	mu           sync.Mutex
	young, older map[ledger.Signature]struct{}
}

func (v *verifiedSignatures) has(s ledger.Signature) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	_, young := v.young[s]
	_, older := v.older[s]
	return young || older
}

func (v *verifiedSignatures) add(s ledger.Signature) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.young == nil || len(v.young) >= maxVerified {
		v.young, v.older = map[ledger.Signature]struct{}{}, v.young
	}
	v.young[s] = struct{}{}
}
