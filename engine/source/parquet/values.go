package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// decoder gives the values of a page one at a time. Bytes stay in the page.
type decoder interface {
	next() (raw, error)
}

const (
	plainEncoding, plainDictionary, runsEncoding, deltaEncoding = 0, 2, 3, 5
	deltaLengthEncoding, deltaBytesEncoding, runsDictionary     = 6, 7, 8
)

// newDecoder reads the values of a page of at most so many, without its levels. It takes memory for none of them.
func newDecoder(encoding int64, e *element, b []byte, most int64, d *dictionary) (decoder, error) {
	number := e.physical == typeInt32 || e.physical == typeInt64
	switch {
	case encoding == plainEncoding:
		return &plain{rest: b, physical: e.physical, length: e.length}, nil
	case (encoding == plainDictionary || encoding == runsDictionary) && d != nil:
		if len(b) == 0 {
			return &places{d: d}, nil
		}
		if b[0] > 32 {
			return nil, errors.New("places in a dictionary of more than 32 bits")
		}
		return &places{d: d, hybrid: hybrid{rest: b[1:], width: uint(b[0])}}, nil
	case encoding == plainDictionary || encoding == runsDictionary:
		return nil, errors.New("places in a dictionary that is not there")
	case encoding == runsEncoding && e.physical == typeBoolean:
		if len(b) < 4 || uint64(binary.LittleEndian.Uint32(b)) > uint64(len(b)-4) {
			return nil, errEnds
		}
		return &truths{hybrid{rest: b[4:], width: 1}}, nil
	case encoding == deltaEncoding && number:
		d, err := newDeltas(b, most)
		return &differences{d, e.physical}, err
	case encoding == deltaLengthEncoding && e.physical == typeBytes:
		return newLengths(b, most)
	case encoding == deltaBytesEncoding && (e.physical == typeBytes || e.physical == typeFixed):
		return newPrefixes(b, most)
	}
	return nil, fmt.Errorf("values in encoding %d of the format, which is not read: write them plain or with a dictionary", encoding)
}

// plain are values one after another.
type plain struct {
	rest             []byte
	physical, length int64
	bit              uint64 // within the first byte of rest, for truth values
}

func (p *plain) next() (v raw, err error) {
	size := uint64(0)
	switch p.physical {
	case typeBoolean:
		if len(p.rest) == 0 {
			return v, errEnds
		}
		v.number = int64(bits(p.rest, p.bit, 1))
		if p.bit++; p.bit == 8 {
			p.rest, p.bit = p.rest[1:], 0
		}
		return v, nil
	case typeInt32, typeFloat:
		size = 4
	case typeInt64, typeDouble:
		size = 8
	case typeFixed:
		size = uint64(p.length)
	case typeBytes:
		if len(p.rest) < 4 {
			return v, errEnds
		}
		size = uint64(binary.LittleEndian.Uint32(p.rest))
		p.rest = p.rest[4:]
	}
	if size > uint64(len(p.rest)) {
		return v, errEnds
	}
	v.bytes, p.rest = p.rest[:size:size], p.rest[size:]
	switch p.physical {
	case typeInt32, typeFloat:
		v.number = int64(int32(binary.LittleEndian.Uint32(v.bytes)))
	case typeInt64, typeDouble:
		v.number = int64(binary.LittleEndian.Uint64(v.bytes))
	}
	return v, nil
}

// dictionary are the values that the pages of a chunk name by their place. It holds the page and where each value begins.
type dictionary struct {
	page   plain
	starts []uint32
}

// newDictionary checks that a page has as many values as it says. It fills starts, which are as many.
func newDictionary(e *element, b []byte, starts []uint32) (*dictionary, error) {
	d := &dictionary{page: plain{rest: b, physical: e.physical, length: e.length}, starts: starts}
	p := d.page
	for i := range d.starts {
		d.starts[i] = uint32(len(b) - len(p.rest))
		if _, err := p.next(); err != nil {
			return nil, errDictionary
		}
	}
	return d, nil
}

var errDictionary = errors.New("a dictionary with another number of values than it says")

func (d *dictionary) at(i uint64) (raw, error) {
	if i >= uint64(len(d.starts)) {
		return raw{}, errors.New("a place that its dictionary does not have")
	}
	p := d.page
	p.rest = p.rest[d.starts[i]:]
	return p.next()
}

// places are values of a dictionary.
type places struct {
	d *dictionary
	hybrid
}

func (p *places) next() (raw, error) {
	i, err := p.hybrid.next()
	if err != nil {
		return raw{}, err
	}
	return p.d.at(i)
}

// truths are runs of truth values.
type truths struct{ hybrid }

func (t *truths) next() (raw, error) {
	v, err := t.hybrid.next()
	return raw{number: int64(v)}, err
}

// differences are whole numbers by their differences.
type differences struct {
	*deltas
	physical int64
}

func (d *differences) next() (raw, error) {
	v, err := d.deltas.next()
	if d.physical == typeInt32 {
		v = int64(int32(v))
	}
	return raw{number: v}, err
}

// lengths are texts whose lengths stand before all of them.
type lengths struct {
	of   *deltas
	rest []byte
}

func newLengths(b []byte, most int64) (*lengths, error) {
	of, err := newDeltas(b, most)
	if err != nil {
		return nil, err
	}
	rest, err := of.end()
	return &lengths{of, rest}, err
}

func (l *lengths) next() (raw, error) {
	n, err := l.of.next()
	if err != nil || n < 0 || n > int64(len(l.rest)) {
		return raw{}, errEnds
	}
	b := l.rest[:n:n]
	l.rest = l.rest[n:]
	return raw{bytes: b}, nil
}

// prefixes are texts that begin as the one before.
type prefixes struct {
	shared *deltas
	tails  *lengths
	last   []byte
}

func newPrefixes(b []byte, most int64) (*prefixes, error) {
	shared, err := newDeltas(b, most)
	if err != nil {
		return nil, err
	}
	rest, err := shared.end()
	if err != nil {
		return nil, err
	}
	tails, err := newLengths(rest, most)
	return &prefixes{shared: shared, tails: tails}, err
}

// maxText bounds a text that is put together, in bytes: no cell is longer.
const maxText = 64 << 10

func (p *prefixes) next() (raw, error) {
	n, err := p.shared.next()
	if err != nil || n < 0 || n > int64(len(p.last)) {
		return raw{}, errEnds
	}
	tail, err := p.tails.next()
	if err != nil {
		return raw{}, err
	}
	if int(n)+len(tail.bytes) > maxText {
		return raw{}, errors.New("a text of more than 64 KiB")
	}
	p.last = append(p.last[:n], tail.bytes...)
	return raw{bytes: p.last}, nil
}
