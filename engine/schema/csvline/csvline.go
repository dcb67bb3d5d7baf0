// Package csvline takes the lines of the CSV files that people write for weir apart: bounded lines, RFC 4180 cells,
// readable UTF-8 (formats, "A source's folder"). Whatever the size of a file, it holds one line of it.
//
// It knows no columns and never repeats a cell in an error. It refuses what encoding/csv reads on for: a quoted cell that
// does not end on its own line, a line without end.
package csvline

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// MaxLine is the longest line in bytes, with its ending. It bounds what a reader holds of a file.
const MaxLine = 64 << 10

// ErrTooLong is for a line above MaxLine: nothing after it can be read.
var ErrTooLong = errors.New("line too long")

// Reader reads LF or CRLF lines and holds one at a time.
type Reader struct {
	r      *bufio.Reader
	number int
}

// NewReader reads lines from r.
func NewReader(r io.Reader) *Reader { return &Reader{r: bufio.NewReaderSize(r, MaxLine)} }

// Number is the number of the line last read, from 1; 0 before the first.
func (l *Reader) Number() int { return l.number }

// Next is the next line without its ending ("" for a last line without one). It ends with io.EOF; a line above MaxLine is
// ErrTooLong. A byte order mark before the first line is dropped.
func (l *Reader) Next() (line, ending string, err error) {
	raw, err := l.r.ReadSlice('\n')
	if len(raw) == 0 && err != nil {
		return "", "", err
	}
	l.number++
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return "", "", ErrTooLong
	case err != nil && err != io.EOF:
		return "", "", err
	}
	if l.number == 1 {
		raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	}
	body, found := bytes.CutSuffix(raw, []byte("\n"))
	if !found {
		return string(raw), "", nil
	}
	if body, found := bytes.CutSuffix(body, []byte("\r")); found {
		return string(body), "\r\n", nil
	}
	return string(body), "\n", nil
}

// CellError is a fault in the writing of one cell.
type CellError struct {
	Cell   int // from 0
	Reason string
}

// Split appends the cells of a line to cells. Cells may be quoted as in RFC 4180, section 2, but a quoted cell ends on its
// own line, since nothing that a record holds has a line break.
func Split(line string, cells []string) ([]string, *CellError) {
	if strings.IndexByte(line, '"') < 0 {
		return splitPlain(line, cells), nil
	}
	for rest, more := line, true; more; {
		var cell, reason string
		cell, rest, more, reason = cut(rest)
		if reason != "" {
			return cells, &CellError{Cell: len(cells), Reason: reason}
		}
		cells = append(cells, cell)
	}
	return cells, nil
}

func splitPlain(line string, cells []string) []string {
	for {
		cell, rest, more := strings.Cut(line, ",")
		cells = append(cells, cell)
		if !more {
			return cells
		}
		line = rest
	}
}

// cut takes the first cell off a line; a reason says why it cannot.
func cut(line string) (cell, rest string, more bool, reason string) {
	if !strings.HasPrefix(line, `"`) {
		cell, rest, more = strings.Cut(line, ",")
		if strings.Contains(cell, `"`) {
			return "", "", false, "a quote inside a cell that does not begin with one"
		}
		return cell, rest, more, ""
	}
	end := 1
	for ; ; end += 2 {
		i := strings.IndexByte(line[end:], '"')
		if i < 0 {
			return "", "", false, "the quote that opens the cell is not closed on its line"
		}
		end += i
		if !strings.HasPrefix(line[end+1:], `"`) {
			break
		}
	}
	cell, rest = strings.ReplaceAll(line[1:end], `""`, `"`), line[end+1:]
	if rest == "" {
		return cell, "", false, ""
	}
	if rest[0] != ',' {
		return "", "", false, "text after the closing quote"
	}
	return cell, rest[1:], true, ""
}

// Unreadable says what is wrong with the bytes of a cell or line, "" if nothing: they must be UTF-8 without control
// characters.
func Unreadable(text string) string {
	for i, r := range text {
		switch {
		case r == 0:
			return "a NUL byte (is the file UTF-16? it must be UTF-8)"
		case r < 0x20 || r == 0x7f:
			return "a control character (a tab, or a carriage return that ends no line?)"
		case r == utf8.RuneError && strings.HasPrefix(text[i:], string(utf8.RuneError)):
			return "a replacement character, left by a converter"
		case r == utf8.RuneError:
			return "not UTF-8 (was the file saved as GBK or UTF-16? it must be UTF-8)"
		}
	}
	return ""
}
