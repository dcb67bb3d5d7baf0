package ledger

import (
	"errors"
	"fmt"
	"time"

	"weir/engine"
	"weir/engine/canonical"
)

// MaxHeader bounds an encoded header, in bytes.
const MaxHeader = 512

// ErrHeader is returned for bytes that are not a header.
var ErrHeader = errors.New("header malformed")

// Header says what one block did. Headers are chained by their digests, and are the records of an RFC 6962 log: the
// header of height h is record h.
type Header struct {
	_         struct{} `cbor:",toarray"`
	Chain     engine.Name
	Height    uint64        // 0 is the founding block, which has no transactions
	Time      int64         // Unix milliseconds, above the previous header's
	Previous  engine.Digest // Digest of the header before; of the founding document at height 0
	Txs       engine.Digest // RFC 6962 root over the encoded transactions
	Results   engine.Digest // RFC 6962 root over the encoded results
	State     engine.Digest // root of the state after the block (ledger/merkle, Sparse)
	Contracts engine.Digest // hash of the contract set that judged it
	Proposer  engine.Name
}

// Encode gives the canonical bytes, at most MaxHeader.
func (h *Header) Encode() []byte { return canonical.Encode(h) }

// Digest is H("weir/header/v1", header).
func (h *Header) Digest() engine.Digest { return canonical.Digest("weir/header/v1", h) }

// At is the block time, in UTC.
func (h *Header) At() time.Time { return time.UnixMilli(h.Time).UTC() }

// DecodeHeader reads a header. Errors wrap ErrHeader.
func DecodeHeader(b []byte) (*Header, error) {
	var h Header
	if err := canonical.Decode(b, MaxHeader, &h); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHeader, err)
	}
	for _, name := range []engine.Name{h.Chain, h.Proposer} {
		if _, err := engine.ParseName(string(name)); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrHeader, err)
		}
	}
	return &h, nil
}

// FoundingDigest is what the founding block's header names as previous: H("weir/founding/v1", document bytes).
func FoundingDigest(document []byte) engine.Digest {
	return canonical.DigestBytes("weir/founding/v1", document)
}
