// Package receipt is what a bank keeps of one score, and what it shows: everything that an outsider needs to check, years
// later and offline, who allowed the score, which model it is of, on which committed records, that every contribution was
// proven, and which number was opened. It is for banks, who Assemble and Close receipts and prove bands of them, and for
// whoever is handed one: an enterprise, a supervisor, a court (Verify).
//
// A receipt relies on a Trust: whose signature makes the ledger's history, and which verifying keys count. It carries no
// record, no mask and no sealed ciphertext; an open one carries the score, so treat it like one. There is no checksum over
// the file: every byte is bound by a named check. Format: formats.md, "Receipts and trust".
package receipt

import (
	"errors"
	"fmt"
	"io"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/pedersen"
)

// Format is the version of the format that this package reads and writes.
const Format = 1

// Bounds of a receipt. One of three holders takes about 90 KiB.
const (
	MaxReceipt  = 2 << 20 // bytes
	maxBlocks   = 64      // blocks with transactions, and the founding one
	maxEntries  = 64      // transactions of one block
	maxKeyBytes = 64 << 10
)

// ErrReceipt is returned for bytes that are not a receipt.
var ErrReceipt = errors.New("receipt malformed")

// Receipt is the file. Everything in it but Opened is public on the ledger.
type Receipt struct {
	_          struct{} `cbor:",toarray"`
	Format     uint8    // Format
	Document   []byte   // the founding document, message.Genesis
	Checkpoint []byte   // signed note over the log of headers
	Blocks     []Block  // by height; the founding block first
	Key        []byte   // verifying key of the contribution circuit, as gnark writes it compressed
	Opened     []Opening
}

// Block is a header with its path to the checkpoint, and those of its transactions that the score rests on.
type Block struct {
	_       struct{} `cbor:",toarray"`
	Header  []byte   // ledger.Header, encoded
	LogPath []engine.Digest
	Entries []Entry // by place in the block
}

// Entry is one transaction with its result, and their paths to the header.
type Entry struct {
	_          struct{} `cbor:",toarray"`
	Tx, Result []byte   // ledger.Tx and ledger.Result, encoded
	TxPath     []engine.Digest
	ResultPath []engine.Digest
}

// Opening opens Σ C_i + baseC. It is the score.
type Opening struct {
	_ struct{} `cbor:",toarray"`
	// Sums are the values of the groups: S_0 + base', which is the unclamped score, then S_1 to S_3.
	Sums     [pedersen.Groups]int64
	Blinding [32]byte // R + β mod ℓ, big-endian
}

// Format keeps the numbers out of every log line.
func (Opening) Format(f fmt.State, _ rune) { io.WriteString(f, "[opening of a score]") }

// Encode gives the canonical bytes.
func (r *Receipt) Encode() []byte { return canonical.Encode(r) }

// Open tells whether the receipt shows the score.
func (r *Receipt) Open() bool { return len(r.Opened) == 1 }

// Decode reads a receipt: its form, not what it says. Errors wrap ErrReceipt.
func Decode(b []byte) (*Receipt, error) {
	var r Receipt
	if err := canonical.Decode(b, MaxReceipt, &r); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	switch {
	case r.Format != Format:
		return nil, fmt.Errorf("%w: format %d, this program reads %d", ErrReceipt, r.Format, Format)
	case len(r.Blocks) > maxBlocks:
		return nil, fmt.Errorf("%w: %d blocks, limit %d", ErrReceipt, len(r.Blocks), maxBlocks)
	case len(r.Key) > maxKeyBytes:
		return nil, fmt.Errorf("%w: verifying key of %d bytes, limit %d", ErrReceipt, len(r.Key), maxKeyBytes)
	case len(r.Opened) > 1:
		return nil, fmt.Errorf("%w: %d openings of one score", ErrReceipt, len(r.Opened))
	}
	for i := range r.Blocks {
		if n := len(r.Blocks[i].Entries); n > maxEntries {
			return nil, fmt.Errorf("%w: %d transactions of one block, limit %d", ErrReceipt, n, maxEntries)
		}
	}
	return &r, nil
}

// Close is the receipt without the score.
func (r *Receipt) Close() *Receipt {
	closed := *r
	closed.Opened = nil
	return &closed
}

// Digest identifies the receipt, open or closed alike: H("weir/receipt/v1", the closed receipt).
func (r *Receipt) Digest() engine.Digest { return canonical.Digest("weir/receipt/v1", r.Close()) }
