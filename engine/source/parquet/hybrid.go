package parquet

import (
	"encoding/binary"
	"errors"
)

var errEnds = errors.New("a page that ends early")

// hybrid reads runs of one number and groups of eight packed ones, the encoding of levels and of places in a dictionary, one
// number at a time: a run is never written out.
type hybrid struct {
	rest   []byte
	width  uint // bits of a number, 0 to 32
	left   uint64
	packed []byte // of the current groups; nil in a run
	at     uint64 // bits of packed that are read
	value  uint64 // of the current run
}

func (h *hybrid) next() (uint64, error) {
	for h.left == 0 {
		if err := h.begin(); err != nil {
			return 0, err
		}
	}
	h.left--
	if h.packed == nil {
		return h.value, nil
	}
	v := bits(h.packed, h.at, h.width)
	h.at += uint64(h.width)
	return v, nil
}

// begin reads the head of the next run or groups.
func (h *hybrid) begin() error {
	head, n := binary.Uvarint(h.rest)
	if n <= 0 {
		return errEnds
	}
	h.rest = h.rest[n:]
	size := (uint64(h.width) + 7) / 8
	if h.left, h.packed = head>>1, nil; head&1 == 1 {
		if h.left > uint64(len(h.rest)) && h.width > 0 || h.left > 1<<32 {
			return errEnds
		}
		size = h.left * uint64(h.width)
	}
	if size > uint64(len(h.rest)) {
		return errEnds
	}
	taken := h.rest[:size:size]
	h.rest = h.rest[size:]
	if head&1 == 1 {
		h.left, h.packed, h.at = 8*h.left, taken, 0
		if h.width == 0 {
			h.packed = nil
		}
	}
	h.value = 0
	for i, b := range taken[:min(4, len(taken))] {
		h.value |= uint64(b) << (8 * i)
	}
	return nil
}

// bits is the number of so many bits, at most 64, that begins at a bit of b; the first bits of a byte are its least.
func bits(b []byte, at uint64, width uint) (v uint64) {
	for got := uint(0); got < width; {
		i, shift := at/8, uint(at%8)
		take := min(8-shift, width-got)
		v |= uint64(b[i]) >> shift & (1<<take - 1) << got
		got += take
		at += uint64(take)
	}
	return v
}

// deltas reads numbers that are written as packed differences, one at a time (DELTA_BINARY_PACKED).
type deltas struct {
	rest         []byte
	left         uint64 // numbers
	value        int64
	first        bool
	block, minis uint64 // numbers to a block, miniblocks to a block
	widths       []byte // of the miniblocks that are left in the block
	least        int64
	packed       []byte // the current miniblock
	at, leftMini uint64
	width        uint
}

// newDeltas reads at most so many numbers.
func newDeltas(b []byte, most int64) (*deltas, error) {
	d := &deltas{rest: b, first: true}
	var head [3]uint64
	for i := range head {
		v, n := binary.Uvarint(d.rest)
		if n <= 0 {
			return nil, errEnds
		}
		head[i], d.rest = v, d.rest[n:]
	}
	d.block, d.minis, d.left = head[0], head[1], head[2]
	if d.block == 0 || d.block > 1<<20 || d.block%128 != 0 || d.minis == 0 || d.block%d.minis != 0 || d.block/d.minis%32 != 0 {
		return nil, errors.New("differences in blocks of a size that cannot be")
	}
	if d.left > uint64(most) {
		return nil, errors.New("more differences than the page has values")
	}
	var err error
	d.value, err = d.zigzag()
	return d, err
}

func (d *deltas) zigzag() (int64, error) {
	v, n := binary.Varint(d.rest)
	if n <= 0 {
		return 0, errEnds
	}
	d.rest = d.rest[n:]
	return v, nil
}

func (d *deltas) next() (int64, error) {
	if d.left == 0 {
		return 0, errEnds
	}
	d.left--
	if d.first {
		d.first = false
		return d.value, nil
	}
	if d.leftMini == 0 {
		if err := d.begin(); err != nil {
			return 0, err
		}
	}
	d.leftMini--
	d.value += d.least + int64(bits(d.packed, d.at, d.width))
	d.at += uint64(d.width)
	return d.value, nil
}

// begin takes the next miniblock, and before it the head of its block.
func (d *deltas) begin() (err error) {
	if len(d.widths) == 0 {
		if d.least, err = d.zigzag(); err != nil {
			return err
		}
		if uint64(len(d.rest)) < d.minis {
			return errEnds
		}
		d.widths, d.rest = d.rest[:d.minis], d.rest[d.minis:]
	}
	d.width, d.widths = uint(d.widths[0]), d.widths[1:]
	if d.width > 64 {
		return errors.New("differences of more than 64 bits")
	}
	d.leftMini, d.at = d.block/d.minis, 0
	size := d.leftMini * uint64(d.width) / 8
	if size > uint64(len(d.rest)) {
		return errEnds
	}
	d.packed, d.rest = d.rest[:size], d.rest[size:]
	return nil
}

// end passes over all numbers and gives the bytes after them.
func (d deltas) end() ([]byte, error) {
	for d.left > 0 {
		if _, err := d.next(); err != nil {
			return nil, err
		}
	}
	return d.rest, nil
}
