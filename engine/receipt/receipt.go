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
	"bytes"
	"errors"
	"fmt"
	"io"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/pedersen"
	"weir/engine/receipt/roll"
)

// The versions of the format that this package reads and writes. A receipt without a roll is of the first.
const (
	Format       = 1
	FormatOfRoll = 2
)

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
	Document   []byte  // the founding document, message.Genesis
	Checkpoint []byte  // signed note over the log of headers
	Blocks     []Block // by height; the founding block first
	Key        []byte  // verifying key of the contribution circuit, as gnark writes it compressed
	Opened     []Opening
	// Roll shows which keys spoke for the accounts that did not sign with the key in the document; nil where there are none.
	Roll *roll.Roll
}

// first and second are the two formats.
type first struct {
	_          struct{} `cbor:",toarray"`
	Format     uint8    // Format
	Document   []byte
	Checkpoint []byte
	Blocks     []Block
	Key        []byte
	Opened     []Opening
}

type second struct {
	_          struct{} `cbor:",toarray"`
	Format     uint8    // FormatOfRoll
	Document   []byte
	Checkpoint []byte
	Blocks     []Block
	Key        []byte
	Opened     []Opening
	Roll       roll.Roll
}

// form is the receipt in its format.
func (r *Receipt) form() any {
	if r.Roll == nil {
		return first{Format: Format, Document: r.Document, Checkpoint: r.Checkpoint, Blocks: r.Blocks, Key: r.Key, Opened: r.Opened}
	}
	return second{Format: FormatOfRoll, Document: r.Document, Checkpoint: r.Checkpoint, Blocks: r.Blocks, Key: r.Key, Opened: r.Opened, Roll: *r.Roll}
}

func (r *Receipt) format() int {
	if r.Roll == nil {
		return Format
	}
	return FormatOfRoll
}

// ofRoll is how the second format begins: an array of seven, and its number.
var ofRoll = []byte{0x87, FormatOfRoll}

// decode reads either format.
func decode(b []byte) (*Receipt, error) {
	if bytes.HasPrefix(b, ofRoll) {
		var s second
		err := canonical.Decode(b, MaxReceipt, &s)
		return &Receipt{Document: s.Document, Checkpoint: s.Checkpoint, Blocks: s.Blocks, Key: s.Key, Opened: s.Opened, Roll: &s.Roll}, err
	}
	var f first
	err := canonical.Decode(b, MaxReceipt, &f)
	if err == nil && f.Format != Format {
		err = fmt.Errorf("format %d, this program reads %d and %d", f.Format, Format, FormatOfRoll)
	}
	return &Receipt{Document: f.Document, Checkpoint: f.Checkpoint, Blocks: f.Blocks, Key: f.Key, Opened: f.Opened}, err
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
func (r *Receipt) Encode() []byte { return canonical.Encode(r.form()) }

// Open tells whether the receipt shows the score.
func (r *Receipt) Open() bool { return len(r.Opened) == 1 }

// Decode reads a receipt: its form, not what it says. Errors wrap ErrReceipt.
func Decode(b []byte) (*Receipt, error) {
	r, err := decode(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	switch {
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
	return r, nil
}

// Close is the receipt without the score.
func (r *Receipt) Close() *Receipt {
	closed := *r
	closed.Opened = nil
	return &closed
}

// Digest identifies the receipt, open or closed alike: H("weir/receipt/v1", the closed receipt).
func (r *Receipt) Digest() engine.Digest {
	return canonical.Digest("weir/receipt/v1", r.Close().form())
}
