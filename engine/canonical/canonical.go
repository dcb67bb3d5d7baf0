// Package canonical is the one byte encoding behind every digest and message of weir: deterministic CBOR (RFC 8949,
// section 4.2.1), tagged SHA-256, and named XOF streams (protocol, section 2).
//
// It refuses every byte string that is not the single canonical encoding of a value: unknown or repeated keys,
// indefinite lengths, longer-than-needed integers, floats, tags, trailing bytes, invalid UTF-8.
package canonical

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha3"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"weir/engine"
)

// ErrNotCanonical is returned by Decode for bytes that are not the canonical encoding of the wanted value.
var ErrNotCanonical = errors.New("not a canonical encoding")

// ErrTooLong is returned by Decode for input above the caller's limit, before any of it is read.
var ErrTooLong = errors.New("message too long")

var encMode = mustMode(cbor.EncOptions{
	Sort:          cbor.SortBytewiseLexical,
	IndefLength:   cbor.IndefLengthForbidden,
	TagsMd:        cbor.TagsForbidden,
	NilContainers: cbor.NilContainerAsEmpty,
	ShortestFloat: cbor.ShortestFloat16,
}.EncMode())

// maxElements bounds arrays and maps: the largest of ours is a slice's 256 commitments.
const maxElements = 4096

var decMode = mustMode(cbor.DecOptions{
	DupMapKey:         cbor.DupMapKeyEnforcedAPF,
	IndefLength:       cbor.IndefLengthForbidden,
	TagsMd:            cbor.TagsForbidden,
	MaxNestedLevels:   8,
	MaxArrayElements:  maxElements,
	MaxMapPairs:       maxElements,
	ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
	UTF8:              cbor.UTF8RejectInvalid,
	SimpleValues:      noNull,
}.DecMode())

// noNull refuses null and undefined, which would stand for an empty value of any type and length.
var noNull = mustMode(cbor.NewSimpleValueRegistryFromDefaults(cbor.WithRejectedSimpleValue(22), cbor.WithRejectedSimpleValue(23)))

func mustMode[M any](mode M, err error) M {
	if err != nil {
		panic(err)
	}
	return mode
}

// Encode gives the canonical bytes of a value made of our own message types. It panics on a type that CBOR cannot
// carry, which is a fault of the program, never of input.
func Encode(v any) []byte {
	b, err := encMode.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("canonical: %T: %v", v, err))
	}
	return b
}

// Decode reads b, at most limit bytes, into v, a pointer to one of our own message types. What it accepts,
// Encode gives back byte for byte. Errors wrap ErrTooLong or ErrNotCanonical and repeat nothing of the content.
func Decode(b []byte, limit int, v any) error {
	if len(b) > limit {
		return fmt.Errorf("%w: %d bytes, limit %d", ErrTooLong, len(b), limit)
	}
	if err := decMode.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%w: %T", ErrNotCanonical, v)
	}
	again, err := encMode.Marshal(v)
	if err != nil || !bytes.Equal(again, b) {
		return fmt.Errorf("%w: %T is not in its one valid form", ErrNotCanonical, v)
	}
	return nil
}

// Digest is H(tag, x) = SHA-256(1-byte len(tag) ‖ tag ‖ Encode(x)).
func Digest(tag string, x any) engine.Digest { return DigestBytes(tag, Encode(x)) }

// DigestBytes is Digest of a value that is already encoded.
func DigestBytes(tag string, encoded []byte) engine.Digest {
	h := sha256.New()
	h.Write([]byte{byte(len(tag))})
	h.Write([]byte(tag))
	h.Write(encoded)
	return engine.Digest(h.Sum(nil))
}

// Field is field(·): the first 31 bytes of a digest, read as a big-endian integer by whoever puts it into a circuit.
func Field(d engine.Digest) [31]byte { return [31]byte(d[:31]) }

// Stream is the named stream SHAKE256(key ‖ name). The same key and name always give the same bytes.
func Stream(key []byte, name string) *sha3.SHAKE {
	s := sha3.NewSHAKE256()
	s.Write(key)
	s.Write([]byte(name))
	return s
}
