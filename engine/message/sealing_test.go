package message

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/model"
)

func TestPackagesRefused(t *testing.T) {
	g := testGenesis()
	for name, spoil := range map[string]func(*Package, *model.Version){
		"a slice less":           func(p *Package, _ *model.Version) { p.Slices = p.Slices[:2] },
		"a slice more":           func(p *Package, _ *model.Version) { p.Slices = append(p.Slices, p.Slices[0]) },
		"no slices":              func(p *Package, _ *model.Version) { p.Slices = nil },
		"another key b":          func(p *Package, _ *model.Version) { p.Slices[2].B[31] ^= 1 },
		"W not a point":          func(p *Package, _ *model.Version) { p.Slices[1].W[255] = [32]byte(hash("no point")) },
		"W of order 2":           func(p *Package, _ *model.Version) { p.Slices[0].W[0] = orderTwo() },
		"W above the modulus":    func(p *Package, _ *model.Version) { p.Slices[0].W[7] = [32]byte([]byte(strings.Repeat("\xff", 32))) },
		"a model proof too few":  func(p *Package, _ *model.Version) { p.Proofs = make([][]byte, 2) },
		"a model proof too many": func(p *Package, _ *model.Version) { p.Proofs = make([][]byte, 4) },
		"a long model proof":     func(p *Package, _ *model.Version) { p.Proofs = [][]byte{nil, nil, make([]byte, MaxModelProof+1)} },
		"one same-points proof":  func(p *Package, _ *model.Version) { p.Same = make([][]byte, 1) },
		"another bank":           func(_ *Package, v *model.Version) { v.Bank = "bank2" },
		"another chain":          func(_ *Package, v *model.Version) { v.Chain = "other" },
	} {
		p, v := testPackage(), testVersion()
		spoil(p, v)
		p.Version = v.Encode()
		s, err := g.OpenPackage(sign(KindModel, "bank", p))
		refused(t, name, err, ErrPost)
		if s != nil {
			t.Errorf("%s: a model comes with the error", name)
		}
	}
	_, err := g.OpenPackage(sign(KindModel, "bank2", testPackage()))
	refused(t, "posted by another bank", err, ErrPost)
	p := testPackage()
	p.Version = append(p.Version, 0)
	_, err = g.OpenPackage(sign(KindModel, "bank", p))
	refused(t, "version with a byte more", err, canonical.ErrNotCanonical)
	bad := testVersion()
	bad.Resolution = 1
	p.Version = bad.Encode()
	var refusal *model.Refusal
	if _, err = g.OpenPackage(sign(KindModel, "bank", p)); !errors.As(err, &refusal) {
		t.Errorf("a version that breaks its own resolution: %v", err)
	}
}

// orderTwo is (0, −1), on the curve and outside the prime subgroup.
func orderTwo() (b [32]byte) {
	const minusOne = "\x00\x00\x00\xf0\x93\xf5\xe1\x43\x91\x70\xb9\x79\x48\xe8\x33\x28\x5d\x58\x81\x81\xb6\x45\x50\xb8\x29\xa0\x31\xe1\x72\x4e\x64\x30"
	copy(b[:], minusOne)
	return b
}

func TestPackageOpens(t *testing.T) {
	want := testPackage()
	s, err := testGenesis().OpenPackage(sign(KindModel, "bank", want))
	if err != nil {
		t.Fatal(err)
	}
	for i, party := range parties {
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
	for name, change := range map[string]func(*Package){
		"as it is": func(*Package) {}, "sealing": func(p *Package) { p.Sealing = 1 }, "c0": func(p *Package) { p.Slices[0].C0[0] ^= 1 },
		"b":                func(p *Package) { p.Slices[0].B, p.Slices[1].B, p.Slices[2].B = hash("b2"), hash("b2"), hash("b2") },
		"W":                func(p *Package) { p.Slices[2].W[255] = point(5000) },
		"W exchanged":      func(p *Package) { w := &p.Slices[1].W; w[0], w[1] = w[1], w[0] },
		"slices exchanged": func(p *Package) { p.Slices[0], p.Slices[1] = p.Slices[1], p.Slices[0] },
		"version":          func(p *Package) { v := testVersion(); v.Slices[0].Edges[0][1]++; p.Version = v.Encode() },
	} {
		p := testPackage()
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
	g, board := testGenesis(), new(bulletin)
	s, err := testPackage().Read()
	if err != nil {
		t.Fatal(err)
	}
	_, err = g.FindPackage(t.Context(), board, s.ModelDigest)
	refused(t, "empty board", err, ErrNotFound)
	key := ModelKey(s.ModelDigest)
	broken := testPackage()
	broken.Slices[0].W[0] = orderTwo()
	board.post(t, KindModel, key, sign(KindModel, "tax", testPackage())) // a holder's: no bank
	board.post(t, KindModel, key, sign(KindModel, "bank2", broken))      // put there to be in the way
	_, err = g.FindPackage(t.Context(), board, s.ModelDigest)
	refused(t, "only refused entries", err, ErrPost)
	board.post(t, KindModel, key, sign(KindModel, "bank", testPackage()))
	found, err := g.FindPackage(t.Context(), board, s.ModelDigest)
	if err != nil || found.ModelDigest != s.ModelDigest {
		t.Fatalf("%v", err)
	}
}

// A member can make others allocate at most some tens of megabytes with a post, whatever it claims.
func TestBrokenPackagesCostBoundedMemory(t *testing.T) {
	g := testGenesis()
	elements := make([]any, 4096) // each a null, read as an empty slice of 8 KiB
	post := sign(KindModel, "bank", []any{testVersion().Encode(), 0, elements, []any{}, []any{}})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := g.OpenPackage(post)
	runtime.ReadMemStats(&after)
	refused(t, "4096 empty slices", err, ErrPost)
	spent := after.TotalAlloc - before.TotalAlloc
	t.Logf("%d bytes allocated for a post of %d", spent, len(post))
	if spent > 256<<20 {
		t.Errorf("%d bytes allocated for a post of %d", spent, len(post))
	}
}
