package message

import (
	"context"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"weir/engine"
	"weir/engine/schema"
)

// Records is a holder's public commitment to one revision of one epoch of a source: the schema with its period, and the
// root of the tree over the records (protocol, section 3).
type Records struct {
	_      struct{} `cbor:",toarray"`
	Party  engine.PartyID
	Schema []byte   // schema.Schema, encoded; at most 64 KiB
	Root   [32]byte // canonical big-endian field element
}

// OpenRecords reads a holder's commitment and the schema in it; the party's holder must be the signer, the party's
// source the schema's, and the root a canonical field element, or one tree would have several roots.
func (g *Genesis) OpenRecords(post []byte) (*Records, *schema.Schema, error) {
	var r Records
	p, err := g.OpenAs(KindRecords, post, &r)
	if err != nil {
		return nil, nil, err
	}
	if err := ownParty(p, r.Party); err != nil {
		return nil, nil, err
	}
	if _, err := fr.BigEndian.Element(&r.Root); err != nil {
		return nil, nil, fmt.Errorf("%w: records of %s: root is not a canonical field element", ErrPost, r.Party)
	}
	s, err := schema.Decode(r.Schema)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: records of %s: %w", ErrPost, r.Party, err)
	}
	if s.Source != r.Party.Source() {
		return nil, nil, fmt.Errorf("%w: records of %s carry the schema of another source", ErrPost, r.Party)
	}
	return &r, s, nil
}

// FindRecords reads the highest revision of a party's newest epoch from a board.
func (g *Genesis) FindRecords(ctx context.Context, board Board, party engine.PartyID) (*Records, *schema.Schema, error) {
	posts, err := board.Find(ctx, KindRecords, RecordsKey(party))
	if err != nil {
		return nil, nil, fmt.Errorf("find records of %s: %w", party, err)
	}
	var newest *Records
	var its *schema.Schema
	for _, post := range posts {
		r, s, err := g.OpenRecords(post)
		if err != nil || r.Party != party {
			continue
		}
		if its == nil || later(s.Period, its.Period) {
			newest, its = r, s
		}
	}
	if newest == nil {
		return nil, nil, fmt.Errorf("%w: records of %s", ErrNotFound, party)
	}
	return newest, its, nil
}

func later(a, b schema.Period) bool {
	if order := a.Epoch.LastDay().Compare(b.Epoch.LastDay()); order != 0 {
		return order > 0
	}
	return a.Revision > b.Revision
}

func ownParty(p *Post, party engine.PartyID) error {
	if _, err := engine.ParsePartyID(string(party)); err != nil {
		return fmt.Errorf("%w: %s by %s: malformed party", ErrPost, p.Kind, p.Signer)
	}
	if party.Holder() != p.Signer {
		return fmt.Errorf("%w: %s speaks for %s", ErrPost, p.Signer, party)
	}
	return nil
}
