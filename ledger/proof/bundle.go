package proof

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger"
	"weir/ledger/merkle"
)

// MaxBundle bounds an encoded bundle, in bytes.
const MaxBundle = ledger.MaxTx + ledger.MaxResult + 16<<10

// ErrBundle is returned for a bundle that does not show what it should. The message names the check that failed.
var ErrBundle = errors.New("proof bundle refused")

// Bundle shows what became of one transaction. All of it is public. The transaction's place in its block stands in the
// result, that of the header in the log is its height.
type Bundle struct {
	_          struct{} `cbor:",toarray"`
	Tx         []byte   // ledger.Tx, encoded
	Result     []byte   // ledger.Result, encoded
	Header     []byte   // ledger.Header, encoded
	TxPath     []engine.Digest
	ResultPath []engine.Digest
	LogPath    []engine.Digest // from the header to the checkpoint
	Checkpoint []byte          // signed note
}

// Encode gives the canonical bytes.
func (b *Bundle) Encode() []byte { return canonical.Encode(b) }

// Trust is whose word counts for a reader: the ledger's part of a trust file.
type Trust struct {
	Chain          engine.Name
	Origin         string          // of the checkpoints
	CheckpointKeys []string        // VerifierKey; the signature of any one is enough, as long as the witness quorum is 0
	ContractSets   []engine.Digest // contract sets that the reader accepts; none listed: all
}

// Shown is what a bundle proves: that the ledger's signer vouches for this transaction and this result in this block.
// That the transaction's signature holds was judged when the block was made, by the sender's key of that time; whoever
// knows the key can judge it again (Signature).
type Shown struct {
	Tx         *ledger.Tx
	Result     *ledger.Result
	Header     *ledger.Header
	Checkpoint *Checkpoint
}

// Verify reads a foreign bundle and checks all of it, offline. Errors wrap ErrBundle.
func (t *Trust) Verify(bundle []byte) (*Shown, error) {
	known, err := verifiers(t.CheckpointKeys)
	if err != nil {
		return nil, fmt.Errorf("trust: %w", err)
	}
	var b Bundle
	if err := canonical.Decode(bundle, MaxBundle, &b); err != nil {
		return nil, fmt.Errorf("%w: encoding: %w", ErrBundle, err)
	}
	shown, err := b.read(t.Origin, known)
	if err != nil {
		return nil, err
	}
	if err := shown.check(t); err != nil {
		return nil, err
	}
	if err := b.checkPaths(shown); err != nil {
		return nil, err
	}
	return shown, nil
}

func (b *Bundle) read(origin string, known note.Verifiers) (*Shown, error) {
	var shown Shown
	var err error
	if shown.Checkpoint, err = OpenCheckpoint(b.Checkpoint, origin, known); err != nil {
		return nil, fmt.Errorf("%w: checkpoint: %w", ErrBundle, err)
	}
	if shown.Header, err = ledger.DecodeHeader(b.Header); err != nil {
		return nil, fmt.Errorf("%w: header: %w", ErrBundle, err)
	}
	if shown.Tx, err = ledger.DecodeTx(b.Tx); err != nil {
		return nil, fmt.Errorf("%w: transaction: %w", ErrBundle, err)
	}
	if shown.Result, err = ledger.DecodeResult(b.Result); err != nil {
		return nil, fmt.Errorf("%w: result: %w", ErrBundle, err)
	}
	return &shown, nil
}

// check compares what the parts say of each other.
func (s *Shown) check(t *Trust) error {
	switch {
	case s.Header.Chain != t.Chain || s.Tx.Chain != t.Chain:
		return fmt.Errorf("%w: chain: not %s", ErrBundle, t.Chain)
	case len(t.ContractSets) > 0 && !slices.Contains(t.ContractSets, s.Header.Contracts):
		return fmt.Errorf("%w: contract set: %s is not a trusted one", ErrBundle, s.Header.Contracts.Short())
	case s.Result.Tx != s.Tx.ID():
		return fmt.Errorf("%w: result: of another transaction", ErrBundle)
	case s.Result.Height != s.Header.Height:
		return fmt.Errorf("%w: result: of another block", ErrBundle)
	}
	return nil
}

func (b *Bundle) checkPaths(s *Shown) error {
	of, index := uint64(s.Result.Of), uint64(s.Result.Index)
	if err := merkle.CheckPath(s.Checkpoint.Root, s.Checkpoint.Size, s.Header.Height, b.Header, b.LogPath); err != nil {
		return fmt.Errorf("%w: header to checkpoint: %w", ErrBundle, err)
	}
	if err := merkle.CheckPath(s.Header.Results, of, index, b.Result, b.ResultPath); err != nil {
		return fmt.Errorf("%w: result to header: %w", ErrBundle, err)
	}
	if err := merkle.CheckPath(s.Header.Txs, of, index, b.Tx, b.TxPath); err != nil {
		return fmt.Errorf("%w: transaction to header: %w", ErrBundle, err)
	}
	return nil
}

// Signature is the claim that a key signed the transaction.
func (s *Shown) Signature(key [32]byte) *ledger.Signature {
	return &ledger.Signature{Key: key, Digest: s.Tx.ID(), Signature: s.Tx.Signature}
}
