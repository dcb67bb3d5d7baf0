package deposit

import (
	"fmt"
	"unicode/utf8"

	"weir/engine"
	"weir/engine/period"
	"weir/ledger"
	"weir/ledger/merkle"
)

// Kinds of transactions, by accounts in standing.
const (
	KindDeposit  = ledger.Kind("deposit")   // Deposit
	KindGrant    = ledger.Kind("grant")     // Grant, by a depositor
	KindWithdraw = ledger.Kind("withdraw")  // Withdrawal, by whoever granted
	KindHandOver = ledger.Kind("hand-over") // HandOver, by whoever granted
)

// Bounds of a deposit.
const (
	MaxPublic = 256     // bytes of its note
	MaxCount  = 1 << 20 // documents in a batch
)

// Deposit puts one document on the ledger, or a whole batch under one root.
type Deposit struct {
	_      struct{}      `cbor:",toarray"`
	Digest engine.Digest // of the document; of a batch, its root (NewBatch)
	Count  uint64        // 1, or how many documents the batch has, at least 2
	Public string        // what everybody may read, at most MaxPublic bytes
	Stamp  engine.Digest // SHA-256 of an RFC 3161 token over Digest, zero for none
}

// Check refuses a deposit out of its bounds. Errors wrap ErrDocument.
func (d *Deposit) Check() error {
	if d.Digest.IsZero() || d.Count < 1 || d.Count > MaxCount || len(d.Public) > MaxPublic || !utf8.ValidString(d.Public) {
		return fmt.Errorf("%w: a deposit has a digest, 1 to %d documents, and a note of at most %d bytes", ErrDocument, MaxCount, MaxPublic)
	}
	return nil
}

// Place is where a document stands in its deposit: nowhere in particular for a single one, else its index in the batch and
// the RFC 6962 path from there to the root.
type Place struct {
	_     struct{} `cbor:",toarray"`
	Index uint64
	Path  []engine.Digest
}

// Check tells whether a document's digest is the one deposited, or in the batch. Errors wrap ErrDocument.
func (p *Place) Check(document engine.Digest, in *Deposit) error {
	if in.Count == 1 {
		if p.Index != 0 || len(p.Path) != 0 || document != in.Digest {
			return fmt.Errorf("%w: not the document that was deposited", ErrDocument)
		}
		return nil
	}
	if err := merkle.CheckPath(in.Digest, in.Count, p.Index, document[:], p.Path); err != nil {
		return fmt.Errorf("%w: not in the batch: %w", ErrDocument, err)
	}
	return nil
}

// Batch is the tree over the digests of several documents: one transaction deposits them all.
type Batch struct {
	list  *merkle.List
	count int
}

// NewBatch hashes the documents' digests, 2 to MaxCount, in order.
func NewBatch(documents []engine.Digest) (*Batch, error) {
	if len(documents) < 2 || len(documents) > MaxCount {
		return nil, fmt.Errorf("%w: %d documents in a batch, want 2 to %d", ErrDocument, len(documents), MaxCount)
	}
	records := make([][]byte, len(documents))
	for i := range documents {
		records[i] = documents[i][:]
	}
	return &Batch{list: merkle.NewList(records), count: len(documents)}, nil
}

// Deposit is the transaction's body.
func (b *Batch) Deposit(public string) *Deposit {
	return &Deposit{Digest: b.list.Root(), Count: uint64(b.count), Public: public}
}

// Place of document index, from 0. It panics outside the batch.
func (b *Batch) Place(index int) Place {
	return Place{Index: uint64(index), Path: b.list.Path(index)}
}

// Grant allows a document to be handed over to a party. It names the deposit by its digest; for a single document the two
// are one.
type Grant struct {
	_        struct{} `cbor:",toarray"`
	Document engine.Digest
	Deposit  engine.Digest
	Place    Place
	To       string // engine.PartyID, or the engine.Name of a member: an owner of period keys
}

// Withdrawal ends a grant for good. What was handed over before stays handed over.
type Withdrawal struct {
	_        struct{} `cbor:",toarray"`
	Document engine.Digest
	To       string
}

// HandOver says that a document was sealed to a party's key of a month: which bytes, so that the party knows that they are
// meant.
type HandOver struct {
	_        struct{} `cbor:",toarray"`
	Document engine.Digest
	To       string
	Month    period.Period
	Sealed   engine.Digest // SHA-256 of the sealed bytes
}
