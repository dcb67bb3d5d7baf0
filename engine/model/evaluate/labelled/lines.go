package labelled

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// MaxLine is the longest line in bytes, with its ending. It bounds what is held of a file.
const MaxLine = 64 << 10

var errTooLong = errors.New("line too long")

// lines reads LF or CRLF lines one at a time.
type lines struct {
	r      *bufio.Reader
	number int // of the line last read, from 1
}

func newLines(r io.Reader) *lines { return &lines{r: bufio.NewReaderSize(r, MaxLine)} }

// next is the next line without its ending; io.EOF after the last. A byte order mark before the first is dropped.
func (l *lines) next() (string, error) {
	raw, err := l.r.ReadSlice('\n')
	if len(raw) == 0 && err != nil {
		return "", err
	}
	l.number++
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return "", errTooLong
	case err != nil && err != io.EOF:
		return "", err
	}
	if l.number == 1 {
		raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	}
	return string(bytes.TrimSuffix(bytes.TrimSuffix(raw, []byte("\n")), []byte("\r"))), nil
}

// split appends the cells of a line, quoted as in RFC 4180 or not, to cells. A quoted cell ends on its line. A reason
// says what cannot be read.
func split(line string, cells []string) (_ []string, reason string) {
	switch {
	case strings.IndexByte(line, 0) >= 0:
		return cells, "a NUL byte (is the file UTF-16? it must be UTF-8)"
	case !utf8.ValidString(line):
		return cells, "not UTF-8 (was the file saved as GBK or UTF-16? it must be UTF-8)"
	case strings.IndexByte(line, '\r') >= 0:
		return cells, "a carriage return inside the line"
	case strings.IndexByte(line, '"') >= 0:
		quoted, err := csv.NewReader(strings.NewReader(line)).Read()
		if err != nil {
			return cells, "quotes that do not match"
		}
		return append(cells, quoted...), ""
	}
	for cell := range strings.SplitSeq(line, ",") {
		cells = append(cells, cell)
	}
	return cells, ""
}
