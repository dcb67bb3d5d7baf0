package message

import (
	"errors"
	"fmt"
	"slices"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/model"
	"weir/engine/pedersen"
)

// PartnerMask is P_ij, the commitment to the masks that a party shares with one partner.
type PartnerMask struct {
	_       struct{} `cbor:",toarray"`
	Partner engine.PartyID
	P       [pedersen.PointSize]byte
}

// Commit is a party's contribution to one label, without the response, which leaves only after everybody committed.
type Commit struct {
	_        struct{} `cbor:",toarray"`
	Label    engine.Digest
	Party    engine.PartyID
	Masks    []PartnerMask // ordered by partner
	C        [pedersen.PointSize]byte
	Response engine.Digest // responseDig
	Proof    []byte        // contribution proof; empty while there are none
}

// Equal tells whether two commits say the same; proofs are not compared, since a prover randomises them.
func (c *Commit) Equal(d *Commit) bool {
	return c.Label == d.Label && c.Party == d.Party && c.C == d.C && c.Response == d.Response && slices.Equal(c.Masks, d.Masks)
}

// Contributed is a commit that was read and checked.
type Contributed struct {
	Commit *Commit
	Party  engine.PartyID
	C      pedersen.Point
	Masks  map[engine.PartyID]pedersen.Point // P_ij by partner
}

// MaxProof bounds the proof in a commit, in bytes.
const MaxProof = 196

// OpenCommit reads a party's commit: points in the prime subgroup, partners in order, the holder its signer.
func (g *Genesis) OpenCommit(post []byte) (*Contributed, error) {
	var c Commit
	p, err := g.OpenAs(KindCommit, post, &c)
	if err == nil {
		err = ownParty(p, c.Party)
	}
	if err != nil {
		return nil, err
	}
	return c.Read()
}

// Read decodes the points of a commit: each in the prime subgroup, the partners in order.
func (c *Commit) Read() (*Contributed, error) {
	if len(c.Proof) > MaxProof {
		return nil, fmt.Errorf("%w: commit of %s: proof of %d bytes, limit %d", ErrPost, c.Party, len(c.Proof), MaxProof)
	}
	if len(c.Masks) >= model.MaxSlices {
		return nil, fmt.Errorf("%w: commit of %s: %d partners, limit %d", ErrPost, c.Party, len(c.Masks), model.MaxSlices-1)
	}
	read := &Contributed{Commit: c, Party: c.Party, Masks: map[engine.PartyID]pedersen.Point{}}
	var err error
	if read.C, err = pedersen.DecodePoint(c.C[:]); err != nil {
		return nil, fmt.Errorf("%w: commit of %s: C: %w", ErrPost, c.Party, err)
	}
	for i, m := range c.Masks {
		if _, err := engine.ParsePartyID(string(m.Partner)); err != nil || m.Partner == c.Party {
			return nil, fmt.Errorf("%w: commit of %s: partner %d is malformed or the party itself", ErrPost, c.Party, i+1)
		}
		if i > 0 && c.Masks[i-1].Partner >= m.Partner {
			return nil, fmt.Errorf("%w: commit of %s: partners are not in order", ErrPost, c.Party)
		}
		if read.Masks[m.Partner], err = pedersen.DecodePoint(m.P[:]); err != nil {
			return nil, fmt.Errorf("%w: commit of %s: P with %s: %w", ErrPost, c.Party, m.Partner, err)
		}
	}
	return read, nil
}

// ErrPair is returned when the two ends of a pair committed to different masks.
var ErrPair = errors.New("the two ends of a pair disagree on their masks")

// PairError names the two parties whose mask commitments differ; which of them is at fault cannot be told.
type PairError struct{ First, Second engine.PartyID }

// Error names the pair.
func (e *PairError) Error() string { return fmt.Sprintf("%v: %s and %s", ErrPair, e.First, e.Second) }

// Unwrap is ErrPair.
func (e *PairError) Unwrap() error { return ErrPair }

// CheckPairs tells whether the commits of one label come from exactly the given parties, each with a mask for every
// other, and whether the two ends of every P_ij are equal. A difference is a *PairError; a mask that is not there is the
// fault of its party alone.
func CheckPairs(parties []engine.PartyID, commits map[engine.PartyID]*Contributed) error {
	for _, i := range parties {
		if err := checkPartners(i, parties, commits[i]); err != nil {
			return err
		}
	}
	if len(commits) != len(parties) {
		return fmt.Errorf("%w: %d commits for %d parties", ErrPost, len(commits), len(parties))
	}
	for a, i := range parties {
		for _, j := range parties[a+1:] {
			if !commits[i].Masks[j].Equal(commits[j].Masks[i]) {
				return &PairError{First: i, Second: j}
			}
		}
	}
	return nil
}

// checkPartners tells whether a party's commit has a mask for every other party and for nobody else.
func checkPartners(party engine.PartyID, parties []engine.PartyID, c *Contributed) error {
	if c == nil {
		return fmt.Errorf("%w: no commit of %s", ErrPost, party)
	}
	if len(c.Masks) != len(parties)-1 {
		return fmt.Errorf("%w: commit of %s has %d masks, want %d", ErrPost, party, len(c.Masks), len(parties)-1)
	}
	for _, partner := range parties {
		if _, known := c.Masks[partner]; !known && partner != party {
			return fmt.Errorf("%w: commit of %s has no mask for %s", ErrPost, party, partner)
		}
	}
	return nil
}

// Context binds a contribution proof to everything its party committed to:
// H("weir/context/v1", [label, party, responseDig, [P_ij by partner], circuit id]). Its field element is canonical.Field.
func Context(c *Commit, circuit engine.Digest) engine.Digest {
	points := make([][pedersen.PointSize]byte, len(c.Masks))
	for i := range c.Masks {
		points[i] = c.Masks[i].P
	}
	return canonical.Digest("weir/context/v1", []any{c.Label, c.Party, c.Response, points, circuit})
}

// DeclineCode says why a party will not contribute, from a closed, append-only list; no detail goes public.
type DeclineCode string

// The codes.
const (
	DeclinedConsent    DeclineCode = "consent"    // consent missing, not the enterprise's, or not live
	DeclinedTerms      DeclineCode = "terms"      // the request is outside the consent's terms
	DeclinedModel      DeclineCode = "model"      // the model is not one this party approved
	DeclinedRecords    DeclineCode = "records"    // the root is not this party's newest
	DeclinedPartners   DeclineCode = "partners"   // no confirmed pair key with a partner
	DeclinedRevocation DeclineCode = "revocation" // the enterprise took its consent back
)

var declineCodes = []DeclineCode{DeclinedConsent, DeclinedTerms, DeclinedModel, DeclinedRecords, DeclinedPartners, DeclinedRevocation}

// Declined ends an attempt: a party will not contribute to the label.
type Declined struct {
	_     struct{} `cbor:",toarray"`
	Label engine.Digest
	Party engine.PartyID
	Code  DeclineCode
}

// OpenDeclined reads a refusal; a code outside the list is refused, so that no text gets on the board as one.
func (g *Genesis) OpenDeclined(post []byte) (*Declined, error) {
	var d Declined
	p, err := g.OpenAs(KindDeclined, post, &d)
	if err == nil {
		err = ownParty(p, d.Party)
	}
	if err != nil {
		return nil, err
	}
	if !slices.Contains(declineCodes, d.Code) {
		return nil, fmt.Errorf("%w: %s by %s: unknown code", ErrPost, p.Kind, p.Signer)
	}
	return &d, nil
}
