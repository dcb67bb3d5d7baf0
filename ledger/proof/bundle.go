package proof

import (
	"errors"
	"fmt"

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
	var b Bundle
	if err := canonical.Decode(bundle, MaxBundle, &b); err != nil {
		return nil, fmt.Errorf("%w: encoding: %w", ErrBundle, err)
	}
	shown := new(Shown)
	var err error
	if shown.Header, shown.Checkpoint, err = t.openHeader(b.Header, b.LogPath, b.Checkpoint); err != nil {
		return nil, err
	}
	if shown.Tx, err = ledger.DecodeTx(b.Tx); err != nil {
		return nil, fmt.Errorf("%w: transaction: %w", ErrBundle, err)
	}
	if shown.Result, err = ledger.DecodeResult(b.Result); err != nil {
		return nil, fmt.Errorf("%w: result: %w", ErrBundle, err)
	}
	if err := shown.check(); err != nil {
		return nil, err
	}
	if err := b.checkPaths(shown); err != nil {
		return nil, err
	}
	return shown, nil
}

// check compares what the parts say of each other.
func (s *Shown) check() error {
	switch {
	case s.Tx.Chain != s.Header.Chain:
		return fmt.Errorf("%w: chain: not %s", ErrBundle, s.Header.Chain)
	case s.Result.Tx != s.Tx.ID():
		return fmt.Errorf("%w: result: of another transaction", ErrBundle)
	case s.Result.Height != s.Header.Height:
		return fmt.Errorf("%w: result: of another block", ErrBundle)
	}
	return nil
}

func (b *Bundle) checkPaths(s *Shown) error {
	of, index := uint64(s.Result.Of), uint64(s.Result.Index)
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
