// Package proof is the ledger's evidence for outsiders: signed checkpoints over the log of headers, proof bundles that
// show what became of one transaction, and the rule that a follower never accepts a rewritten history. It is for
// everybody who was handed some bytes and has a trust file: no ledger, network or clock is needed, or used.
//
// It refuses what is not exactly one of its encodings: no byte of an accepted bundle or checkpoint can be changed. Formats:
// C2SP tlog-checkpoint and signed-note for checkpoints, RFC 6962 for paths.
package proof

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"weir/engine"
)

// MaxCheckpoint bounds a signed checkpoint, in bytes.
const MaxCheckpoint = 4 << 10

// ErrCheckpoint is returned for bytes that are not a checkpoint of the wanted origin, signed by a trusted key.
var ErrCheckpoint = errors.New("checkpoint refused")

// Checkpoint says that a log had Size records with this Root, and who says so.
type Checkpoint struct {
	Origin string
	Size   uint64
	Root   engine.Digest
	Note   []byte // the signed note itself

	Cosignatures []Cosignature // of the witnesses among the keys it was opened with
	signers      int           // different keys that signed
}

// SignCheckpoint makes the signed note: three lines (origin, size, root in base64), a blank line, and a signature line.
func SignCheckpoint(origin string, size uint64, root engine.Digest, signer note.Signer) (*Checkpoint, error) {
	c := &Checkpoint{Origin: origin, Size: size, Root: root}
	signed, err := note.Sign(&note.Note{Text: c.text()}, signer)
	if err != nil {
		return nil, fmt.Errorf("sign checkpoint of %d records: %w", size, err)
	}
	c.Note = signed
	return c, nil
}

func (c *Checkpoint) text() string {
	return c.Origin + "\n" + strconv.FormatUint(c.Size, 10) + "\n" + base64.StdEncoding.EncodeToString(c.Root[:]) + "\n"
}

// OpenCheckpoint reads a foreign checkpoint. Every signature on it must be of a key in known, and at least one must be
// there: a checkpoint of one log has a single form for one set of signers. Errors wrap ErrCheckpoint.
func OpenCheckpoint(b []byte, origin string, known note.Verifiers) (*Checkpoint, error) {
	if len(b) > MaxCheckpoint {
		return nil, fmt.Errorf("%w: %d bytes, limit %d", ErrCheckpoint, len(b), MaxCheckpoint)
	}
	n, err := note.Open(b, known)
	if err != nil {
		return nil, fmt.Errorf("%w: no valid signature of a trusted key", ErrCheckpoint)
	}
	if len(n.UnverifiedSigs) > 0 {
		return nil, fmt.Errorf("%w: a signature by an unknown key", ErrCheckpoint)
	}
	if string(b) != noteForm(n) {
		return nil, fmt.Errorf("%w: not in its one valid form", ErrCheckpoint)
	}
	c, err := parseCheckpoint(n.Text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	if c.Origin != origin {
		return nil, fmt.Errorf("%w: of another log than %s", ErrCheckpoint, origin)
	}
	c.Note, c.signers = b, len(n.Sigs)
	c.Cosignatures = cosignatures(n, known)
	return c, nil
}

// noteForm writes an opened note again. Base64 has several spellings of one signature, and a note may repeat one.
func noteForm(n *note.Note) string {
	var b strings.Builder
	b.WriteString(n.Text + "\n")
	for _, s := range n.Sigs {
		raw, _ := base64.StdEncoding.DecodeString(s.Base64)
		fmt.Fprintf(&b, "— %s %s\n", s.Name, base64.StdEncoding.EncodeToString(raw))
	}
	return b.String()
}

func parseCheckpoint(text string) (*Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return nil, errors.New("want three lines")
	}
	size, err := strconv.ParseUint(lines[1], 10, 62)
	if err != nil {
		return nil, errors.New("size is not a number below 2^62")
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != len(engine.Digest{}) {
		return nil, errors.New("root is not 32 bytes in base64")
	}
	c := &Checkpoint{Origin: lines[0], Size: size, Root: engine.Digest(root)}
	if c.text() != text {
		return nil, errors.New("not in its one valid form")
	}
	return c, nil
}

// ReadCheckpoint reads a stored checkpoint of one's own: its signatures are not judged.
func ReadCheckpoint(b []byte) (*Checkpoint, error) {
	text, _, signed := strings.Cut(string(b), "\n\n")
	c, err := parseCheckpoint(text + "\n")
	if !signed || err != nil || len(b) > MaxCheckpoint {
		return nil, fmt.Errorf("%w: not readable", ErrCheckpoint)
	}
	c.Note = b
	return c, nil
}
