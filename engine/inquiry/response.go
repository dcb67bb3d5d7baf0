package inquiry

import (
	"fmt"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
)

// Response is what a party releases when everybody has committed: the two parts of seal.Response, c1 and c0, under the
// label and party they belong to.
type Response struct {
	_      struct{} `cbor:",toarray"`
	Label  engine.Digest
	Party  engine.PartyID
	C1, C0 []byte
}

// MaxResponse bounds the file of a response, in bytes: 76,320 bytes of ciphertext, the label and the party.
const MaxResponse = 77 << 10

// Sizes of the two parts of a response, in bytes (protocol, section 5).
const (
	c1Size = 75_776
	c0Size = 544
)

// File is the byte string that is stored, hashed and sent.
func (r *Response) File() []byte { return canonical.Encode(r) }

// ResponseDigest is responseDig = H("weir/response/v1", [label, party, c1 bytes, c0 bytes]) of a response's file.
func ResponseDigest(file []byte) engine.Digest {
	return canonical.DigestBytes("weir/response/v1", file)
}

// OpenResponse reads the response that a commit announced: its digest, label and party must be the commit's, and both
// parts have their one size, so that a response has one form.
func OpenResponse(file []byte, c *Commit) (*Response, error) {
	var r Response
	if err := canonical.Decode(file, MaxResponse, &r); err != nil {
		return nil, fmt.Errorf("response of %s: %w", c.Party, err)
	}
	if r.Label != c.Label || r.Party != c.Party || ResponseDigest(file) != c.Response {
		return nil, fmt.Errorf("%w: response of %s is not the one committed to", message.ErrPost, c.Party)
	}
	if len(r.C1) != c1Size || len(r.C0) != c0Size {
		return nil, fmt.Errorf("%w: response of %s has parts of %d and %d bytes, want %d and %d", message.ErrPost, c.Party, len(r.C1), len(r.C0), c1Size, c0Size)
	}
	return &r, nil
}

// IsNamedBy tells whether a digest is the content's address in the content store: of a response's file, responseDig; of
// everything else, its SHA-256.
func IsNamedBy(digest engine.Digest, content []byte) bool {
	return digest == message.Blob(content) || digest == ResponseDigest(content)
}
