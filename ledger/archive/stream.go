package archive

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"

	"weir/engine"
	"weir/ledger"
)

// ErrArchive is returned for a file that is not one of this package's, or is no longer as it was written.
var ErrArchive = errors.New("archive refused")

// A file is
//
//	line of its format ‖ entries ‖ 0xffffffff ‖ number of entries (8) ‖ height (8) ‖ digest of its header (32) ‖ SHA-256 of all before
//
// and an entry is length of key (4) ‖ length of value (4) ‖ key ‖ value, with the keys in order and each there once.
// Numbers are big-endian.
const (
	backupFormat   = "weir-ledger-backup/1\n"
	snapshotFormat = "weir-ledger-snapshot/1\n"
	endMark        = 1<<32 - 1
	maxKey         = 1 << 10 // bytes
	maxValue       = 2 << 20 // bytes
)

// writer writes a file.
type writer struct {
	out   *bufio.Writer
	sum   hash.Hash
	count uint64
	err   error
}

func newWriter(out io.Writer, format string) *writer {
	w := &writer{out: bufio.NewWriterSize(out, 64<<10), sum: sha256.New()}
	w.write([]byte(format))
	return w
}

func (w *writer) write(b []byte) {
	if w.err == nil {
		w.sum.Write(b)
		_, w.err = w.out.Write(b)
	}
}

func (w *writer) entry(key, value []byte) {
	lengths := binary.BigEndian.AppendUint32(nil, uint32(len(key)))
	w.write(binary.BigEndian.AppendUint32(lengths, uint32(len(value))))
	w.write(key)
	w.write(value)
	w.count++
}

func (w *writer) end(head ledger.Head) error {
	b := binary.BigEndian.AppendUint32(nil, endMark)
	b = binary.BigEndian.AppendUint64(b, w.count)
	b = binary.BigEndian.AppendUint64(b, head.Height)
	w.write(append(b, head.Header[:]...))
	if w.err == nil {
		_, w.err = w.out.Write(w.sum.Sum(nil))
	}
	if w.err == nil {
		w.err = w.out.Flush()
	}
	return w.err
}

// reader reads a file, entry by entry.
type reader struct {
	in     *bufio.Reader
	sum    hash.Hash
	count  uint64
	before []byte
}

func newReader(in io.Reader, format string) (*reader, error) {
	r := &reader{in: bufio.NewReaderSize(in, 64<<10), sum: sha256.New()}
	b, err := r.read(len(format))
	if err != nil || string(b) != format {
		return nil, fmt.Errorf("%w: not a %q file", ErrArchive, format[:len(format)-1])
	}
	return r, nil
}

func (r *reader) read(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(r.in, b); err != nil {
		return nil, fmt.Errorf("%w: it ends early: %w", ErrArchive, err)
	}
	r.sum.Write(b)
	return b, nil
}

// next gives an entry, or no key at the end.
func (r *reader) next() (key, value []byte, err error) {
	b, err := r.read(4)
	if err != nil {
		return nil, nil, err
	}
	keySize := binary.BigEndian.Uint32(b)
	if keySize == endMark {
		return nil, nil, nil
	}
	if b, err = r.read(4); err != nil {
		return nil, nil, err
	}
	valueSize := binary.BigEndian.Uint32(b)
	if keySize == 0 || keySize > maxKey || valueSize == 0 || valueSize > maxValue {
		return nil, nil, fmt.Errorf("%w: entry %d of %d and %d bytes", ErrArchive, r.count, keySize, valueSize)
	}
	if key, err = r.read(int(keySize)); err != nil {
		return nil, nil, err
	}
	if value, err = r.read(int(valueSize)); err != nil {
		return nil, nil, err
	}
	if bytes.Compare(r.before, key) >= 0 {
		return nil, nil, fmt.Errorf("%w: entry %d is out of order", ErrArchive, r.count)
	}
	r.before = key
	r.count++
	return key, value, nil
}

// end reads what follows the last entry: the head, and the sum of everything.
func (r *reader) end() (head ledger.Head, err error) {
	b, err := r.read(8 + 8 + len(head.Header))
	if err != nil {
		return head, err
	}
	head = ledger.Head{Height: binary.BigEndian.Uint64(b[8:]), Header: engine.Digest(b[16:])}
	if binary.BigEndian.Uint64(b) != r.count {
		return head, fmt.Errorf("%w: it has %d entries and says otherwise", ErrArchive, r.count)
	}
	want := r.sum.Sum(nil)
	got := make([]byte, len(want))
	if _, err := io.ReadFull(r.in, got); err != nil || !bytes.Equal(got, want) {
		return head, fmt.Errorf("%w: it does not fit its checksum", ErrArchive)
	}
	if _, err := r.in.ReadByte(); !errors.Is(err, io.EOF) {
		return head, fmt.Errorf("%w: something follows its end", ErrArchive)
	}
	return head, nil
}
