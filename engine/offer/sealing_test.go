package offer_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/internal/messagetest"
	"weir/engine/internal/plain"
	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/offer"
)

func TestPackagesRefused(t *testing.T) {
	g := messagetest.Genesis()
	for name, spoil := range map[string]func(*offer.Package, *model.Version){
		"a slice less":  func(p *offer.Package, _ *model.Version) { p.Slices = p.Slices[:2] },
		"a slice more":  func(p *offer.Package, _ *model.Version) { p.Slices = append(p.Slices, p.Slices[0]) },
		"no slices":     func(p *offer.Package, _ *model.Version) { p.Slices = nil },
		"another key b": func(p *offer.Package, _ *model.Version) { p.Slices[2].B[31] ^= 1 },
		"W not a point": func(p *offer.Package, _ *model.Version) { p.Slices[1].W[255] = [32]byte(messagetest.Hash("no point")) },
		"W of order 2":  func(p *offer.Package, _ *model.Version) { p.Slices[0].W[0] = messagetest.OrderTwo() },
		"W above the modulus": func(p *offer.Package, _ *model.Version) {
			p.Slices[0].W[7] = [32]byte([]byte(strings.Repeat("\xff", 32)))
		},
		"a model proof too few":  func(p *offer.Package, _ *model.Version) { p.Proofs = make([][]byte, 2) },
		"a model proof too many": func(p *offer.Package, _ *model.Version) { p.Proofs = make([][]byte, 4) },
		"a long model proof": func(p *offer.Package, _ *model.Version) {
			p.Proofs = [][]byte{nil, nil, make([]byte, offer.MaxModelProof+1)}
		},
		"one same-points proof": func(p *offer.Package, _ *model.Version) { p.Same = make([][]byte, 1) },
		"another bank":          func(_ *offer.Package, v *model.Version) { v.Bank = "bank2" },
		"another chain":         func(_ *offer.Package, v *model.Version) { v.Chain = "other" },
	} {
		p, v := messagetest.Package(), messagetest.Version()
		spoil(p, v)
		p.Version = v.Encode()
		s, err := offer.OpenPackage(g, messagetest.Sign(message.KindModel, "bank", p))
		messagetest.Refused(t, name, err, message.ErrPost)
		if s != nil {
			t.Errorf("%s: a model comes with the error", name)
		}
	}
	_, err := offer.OpenPackage(g, messagetest.Sign(message.KindModel, "bank2", messagetest.Package()))
	messagetest.Refused(t, "posted by another bank", err, message.ErrPost)
	p := messagetest.Package()
	p.Version = append(p.Version, 0)
	_, err = offer.OpenPackage(g, messagetest.Sign(message.KindModel, "bank", p))
	messagetest.Refused(t, "version with a byte more", err, canonical.ErrNotCanonical)
	bad := messagetest.Version()
	bad.Resolution = 1
	p.Version = bad.Encode()
	var refusal *model.Refusal
	if _, err = offer.OpenPackage(g, messagetest.Sign(message.KindModel, "bank", p)); !errors.As(err, &refusal) {
		t.Errorf("a version that breaks its own resolution: %v", err)
	}
}

func TestPackageOpens(t *testing.T) {
	want := messagetest.Package()
	s, err := offer.OpenPackage(messagetest.Genesis(), messagetest.Sign(message.KindModel, "bank", want))
	if err != nil {
		t.Fatal(err)
	}
	for i, party := range messagetest.Parties {
		index, named := s.SliceOf(party)
		if !named || index != i {
			t.Errorf("%s has slice %d, %v", party, index, named)
		}
		for k, w := range want.Slices[i].W {
			if s.W[i][k].Encode() != w {
				t.Fatalf("slice %d, commitment %d differs", i, k)
			}
		}
	}
	if _, named := s.SliceOf("tax/other"); named {
		t.Error("a party that is not named has a slice")
	}
}

// A04: whatever a bank shows differently gives another modelDigest.
func TestEverythingEntersTheModelDigest(t *testing.T) {
	seen := map[engine.Digest]string{}
	for name, change := range map[string]func(*offer.Package){
		"as it is": func(*offer.Package) {}, "sealing": func(p *offer.Package) { p.Sealing = 1 }, "c0": func(p *offer.Package) { p.Slices[0].C0[0] ^= 1 },
		"b": func(p *offer.Package) {
			p.Slices[0].B, p.Slices[1].B, p.Slices[2].B = messagetest.Hash("b2"), messagetest.Hash("b2"), messagetest.Hash("b2")
		},
		"W":                func(p *offer.Package) { p.Slices[2].W[255] = messagetest.Point(5000) },
		"W exchanged":      func(p *offer.Package) { w := &p.Slices[1].W; w[0], w[1] = w[1], w[0] },
		"slices exchanged": func(p *offer.Package) { p.Slices[0], p.Slices[1] = p.Slices[1], p.Slices[0] },
		"version":          func(p *offer.Package) { v := messagetest.Version(); v.Slices[0].Edges[0][1]++; p.Version = v.Encode() },
	} {
		p := messagetest.Package()
		change(p)
		s, err := p.Read()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if other, twice := seen[s.ModelDigest]; twice {
			t.Errorf("%s and %s give one digest", name, other)
		}
		seen[s.ModelDigest] = name
	}
}

func TestPackageIsFoundAmongOthers(t *testing.T) {
	g, board := messagetest.Genesis(), new(messagetest.Bulletin)
	s, err := messagetest.Package().Read()
	if err != nil {
		t.Fatal(err)
	}
	_, err = offer.FindPackage(t.Context(), g, board, s.ModelDigest)
	messagetest.Refused(t, "empty board", err, message.ErrNotFound)
	key := message.ModelKey(s.ModelDigest)
	broken := messagetest.Package()
	broken.Slices[0].W[0] = messagetest.OrderTwo()
	board.Put(t, message.KindModel, key, messagetest.Sign(message.KindModel, "tax", messagetest.Package())) // a holder's: no bank
	board.Put(t, message.KindModel, key, messagetest.Sign(message.KindModel, "bank2", broken))              // put there to be in the way
	_, err = offer.FindPackage(t.Context(), g, board, s.ModelDigest)
	messagetest.Refused(t, "only refused entries", err, message.ErrPost)
	board.Put(t, message.KindModel, key, messagetest.Sign(message.KindModel, "bank", messagetest.Package()))
	found, err := offer.FindPackage(t.Context(), g, board, s.ModelDigest)
	if err != nil || found.ModelDigest != s.ModelDigest {
		t.Fatalf("%v", err)
	}
}

// A member can make others allocate at most some tens of megabytes with a post, whatever it claims.
func TestBrokenPackagesCostBoundedMemory(t *testing.T) {
	g := messagetest.Genesis()
	elements := make([]any, 4096) // each a null, read as an empty slice of 8 KiB
	post := messagetest.Sign(message.KindModel, "bank", []any{messagetest.Version().Encode(), 0, elements, []any{}, []any{}})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := offer.OpenPackage(g, post)
	runtime.ReadMemStats(&after)
	messagetest.Refused(t, "4096 empty slices", err, message.ErrPost)
	spent := after.TotalAlloc - before.TotalAlloc
	t.Logf("%d bytes allocated for a post of %d", spent, len(post))
	if spent > 256<<20 {
		t.Errorf("%d bytes allocated for a post of %d", spent, len(post))
	}
}

// The digests of protocol section 2, each computed a second time from its formula, and pinned: a change of one of these
// values is a change of the protocol.
func TestDigestsOfASealedModel(t *testing.T) {
	p := messagetest.Package()
	p.Sealing = 2
	s, err := p.Read()
	if err != nil {
		t.Fatal(err)
	}
	version := plain.Digest("weir/version/v1", p.Version)
	seed := plain.Digest("weir/seed/v1", plain.Array(plain.Bytes(version[:]), plain.Number(2)))
	var slices [][]byte
	for i, slice := range p.Slices {
		fields := [][]byte{plain.Bytes(version[:]), plain.Number(2), plain.Number(uint64(i)), plain.Bytes(seed[:]),
			plain.Bytes(slice.C0[:]), plain.Bytes(slice.B[:])}
		for _, w := range slice.W {
			fields = append(fields, plain.Bytes(w[:]))
		}
		digest := plain.Digest("weir/slice/v1", plain.Array(fields...))
		if s.SliceDigests[i] != digest {
			t.Errorf("slice %d: %s, want %s", i, s.SliceDigests[i], digest)
		}
		slices = append(slices, plain.Bytes(digest[:]))
	}
	sealed := plain.Digest("weir/model/v1", plain.Array(plain.Bytes(version[:]), plain.Number(2), plain.Array(slices...)))
	for name, c := range map[string]struct {
		got, want engine.Digest
		golden    string
	}{
		"version": {s.VersionDigest, version, "b847da371ae33fc72215cf4fdd96c204e3d87e77712ebdb3ff08e705e6aed353"},
		"seed":    {s.Seed, seed, "8dfee1e983f03e9b4c34ae4678b8078cbebd9ef70e9cbea81c5d660d92f44ed7"},
		"slice 0": {s.SliceDigests[0], s.SliceDigests[0], "c6d5761f5628dc5f524009eebad1db36de6efe7d02ddbe0be45637e5c8be448e"},
		"slice 2": {s.SliceDigests[2], s.SliceDigests[2], "7a5503b81a71cc92619c4c6482a7f4baf78183a303d091667cb58d273c94f75a"},
		"model":   {s.ModelDigest, sealed, "7957d6c9baf84a4d252dde4324e6fa25f431720afc704ef9fdf62624577b583c"},
	} {
		if c.got != c.want || c.got.String() != c.golden {
			t.Errorf("%s: %s, by its formula %s, pinned %s", name, c.got, c.want, c.golden)
		}
	}
	if offer.SealingSeed(version, 2) != seed || s.Number != 2 {
		t.Error("SealingSeed or the sealing's number differ")
	}
}
