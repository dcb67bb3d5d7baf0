package jsontree

import (
	"encoding/binary"
	"math"
	"strconv"
	"unicode/utf8"

	"weir/engine/modelfile/refusal"
)

// ParseUBJ reads one UBJSON value and nothing after it, with the same limits as ParseJSON. High-precision numbers are
// refused. The tree keeps references to data.
func ParseUBJ(data []byte, file string) (*Value, error) {
	p := &ubj{file: file, data: data}
	marker, err := p.marker()
	if err != nil {
		return nil, err
	}
	v, err := p.value(marker, 1)
	if err != nil {
		return nil, err
	}
	if p.next < len(data) {
		return nil, p.fault("something follows after the UBJSON value")
	}
	return &v, nil
}

type ubj struct {
	file   string
	data   []byte
	next   int
	values int
}

func (p *ubj) fault(format string, args ...any) error {
	return fault(p.file, refusal.Place{Column: p.next + 1}, format, args...)
}

// width is the size of a number type in bytes, 0 for all other types.
func width(marker byte) int {
	switch marker {
	case 'i', 'U':
		return 1
	case 'I':
		return 2
	case 'l', 'd':
		return 4
	case 'L', 'D':
		return 8
	}
	return 0
}

// marker passes over no-ops and reads one type marker.
func (p *ubj) marker() (byte, error) {
	for p.next < len(p.data) && p.data[p.next] == 'N' {
		p.next++
	}
	raw, err := p.take(1)
	if err != nil {
		return 0, err
	}
	return raw[0], nil
}

func (p *ubj) take(n int) ([]byte, error) {
	if n > len(p.data)-p.next {
		return nil, p.fault("the file ends before its value does")
	}
	raw := p.data[p.next : p.next+n]
	p.next += n
	return raw, nil
}

// length reads an integer that says how many bytes or elements follow, and must not be more than what is left.
func (p *ubj) length() (int, error) {
	marker, err := p.marker()
	if err != nil {
		return 0, err
	}
	if width(marker) == 0 || marker == 'd' || marker == 'D' {
		return 0, p.fault("a length that is no integer")
	}
	raw, err := p.take(width(marker))
	if err != nil {
		return 0, err
	}
	n := integer(marker, raw)
	if n < 0 || n > int64(len(p.data)-p.next) {
		return 0, p.fault("a length beyond the end of the file")
	}
	return int(n), nil
}

func integer(marker byte, raw []byte) int64 {
	switch marker {
	case 'i':
		return int64(int8(raw[0]))
	case 'U':
		return int64(raw[0])
	case 'I':
		return int64(int16(binary.BigEndian.Uint16(raw)))
	case 'l':
		return int64(int32(binary.BigEndian.Uint32(raw)))
	}
	return int64(binary.BigEndian.Uint64(raw))
}

// literal is a binary number as text: integers in full, a float in the fewest digits that give it back.
func literal(marker byte, raw []byte) string {
	switch marker {
	case 'd':
		return strconv.FormatFloat(float64(math.Float32frombits(binary.BigEndian.Uint32(raw))), 'g', -1, 32)
	case 'D':
		return strconv.FormatFloat(math.Float64frombits(binary.BigEndian.Uint64(raw)), 'g', -1, 64)
	}
	return strconv.FormatInt(integer(marker, raw), 10)
}

func (p *ubj) value(marker byte, depth int) (v Value, err error) {
	v.column = int32(p.next)
	if p.values++; p.values > MaxValues {
		return v, p.fault("more than %d values", MaxValues)
	}
	if depth > MaxDepth {
		return v, p.fault("nested deeper than %d levels", MaxDepth)
	}
	switch marker {
	case 'Z':
		return v, nil
	case 'T', 'F':
		v.Kind, v.Text = Bool, strconv.FormatBool(marker == 'T')
		return v, nil
	case 'S', 'C':
		v.Kind = Text
		v.Text, err = p.text(marker)
		return v, err
	case '[':
		return v, p.array(&v, depth)
	case '{':
		return v, p.object(&v, depth)
	}
	n := width(marker)
	if n == 0 {
		return v, p.fault("type %q of UBJSON is not supported", marker)
	}
	raw, err := p.take(n)
	if err == nil {
		v.Kind, v.Text = Number, literal(marker, raw)
	}
	return v, err
}

func (p *ubj) text(marker byte) (string, error) {
	n := 1
	if marker == 'S' {
		var err error
		if n, err = p.length(); err != nil {
			return "", err
		}
	}
	raw, err := p.take(n)
	if err == nil && !utf8.Valid(raw) {
		err = p.fault("a text that is not UTF-8")
	}
	return string(raw), err
}

// container reads what may stand at the head of an optimised container: the type of all its elements (0 for none) and
// their number (-1 for none).
func (p *ubj) container() (element byte, count int, err error) {
	count = -1
	if p.next < len(p.data) && p.data[p.next] == '$' {
		p.next++
		raw, err := p.take(1)
		if err != nil {
			return 0, 0, err
		}
		element = raw[0]
	}
	if p.next < len(p.data) && p.data[p.next] == '#' {
		p.next++
		count, err = p.length()
	}
	if element != 0 && (count < 0 || width(element) == 0) && err == nil {
		err = p.fault("an optimised container that is no counted array of numbers")
	}
	return element, count, err
}

func (p *ubj) array(v *Value, depth int) error {
	element, count, err := p.container()
	if err != nil {
		return err
	}
	v.Kind = List
	if element != 0 {
		raw, err := p.take(count * width(element))
		if count > 0 {
			v.Kind, v.packed = Numbers, &packed{raw, count, element}
		}
		return err
	}
	for i := 0; count < 0 || i < count; i++ {
		marker, err := p.marker()
		if err != nil {
			return err
		}
		if marker == ']' && count < 0 {
			break
		}
		item, err := p.value(marker, depth+1)
		if err != nil {
			return err
		}
		v.Items = append(v.Items, item)
	}
	return nil
}

func (p *ubj) object(v *Value, depth int) error {
	element, count, err := p.container()
	if err != nil {
		return err
	}
	if element != 0 {
		return p.fault("an object with a common type for its values")
	}
	v.Kind = Object
	keys := map[string]bool{}
	for i := 0; count < 0 || i < count; i++ {
		if count < 0 && p.next < len(p.data) && p.data[p.next] == '}' {
			p.next++
			break
		}
		key, err := p.text('S')
		if err != nil {
			return err
		}
		if keys[key] {
			return p.fault("key %.60q is given twice", key)
		}
		keys[key] = true
		marker, err := p.marker()
		if err != nil {
			return err
		}
		item, err := p.value(marker, depth+1)
		if err != nil {
			return err
		}
		v.Members = append(v.Members, Member{key, item})
	}
	return nil
}
