// Package strictjson reads the JSON files that people write for weir (schemas, models, policies) into a tree whose
// every value knows its line and column, so that whoever checks a value can say where it stands.
//
// It is for public files only: its errors repeat keys. It refuses what other JSON readers let pass: files above a
// limit, nesting deeper than MaxDepth, repeated and unknown keys, numbers with an exponent, text with control
// characters, invalid UTF-8, anything after the value. Numbers are never converted through floating point. The
// grammar is RFC 8259; one leading byte order mark is allowed, as for records (formats, "A source's folder").
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// MaxDepth is the deepest nesting of arrays and objects that Parse accepts.
const MaxDepth = 16

// Error is a fault at a place of a file. Line and Column count from 1, Column in characters; both are 0 where the fault
// is the whole file's (its size, for one).
type Error struct {
	File         string
	Line, Column int
	Reason       string
}

// Error is "file:line:column: reason".
func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Reason)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Reason)
}

// Parse reads one JSON value and nothing after it. file is only the name used in errors. Not more than limit+1 bytes are
// read from r; more than limit bytes are refused. Every error about the content is an *Error.
func Parse(r io.Reader, file string, limit int) (Value, error) {
	text, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err != nil {
		return Value{}, fmt.Errorf("%s: read: %w", file, err)
	}
	if len(text) > limit {
		return Value{}, &Error{File: file, Reason: fmt.Sprintf("longer than %d bytes", limit)}
	}
	d := &document{file: file, text: bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))}
	if err := d.checkSyntax(); err != nil {
		return Value{}, err
	}
	return d.value(1)
}

// document is a file that is being read; next is the offset of the first byte not yet consumed.
type document struct {
	file string
	text []byte
	next int
}

// checkSyntax establishes that text is exactly one JSON value in valid UTF-8: the reader below relies on it.
func (d *document) checkSyntax() error {
	for i := 0; i < len(d.text); {
		r, size := utf8.DecodeRune(d.text[i:])
		if r == utf8.RuneError {
			return d.errorAt(i, "not UTF-8, or a replacement character that a converter left")
		}
		i += size
	}
	var whole json.RawMessage
	err := json.Unmarshal(d.text, &whole)
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return err
	}
	if syntax.Error() == "unexpected end of JSON input" {
		return d.errorAt(len(d.text), "the file ends before its JSON value does")
	}
	return d.errorAt(max(int(syntax.Offset)-1, 0), "not JSON: %s", syntax.Error())
}

// errorAt makes an Error at a byte offset.
func (d *document) errorAt(offset int, format string, args ...any) error {
	line, column := d.place(offset)
	return &Error{File: d.file, Line: line, Column: column, Reason: fmt.Sprintf(format, args...)}
}

func (d *document) place(offset int) (line, column int) {
	before := d.text[:offset]
	start := bytes.LastIndexByte(before, '\n') + 1
	return bytes.Count(before, []byte{'\n'}) + 1, utf8.RuneCount(before[start:]) + 1
}
