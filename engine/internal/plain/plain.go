// Package plain is deterministic CBOR written out by hand (RFC 8949, section 4.2.1) and the tagged digest over it, for tests
// that compute a digest a second time without the code under test. It reads nothing and knows only what messages consist
// of: unsigned numbers, byte strings, texts and arrays.
package plain

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"

	"weir/engine"
)

func head(major byte, n uint64) []byte {
	switch size := (bits.Len64(n) + 7) / 8; {
	case n < 24:
		return []byte{major<<5 | byte(n)}
	case size == 1:
		return []byte{major<<5 | 24, byte(n)}
	case size == 2:
		return binary.BigEndian.AppendUint16([]byte{major<<5 | 25}, uint16(n))
	case size <= 4:
		return binary.BigEndian.AppendUint32([]byte{major<<5 | 26}, uint32(n))
	default:
		return binary.BigEndian.AppendUint64([]byte{major<<5 | 27}, n)
	}
}

// Number encodes an unsigned integer.
func Number(n uint64) []byte { return head(0, n) }

// Bytes encodes a byte string.
func Bytes(b []byte) []byte { return append(head(2, uint64(len(b))), b...) }

// Text encodes a text.
func Text[T ~string](s T) []byte { return append(head(3, uint64(len(s))), s...) }

// Array encodes an array of encoded items.
func Array(items ...[]byte) []byte {
	b := head(4, uint64(len(items)))
	for _, item := range items {
		b = append(b, item...)
	}
	return b
}

// Digest is H(tag, x) = SHA-256(1-byte len(tag) ‖ tag ‖ enc(x)).
func Digest(tag string, x []byte) engine.Digest {
	return sha256.Sum256(append(append([]byte{byte(len(tag))}, tag...), x...))
}
