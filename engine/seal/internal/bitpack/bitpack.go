// Package bitpack writes and reads numbers of a fixed number of bits without gaps, least significant bit first: the
// number i of width w takes the bits w·i … w·i + w − 1 of the byte string, bit 8j + k being bit k of byte j. It is for
// the wire formats of engine/seal alone.
//
// It checks no lengths: its callers know the exact length of what they write and have checked what they read.
package bitpack

// MaxWidth is the greatest width of one number, in bits.
const MaxWidth = 56

// Writer packs numbers into a byte slice that is long enough.
type Writer struct {
	out   []byte
	spare uint64
	count uint
}

// NewWriter writes from the first byte of out.
func NewWriter(out []byte) *Writer { return &Writer{out: out} }

// Put appends v, which is below 2^width. Bits that do not fill a byte wait for the next number.
func (w *Writer) Put(v uint64, width uint) {
	w.spare |= v << w.count
	w.count += width
	for w.count >= 8 {
		w.out[0] = byte(w.spare)
		w.out = w.out[1:]
		w.spare >>= 8
		w.count -= 8
	}
}

// Reader takes numbers from a byte slice that is long enough.
type Reader struct {
	in    []byte
	spare uint64
	count uint
}

// NewReader reads from the first byte of in.
func NewReader(in []byte) *Reader { return &Reader{in: in} }

// Take gives the next number of the given width.
func (r *Reader) Take(width uint) uint64 {
	for r.count < width {
		r.spare |= uint64(r.in[0]) << r.count
		r.in = r.in[1:]
		r.count += 8
	}
	v := r.spare & (1<<width - 1)
	r.spare >>= width
	r.count -= width
	return v
}
