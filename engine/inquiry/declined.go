package inquiry

import (
	"fmt"
	"slices"

	"weir/engine"
	"weir/engine/message"
)

// DeclineCode says why a party will not contribute, from a closed, append-only list; no detail goes public, but to the
// enterprise under its seal (package reply).
type DeclineCode string

// The codes.
const (
	DeclinedConsent    DeclineCode = "consent"    // consent missing, not the enterprise's, or not live
	DeclinedTerms      DeclineCode = "terms"      // the request is outside the consent's terms
	DeclinedModel      DeclineCode = "model"      // the model is not one this party approved
	DeclinedRecords    DeclineCode = "records"    // the root is not this party's newest
	DeclinedPartners   DeclineCode = "partners"   // no confirmed pair key with a partner
	DeclinedRevocation DeclineCode = "revocation" // the enterprise took its consent back
	DeclinedRules      DeclineCode = "rules"      // the party's own rules: budget, quota, pause
)

var declineCodes = []DeclineCode{DeclinedConsent, DeclinedTerms, DeclinedModel, DeclinedRecords, DeclinedPartners, DeclinedRevocation,
	DeclinedRules}

// Known tells whether the code is one of the list.
func (c DeclineCode) Known() bool { return slices.Contains(declineCodes, c) }

// MaxReply bounds the sealed reason in a refusal, in bytes.
const MaxReply = 4 << 10

// Declined ends an attempt: a party will not contribute to the label.
type Declined struct {
	_     struct{} `cbor:",toarray"`
	Label engine.Digest
	Party engine.PartyID
	Code  DeclineCode
	Reply []byte // the reason, sealed to the enterprise's reply key, at most MaxReply; empty where the party knows none
}

// OpenDeclined reads a refusal; a code outside the list is refused, so that no text gets on the board as one, and a reply
// longer than MaxReply.
func OpenDeclined(g message.Members, post []byte) (*Declined, error) {
	var d Declined
	p, err := message.OpenAs(g, message.KindDeclined, post, &d)
	if err == nil {
		err = p.SpeaksFor(d.Party)
	}
	if err != nil {
		return nil, err
	}
	if !d.Code.Known() {
		return nil, fmt.Errorf("%w: %s by %s: unknown code", message.ErrPost, p.Kind, p.Signer)
	}
	if len(d.Reply) > MaxReply {
		return nil, fmt.Errorf("%w: %s by %s: sealed reason of %d bytes, limit %d", message.ErrPost, p.Kind, p.Signer, len(d.Reply), MaxReply)
	}
	return &d, nil
}

// DeclinedError says which party declined an attempt, and the public code.
type DeclinedError struct {
	Party engine.PartyID
	Code  DeclineCode
}

// Error names the party and the code.
func (e *DeclinedError) Error() string { return fmt.Sprintf("%s declined: %s", e.Party, e.Code) }
