// Package load makes signed traffic for a ledger on disk and counts what became of it: plain transactions of a stated size,
// deposits through the evidence contract, proofs through a verifier, and beside them what the disk and the database do at
// best. It is for `weir bench ledger` and the benchmarks beside it.
//
// Everything goes through the sequencer, and counts only with a durable result that is ok: anything else is an error. Keys and
// bodies are made up, and must not be used for anything. What the figures have to reach: docs/decisions.
package load

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"weir/engine"
	"weir/engine/message"
	"weir/engine/model"
	"weir/ledger"
	"weir/ledger/badgerdb"
	"weir/ledger/contract"
	"weir/ledger/contract/board"
	"weir/ledger/contract/evidence"
	"weir/ledger/contract/registry"
	"weir/ledger/machine"
	"weir/ledger/proof"
	"weir/ledger/solo"
)

// Chain is the id of the ledgers that are measured.
const Chain = engine.Name("bench")

// Members is how many accounts they have: as many as a consortium may have.
const Members = message.MaxMembers

// Ledger is one that is measured: a sequencer over a machine over a database in a folder.
type Ledger struct {
	Machine *machine.Machine
	config  machine.Config
	db      *badgerdb.DB
	solo    *solo.Sequencer
}

// Open founds a ledger in an empty folder, and starts its sequencer. verifier judges proofs; nil: none holds.
func Open(folder string, verifier contract.Verifier) (*Ledger, error) {
	set, err := contract.NewSet(board.New(), registry.New(), evidence.New(), notes())
	if err != nil {
		return nil, err
	}
	db, err := badgerdb.Open(folder)
	if err != nil {
		return nil, err
	}
	l := &Ledger{db: db, config: machine.Config{Store: db, Contracts: set, Verifier: verifier, Random: rand.Reader}}
	if err := l.start(); err != nil {
		return nil, errors.Join(fmt.Errorf("found a ledger to measure: %w", err), db.Close())
	}
	return l, nil
}

func (l *Ledger) start() error {
	genesis := message.Genesis{Chain: Chain, Policy: model.DefaultPolicy()}
	for i := range Members {
		public := Member(i).key.Public().(ed25519.PublicKey)
		genesis.Members = append(genesis.Members, message.Member{Name: member(i), Role: message.RoleHolder, SigningKey: [32]byte(public)})
	}
	var err error
	l.Machine, err = machine.Found(l.config, machine.Founding{Chain: Chain, Time: time.Now(), Proposer: "sequencer", Document: genesis.Encode()})
	if err != nil {
		return err
	}
	signer, err := proof.NewSigner("sequencer", seeded("sequencer", 0))
	if err != nil {
		return err
	}
	l.solo, err = solo.Start(solo.Config{Machine: l.Machine, Proposer: "sequencer", Origin: "bench", Signer: signer, Clock: time.Now})
	return err
}

// Reopen takes the ledger up again from its store, as a node does that starts; the sequencer goes on as it was.
func (l *Ledger) Reopen() error {
	_, err := machine.Open(l.config)
	return err
}

// Close ends the sequencer and closes the store.
func (l *Ledger) Close() error { return errors.Join(l.solo.Close(), l.db.Close()) }

// Submit hands a transaction over, and is an error unless its result is durable and ok.
func (l *Ledger) Submit(ctx context.Context, tx *ledger.Tx) error {
	await, err := l.solo.HandOver(tx.Bytes())
	if err != nil {
		return err
	}
	return taken(await(ctx))
}

func taken(r *ledger.Result, err error) error {
	if err == nil && !r.OK() {
		err = fmt.Errorf("transaction refused: %s: %s", r.Code, r.Why)
	}
	return err
}

func member(i int) engine.Name { return engine.Name(fmt.Sprintf("member-%04d", i)) }

func seeded(what string, i int) ed25519.PrivateKey {
	seed := sha256.Sum256(fmt.Appendf(nil, "weir/bench/%s/%d", what, i))
	return ed25519.NewKeyFromSeed(seed[:])
}
