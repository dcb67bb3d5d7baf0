package jsontree

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"weir/engine/modelfile/refusal"
)

// ParseJSON reads one JSON value and nothing after it; file is only the name used in errors, which are *refusal.Error.
// One leading byte order mark is allowed. Beyond RFC 8259 the words NaN, Infinity and -Infinity pass as numbers, because
// model libraries write them; they are refused where a number is asked for. The tree keeps references to text.
func ParseJSON(text []byte, file string) (*Value, error) {
	p := &parser{file: file, text: bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")), line: 1}
	if !utf8.Valid(p.text) {
		return nil, fault(file, refusal.Place{}, "not UTF-8: save the file as UTF-8")
	}
	v, err := p.value(1)
	if err != nil {
		return nil, err
	}
	if p.skip() != 0 || p.next < len(p.text) {
		return nil, p.fault("something follows after the JSON value")
	}
	return &v, nil
}

// parser reads text; next is the offset of the first byte not yet read, lineStart that of its line.
type parser struct {
	file            string
	text            []byte
	next            int
	line, lineStart int
	values          int
}

func (p *parser) place() refusal.Place {
	return refusal.Place{Line: p.line, Column: p.next - p.lineStart + 1}
}

func (p *parser) fault(format string, args ...any) error {
	return fault(p.file, p.place(), format, args...)
}

// skip passes over space and tells the byte that follows, 0 at the end.
func (p *parser) skip() byte {
	for ; p.next < len(p.text); p.next++ {
		switch p.text[p.next] {
		case '\n':
			p.line++
			p.lineStart = p.next + 1
		case ' ', '\t', '\r':
		default:
			return p.text[p.next]
		}
	}
	return 0
}

func (p *parser) value(depth int) (Value, error) {
	first := p.skip()
	v := Value{line: int32(p.line), column: int32(p.next - p.lineStart + 1)}
	if p.values++; p.values > MaxValues {
		return v, p.fault("more than %d values", MaxValues)
	}
	if depth > MaxDepth {
		return v, p.fault("nested deeper than %d levels", MaxDepth)
	}
	var err error
	switch first {
	case 0:
		return v, p.fault("the file ends before its JSON value does")
	case '{':
		err = p.object(&v, depth)
	case '[':
		err = p.array(&v, depth)
	case '"':
		v.Kind = Text
		v.Text, err = p.quoted()
	default:
		err = p.bare(&v)
	}
	return v, err
}

func (p *parser) object(v *Value, depth int) error {
	v.Kind = Object
	p.next++
	if p.skip() == '}' {
		p.next++
		return nil
	}
	keys := map[string]bool{}
	for {
		if p.skip() != '"' {
			return p.fault("a key in quotation marks is expected")
		}
		key, err := p.quoted()
		if err != nil {
			return err
		}
		if keys[key] {
			return p.fault("key %.60q is given twice", key)
		}
		keys[key] = true
		if p.skip() != ':' {
			return p.fault("a colon is expected after a key")
		}
		p.next++
		item, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		v.Members = append(v.Members, Member{key, item})
		if more, err := p.separator('}'); !more {
			return err
		}
	}
}

func (p *parser) array(v *Value, depth int) error {
	p.next++
	if p.skip() == ']' {
		v.Kind = List
		p.next++
		return nil
	}
	if p.pack(v) {
		return nil
	}
	v.Kind = List
	for {
		item, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		v.Items = append(v.Items, item)
		if more, err := p.separator(']'); !more {
			return err
		}
	}
}

// pack takes an array that holds only numbers and booleans as it stands. It moves only where it succeeds.
func (p *parser) pack(v *Value) bool {
	before := *p
	start := p.next
	for count := 1; ; count++ {
		p.skip()
		if word := p.word(); !numberWord(word) && !boolWord(word) {
			break
		}
		switch p.skip() {
		case ',':
			p.next++
			continue
		case ']':
			v.Kind, v.packed = Numbers, &packed{raw: p.text[start:p.next], count: count}
			p.next++
			return true
		}
		break
	}
	*p = before
	return false
}

// separator passes a comma, or the end of a container, of which it tells false.
func (p *parser) separator(end byte) (more bool, err error) {
	switch p.skip() {
	case ',':
		p.next++
		return true, nil
	case end:
		p.next++
		return false, nil
	case 0:
		return false, p.fault("the file ends before its JSON value does")
	}
	return false, p.fault("a comma or %q is expected", end)
}

// quoted reads the string at next.
func (p *parser) quoted() (string, error) {
	start := p.next
	for i := start + 1; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c < 0x20:
			return "", p.fault("a control character in a text")
		case c == '\\':
			i++
		case c == '"':
			p.next = i + 1
			return p.unquote(p.text[start:p.next])
		}
	}
	return "", p.fault("a text without an end")
}

// unquote reads a string with its quotation marks. Half a surrogate pair, which encoding/json would replace, is refused.
func (p *parser) unquote(raw []byte) (string, error) {
	inner := raw[1 : len(raw)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner), nil
	}
	var text string
	meant := bytes.Count(raw, []byte("\ufffd")) + bytes.Count(bytes.ToLower(raw), []byte(`\ufffd`))
	if json.Unmarshal(raw, &text) != nil || strings.Count(text, "\ufffd") > meant {
		return "", p.fault("a text with an escape that is not JSON's")
	}
	return text, nil
}

// word is the run of bytes up to the next separator.
func (p *parser) word() []byte {
	start := p.next
	for p.next < len(p.text) && !separates(p.text[p.next]) {
		p.next++
	}
	return p.text[start:p.next]
}

func separates(c byte) bool {
	switch c {
	case ',', ':', '[', ']', '{', '}', '"', ' ', '\t', '\r', '\n':
		return true
	}
	return false
}

func (p *parser) bare(v *Value) error {
	at := p.place()
	switch word := p.word(); {
	case string(word) == "null":
		v.Kind = Null
	case boolWord(word):
		v.Kind, v.Text = Bool, string(word)
	case numberWord(word):
		v.Kind, v.Text = Number, string(word)
	default:
		return fault(p.file, at, "neither a number nor one of the words of JSON")
	}
	return nil
}

func boolWord(word []byte) bool { return string(word) == "true" || string(word) == "false" }

// numberWord tells whether a word is a number of JSON, or one of the three that libraries add.
func numberWord(word []byte) bool {
	switch string(word) {
	case "NaN", "Infinity", "-Infinity":
		return true
	}
	rest := bytes.TrimPrefix(word, []byte("-"))
	whole := digits(rest)
	if whole == 0 || rest[0] == '0' && whole > 1 {
		return false
	}
	rest = rest[whole:]
	if len(rest) > 0 && rest[0] == '.' {
		fraction := digits(rest[1:])
		if fraction == 0 {
			return false
		}
		rest = rest[1+fraction:]
	}
	if len(rest) == 0 {
		return true
	}
	if rest[0] != 'e' && rest[0] != 'E' {
		return false
	}
	rest = rest[1:]
	if len(rest) > 0 && (rest[0] == '+' || rest[0] == '-') {
		rest = rest[1:]
	}
	return len(rest) > 0 && digits(rest) == len(rest)
}

// digits is the number of decimal digits that a word begins with.
func digits(word []byte) int {
	for i, c := range word {
		if c < '0' || c > '9' {
			return i
		}
	}
	return len(word)
}
