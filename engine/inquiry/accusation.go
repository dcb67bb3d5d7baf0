package inquiry

import (
	"errors"
	"fmt"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/engine/pedersen"
	"weir/engine/period"
)

// Accusation says that a party's response does not open what it committed to, and carries all that anybody needs to
// check it beside the public commits: the response, the sealing's key b, and a proof without the opened numbers.
type Accusation struct {
	_        struct{} `cbor:",toarray"`
	Label    engine.Digest
	Accused  engine.PartyID
	Proof    []byte // Z and the accusation proof
	Response []byte // the Response file
	B        []byte // the public key of the sealing
}

// OpenAccusation reads a bank's accusation; whether it holds is judged separately.
func OpenAccusation(g message.Members, post []byte) (*Accusation, engine.Name, error) {
	var a Accusation
	p, err := message.OpenAs(g, message.KindAccusation, post, &a)
	if err != nil {
		return nil, "", err
	}
	return &a, p.Signer, nil
}

// Accused is what an accusation is about, read from the bytes that were exchanged: the response that the accused
// committed to, the key of its sealing, and the two points that the response should open.
type Accused struct {
	Commit   *Contributed
	Response *Response
	B        []byte
	Pairs    pedersen.Point // P_i
}

// ErrMalformed is returned for a response that its party committed to and that is no response at all: that is the
// party's fault, for everybody to see, and needs no proof.
var ErrMalformed = errors.New("what was committed to is no response")

// Read compares the accusation's bytes with the digests in the accused party's commit and in the sealed model. Errors
// speak against the accuser, but for ErrMalformed, which speaks against the accused.
func (a *Accusation) Read(s *offer.Sealed, commit *Contributed) (*Accused, error) {
	if commit.Party != a.Accused || commit.Commit.Label != a.Label {
		return nil, fmt.Errorf("%w: accusation of %s and commit do not belong together", message.ErrPost, a.Accused)
	}
	if message.Blob(a.B) != s.Slices[0].B {
		return nil, fmt.Errorf("%w: accusation of %s carries another key than the sealing's", message.ErrPost, a.Accused)
	}
	if ResponseDigest(a.Response) != commit.Commit.Response {
		return nil, fmt.Errorf("%w: accusation of %s carries another response than was committed to", message.ErrPost, a.Accused)
	}
	response, err := OpenResponse(a.Response, commit.Commit)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return &Accused{Commit: commit, Response: response, B: a.B, Pairs: period.SumCommitments(a.Accused, commit.Masks)}, nil
}

// Encode gives the accusation's canonical bytes.
func (a *Accusation) Encode() []byte { return canonical.Encode(a) }
