package canonical

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// pair is [number, text], small enough to write its bytes by hand.
type pair struct {
	_      struct{} `cbor:",toarray"`
	Number uint64
	Text   string
}

// keyed is a message with named fields, should one ever be needed.
type keyed struct {
	A uint64   `cbor:"a"`
	B []uint64 `cbor:"b"`
}

func TestOtherFormsOfAnArrayAreRefused(t *testing.T) {
	if err := Decode([]byte("\x82\x05\x61x"), 100, new(pair)); err != nil {
		t.Fatalf("the one valid form: %v", err)
	}
	for name, b := range map[string]string{
		"empty": "", "nothing but a head": "\x82", "truncated": "\x82\x05\x61", "trailing byte": "\x82\x05\x61x\x00",
		"trailing copy": "\x82\x05\x61x\x82\x05\x61x", "one element": "\x81\x05", "three elements": "\x83\x05\x61x\x00",
		"no elements": "\x80", "indefinite array": "\x9f\x05\x61x\xff", "indefinite text": "\x82\x05\x7f\x61x\xff",
		"text in pieces": "\x82\x05\x7f\x61x\x61y\xff", "array head in two bytes": "\x98\x02\x05\x61x",
		"array head in nine bytes": "\x9b\x00\x00\x00\x00\x00\x00\x00\x02\x05\x61x",
		"5 in two bytes":           "\x82\x18\x05\x61x", "5 in three bytes": "\x82\x19\x00\x05\x61x",
		"5 in five bytes": "\x82\x1a\x00\x00\x00\x05\x61x", "5 in nine bytes": "\x82\x1b\x00\x00\x00\x00\x00\x00\x00\x05\x61x",
		"text head in two bytes": "\x82\x05\x78\x01x", "negative": "\x82\x24\x61x", "2^64 as a big number": "\x82\xc2\x49\x01\x00\x00\x00\x00\x00\x00\x00\x00\x61x",
		"small big number": "\x82\xc2\x41\x05\x61x", "tag": "\xc1\x82\x05\x61x", "self-described": "\xd9\xd9\xf7\x82\x05\x61x",
		"tag inside": "\x82\x05\xc0\x61x", "float16 5.0": "\x82\xf9\x45\x00\x61x", "float32 5.0": "\x82\xfa\x40\xa0\x00\x00\x61x",
		"float64 5.0": "\x82\xfb\x40\x14\x00\x00\x00\x00\x00\x00\x61x", "NaN": "\x82\xf9\x7e\x00\x61x", "NaN with a payload": "\x82\xfb\x7f\xf8\x00\x00\x00\x00\x00\x01\x61x",
		"infinity": "\x82\xf9\x7c\x00\x61x", "negative zero": "\x82\xf9\x80\x00\x61x", "true": "\x82\xf5\x61x", "null": "\x82\xf6\x61x",
		"undefined": "\x82\xf7\x61x", "simple value": "\x82\xe5\x61x", "simple value in two bytes": "\x82\xf8\x05\x61x", "reserved simple value": "\x82\xf8\x20\x61x",
		"null text": "\x82\x05\xf6", "null message": "\xf6", "bytes for text": "\x82\x05\x41x", "invalid UTF-8": "\x82\x05\x61\xff",
		"surrogate": "\x82\x05\x63\xed\xa0\x80", "overlong UTF-8": "\x82\x05\x62\xc0\x80", "map for array": "\xa2\x05\x61x\x06\x61y",
		"text for array": "\x62\x05x", "reserved head": "\x82\x1c\x61x", "break alone": "\xff", "array of the array": "\x81\x82\x05\x61x",
	} {
		p := pair{}
		if err := Decode([]byte(b), 100, &p); !errors.Is(err, ErrNotCanonical) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOtherFormsOfAMapAreRefused(t *testing.T) {
	if err := Decode([]byte("\xa2\x61a\x05\x61b\x81\x07"), 100, new(keyed)); err != nil {
		t.Fatalf("the one valid form: %v", err)
	}
	for name, b := range map[string]string{
		"key twice": "\xa3\x61a\x05\x61a\x05\x61b\x81\x07", "key twice, other values": "\xa3\x61a\x05\x61a\x06\x61b\x81\x07",
		"keys out of order": "\xa2\x61b\x81\x07\x61a\x05", "unknown key": "\xa3\x61a\x05\x61b\x81\x07\x61c\x05", "missing key": "\xa1\x61a\x05",
		"key in capitals": "\xa2\x61A\x05\x61b\x81\x07", "key as bytes": "\xa2\x41a\x05\x61b\x81\x07", "numbered key": "\xa2\x01\x05\x61b\x81\x07",
		"indefinite map": "\xbf\x61a\x05\x61b\x81\x07\xff", "null array": "\xa2\x61a\x05\x61b\xf6", "array for map": "\x82\x05\x81\x07",
		"NaN as a key": "\xa1\xf9\x7e\x00\x05",
	} {
		if err := Decode([]byte(b), 100, new(keyed)); !errors.Is(err, ErrNotCanonical) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Byte arrays of fixed length take exactly that many bytes, as a byte string.
func TestFixedLengthsAreExact(t *testing.T) {
	if err := Decode([]byte("\x43abc"), 100, new([3]byte)); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string]string{
		"short": "\x42ab", "long": "\x44abcd", "text": "\x63abc", "array": "\x83\x18\x61\x18\x62\x18\x63", "empty": "\x40", "null": "\xf6",
	} {
		if err := Decode([]byte(b), 100, new([3]byte)); !errors.Is(err, ErrNotCanonical) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := Decode([]byte("\x19\x01\x00"), 100, new(uint8)); !errors.Is(err, ErrNotCanonical) {
		t.Errorf("256 in 8 bits: %v", err)
	}
	if err := Decode([]byte("\x3b\x80\x00\x00\x00\x00\x00\x00\x00"), 100, new(int64)); !errors.Is(err, ErrNotCanonical) {
		t.Errorf("−2^63 − 1 in 64 bits: %v", err)
	}
}

func TestNestingIsBounded(t *testing.T) {
	type node struct {
		_    struct{} `cbor:",toarray"`
		Next []node
	}
	for _, depth := range []int{9, 100, 1 << 16} {
		b := append(bytes.Repeat([]byte{0x81}, depth), 0x80)
		if err := Decode(b, 1<<20, new(node)); !errors.Is(err, ErrNotCanonical) {
			t.Errorf("depth %d: %v", depth, err)
		}
		var v any
		if err := Decode(b, 1<<20, &v); !errors.Is(err, ErrNotCanonical) {
			t.Errorf("depth %d into any: %v", depth, err)
		}
	}
}

// A head may claim any length; only bytes that are there are paid for.
func TestClaimedLengthsCostNothing(t *testing.T) {
	type holder struct {
		_     struct{} `cbor:",toarray"`
		Bytes []byte
		Text  string
		Many  []pair
		Map   map[string]uint64
	}
	for _, claimed := range []uint64{4097, 1 << 24, 1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 32, 1<<63 - 1, 1 << 63, 1<<64 - 1} {
		for shape, at := range map[string]struct {
			major  byte
			before string // the fields in front of the one of this shape
		}{"bytes": {2, "\x84"}, "text": {3, "\x84\x40"}, "array": {4, "\x84\x40\x60"}, "map": {5, "\x84\x40\x60\x80"}, "tag": {6, "\x84"}} {
			huge := binary.BigEndian.AppendUint64([]byte{at.major<<5 | 27}, claimed)
			inside := append([]byte(at.before), huge...)
			for _, b := range [][]byte{huge, append(bytes.Clone(huge), make([]byte, 64)...), inside, append(bytes.Clone(inside), make([]byte, 64)...)} {
				name := fmt.Sprintf("%s of %d in %d bytes", shape, claimed, len(b))
				spent := allocated(func() {
					var h holder
					if err := Decode(b, 1<<20, &h); !errors.Is(err, ErrNotCanonical) {
						t.Errorf("%s: %v", name, err)
					}
				})
				if spent > 1<<20 {
					t.Errorf("%s: %d bytes allocated", name, spent)
				}
			}
		}
	}
}

// Arrays are refused above maxElements even when every element is there.
func TestCountsAreBounded(t *testing.T) {
	for n, ok := range map[int]bool{maxElements: true, maxElements + 1: false} {
		b := append(binary.BigEndian.AppendUint16([]byte{0x99}, uint16(n)), make([]byte, n)...)
		if err := Decode(b, 1<<20, new([]uint64)); (err == nil) != ok {
			t.Errorf("%d elements: %v", n, err)
		}
	}
}

func TestLimitComesBeforeReading(t *testing.T) {
	b := append([]byte{0x5a, 0, 0x10, 0, 0}, make([]byte, 1<<20)...)
	if err := Decode(b, len(b), new([]byte)); err != nil {
		t.Fatal(err)
	}
	spent := allocated(func() {
		if err := Decode(b, len(b)-1, new([]byte)); !errors.Is(err, ErrTooLong) {
			t.Errorf("over the limit: %v", err)
		}
	})
	if spent > 1<<16 {
		t.Errorf("%d bytes allocated for a message over the limit", spent)
	}
}

func TestErrorsRepeatNothing(t *testing.T) {
	for _, b := range []string{"\x82\x05\x66secret\x00", "\x82\x66secret\x61x", "\xa1\x66secret\x05"} {
		err := Decode([]byte(b), 100, new(pair))
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%v", err)
		}
	}
}

// allocated is the number of bytes that f takes from the heap, freed or not.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
