// Package inquiry is one question for a score from asking to its end (protocol, sections 2 and 5): the request, each
// party's commit or refusal, the response that opens a commit, and the settlement or accusation that closes it — with the
// label that binds them to one attempt. It is for the bank that asks, the holders that answer, and whoever checks them
// later.
//
// It holds no secret and computes no answer: engine/contribute and engine/open do. It refuses messages that do not belong
// to each other, points outside the prime subgroup, and responses other than the one committed to.
package inquiry

import (
	"fmt"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/message"
	"weir/engine/offer"
)

// PartyRoot names the committed root that a request asks one party to answer from.
type PartyRoot struct {
	_     struct{} `cbor:",toarray"`
	Party engine.PartyID
	Root  [32]byte
}

// Request is a bank asking for one score: under which consent, with which sealed model, for which purpose, over which
// roots (one for each slice, ordered by party).
type Request struct {
	_       struct{}      `cbor:",toarray"`
	Consent consent.Key   // pk_c
	Model   engine.Digest // modelDigest
	Purpose consent.Purpose
	Output  consent.Output
	Roots   []PartyRoot
	Attempt uint32 // from 0
}

// OpenRequest reads a bank's request and gives its id, that of its transaction.
func OpenRequest(g message.Members, post []byte) (*Request, engine.RequestID, engine.Name, error) {
	var r Request
	p, err := message.OpenAs(g, message.KindRequest, post, &r)
	if err != nil {
		return nil, engine.RequestID{}, "", err
	}
	return &r, engine.RequestID(p.ID()), p.Signer, nil
}

// CheckRoots tells whether the request names exactly the version's parties, in order.
func (r *Request) CheckRoots(s *offer.Sealed) error {
	if len(r.Roots) != len(s.Version.Slices) {
		return fmt.Errorf("%w: request names %d roots for a model of %d slices", message.ErrPost, len(r.Roots), len(s.Version.Slices))
	}
	for i := range r.Roots {
		if r.Roots[i].Party != s.Version.Slices[i].Party {
			return fmt.Errorf("%w: root %d is of %s, the model's slice of %s", message.ErrPost, i+1, r.Roots[i].Party, s.Version.Slices[i].Party)
		}
	}
	return nil
}

// Label binds one attempt of one request to its model, roots and consent:
// H("weir/label/v1", [chain, request id, modelDigest, [(party, root)] by party, tag, attempt]).
func Label(chain engine.Name, id engine.RequestID, r *Request, tag [32]byte) engine.Digest {
	return canonical.Digest("weir/label/v1", []any{chain, id, r.Model, r.Roots, tag, r.Attempt})
}
