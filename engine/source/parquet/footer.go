package parquet

import (
	"errors"
	"fmt"
)

// footer is as much of a file's metadata as reading flat rows takes.
type footer struct {
	rows    int64
	columns []element // below the root, with what they hold
	groups  []group
}

// element is one node of the file's schema.
type element struct {
	name       string
	physical   int64 // type of the values; -1: none, a node with children
	length     int64 // of fixed values, in bytes
	repetition int64
	children   int64
	converted  int64 // older annotation; -1: none
	logical    int   // field of the newer annotation; 0: none
	scale      int64
	precision  int64
	bits       int64
	signed     bool
}

// group is a row group: one chunk for each column.
type group struct {
	rows   int64
	chunks []chunk
}

// chunk says where the values of one column within a group are.
type chunk struct {
	physical, codec, values int64
	size, data, dictionary  int64 // bytes and places in the file
	elsewhere, encrypted    bool
}

const (
	required, optional = 0, 1

	typeBoolean, typeInt32, typeInt64, typeInt96, typeFloat = 0, 1, 2, 3, 4
	typeDouble, typeBytes, typeFixed                        = 5, 6, 7
)

// maxElements bounds a file's schema; a source has at most 33 columns. What a row group and a chunk take in memory is
// bounded by the bytes of the footer that each needs.
const maxElements = 4096

// readFooter decodes the metadata of a file and checks that its schema is one.
func readFooter(b []byte) (*footer, error) {
	r, f, schema := &thrift{rest: b}, &footer{rows: -1}, []element(nil)
	grouped := false
	r.fields(thriftStruct, func(id int, kind byte) {
		switch id {
		case 2:
			r.elements(kind, func(kind byte) {
				if schema = append(schema, r.element(kind)); len(schema) > maxElements {
					r.fail(errors.New("a schema of very many columns"))
				}
			})
		case 3:
			f.rows = r.integer(kind)
		case 4:
			grouped = true
			r.elements(kind, func(kind byte) {
				if f.groups = append(f.groups, r.group(kind)); len(f.groups[len(f.groups)-1].chunks) == 0 {
					r.fail(errors.New("a row group without columns"))
				}
			})
		case 8:
			r.fail(errors.New("encrypted columns"))
		default:
			r.skip(kind)
		}
	})
	if r.err == nil && len(r.rest) != 0 {
		r.fail(errors.New("metadata with something after them"))
	}
	if r.err == nil && (f.rows < 0 || !grouped) {
		r.fail(errors.New("metadata without rows"))
	}
	if r.err != nil {
		return nil, r.err
	}
	return f, f.take(schema)
}

// take sorts the nodes of a schema, which stand in depth-first order, below the root.
func (f *footer) take(schema []element) error {
	if len(schema) == 0 || schema[0].children < 0 || schema[0].children >= int64(len(schema)) {
		return errors.New("a schema without columns")
	}
	rest := schema[1:]
	for range schema[0].children {
		if len(rest) == 0 {
			return errors.New("a schema with fewer columns than it says")
		}
		f.columns = append(f.columns, rest[0])
		for below := int64(1); below > 0; below-- {
			if len(rest) == 0 || rest[0].children < 0 || rest[0].children >= int64(len(schema)) {
				return errors.New("a schema with fewer columns than it says")
			}
			below += rest[0].children
			rest = rest[1:]
		}
	}
	if len(rest) != 0 {
		return errors.New("a schema with more columns than it says")
	}
	return nil
}

func (r *thrift) element(kind byte) element {
	e := element{physical: -1, converted: -1}
	r.fields(kind, func(id int, kind byte) {
		switch id {
		case 1:
			e.physical = r.integer(kind)
		case 2:
			e.length = r.integer(kind)
		case 3:
			e.repetition = r.integer(kind)
		case 4:
			e.name = r.text(kind)
		case 5:
			e.children = r.integer(kind)
		case 6:
			e.converted = r.integer(kind)
		case 7:
			e.scale = r.integer(kind)
		case 8:
			e.precision = r.integer(kind)
		case 10:
			r.annotation(kind, &e)
		default:
			r.skip(kind)
		}
	})
	return e
}

// annotation reads a logical type: a structure with one field, which names it.
func (r *thrift) annotation(kind byte, e *element) {
	r.fields(kind, func(id int, kind byte) {
		e.logical = id
		r.fields(kind, func(part int, kind byte) {
			switch {
			case id == logicalDecimal && part == 1:
				e.scale = r.integer(kind)
			case id == logicalDecimal && part == 2:
				e.precision = r.integer(kind)
			case id == logicalInteger && part == 1:
				e.bits = r.integer(kind)
			case id == logicalInteger && part == 2:
				e.signed = r.flag(kind)
			default:
				r.skip(kind)
			}
		})
	})
}

func (r *thrift) group(kind byte) (g group) {
	r.fields(kind, func(id int, kind byte) {
		switch id {
		case 1:
			r.elements(kind, func(kind byte) {
				if g.chunks = append(g.chunks, r.chunk(kind)); g.chunks[len(g.chunks)-1].data < 4 {
					r.fail(errors.New("a column chunk without a place in the file (encrypted?)"))
				}
			})
		case 3:
			g.rows = r.integer(kind)
		default:
			r.skip(kind)
		}
	})
	return g
}

func (r *thrift) chunk(kind byte) (c chunk) {
	r.fields(kind, func(id int, kind byte) {
		switch id {
		case 1:
			c.elsewhere = true
			r.skip(kind)
		case 3:
			r.chunkData(kind, &c)
		case 8:
			c.encrypted = true
			r.skip(kind)
		default:
			r.skip(kind)
		}
	})
	return c
}

func (r *thrift) chunkData(kind byte, c *chunk) {
	into := map[int]*int64{1: &c.physical, 4: &c.codec, 5: &c.values, 7: &c.size, 9: &c.data, 11: &c.dictionary}
	r.fields(kind, func(id int, kind byte) {
		if p := into[id]; p != nil {
			*p = r.integer(kind)
			return
		}
		r.skip(kind)
	})
}

// check holds a group to its columns and to the part of the file, [4, end), where pages lie.
func (g *group) check(columns []element, end int64) error {
	if g.rows < 0 || len(g.chunks) != len(columns) {
		return fmt.Errorf("%d column chunks for %d columns", len(g.chunks), len(columns))
	}
	for i := range g.chunks {
		c := &g.chunks[i]
		if c.dictionary > 0 && c.dictionary < c.data {
			c.data = c.dictionary
		}
		switch {
		case c.elsewhere:
			return errors.New("columns that lie in another file")
		case c.encrypted:
			return errors.New("encrypted columns")
		case c.physical != columns[i].physical:
			return errors.New("a column chunk of another type than its column")
		case c.values != g.rows:
			return errors.New("a column chunk with another number of values than its row group has rows")
		case c.data < 4 || c.size < 0 || c.data > end || c.size > end-c.data:
			return errors.New("a column chunk that lies outside the file")
		}
	}
	return nil
}
