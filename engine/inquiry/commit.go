package inquiry

import (
	"context"
	"fmt"
	"slices"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
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
	Tx     engine.Digest // the transaction's id; zero for one that was read without it
	Commit *Commit
	Party  engine.PartyID
	C      pedersen.Point
	Masks  map[engine.PartyID]pedersen.Point // P_ij by partner
}

// MaxProof bounds the proof in a commit, in bytes.
const MaxProof = 196

// OpenCommit reads a party's commit: points in the prime subgroup, partners in order, the holder its signer.
func OpenCommit(g message.Members, post []byte) (*Contributed, error) {
	var c Commit
	p, err := message.OpenAs(g, message.KindCommit, post, &c)
	if err == nil {
		err = p.SpeaksFor(c.Party)
	}
	if err != nil {
		return nil, err
	}
	read, err := c.Read()
	if err != nil {
		return nil, err
	}
	read.Tx = p.ID()
	return read, nil
}

// Read decodes the points of a commit: each in the prime subgroup, the partners in order.
func (c *Commit) Read() (*Contributed, error) {
	if len(c.Proof) > MaxProof {
		return nil, fmt.Errorf("%w: commit of %s: proof of %d bytes, limit %d", message.ErrPost, c.Party, len(c.Proof), MaxProof)
	}
	if len(c.Masks) >= model.MaxSlices {
		return nil, fmt.Errorf("%w: commit of %s: %d partners, limit %d", message.ErrPost, c.Party, len(c.Masks), model.MaxSlices-1)
	}
	read := &Contributed{Commit: c, Party: c.Party, Masks: map[engine.PartyID]pedersen.Point{}}
	var err error
	if read.C, err = pedersen.DecodePoint(c.C[:]); err != nil {
		return nil, fmt.Errorf("%w: commit of %s: C: %w", message.ErrPost, c.Party, err)
	}
	for i, m := range c.Masks {
		if _, err := engine.ParsePartyID(string(m.Partner)); err != nil || m.Partner == c.Party {
			return nil, fmt.Errorf("%w: commit of %s: partner %d is malformed or the party itself", message.ErrPost, c.Party, i+1)
		}
		if i > 0 && c.Masks[i-1].Partner >= m.Partner {
			return nil, fmt.Errorf("%w: commit of %s: partners are not in order", message.ErrPost, c.Party)
		}
		if read.Masks[m.Partner], err = pedersen.DecodePoint(m.P[:]); err != nil {
			return nil, fmt.Errorf("%w: commit of %s: P with %s: %w", message.ErrPost, c.Party, m.Partner, err)
		}
	}
	return read, nil
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

// FindCommits reads the commits of the given parties to one label. A party that declined is a *DeclinedError; one that
// has said nothing yet is message.ErrNotFound.
func FindCommits(ctx context.Context, g message.Members, board message.Board, label engine.Digest, parties []engine.PartyID) (
	map[engine.PartyID]*Contributed, error) {
	commits := map[engine.PartyID]*Contributed{}
	for _, party := range parties {
		c, err := findCommit(ctx, g, board, label, party)
		if err != nil {
			return nil, err
		}
		commits[party] = c
	}
	return commits, nil
}

func findCommit(ctx context.Context, g message.Members, board message.Board, label engine.Digest, party engine.PartyID) (*Contributed, error) {
	key := message.ContributionKey(label, party)
	posts, err := board.Find(ctx, message.KindCommit, key)
	if err != nil {
		return nil, fmt.Errorf("find commit of %s: %w", party, err)
	}
	for _, post := range posts {
		if c, err := OpenCommit(g, post); err == nil && c.Party == party && c.Commit.Label == label {
			return c, nil
		}
	}
	refusals, err := board.Find(ctx, message.KindDeclined, key)
	if err != nil {
		return nil, fmt.Errorf("find refusal of %s: %w", party, err)
	}
	for _, post := range refusals {
		if d, err := OpenDeclined(g, post); err == nil && d.Party == party && d.Label == label {
			return nil, &DeclinedError{Party: party, Code: d.Code}
		}
	}
	return nil, fmt.Errorf("%w: commit of %s", message.ErrNotFound, party)
}
