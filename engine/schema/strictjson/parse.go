package strictjson

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// value reads the value at next. The text has passed checkSyntax, so the next byte tells everything.
func (d *document) value(depth int) (Value, error) {
	d.skip()
	v := Value{document: d, offset: d.next}
	if depth > MaxDepth {
		return v, v.Errorf("nested deeper than %d levels", MaxDepth)
	}
	switch d.text[d.next] {
	case '{':
		return d.object(v, depth)
	case '[':
		return d.list(v, depth)
	case '"':
		text, err := d.quoted()
		v.kind, v.text = kindText, text
		return v, err
	default:
		return d.bare(v)
	}
}

func (d *document) object(v Value, depth int) (Value, error) {
	v.kind, v.index = kindObject, make(map[string]int)
	for d.next++; d.skip() != '}'; {
		m := member{at: Value{document: d, offset: d.next}}
		var err error
		if m.key, err = d.quoted(); err != nil {
			return v, err
		}
		if _, twice := v.index[m.key]; twice {
			return v, m.at.Errorf("key %q is given twice", m.key)
		}
		v.index[m.key] = len(v.members)
		if m.value, err = d.value(depth + 1); err != nil {
			return v, err
		}
		v.members = append(v.members, m)
	}
	d.next++
	return v, nil
}

func (d *document) list(v Value, depth int) (Value, error) {
	v.kind = kindList
	for d.next++; d.skip() != ']'; {
		item, err := d.value(depth + 1)
		if err != nil {
			return v, err
		}
		v.items = append(v.items, item)
	}
	d.next++
	return v, nil
}

// quoted reads the string at next.
func (d *document) quoted() (string, error) {
	start := d.next
	for d.next++; d.text[d.next] != '"'; d.next++ {
		if d.text[d.next] == '\\' {
			d.next++
		}
	}
	d.next++
	var text string
	if err := json.Unmarshal(d.text[start:d.next], &text); err != nil {
		return "", d.errorAt(start, "not a JSON string")
	}
	odd := func(r rune) bool { return r < 0x20 || r == 0x7f || r == utf8.RuneError }
	if strings.ContainsFunc(text, odd) {
		return "", d.errorAt(start, "text with a control character or half a surrogate pair")
	}
	return text, nil
}

// bare reads a number, true, false or null.
func (d *document) bare(v Value) (Value, error) {
	end := bytes.IndexAny(d.text[d.next:], ",]} \t\r\n")
	if end < 0 {
		end = len(d.text) - d.next
	}
	v.text = string(d.text[d.next : d.next+end])
	d.next += end
	switch v.text {
	case "true", "false":
		v.kind = kindBool
	case "null":
		v.kind = kindNull
	default:
		v.kind = kindNumber
		if strings.ContainsAny(v.text, "eE") {
			return v, v.Errorf("a number with an exponent: write it out")
		}
	}
	return v, nil
}

// skip passes over space and separators and tells the byte that follows, 0 at the end.
func (d *document) skip() byte {
	for d.next < len(d.text) && strings.IndexByte(" \t\r\n,:", d.text[d.next]) >= 0 {
		d.next++
	}
	if d.next == len(d.text) {
		return 0
	}
	return d.text[d.next]
}
