// Package xmltree reads an XML file into a tree whose every element knows its line, with limits that hold before memory is
// spent.
//
// It refuses document type declarations (and with them all entities but the five of XML), other encodings than UTF-8,
// US-ASCII and ISO-8859-1, repeated attributes, nesting deeper than MaxDepth, and more than MaxElements elements or
// MaxAttributes attributes. Namespaces are not resolved: a model's elements are known by their local names. Comments and
// processing instructions are left out. Source: XML 1.0, fifth edition.
package xmltree

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"weir/engine/modelfile/refusal"
)

// Limits of a tree.
const (
	MaxDepth      = 512
	MaxElements   = 500_000
	MaxAttributes = 1_000_000
)

// Element is one element. Prefix is its namespace prefix as written.
type Element struct {
	Prefix, Name string
	Attributes   []Attribute
	Children     []*Element
	Text         string // all character data of an element without children
	Line         int
}

// Attribute is one attribute; declarations of namespaces are not among them.
type Attribute struct {
	Prefix, Name, Value string
}

// At is where the element begins.
func (e *Element) At() refusal.Place { return refusal.Place{Line: e.Line, Element: "<" + e.Name + ">"} }

// Attr is an attribute without a prefix; ok is false where the element has none of that name.
func (e *Element) Attr(name string) (text string, ok bool) {
	for _, a := range e.Attributes {
		if a.Name == name && a.Prefix == "" {
			return a.Value, true
		}
	}
	return "", false
}

// Child is the first child of a name, or nil.
func (e *Element) Child(name string) *Element {
	for _, c := range e.Children {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Parse reads one XML document; file is only the name used in errors, which are *refusal.Error.
func Parse(text []byte, file string) (*Element, error) {
	text, err := decoded(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")), file)
	if err != nil {
		return nil, err
	}
	b := &builder{file: file, text: text, line: 1, names: map[string]string{}}
	d := xml.NewDecoder(bytes.NewReader(text))
	d.CharsetReader = func(_ string, input io.Reader) (io.Reader, error) { return input, nil } // decoded did it
	for {
		start := int(d.InputOffset())
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return b.finish()
		}
		b.advance(start)
		if err != nil {
			b.advance(int(d.InputOffset()))
			return nil, b.fault("not XML: %s", reason(err))
		}
		if err := b.token(token); err != nil {
			return nil, err
		}
	}
}

// reason is the decoder's message without the position, which the refusal has.
func reason(err error) string {
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		return syntax.Msg
	}
	return "it cannot be read"
}

// decoded brings text to UTF-8 by the encoding that its declaration names.
func decoded(text []byte, file string) ([]byte, error) {
	name := declaredEncoding(text)
	switch strings.ToLower(name) {
	case "", "utf-8", "utf8", "ascii", "us-ascii":
	case "iso-8859-1", "latin1":
		return latin1(text), nil
	default:
		return nil, refusal.New(file, refusal.Place{Line: 1}, "encoding %.40q is not supported: save the file as UTF-8", name)
	}
	if !utf8.Valid(text) {
		return nil, refusal.New(file, refusal.Place{Line: 1}, "not in the encoding that it declares: save the file as UTF-8")
	}
	return text, nil
}

// declaredEncoding is what the XML declaration says, or empty.
func declaredEncoding(text []byte) string {
	end := bytes.Index(text[:min(len(text), 256)], []byte("?>"))
	if !bytes.HasPrefix(text, []byte("<?xml")) || end < 0 {
		return ""
	}
	_, rest, found := bytes.Cut(text[:end], []byte("encoding"))
	rest = bytes.TrimLeft(rest, " \t\r\n=")
	if !found || len(rest) == 0 {
		return ""
	}
	name, _, _ := bytes.Cut(rest[1:], rest[:1])
	return string(name)
}

func latin1(text []byte) []byte {
	var out bytes.Buffer
	out.Grow(len(text))
	for _, b := range text {
		out.WriteRune(rune(b))
	}
	return out.Bytes()
}

// builder makes the tree of a stream of tokens.
type builder struct {
	file string
	text []byte

	offset, line         int // line is that of offset
	elements, attributes int
	stack                []*Element
	root                 *Element
	names                map[string]string // one copy of each name
	content              strings.Builder   // character data of the element at the top of stack
}

func (b *builder) fault(format string, args ...any) error {
	return refusal.New(b.file, refusal.Place{Line: b.line}, format, args...)
}

// advance counts the lines up to an offset.
func (b *builder) advance(offset int) {
	offset = min(offset, len(b.text))
	b.line += bytes.Count(b.text[b.offset:offset], []byte("\n"))
	b.offset = offset
}

func (b *builder) token(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		return b.start(t)
	case xml.EndElement:
		return b.end(t)
	case xml.CharData:
		if len(b.stack) > 0 {
			b.content.Write(t)
		} else if len(bytes.TrimSpace(t)) > 0 {
			return b.fault("text outside of the root element")
		}
	case xml.Directive:
		return b.fault("a document type declaration, which models do not need: remove it")
	}
	return nil
}

func (b *builder) start(t xml.StartElement) error {
	if b.root != nil && len(b.stack) == 0 {
		return b.fault("a second root element")
	}
	b.elements++
	b.attributes += len(t.Attr)
	if len(b.stack) == MaxDepth || b.elements > MaxElements || b.attributes > MaxAttributes {
		return b.fault("nested deeper than %d, or more than %d elements or %d attributes", MaxDepth, MaxElements, MaxAttributes)
	}
	e := &Element{Prefix: b.intern(t.Name.Space), Name: b.intern(t.Name.Local), Line: b.line}
	for _, a := range t.Attr {
		if a.Name.Space == "xmlns" || a.Name.Local == "xmlns" && a.Name.Space == "" {
			continue
		}
		attribute := Attribute{b.intern(a.Name.Space), b.intern(a.Name.Local), a.Value}
		if slices.ContainsFunc(e.Attributes, func(o Attribute) bool { return o.Name == attribute.Name && o.Prefix == attribute.Prefix }) {
			return b.fault("attribute %.60q is given twice", a.Name.Local)
		}
		if e.Attributes = append(e.Attributes, attribute); len(e.Attributes) > maxPerElement {
			return b.fault("an element with more than %d attributes", maxPerElement)
		}
	}
	if len(b.stack) == 0 {
		b.root = e
	} else {
		parent := b.stack[len(b.stack)-1]
		parent.Children = append(parent.Children, e)
	}
	b.stack = append(b.stack, e)
	b.content.Reset()
	return nil
}

// maxPerElement bounds the search for repeated attributes.
const maxPerElement = 64

func (b *builder) end(t xml.EndElement) error {
	if len(b.stack) == 0 {
		return b.fault("an end tag without its start")
	}
	e := b.stack[len(b.stack)-1]
	if e.Name != t.Name.Local || e.Prefix != t.Name.Space {
		return b.fault("element <%.60s> is closed by another name", e.Name)
	}
	b.stack = b.stack[:len(b.stack)-1]
	if len(e.Children) == 0 {
		e.Text = b.content.String()
	}
	b.content.Reset()
	return nil
}

func (b *builder) finish() (*Element, error) {
	b.advance(len(b.text))
	if b.root == nil || len(b.stack) > 0 {
		return nil, b.fault("the file ends before its XML does")
	}
	return b.root, nil
}

// intern keeps one copy of each name, of a bounded number of them.
func (b *builder) intern(name string) string {
	if kept, ok := b.names[name]; ok {
		return kept
	}
	if len(b.names) < 1<<12 {
		b.names[name] = name
	}
	return name
}
