package parquet

import (
	"encoding/binary"
	"errors"
)

// thrift reads the compact protocol of Apache Thrift, in which a file's metadata is written, from bytes that are at hand.
// It reads nothing beyond them, believes no length, and holds the first error.
type thrift struct {
	rest  []byte
	depth int
	err   error
}

// The protocol's types of values.
const (
	thriftTrue, thriftFalse, thriftByte, thriftShort, thriftInt, thriftLong = 1, 2, 3, 4, 5, 6
	thriftDouble, thriftBinary, thriftList, thriftSet, thriftMap            = 7, 8, 9, 10, 11
	thriftStruct                                                            = 12
)

// maxDepth is how deep structures lie within each other; the format's own go to six.
const maxDepth = 16

var (
	errShort = errors.New("metadata that end early")
	errType  = errors.New("metadata of a wrong type")
	errDeep  = errors.New("metadata that are nested too deep")
)

func (r *thrift) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.rest = nil
}

// fields reads a structure: visit takes the value of each field, by skip if nothing else.
func (r *thrift) fields(kind byte, visit func(id int, kind byte)) {
	if kind != thriftStruct {
		r.fail(errType)
		return
	}
	if r.depth++; r.depth > maxDepth {
		r.fail(errDeep)
	}
	for id := 0; r.err == nil; {
		head := r.byte()
		if head == 0 {
			break
		}
		if delta := int(head >> 4); delta != 0 {
			id += delta
		} else {
			id = int(int16(r.signed()))
		}
		visit(id, head&0x0f)
	}
	r.depth--
}

// elements reads a list: visit takes each value.
func (r *thrift) elements(kind byte, visit func(kind byte)) {
	if kind != thriftList && kind != thriftSet {
		r.fail(errType)
		return
	}
	if r.depth++; r.depth > maxDepth {
		r.fail(errDeep)
	}
	head := r.byte()
	count := uint64(head >> 4)
	if count == 15 {
		count = r.unsigned()
	}
	if count > uint64(len(r.rest)) { // each takes a byte at least
		r.fail(errShort)
	}
	for ; count > 0 && r.err == nil; count-- {
		visit(head & 0x0f)
	}
	r.depth--
}

// skip passes over a value.
func (r *thrift) skip(kind byte) {
	switch kind {
	case thriftTrue, thriftFalse:
	case thriftByte:
		r.byte()
	case thriftShort, thriftInt, thriftLong:
		r.unsigned()
	case thriftDouble:
		r.take(8)
	case thriftBinary:
		r.take(r.unsigned())
	case thriftList, thriftSet:
		r.elements(kind, r.skipElement)
	case thriftMap:
		r.skipMap()
	case thriftStruct:
		r.fields(kind, func(_ int, kind byte) { r.skip(kind) })
	default:
		r.fail(errType)
	}
}

// skipElement is skip within a list or map, where a truth value takes a byte of its own.
func (r *thrift) skipElement(kind byte) {
	if kind == thriftTrue || kind == thriftFalse {
		kind = thriftByte
	}
	r.skip(kind)
}

func (r *thrift) skipMap() {
	if r.depth++; r.depth > maxDepth {
		r.fail(errDeep)
	}
	count := r.unsigned()
	if count > uint64(len(r.rest)) {
		r.fail(errShort)
	}
	if count > 0 {
		for kinds := r.byte(); count > 0 && r.err == nil; count-- {
			r.skipElement(kinds >> 4)
			r.skipElement(kinds & 0x0f)
		}
	}
	r.depth--
}

// integer reads a whole number of any width.
func (r *thrift) integer(kind byte) int64 {
	switch kind {
	case thriftByte:
		return int64(int8(r.byte()))
	case thriftShort, thriftInt, thriftLong:
		return r.signed()
	}
	r.fail(errType)
	return 0
}

// flag reads a truth value of a field.
func (r *thrift) flag(kind byte) bool {
	if kind != thriftTrue && kind != thriftFalse {
		r.fail(errType)
	}
	return kind == thriftTrue
}

// text reads bytes.
func (r *thrift) text(kind byte) string {
	if kind != thriftBinary {
		r.fail(errType)
		return ""
	}
	return string(r.take(r.unsigned()))
}

func (r *thrift) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *thrift) take(n uint64) []byte {
	if r.err != nil || n > uint64(len(r.rest)) {
		r.fail(errShort)
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

func (r *thrift) unsigned() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.fail(errShort)
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

// signed reads a number in zigzag order.
func (r *thrift) signed() int64 {
	v := r.unsigned()
	return int64(v>>1) ^ -int64(v&1)
}
