// Package deposit is about files that somebody wants to have had at a time: the salted digest that goes on the ledger, the
// certificate that shows years later and offline what stands there, and the hand-over of what the digest hides to a named
// party. It is for depositors, for whoever is shown a file with its certificate, and for the evidence contract.
//
// The ledger sees a digest and a public note, never the file or its name. A digest names its depositor, so a copy of it,
// deposited by another, is worth nothing. A certificate shows that this depositor deposited this file by then; it does not
// show that nobody had the file before. It carries the document's salt: show it only to whom the file may be shown.
package deposit

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"weir/engine"
	"weir/engine/canonical"
)

// ErrDocument is returned for a description that is out of its bounds, or of another file.
var ErrDocument = errors.New("document refused")

// Bounds of what is said about a file, in bytes.
const (
	MaxName = 255
	MaxType = 127
	MaxNote = 1024
)

// Document is a file as its depositor describes it. All of it is secret until it is handed over: the salt hides it from
// guesses.
type Document struct {
	_         struct{} `cbor:",toarray"`
	Salt      [32]byte
	Depositor engine.Name
	File      engine.Digest // SHA-256
	Size      uint64        // bytes
	Name      string
	Type      string // media type
	Note      string
}

// Describe reads a file to its end, however long, and gives its document with a salt from random. What is said about the
// file may be empty.
func Describe(file, random io.Reader, depositor engine.Name, name, mediaType, note string) (*Document, error) {
	d := &Document{Depositor: depositor, Name: name, Type: mediaType, Note: note}
	if err := d.check(); err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(random, d.Salt[:]); err != nil {
		return nil, fmt.Errorf("salt of a document: %w", err)
	}
	var err error
	d.File, d.Size, err = hash(file)
	return d, err
}

func hash(file io.Reader) (engine.Digest, uint64, error) {
	h := sha256.New()
	size, err := io.Copy(h, file)
	if err != nil {
		return engine.Digest{}, 0, fmt.Errorf("read document: %w", err)
	}
	return engine.Digest(h.Sum(nil)), uint64(size), nil
}

// Digest is what goes on the ledger: H("weir/document/v1", document).
func (d *Document) Digest() engine.Digest { return canonical.Digest("weir/document/v1", d) }

// Matches reads a file to its end and tells whether it is the one described. Errors wrap ErrDocument, or are the reader's.
func (d *Document) Matches(file io.Reader) error {
	digest, size, err := hash(file)
	if err == nil && (digest != d.File || size != d.Size) {
		err = fmt.Errorf("%w: it is about another file", ErrDocument)
	}
	return err
}

func (d *Document) check() error {
	if _, err := engine.ParseName(string(d.Depositor)); err != nil {
		return fmt.Errorf("%w: depositor: %w", ErrDocument, err)
	}
	for _, text := range []struct {
		of    string
		limit int
	}{{d.Name, MaxName}, {d.Type, MaxType}, {d.Note, MaxNote}} {
		if len(text.of) > text.limit || !utf8.ValidString(text.of) {
			return fmt.Errorf("%w: a text of %d bytes, limit %d, in UTF-8", ErrDocument, len(text.of), text.limit)
		}
	}
	return nil
}

// Format keeps the document out of every log line.
func (Document) Format(f fmt.State, _ rune) { io.WriteString(f, "[document]") }
