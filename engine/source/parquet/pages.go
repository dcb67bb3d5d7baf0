package parquet

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"weir/engine/record"
)

// column reads one column of a file, row group by row group.
type column struct {
	*element
	convert func(raw) record.Cell
	memory  *memory

	pages  *bufio.Reader // of the current chunk
	codec  int64
	left   int64 // bytes of the chunk
	values int64 // of the chunk, in pages that are not begun

	pageValues int64 // of the page, still to read
	page       []byte
	levels     *hybrid // nil: every value is there
	decoder    decoder
	dictionary *dictionary
	named      []byte   // the dictionary's page
	starts     []uint32 // of its values
}

// maxHeader bounds the head of a page, in bytes: it may hold the least and the greatest value.
const maxHeader = 64 << 10

// begin turns to the chunk of another row group.
func (c *column) begin(r io.ReaderAt, at *chunk) {
	section := io.NewSectionReader(r, at.data, at.size)
	if c.pages == nil {
		c.pages = bufio.NewReaderSize(section, maxHeader)
	}
	c.pages.Reset(section)
	c.codec, c.left, c.values, c.pageValues = at.codec, at.size, at.values, 0
	c.dictionary, c.levels, c.decoder = nil, nil, nil
}

// next is the value of the next row.
func (c *column) next(ctx context.Context) (record.Cell, error) {
	for c.pageValues == 0 {
		if err := c.turn(ctx); err != nil {
			return record.Cell{}, err
		}
	}
	c.pageValues--
	if c.levels != nil {
		there, err := c.levels.next()
		if err != nil {
			return record.Cell{}, err
		}
		if there == 0 {
			return record.Cell{Null: true}, nil
		}
	}
	v, err := c.decoder.next()
	if err != nil {
		return record.Cell{}, err
	}
	return c.convert(v), nil
}

// header is the head of a page.
type header struct {
	kind, size, compressed int64
	values, encoding       int64
	levels                 int64 // encoding of whether values are there, in a page of version 1
	levelBytes, repetition int64 // bytes of it, in version 2
	sum                    *uint32
	stored                 bool // version 2: the values are not compressed
}

const (
	dataPage, indexPage, dictionaryPage, dataPage2 = 0, 1, 2, 3
)

// turn reads the next page.
func (c *column) turn(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	h, err := c.header()
	if err != nil {
		return err
	}
	if h.kind == dataPage || h.kind == dataPage2 {
		if h.values < 0 || h.values > c.values {
			return errors.New("a page with more values than its column chunk")
		}
		c.values -= h.values
	}
	switch data := h.kind == dataPage || h.kind == dataPage2; {
	case h.kind == dictionaryPage && c.dictionary == nil:
		if c.named, err = c.body(h, c.named); err == nil {
			c.dictionary, err = c.newDictionary(h)
		}
		return err
	case h.kind == indexPage || data && h.values == 0:
		_, err := c.pages.Discard(int(h.compressed))
		return err
	case data:
		if c.page, err = c.body(h, c.page); err != nil {
			return err
		}
		c.pageValues = h.values
		return c.open(h)
	}
	return errors.New("a page of a kind that does not belong there")
}

// header reads the head of a page and holds its sizes to what is left of the chunk.
func (c *column) header() (*header, error) {
	if c.left <= 0 {
		return nil, errors.New("a column chunk with fewer values than it says")
	}
	head, err := c.pages.Peek(int(min(maxHeader, c.left)))
	if err != nil {
		return nil, err
	}
	r := &thrift{rest: head}
	h := r.header()
	if r.err != nil {
		return nil, r.err
	}
	n := len(head) - len(r.rest)
	if _, err := c.pages.Discard(n); err != nil {
		return nil, err
	}
	c.left -= int64(n)
	switch {
	case h.compressed < 0 || h.compressed > c.left:
		return nil, errors.New("a page that does not lie within its column chunk")
	case h.size < 0 || h.size > MaxPage || h.compressed > MaxPage:
		return nil, fmt.Errorf("a page of more than %d MiB: write smaller pages", MaxPage>>20)
	}
	c.left -= h.compressed
	return h, nil
}

func (r *thrift) header() *header {
	h := &header{kind: -1}
	r.fields(thriftStruct, func(id int, kind byte) {
		switch id {
		case 1:
			h.kind = r.integer(kind)
		case 2:
			h.size = r.integer(kind)
		case 3:
			h.compressed = r.integer(kind)
		case 4:
			sum := uint32(r.integer(kind))
			h.sum = &sum
		case 5, 7, 8:
			r.pageHeader(kind, id, h)
		default:
			r.skip(kind)
		}
	})
	return h
}

// pageHeader reads the part of a head for one kind of page: 5 version 1, 7 a dictionary, 8 version 2.
func (r *thrift) pageHeader(kind byte, which int, h *header) {
	into := map[int]*int64{1: &h.values, 2: &h.encoding}
	switch which {
	case 5:
		into[3] = &h.levels
	case 8:
		into = map[int]*int64{1: &h.values, 4: &h.encoding, 5: &h.levelBytes, 6: &h.repetition}
	}
	r.fields(kind, func(id int, kind byte) {
		switch p := into[id]; {
		case p != nil:
			*p = r.integer(kind)
		case which == 8 && id == 7:
			h.stored = !r.flag(kind)
		default:
			r.skip(kind)
		}
	})
}

// body reads and decompresses a page into memory that it held before.
func (c *column) body(h *header, into []byte) ([]byte, error) {
	compressed, err := c.memory.read(c.pages, int(h.compressed))
	if err != nil {
		return nil, err
	}
	if h.sum != nil && crc32.ChecksumIEEE(compressed) != *h.sum {
		return nil, errors.New("a page whose checksum is wrong")
	}
	if into, err = c.memory.grow(into, int(h.size)); err != nil {
		return nil, err
	}
	plain := int64(0) // what stands before the compressed part
	if h.kind == dataPage2 {
		plain = h.levelBytes + h.repetition
		if h.levelBytes < 0 || h.repetition < 0 || h.levelBytes > MaxPage || plain > h.size || plain > h.compressed {
			return nil, errEnds
		}
	}
	copy(into, compressed[:plain])
	codec := c.codec
	if h.stored {
		codec = codecNone
	}
	return into, c.memory.decompress(codec, into[plain:], compressed[plain:])
}

// newDictionary reads the dictionary's page. Each value takes a byte at least.
func (c *column) newDictionary(h *header) (*dictionary, error) {
	if h.encoding != plainEncoding && h.encoding != plainDictionary {
		return nil, errors.New("a dictionary that is not written plain")
	}
	if h.values < 0 || h.values > int64(len(c.named)) || c.physical == typeBoolean || c.physical == typeFixed && c.length < 1 {
		return nil, errDictionary
	}
	if more := h.values - int64(cap(c.starts)); more > 0 {
		if err := c.memory.hold(4 * more); err != nil {
			return nil, err
		}
		c.starts = make([]uint32, h.values)
	}
	return newDictionary(c.element, c.named, c.starts[:h.values])
}

// open takes a data page apart into levels and values.
func (c *column) open(h *header) (err error) {
	b := c.page
	c.levels = nil
	if h.kind == dataPage2 {
		b = b[h.repetition:]
		if c.repetition == optional {
			c.levels = &hybrid{rest: b[:h.levelBytes], width: 1}
		}
		b = b[h.levelBytes:]
	} else if c.repetition == optional {
		if h.levels != runsEncoding || len(b) < 4 {
			return errors.New("missing values that are not marked by runs")
		}
		n := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24
		if n > uint64(len(b)-4) {
			return errEnds
		}
		c.levels = &hybrid{rest: b[4 : 4+n], width: 1}
		b = b[4+n:]
	}
	c.decoder, err = newDecoder(h.encoding, c.element, b, h.values, c.dictionary)
	return err
}
