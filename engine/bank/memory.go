package bank

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/big"
	"math/bits"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/inquiry"
	"weir/engine/member"
	"weir/engine/model"
	"weir/engine/model/reason"
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
	tableReasons     = "bank/reasons"    // []reason.Key by versionDigest, of versions with groups
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
	Points  [][]byte // of sealing 0, by slice: 256 big-endian numbers of 2 bytes for group 0, then as many for each further group in use
	Package []byte   // as it was posted
}

func (b *Bank) rememberSealing(secret [32]byte, first engine.Digest, s *open.Sealing) error {
	r := rememberedSealing{Secret: secret, First: first, Base: s.Base, Points: [][]byte{}, Package: canonical.Encode(s.Package)}
	if first.IsZero() {
		for i := range s.Rows {
			r.Points = append(r.Points, writePoints(&s.Rows[i], bits.Len8(s.Sealed.Version.Groups)))
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
		points, err := readPoints(r.Points, bits.Len8(version.Groups))
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

func writePoints(rows *[seal.Rows]seal.Row, groups int) []byte {
	var b []byte
	for g := range groups {
		for k := range rows {
			b = binary.BigEndian.AppendUint16(b, rows[k].Points[g])
		}
	}
	return b
}

func readPoints(slices [][]byte, groups int) ([]open.SlicePoints, error) {
	points := make([]open.SlicePoints, len(slices))
	for i, b := range slices {
		if len(b) != 2*seal.Rows*groups {
			return nil, fmt.Errorf("points of slice %d: %d bytes for %d groups", i+1, len(b), groups)
		}
		for at := range seal.Rows * groups {
			points[i][at%seal.Rows][at/seal.Rows] = binary.BigEndian.Uint16(b[2*at:])
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

// rememberKeys keeps what turns the sums of a version's groups into reasons.
func (b *Bank) rememberKeys(version engine.Digest, keys []reason.Key) error {
	if len(keys) == 0 {
		return nil
	}
	return b.Memory.Put(member.Entry{Table: tableReasons, Key: version.String(), Value: canonical.Encode(keys)})
}

// Reasons are what a score under a sealing of this bank tells beside its number, the weightiest first; none where the version
// has no groups.
func (b *Bank) Reasons(model engine.Digest, score *open.Score) ([]reason.Reason, error) {
	sealing, err := b.sealing(model)
	if err == nil && sealing == nil {
		err = fmt.Errorf("model %s was not sealed here", model.Short())
	}
	if err != nil || sealing.Sealed.Version.Groups == 1 {
		return []reason.Reason{}, err
	}
	value, err := b.Memory.Get(tableReasons, sealing.Sealed.VersionDigest.String())
	var keys []reason.Key
	if err == nil {
		err = canonical.Decode(value, maxRemembered, &keys)
	}
	if err != nil || len(keys) > reason.MaxGroups {
		return nil, fmt.Errorf("bank %s: remembered groups of %s: %w", b.Name, sealing.Sealed.Version.Name, err)
	}
	return reason.Reasons(keys, reason.Opened(keys, score.Sums)), nil
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
