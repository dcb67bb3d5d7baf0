package bank

import (
	"bytes"
	"fmt"
	"io"
	"math/big"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/inquiry"
	"weir/engine/member"
	"weir/engine/model"
	"weir/engine/offer"
	"weir/engine/open"
	"weir/engine/pedersen"
	"weir/engine/seal"
)

// The tables of a bank's memory. Everything in them is secret.
const (
	tableSealings    = "bank/sealing"    // rememberedSealing by modelDigest
	tableApproved    = "bank/approved"   // by modelDigest: all approvals were found
	tableRetired     = "bank/retired"    // by modelDigest: a response under it failed to open
	tableSubjects    = "bank/subject"    // whom a consent names, by pk_c
	tableRequests    = "bank/request"    // the signed transaction by request id, from before it was sent
	tableSettlements = "bank/settlement" // inquiry.Settlement by label, from before it was sent
	tableScores      = "bank/score"      // rememberedScore by label
)

// maxRemembered bounds what is read back, in bytes: a package and points.
const maxRemembered = 1 << 20

// mark is the value of entries that say no more than that they are there.
var mark = []byte{1}

func (b *Bank) marked(table string, digest engine.Digest) (bool, error) {
	value, err := b.Memory.Get(table, digest.String())
	return value != nil, err
}

// rememberedSealing is what a sealing is made again from: everything in it derives from the secret.
type rememberedSealing struct {
	_       struct{} `cbor:",toarray"`
	Secret  [32]byte
	First   engine.Digest // modelDigest of sealing 0; zero for that one itself
	Base    int64
	Points  [][]byte // of sealing 0, by slice: 256 big-endian numbers of 2 bytes
	Package []byte   // as it was posted
}

func (b *Bank) rememberSealing(secret [32]byte, first engine.Digest, s *open.Sealing) error {
	r := rememberedSealing{Secret: secret, First: first, Base: s.Base, Points: [][]byte{}, Package: canonical.Encode(s.Package)}
	if first.IsZero() {
		for i := range s.Rows {
			var points []byte
			for k := range s.Rows[i] {
				w := s.Rows[i][k].Points[0]
				points = append(points, byte(w>>8), byte(w))
			}
			r.Points = append(r.Points, points)
		}
	}
	return b.Memory.Put(member.Entry{Table: tableSealings, Key: s.Sealed.ModelDigest.String(), Value: canonical.Encode(r)})
}

// sealing is one that this bank made; nil for any other.
func (b *Bank) sealing(digest engine.Digest) (*open.Sealing, error) {
	b.mu.Lock()
	s := b.models[digest]
	b.mu.Unlock()
	if s != nil {
		return s, nil
	}
	value, err := b.Memory.Get(tableSealings, digest.String())
	if err != nil || value == nil {
		return nil, err
	}
	var r rememberedSealing
	err = canonical.Decode(value, maxRemembered, &r)
	if err == nil {
		s, err = b.sealAgain(&r)
	}
	if err == nil && s.Sealed.ModelDigest != digest {
		err = fmt.Errorf("it came out as another one")
	}
	if err != nil {
		return nil, fmt.Errorf("remembered sealing %s: %w", digest.Short(), err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.models[digest] = s
	return s, nil
}

// sealAgain makes a remembered sealing once more.
func (b *Bank) sealAgain(r *rememberedSealing) (*open.Sealing, error) {
	var posted offer.Package
	if err := canonical.Decode(r.Package, maxRemembered, &posted); err != nil {
		return nil, err
	}
	var s *open.Sealing
	if r.First.IsZero() {
		version, err := model.DecodeVersion(posted.Version)
		if err != nil {
			return nil, err
		}
		points, err := readPoints(r.Points)
		if err != nil {
			return nil, err
		}
		if s, err = open.Seal(*version, r.Base, points, bytes.NewReader(r.Secret[:])); err != nil {
			return nil, err
		}
	} else {
		first, err := b.sealing(r.First)
		if err != nil || first == nil {
			return nil, fmt.Errorf("sealing 0 of it: %w", err)
		}
		if s, err = first.Reseal(posted.Sealing, io.MultiReader(bytes.NewReader(r.Secret[:]), b.Random)); err != nil {
			return nil, err
		}
		s.Package.Same, s.Sealed.Same = posted.Same, posted.Same
	}
	s.Prove(posted.Proofs)
	return s, nil
}

func readPoints(slices [][]byte) ([]open.SlicePoints, error) {
	points := make([]open.SlicePoints, len(slices))
	for i, b := range slices {
		if len(b) != 2*seal.Rows {
			return nil, fmt.Errorf("points of slice %d: %d bytes", i+1, len(b))
		}
		for k := range points[i] {
			points[i][k] = uint16(b[2*k])<<8 | uint16(b[2*k+1])
		}
	}
	return points, nil
}

// rememberedScore is an opened score.
type rememberedScore struct {
	_    struct{} `cbor:",toarray"`
	Sums [pedersen.Groups]int64
	Sum  int64
	R    []byte
}

func (b *Bank) rememberScore(a *inquiry.Attempt, s *open.Score) error {
	value := canonical.Encode(rememberedScore{Sums: s.Sums, Sum: s.Sum, R: s.R.Bytes()})
	return b.Memory.Put(member.Entry{Table: tableScores, Key: a.Label.String(), Value: value})
}

// Score is the score that was opened for a label, or nil.
func (b *Bank) Score(label engine.Digest) (*open.Score, error) {
	value, err := b.Memory.Get(tableScores, label.String())
	if err != nil || value == nil {
		return nil, err
	}
	var r rememberedScore
	if err := canonical.Decode(value, maxRemembered, &r); err != nil {
		return nil, fmt.Errorf("remembered score: %w", err)
	}
	return &open.Score{Sums: r.Sums, Sum: r.Sum, R: new(big.Int).SetBytes(r.R)}, nil
}
