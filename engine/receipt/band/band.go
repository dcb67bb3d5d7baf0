// Package band shows one verifier, on one day, that the score of a receipt is at least so high, and nothing else about it:
// a bank proves it from its open receipt, and whoever is handed the file and the closed receipt checks it offline. The
// proof is a range proof over the receipt's commitments (pedersen.RangeProof): no circuit, no set-up.
//
// It refuses another verifier, day, bound or receipt than the one that the file was made for. Whether the receipt itself
// holds is for package receipt.
package band

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/pedersen"
	"weir/engine/receipt"
)

// width of a band, in bits: From ≤ score < From + 2^20. No score of eight sources exceeds base' by more.
const width = 20

// format is the version of the file.
const format = 1

// MaxFile bounds a band file, in bytes.
const MaxFile = 4 << 10

// ErrBand is returned for a band file that is malformed, or does not hold for a receipt.
var ErrBand = errors.New("band refused")

// Band is a file that shows one verifier, on one day, that the score of a receipt is at least From, and nothing else.
type Band struct {
	_       struct{}      `cbor:",toarray"`
	Format  uint8         // 1
	Receipt engine.Digest // receipt.Receipt.Digest: open or closed alike
	For     engine.Name   // who may rely on it
	Date    string        // a day, YYYY-MM-DD
	From    int64         // unclamped score, −2^62 to 2^62
	Proof   []byte        // pedersen.RangeProof over 20 bits
}

// Encode gives the canonical bytes.
func (b *Band) Encode() []byte { return canonical.Encode(b) }

// Decode reads a band file. Errors wrap ErrBand.
func Decode(file []byte) (*Band, error) {
	var b Band
	if err := canonical.Decode(file, MaxFile, &b); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBand, err)
	}
	if b.Format != format {
		return nil, fmt.Errorf("%w: format %d, this program reads %d", ErrBand, b.Format, format)
	}
	return &b, nil
}

// Prove proves from an open receipt that its score is at least from, for a verifier and a day. It fails, saying so,
// where the score is lower, or is 2^20 or more above.
func Prove(r *receipt.Receipt, from int64, verifier engine.Name, day time.Time, random io.Reader) (*Band, error) {
	if !r.Open() {
		return nil, fmt.Errorf("%w: a band is proven from an open receipt; this one is closed", ErrBand)
	}
	b := &Band{Format: format, Receipt: r.Digest(), For: verifier, Date: day.UTC().Format(time.DateOnly), From: from}
	committed, err := r.Commitment()
	if err != nil {
		return nil, err
	}
	statement, err := b.statement(committed)
	if err != nil {
		return nil, err
	}
	opened := &r.Opened[0]
	proof, err := pedersen.ProveRange(statement, pedersen.Integers(opened.Sums), new(big.Int).SetBytes(opened.Blinding[:]), random)
	if err != nil {
		return nil, fmt.Errorf("%w: the score is not shown to be at least %d: %w", ErrBand, from, err)
	}
	b.Proof = proof.Encode()
	return b, nil
}

// Check tells whether the band holds for a receipt, open or closed, that was verified. Errors wrap ErrBand.
func (b *Band) Check(r *receipt.Receipt) error {
	if b.Receipt != r.Digest() {
		return fmt.Errorf("%w: it is of receipt %s, this one is %s", ErrBand, b.Receipt.Short(), r.Digest().Short())
	}
	committed, err := r.Commitment()
	if err != nil {
		return err
	}
	statement, err := b.statement(committed)
	if err != nil {
		return err
	}
	proof, err := pedersen.DecodeRangeProof(b.Proof, width)
	if err == nil {
		err = proof.Verify(statement)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBand, err)
	}
	return nil
}

func (b *Band) statement(committed pedersen.Point) (pedersen.Range, error) {
	day, err := time.Parse(time.DateOnly, b.Date)
	if err != nil {
		return pedersen.Range{}, fmt.Errorf("%w: the date is not a day, YYYY-MM-DD", ErrBand)
	}
	return pedersen.Range{C: committed, From: b.From, Bits: width,
		For: pedersen.Audience{Verifier: b.For, Date: day, Context: b.Receipt}}, nil
}
