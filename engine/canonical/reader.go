package canonical

import (
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf8"
)

// Reader reads one value piece by piece, for messages that are read so often that Decode's cost shows. It takes what Decode
// takes and nothing else; after the first piece that is not what was asked for, everything reads as zero, and End tells.
// Bytes that it gives share the memory of what is read.
type Reader struct {
	left   []byte
	failed bool
}

// NewReader reads b, at most limit bytes. Errors wrap ErrTooLong.
func NewReader(b []byte, limit int) (*Reader, error) {
	if len(b) > limit {
		return nil, fmt.Errorf("%w: %d bytes, limit %d", ErrTooLong, len(b), limit)
	}
	return &Reader{left: b}, nil
}

// CBOR's major types.
const (
	unsigned   = 0
	byteString = 2
	textString = 3
	array      = 4
)

// Array reads the head of an array of n elements, which come next.
func (r *Reader) Array(n int) {
	if r.head(array) != uint64(n) {
		r.fail()
	}
}

// Uint reads a number.
func (r *Reader) Uint() uint64 { return r.head(unsigned) }

// Text reads a text string.
func (r *Reader) Text() string {
	b := r.take(r.head(textString))
	if !utf8.Valid(b) {
		r.fail()
		return ""
	}
	return string(b)
}

// Bytes reads a byte string.
func (r *Reader) Bytes() []byte { return r.take(r.head(byteString)) }

// Fixed reads a byte string of exactly as many bytes as into has.
func (r *Reader) Fixed(into []byte) {
	b := r.Bytes()
	if len(b) != len(into) {
		r.fail()
		return
	}
	copy(into, b)
}

// End tells whether all of it was read, and nothing else was there. Errors wrap ErrNotCanonical.
func (r *Reader) End() error {
	if r.failed || len(r.left) > 0 {
		return ErrNotCanonical
	}
	return nil
}

func (r *Reader) fail() { r.left, r.failed = nil, true }

func (r *Reader) take(n uint64) []byte {
	if n > uint64(len(r.left)) {
		r.fail()
		return nil
	}
	taken := r.left[:n:n]
	r.left = r.left[n:]
	return taken
}

// head reads a type and its argument, which has to be in its shortest form.
func (r *Reader) head(major byte) uint64 {
	first := r.take(1)
	if first == nil || first[0]>>5 != major {
		r.fail()
		return 0
	}
	argument := uint64(first[0] & 0x1f)
	if argument < 24 {
		return argument
	}
	var least uint64 // that has this form
	switch argument {
	case 24:
		argument, least = r.number(1), 24
	case 25:
		argument, least = r.number(2), math.MaxUint8+1
	case 26:
		argument, least = r.number(4), math.MaxUint16+1
	case 27:
		argument, least = r.number(8), math.MaxUint32+1
	default:
		r.fail()
		return 0
	}
	if argument < least {
		r.fail()
		return 0
	}
	return argument
}

func (r *Reader) number(size uint64) uint64 {
	var b [8]byte
	copy(b[8-size:], r.take(size))
	return binary.BigEndian.Uint64(b[:])
}
