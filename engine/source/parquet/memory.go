package parquet

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
)

// memory is what one reading holds of a file at a time, over all columns, and what it decompresses with.
type memory struct {
	held       int64
	compressed []byte
	zstd       *zstd.Decoder
}

const codecNone, codecSnappy, codecGzip, codecZstd = 0, 1, 2, 6

// hold counts bytes that stay.
func (m *memory) hold(bytes int64) error {
	if m.held += bytes; m.held > MaxHeld {
		return fmt.Errorf("pages and dictionaries of more than %d MiB at a time: write smaller row groups or pages", MaxHeld>>20)
	}
	return nil
}

// grow gives a buffer of a size, the old one where it is enough.
func (m *memory) grow(b []byte, size int) ([]byte, error) {
	if size <= cap(b) {
		return b[:size], nil
	}
	if err := m.hold(int64(size - cap(b))); err != nil {
		return nil, err
	}
	return make([]byte, size), nil
}

// read reads the compressed bytes of a page, which last until the next.
func (m *memory) read(r io.Reader, size int) (_ []byte, err error) {
	if m.compressed, err = m.grow(m.compressed, size); err != nil {
		return nil, err
	}
	_, err = io.ReadFull(r, m.compressed)
	return m.compressed, err
}

var errCompressed = errors.New("a page that does not decompress to the size it says")

// decompress fills all of dst, and refuses a page that would give less or more.
func (m *memory) decompress(codec int64, dst, src []byte) error {
	if len(dst) == 0 && len(src) == 0 {
		return nil
	}
	switch codec {
	case codecNone:
		if len(dst) != len(src) {
			return errCompressed
		}
		copy(dst, src)
		return nil
	case codecSnappy:
		if n, err := snappy.DecodedLen(src); err != nil || n != len(dst) {
			return errCompressed
		}
		if _, err := snappy.Decode(dst, src); err != nil {
			return errCompressed
		}
		return nil
	case codecGzip:
		r, err := gzip.NewReader(bytes.NewReader(src))
		if err != nil {
			return errCompressed
		}
		if _, err := io.ReadFull(r, dst); err != nil {
			return errCompressed
		}
		if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			return errCompressed
		}
		return nil
	case codecZstd:
		return m.decompressZstd(dst, src)
	}
	return fmt.Errorf("compression %d of the format, which is not read: write it uncompressed or with snappy, gzip or zstd", codec)
}

func (m *memory) decompressZstd(dst, src []byte) (err error) {
	if m.zstd == nil {
		m.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(MaxPage), zstd.WithDecodeAllCapLimit(true))
		if err != nil {
			return err
		}
	}
	got, err := m.zstd.DecodeAll(src, dst[:0:len(dst)])
	if err != nil || len(got) != len(dst) {
		return errCompressed
	}
	return nil
}

func (m *memory) close() {
	if m.zstd != nil {
		m.zstd.Close()
	}
}
