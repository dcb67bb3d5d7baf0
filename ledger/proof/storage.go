package proof

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger"
)

// maxStorageReceipt bounds an encoded storage receipt, in bytes.
const maxStorageReceipt = 512

// ErrStorage is returned for bytes that are not a storage receipt, or not one that the key signed.
var ErrStorage = errors.New("storage receipt refused")

// StorageReceipt is a node's word that it holds some content and will hand it out.
type StorageReceipt struct {
	_         struct{} `cbor:",toarray"`
	Chain     engine.Name
	Node      engine.Name
	Content   engine.Digest // what the content is fetched by
	Size      uint64        // bytes
	Time      int64         // Unix milliseconds
	Signature [ledger.SignatureSize]byte
}

func (s *StorageReceipt) digest() engine.Digest {
	return canonical.Digest("weir/stored/v1", []any{s.Chain, s.Node, s.Content, s.Size, s.Time})
}

// SignStorage makes a receipt for content of size bytes that was stored, durably, before at.
func SignStorage(chain, node engine.Name, key ed25519.PrivateKey, content engine.Digest, size int, at time.Time) *StorageReceipt {
	s := &StorageReceipt{Chain: chain, Node: node, Content: content, Size: uint64(size), Time: at.UnixMilli()}
	digest := s.digest()
	s.Signature = [ledger.SignatureSize]byte(ed25519.Sign(key, digest[:]))
	return s
}

// Encode gives the canonical bytes.
func (s *StorageReceipt) Encode() []byte { return canonical.Encode(s) }

// OpenStorageReceipt reads a receipt of a chain and checks that the node's key signed it, under the rule that contracts
// judge signatures by. Errors wrap ErrStorage.
func OpenStorageReceipt(b []byte, chain engine.Name, key [32]byte) (*StorageReceipt, error) {
	var s StorageReceipt
	if err := canonical.Decode(b, maxStorageReceipt, &s); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStorage, err)
	}
	if s.Chain != chain {
		return nil, fmt.Errorf("%w: of another chain", ErrStorage)
	}
	if _, err := engine.ParseName(string(s.Node)); err != nil {
		return nil, fmt.Errorf("%w: node: %w", ErrStorage, err)
	}
	claim := ledger.Signature{Key: key, Digest: s.digest(), Signature: s.Signature}
	if !claim.Verify() {
		return nil, fmt.Errorf("%w: signature does not verify", ErrStorage)
	}
	return &s, nil
}
