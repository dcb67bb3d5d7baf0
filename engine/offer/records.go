// Package offer is what stands on the board before anybody asks for a score (protocol, sections 2 to 4): the roots that
// holders commit to, the models that banks seal and others approve, and the consents of enterprises. It is for whoever
// wants to rely on one of them, and for whoever checks them later.
//
// It reads and binds; it neither seals a model nor judges the proofs in a package, except that a later sealing carries
// the points of the first. It refuses what its author had no right to post, and everything that has a second encoding.
package offer

import (
	"context"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"weir/engine"
	"weir/engine/message"
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
func OpenRecords(g message.Members, post []byte) (*Records, *schema.Schema, error) {
	var r Records
	p, err := message.OpenAs(g, message.KindRecords, post, &r)
	if err != nil {
		return nil, nil, err
	}
	if err := p.SpeaksFor(r.Party); err != nil {
		return nil, nil, err
	}
	if _, err := fr.BigEndian.Element(&r.Root); err != nil {
		return nil, nil, fmt.Errorf("%w: records of %s: root is not a canonical field element", message.ErrPost, r.Party)
	}
	s, err := schema.Decode(r.Schema)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: records of %s: %w", message.ErrPost, r.Party, err)
	}
	if s.Source != r.Party.Source() {
		return nil, nil, fmt.Errorf("%w: records of %s carry the schema of another source", message.ErrPost, r.Party)
	}
	return &r, s, nil
}

// FindRecords reads the highest revision of a party's newest epoch from a board.
func FindRecords(ctx context.Context, g message.Members, board message.Board, party engine.PartyID) (*Records, *schema.Schema, error) {
	posts, err := board.Find(ctx, message.KindRecords, message.RecordsKey(party))
	if err != nil {
		return nil, nil, fmt.Errorf("find records of %s: %w", party, err)
	}
	var newest *Records
	var its *schema.Schema
	for _, post := range posts {
		r, s, err := OpenRecords(g, post)
		if err != nil || r.Party != party {
			continue
		}
		if its == nil || later(s.Period, its.Period) {
			newest, its = r, s
		}
	}
	if newest == nil {
		return nil, nil, fmt.Errorf("%w: records of %s", message.ErrNotFound, party)
	}
	return newest, its, nil
}

func later(a, b schema.Period) bool {
	if order := a.Epoch.LastDay().Compare(b.Epoch.LastDay()); order != 0 {
		return order > 0
	}
	return a.Revision > b.Revision
}
