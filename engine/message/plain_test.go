package message

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"

	"weir/engine"
)

// Deterministic CBOR written out by hand (RFC 8949, section 4.2.1), to compute digests without the code under test.

func plainHead(major byte, n uint64) []byte {
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

func plainNumber(n uint64) []byte { return plainHead(0, n) }

func plainBytes(b []byte) []byte { return append(plainHead(2, uint64(len(b))), b...) }

func plainText[T ~string](s T) []byte { return append(plainHead(3, uint64(len(s))), s...) }

func plainArray(items ...[]byte) []byte {
	b := plainHead(4, uint64(len(items)))
	for _, item := range items {
		b = append(b, item...)
	}
	return b
}

// plainDigest is H(tag, x) = SHA-256(1-byte len(tag) ‖ tag ‖ enc(x)).
func plainDigest(tag string, x []byte) engine.Digest {
	return sha256.Sum256(append(append([]byte{byte(len(tag))}, tag...), x...))
}
