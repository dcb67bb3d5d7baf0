package proving

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"

	"weir/circuits"
	"weir/circuits/contribution"
	"weir/circuits/keycache"
	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/pedersen"
	"weir/engine/proof"
	"weir/ledger/contract/tasks"
)

// Worker proves contributions for somebody else's agent, from jobs alone. It is safe for concurrent use.
type Worker struct {
	keys *keycache.Keys

	mu      sync.Mutex
	provers map[engine.Digest]*contribution.Prover // by the SHA-256 of the encoded table
}

// maxProvers bounds the slices that a worker keeps prepared: 1 MB each.
const maxProvers = 16

// LoadWorker gives a worker with the contribution circuit's keys from a key cache: those that a registry names, or without
// one development keys.
func LoadWorker(ctx context.Context, cache *keycache.Cache, registry proof.Registry) (*Worker, error) {
	keys, err := cache.Load(ctx, circuits.Contribution, registry[circuits.Contribution], contribution.Compile)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	return &Worker{keys: keys, provers: map[engine.Digest]*contribution.Prover{}}, nil
}

// Circuit is the id of the verifying key that the worker's proofs are judged by.
func (w *Worker) Circuit() engine.Digest { return w.keys.ID }

// Prove does a job. Errors wrap ErrJob, contribution.ErrStatement or contribution.ErrWitness, and say nothing of the record.
func (w *Worker) Prove(b Job) ([]byte, error) {
	var j job
	if err := canonical.Decode(b, MaxJob, &j); err != nil {
		return nil, fmt.Errorf("%w: not the encoding of a job", ErrJob)
	}
	if j.Circuit != w.keys.ID {
		return nil, fmt.Errorf("%w: for circuit %s", ErrJob, j.Circuit.Short())
	}
	var s tasks.ContributionStatement
	if err := canonical.Decode(j.Statement, proof.MaxContributionStatement, &s); err != nil {
		return nil, fmt.Errorf("%w: statement: %w", ErrJob, err)
	}
	point, err := pedersen.DecodePoint(s.C[:])
	if err != nil {
		return nil, fmt.Errorf("%w: commitment: %w", ErrJob, err)
	}
	witness, err := j.Witness.read()
	if err != nil {
		return nil, err
	}
	prover, err := w.prover(s.Table)
	if err != nil {
		return nil, err
	}
	return prover.Prove(&contribution.Statement{Root: s.Root, Tag: s.Tag, Context: field(s.Context), C: point}, witness)
}

// prover prepares a slice, or has it prepared already.
func (w *Worker) prover(encoded []byte) (*contribution.Prover, error) {
	hash := engine.Digest(sha256.Sum256(encoded))
	w.mu.Lock()
	defer w.mu.Unlock()
	if known := w.provers[hash]; known != nil {
		return known, nil
	}
	table, err := proof.ReadTable(encoded)
	if err != nil {
		return nil, fmt.Errorf("%w: table: %w", ErrJob, err)
	}
	prover, err := contribution.NewProver(w.keys, table)
	if err != nil {
		return nil, fmt.Errorf("%w: table: %w", ErrJob, err)
	}
	if len(w.provers) >= maxProvers {
		clear(w.provers)
	}
	w.provers[hash] = prover
	return prover, nil
}

// field is a digest as a public input of the circuit.
func field(d engine.Digest) (b [32]byte) {
	f := canonical.Field(d)
	copy(b[1:], f[:])
	return b
}
