package wire

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Event is one server-sent event: a number, by which a reader resumes, and canonical bytes.
type Event struct {
	Number uint64
	Data   []byte
}

// Encode gives the event as it is sent: "id: NUMBER\ndata: BASE64\n\n".
func (e Event) Encode() []byte {
	b := make([]byte, 0, base64.StdEncoding.EncodedLen(len(e.Data))+40)
	b = strconv.AppendUint(append(b, "id: "...), e.Number, 10)
	b = append(b, "\ndata: "...)
	b = base64.StdEncoding.AppendEncode(b, e.Data)
	return append(b, "\n\n"...)
}

// Heartbeat is a comment, which says that the stream is alive.
const Heartbeat = ":\n\n"

// maxLine bounds a line of a stream, in bytes: base64 of the largest block.
const maxLine = (MaxBlock+2)/3*4 + 64

// ReadEvents gives the events of a stream until yield answers false or the stream ends. What is no event in the one form
// that Encode gives is refused with ErrAnswer; an end in the middle of an event is io.ErrUnexpectedEOF.
func ReadEvents(r io.Reader, alive func(), yield func(Event) bool) error {
	lines := bufio.NewReaderSize(r, 64<<10)
	for {
		line, err := readLine(lines)
		if err != nil {
			return err
		}
		alive()
		if bytes.HasPrefix(line, []byte(":")) {
			if err := blank(lines); err != nil {
				return err
			}
			continue
		}
		e, err := readEvent(line, lines)
		if err != nil {
			return err
		}
		if !yield(e) {
			return nil
		}
	}
}

func readEvent(line []byte, lines *bufio.Reader) (e Event, err error) {
	text, is := bytes.CutPrefix(line, []byte("id: "))
	if e.Number, err = strconv.ParseUint(string(text), 10, 64); err != nil || !is || strconv.FormatUint(e.Number, 10) != string(text) {
		return e, fmt.Errorf("%w: an event without a number", ErrAnswer)
	}
	if line, err = readLine(lines); err != nil {
		return e, inside(err)
	}
	if text, is = bytes.CutPrefix(line, []byte("data: ")); !is {
		return e, fmt.Errorf("%w: an event without data", ErrAnswer)
	}
	if e.Data, err = base64.StdEncoding.Strict().AppendDecode(nil, text); err != nil {
		return e, fmt.Errorf("%w: event: %w", ErrAnswer, err)
	}
	return e, blank(lines)
}

func blank(lines *bufio.Reader) error {
	line, err := readLine(lines)
	if err == nil && len(line) > 0 {
		err = fmt.Errorf("%w: an event does not end", ErrAnswer)
	}
	return inside(err)
}

func inside(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// readLine reads a line of at most maxLine bytes, without its end. io.EOF is for a stream that ends between lines.
func readLine(lines *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := lines.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxLine:
			return nil, fmt.Errorf("%w: a line of more than %d bytes", ErrAnswer, maxLine)
		case err == nil:
			return line[:len(line)-1], nil
		case errors.Is(err, io.EOF) && len(line) > 0:
			return nil, io.ErrUnexpectedEOF
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}
