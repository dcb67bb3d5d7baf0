package record

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"pgregory.net/rapid"

	"weir/engine"
	"weir/engine/poseidon"
)

const testParty = engine.PartyID("bureau/tax")

var testKey = Key{1, 2, 3}

func TestBuildRefusesAFullBucket(t *testing.T) {
	rows := make([]Row, BucketSize+1)
	for i := range rows {
		rows[i].Subject = subjectAt(77, byte(i))
	}
	if _, err := Build(t.Context(), testKey, testParty, collect(t, rows[:BucketSize]), nil); err != nil {
		t.Fatalf("four subjects of one slot: %v", err)
	}
	_, err := Build(t.Context(), testKey, testParty, collect(t, rows), nil)
	if !errors.Is(err, ErrBucketFull) || err.Error() != ErrBucketFull.Error()+": slot 77" {
		t.Fatalf("five subjects of one slot: %v", err)
	}
}

func TestNewRecordsRefuses(t *testing.T) {
	twice := []Row{{Subject: subjectAt(1, 1)}, {Subject: subjectAt(2, 1)}, {Subject: subjectAt(1, 1)}}
	if _, err := NewRecords(2, twice); !errors.Is(err, ErrDuplicate) {
		t.Errorf("one subject twice: %v", err)
	}
	for _, features := range []int{-1, 0, 33} {
		if _, err := NewRecords(features, nil); err == nil {
			t.Errorf("%d features accepted", features)
		}
	}
}

func TestBuildStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Build(ctx, testKey, testParty, collect(t, []Row{{}}), nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled build: %v", err)
	}
}

// TestBuildIsTheDefinition compares roots with a recursive reading of protocol section 3, over places chosen to collide at
// every level.
func TestBuildIsTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(t, "records")
		tree := build(t, rows)
		if want := plainNode(rows, Levels, 0); tree.Root() != want.Bytes() {
			t.Fatalf("root of %d records is not the definition's", len(rows))
		}
	})
}

func TestUpdateIsBuild(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := drawRows(t, "before"), drawRows(t, "after")
		for i := range before { // some records stay as they are
			if rapid.Bool().Draw(t, "keep") && !slices.ContainsFunc(after, func(r Row) bool { return r.Subject == before[i].Subject }) {
				after = append(after, before[i])
			}
		}
		old := build(t, before)
		root, done, total := old.Root(), 0, 0
		updated, err := old.Update(context.Background(), collect(t, after), func(d, n int) { done, total = d, n })
		if errors.Is(err, ErrBucketFull) {
			t.Skip("by chance five in a slot")
		}
		if err != nil {
			t.Fatal(err)
		}
		if updated.Root() != build(t, after).Root() {
			t.Fatal("Update and Build disagree")
		}
		if old.Root() != root || done != total {
			t.Fatalf("the old tree moved, or progress ended at %d of %d", done, total)
		}
	})
}

func TestUpdateWithoutChangeHashesNothing(t *testing.T) {
	rows := []Row{{Subject: subjectAt(5, 0)}, {Subject: subjectAt(6, 0)}}
	tree := build(t, rows)
	_, err := tree.Update(t.Context(), collect(t, rows), func(int, int) { t.Error("hashes were computed") })
	if err != nil {
		t.Fatal(err)
	}
}

// TestGolden pins what holders have on ledgers: any difference breaks every root.
func TestGolden(t *testing.T) {
	var row Row
	row.Subject = engine.Identifier{Kind: engine.Opaque, Text: "example"}.Subject()
	for i := range row.Values {
		row.Values[i] = uint32(i)<<16 + 2
	}
	words := Words(row.Values)
	salt := Salt(testKey, testParty, row.Subject, words)
	root := func(rows ...Row) fr.Element {
		b := build(t, rows).Root()
		return *new(fr.Element).SetBytes(b[:])
	}
	for _, c := range []struct {
		name string
		got  fr.Element
		want string
	}{
		{"word 1", words[0], goldenWord1},
		{"word 5", words[4], goldenWord5},
		{"salt", salt, goldenSalt},
		{"content", Content(words, salt), goldenContent},
		{"empty bucket", emptyHashes[0], goldenEmptyBucket},
		{"empty root", root(), goldenEmptyRoot},
		{"root of one record", root(row), goldenRoot},
	} {
		if got := c.got.Text(16); got != c.want {
			t.Errorf("%s = %s, want %s", c.name, got, c.want)
		}
	}
	if emptyHashes[Levels] != root() {
		t.Error("the root without records is not the empty node of height 9")
	}
}

// plainNode is the definition: the node over all slots that begin with index, levels above the buckets.
func plainNode(rows []Row, levels int, index uint32) fr.Element {
	rows = slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return Slot(r.Subject)>>(3*levels) != index })
	if levels == 0 {
		return plainBucket(rows)
	}
	var children [8]fr.Element
	for j := range children {
		children[j] = plainEmpty[levels-1]
		if child := index<<3 + uint32(j); len(rows) > 0 {
			children[j] = plainNode(rows, levels-1, child)
		}
	}
	return poseidon.Hash8(children)
}

var plainEmpty = func() (empty [11]fr.Element) {
	empty[0] = poseidon.Hash8([8]fr.Element{})
	for i := 1; i < len(empty); i++ {
		e := empty[i-1]
		empty[i] = poseidon.Hash8([8]fr.Element{e, e, e, e, e, e, e, e})
	}
	return empty
}()

func plainBucket(rows []Row) fr.Element {
	slices.SortFunc(rows, func(a, b Row) int { return slices.Compare(a.Subject[:], b.Subject[:]) })
	var in [8]fr.Element
	for j, r := range rows {
		words := Words(r.Values)
		in[2*j].SetBytes(r.Subject[:])
		in[2*j+1] = Content(words, Salt(testKey, testParty, r.Subject, words))
	}
	return poseidon.Hash8(in)
}

// drawRows draws up to twelve records, at most four to a slot, that share slots and paths more often than chance would. No subject
// is zero: that one would match the empty places of a bucket, and SHA-256 gives it with probability 2^-240.
func drawRows(t *rapid.T, label string) []Row {
	slots := rapid.SampledFrom([]uint32{0, 1, 7, 8, 9, 1 << 12, 1<<30 - 1, 1<<30 - 8, 1 << 29})
	row := rapid.Custom(func(t *rapid.T) Row {
		r := Row{Subject: subjectAt(slots.Draw(t, "slot"), rapid.ByteRange(1, 4).Draw(t, "which"))}
		for i := range 3 {
			r.Values[i] = rapid.Uint32().Draw(t, "value")
		}
		return r
	})
	return rapid.SliceOfNDistinct(row, 0, 12, func(r Row) engine.Subject { return r.Subject }).Draw(t, label)
}

// subjectAt is a subject of a slot; the bytes before the slot tell subjects of one slot apart.
func subjectAt(slot uint32, which byte) (s engine.Subject) {
	s[0] = which
	binary.BigEndian.PutUint32(s[26:], slot)
	return s
}

type failer interface {
	Helper()
	Fatal(args ...any)
}

func build(t failer, rows []Row) *Tree {
	t.Helper()
	tree, err := Build(context.Background(), testKey, testParty, collect(t, rows), nil)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func collect(t failer, rows []Row) *Records {
	t.Helper()
	records, err := NewRecords(3, rows)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// The words, and the salt by HMAC over hand-made CBOR, were computed a second time outside Go.
const (
	goldenWord1       = "60002000500020004000200030002000200020001000200000002"
	goldenWord5       = "1f0002001e0002001d0002001c0002"
	goldenSalt        = "839ae2525ffc90f8376d2c75b43876f4f3e754e4c3351df39e8ed1a2a957c4"
	goldenContent     = "1613a6974b321eb2b58e93bf97aa273b862f2c91b67368de6ae850f2bcb3ac74"
	goldenEmptyBucket = "140009a75e76ee4f8a7adc6f8592257cfbf1012ea04e71752ee28e23f4f955ec"
	goldenEmptyRoot   = "27ee6db0747b1aea56e4ac7fad9cae937907035f5be1ba123c83e97ce0d09726"
	goldenRoot        = "649452252448830b30ed3632ec1a87d573ec6c08a50eaa6abe0073337875a47"
)
