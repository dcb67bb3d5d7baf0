package node

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"weir/engine"
	"weir/engine/inquiry"
	"weir/ledger/badgerdb"
	"weir/ledger/blob"
	"weir/ledger/contract"
	"weir/ledger/machine"
	"weir/ledger/proof"
	"weir/ledger/solo"
	"weir/ledger/witness/gather"
)

// Solo is how a node that is its own sequencer starts.
type Solo struct {
	Folder    string // the store and the contents; made where it is not there
	Contracts *contract.Set
	Verifier  contract.Verifier
	Name      engine.Name        // of the node and of the sequencer
	Key       ed25519.PrivateKey // signs checkpoints and storage receipts
	Origin    string             // of the checkpoints
	Random    io.Reader
	Clock     func() time.Time
	// Trust says which witnesses' cosignatures the node gathers, and how many make a checkpoint final; nil: none.
	Trust *proof.Trust
	// Founding begins a ledger where the folder has none.
	Founding *machine.Founding
}

// Running is a node with everything under it.
type Running struct {
	*Node
	Machine   *machine.Machine
	Sequencer *solo.Sequencer
	db        *badgerdb.DB
}

// Open opens or founds the ledger in a folder and starts its sequencer. Close ends it.
func Open(s Solo) (*Running, error) {
	if err := os.MkdirAll(s.Folder, 0o700); err != nil {
		return nil, fmt.Errorf("open node: %w", err)
	}
	db, err := badgerdb.Open(filepath.Join(s.Folder, "store"))
	if err != nil {
		return nil, fmt.Errorf("open node: %w", err)
	}
	r, err := s.start(db)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open node: %w", err), db.Close())
	}
	return r, nil
}

func (s *Solo) start(db *badgerdb.DB) (*Running, error) {
	config := machine.Config{Store: db, Contracts: s.Contracts, Verifier: s.Verifier, Random: s.Random}
	var m *machine.Machine
	var err error
	if _, begun := db.Head(); begun || s.Founding == nil {
		m, err = machine.Open(config)
	} else {
		m, err = machine.Found(config, *s.Founding)
	}
	if err != nil {
		return nil, err
	}
	contents, err := blob.Open(filepath.Join(s.Folder, "contents"), MaxBlob, inquiry.IsNamedBy)
	if err != nil {
		return nil, err
	}
	signer, err := proof.NewSigner(s.Origin, s.Key)
	if err != nil {
		return nil, err
	}
	sequencer, err := solo.Start(solo.Config{Machine: m, Proposer: s.Name, Origin: s.Origin, Signer: signer, Clock: s.Clock})
	if err != nil {
		return nil, err
	}
	gatherer, err := gather.Open(gather.Config{Log: m, Trust: s.Trust, File: filepath.Join(s.Folder, "cosigned"), Moved: sequencer.Moved})
	if err != nil {
		return nil, errors.Join(err, sequencer.Close())
	}
	n := New(Config{Machine: m, Orderer: sequencer, Blobs: contents, Name: s.Name, Key: s.Key, Clock: s.Clock, Gatherer: gatherer})
	return &Running{Node: n, Machine: m, Sequencer: sequencer, db: db}, nil
}

// Close takes no more transactions, writes those that were taken, and closes the store.
func (r *Running) Close() error {
	return errors.Join(r.Sequencer.Close(), r.db.Close())
}
