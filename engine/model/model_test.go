package model

import (
	"bytes"
	"errors"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/pedersen"
)

func emptySlice(party engine.PartyID) Slice {
	s := Slice{Party: party, Schema: engine.Digest{1, 2, 3}}
	for line := range s.Edges {
		for b := range s.Edges[line] {
			s.Edges[line][b] = TopEdge
		}
	}
	return s
}

// exampleVersion has four characteristics in each of two slices; feature 0 of the first continues over two lines.
func exampleVersion() *Version {
	v := &Version{
		Params: ParameterSet, Chain: "chain", Bank: "bank", Name: "sme", Version: "2026.1",
		Groups: 1, Resolution: 10, Range: [2]int64{300, 850}, BaseC: pedersen.Identity().Encode(),
		Slices: []Slice{emptySlice("a/tax"), emptySlice("b/social")},
	}
	for i := range v.Slices {
		s := &v.Slices[i]
		for line := range 4 {
			s.Map[line] = uint8(line)
			s.Edges[line] = [7]uint64{2, 10, 20, TopEdge, TopEdge, TopEdge, TopEdge}
		}
		s.Caps[0] = 500
	}
	first := &v.Slices[0]
	first.Edges[3] = [7]uint64{2, 10, 20, 30, 40, 50, 60}
	first.Map[4], first.Edges[4] = 3, [7]uint64{60, 70, 80, TopEdge, TopEdge, TopEdge, TopEdge}
	return v
}

func TestCheckRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		rule  Rule
		spoil func(*Version)
	}{
		"other parameters":     {RuleNames, func(v *Version) { v.Params = "P1" }},
		"empty chain":          {RuleNames, func(v *Version) { v.Chain = "" }},
		"bank with a slash":    {RuleNames, func(v *Version) { v.Bank = "a/b" }},
		"no score group":       {RuleGroups, func(v *Version) { v.Groups = 2 }},
		"group 4":              {RuleGroups, func(v *Version) { v.Groups = 17 }},
		"empty range":          {RuleRange, func(v *Version) { v.Range = [2]int64{5, 5} }},
		"base not a point":     {RuleBase, func(v *Version) { v.BaseC = [32]byte(bytes.Repeat([]byte{255}, 32)) }},
		"one slice":            {RuleParties, func(v *Version) { v.Slices = v.Slices[:1] }},
		"nine slices":          {RuleParties, func(v *Version) { v.Slices = make([]Slice, 9) }},
		"unsorted":             {RuleParties, func(v *Version) { v.Slices[0], v.Slices[1] = v.Slices[1], v.Slices[0] }},
		"party twice":          {RuleParties, func(v *Version) { v.Slices[1].Party = v.Slices[0].Party }},
		"party without source": {RuleParties, func(v *Version) { v.Slices[0].Party = "a" }},
		"edge 0":               {RuleEdges, func(v *Version) { v.Slices[0].Edges[31][0] = 0 }},
		"edge above 2^32":      {RuleEdges, func(v *Version) { v.Slices[0].Edges[31][6] = TopEdge + 1 }},
		"edges fall":           {RuleEdges, func(v *Version) { v.Slices[1].Edges[0][2] = 9 }},
		"map 32":               {RuleMap, func(v *Version) { v.Slices[1].Map[31] = 32 }},
		"cap 2^17":             {RuleCaps, func(v *Version) { v.Slices[1].Caps[0] = CapLimit }},
		"cap of unused group":  {RuleCaps, func(v *Version) { v.Slices[1].Caps[3] = 1 }},
		"score over 10 bits":   {RuleResolution, func(v *Version) { v.Slices[1].Caps[0] = 524 }},
		"two groups over":      {RuleResolution, func(v *Version) { v.Groups = 3; v.Slices[0].Caps[1] = 1 }},
		"resolution 0":         {RuleResolution, func(v *Version) { v.Resolution = 0 }},
		"resolution 17":        {RuleResolution, func(v *Version) { v.Resolution = 17 }},
		"above the policy":     {RuleMaxResolution, func(v *Version) { v.Resolution = 11 }},
		"few characteristics":  {RuleMinFeatures, func(v *Version) { v.Slices[1].Map[3] = 2 }},
		"one holder":           {RuleMinHolders, func(v *Version) { v.Slices[1].Party = "a/zzz" }},
	} {
		t.Run(name, func(t *testing.T) {
			v := exampleVersion()
			c.spoil(v)
			var refusal *Refusal
			if err := v.Check(DefaultPolicy()); !errors.As(err, &refusal) || refusal.Rule != c.rule {
				t.Fatalf("got %v, want rule %s", err, c.rule)
			}
			if refusal.Figure == "" || refusal.Limit == "" || !strings.Contains(refusal.Error(), string(c.rule)) {
				t.Fatalf("refusal without figure or limit: %v", refusal)
			}
		})
	}
}

func TestCheckAccepts(t *testing.T) {
	v := exampleVersion()
	v.Slices[1].Caps[0] = 523 // 1 + 500 + 523 = 2^10
	if err := v.Check(DefaultPolicy()); err != nil {
		t.Fatal(err)
	}
}

func TestDecodeVersionRefuses(t *testing.T) {
	good := exampleVersion().Encode()
	if len(good) > MaxEncodedVersion {
		t.Fatal("example is too long")
	}
	for name, b := range map[string][]byte{
		"empty": {}, "one byte": {0x80}, "truncated": good[:len(good)-1], "extended": append(bytes.Clone(good), 0),
		"array of 2^32": {0x9a, 0xff, 0xff, 0xff, 0xff}, "array of 2^64-1": {0x9b, 255, 255, 255, 255, 255, 255, 255, 255},
		"text of 2^63": {0x8b, 0x7b, 0x80, 0, 0, 0, 0, 0, 0, 0}, "too long": make([]byte, MaxEncodedVersion+1),
	} {
		if _, err := DecodeVersion(b); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	unsorted := exampleVersion()
	unsorted.Slices[0], unsorted.Slices[1] = unsorted.Slices[1], unsorted.Slices[0]
	var refusal *Refusal
	if _, err := DecodeVersion(unsorted.Encode()); !errors.As(err, &refusal) || refusal.Rule != RuleParties {
		t.Errorf("unsorted slices: %v", err)
	}
	long := make([]byte, MaxEncodedVersion+1)
	if _, err := DecodeVersion(long); !errors.Is(err, canonical.ErrTooLong) {
		t.Errorf("too long: %v", err)
	}
}

func TestEncodedVersionFits(t *testing.T) {
	v := exampleVersion()
	v.Slices = nil
	for i := range MaxSlices {
		s := emptySlice(engine.PartyID(strings.Repeat("h", 63) + string(rune('a'+i)) + "/" + strings.Repeat("s", 64)))
		s.Caps[0] = 1 << 16
		v.Slices = append(v.Slices, s)
	}
	if n := len(v.Encode()); n > MaxEncodedVersion {
		t.Fatalf("%d bytes", n)
	}
}

func TestVersionGolden(t *testing.T) {
	v := exampleVersion()
	const size, digest = 4096, "afa75fa3651a7ae00779d3068d5ccba4091fa9d24eed23e5724fc854c606da85"
	if len(v.Encode()) != size || v.Digest().String() != digest {
		t.Errorf("%d bytes, digest %s", len(v.Encode()), v.Digest())
	}
	// The same list written out as protocol section 2 has it, without the structs.
	var slices []any
	for _, s := range v.Slices {
		slices = append(slices, []any{string(s.Party), s.Schema[:], s.Edges, s.Map[:], s.Caps})
	}
	list := []any{"P2", "chain", "bank", "sme", "2026.1", 1, 10, []int{300, 850}, v.BaseC[:], slices}
	if canonical.Digest("weir/version/v1", list) != v.Digest() {
		t.Error("the encoding is not the list of protocol section 2")
	}
	decoded, err := DecodeVersion(v.Encode())
	if err != nil || decoded.Digest() != v.Digest() {
		t.Error(err)
	}
}

func FuzzDecodeVersion(f *testing.F) {
	good := exampleVersion().Encode()
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add([]byte{0x8a, 0x62, 'P', '2'})
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := DecodeVersion(b)
		if err != nil {
			return
		}
		if !bytes.Equal(v.Encode(), b) {
			t.Fatal("accepted bytes do not come back")
		}
		for i := range v.Slices {
			v.Slices[i].Rows([Lines]uint32{})
		}
	})
}

func TestRowsHandComputed(t *testing.T) {
	s := emptySlice("a/tax")
	s.Map[0], s.Edges[0] = 5, [7]uint64{2, 10, 10, 20, TopEdge, TopEdge, TopEdge}
	s.Map[1], s.Edges[1] = 5, [7]uint64{1, 2, 3, 4, 5, 6, 7}
	for value, want := range map[uint32][2]int{
		0: {0, 8}, 1: {0, 9}, 2: {1, 10}, 6: {1, 14}, 7: {1, 15}, 9: {1, 15}, 10: {3, 15}, 19: {3, 15}, 20: {4, 15}, 1<<32 - 1: {4, 15},
	} {
		rows := s.Rows([Lines]uint32{5: value})
		if rows[0] != want[0] || rows[1] != want[1] || rows[31] != 31*8 {
			t.Errorf("value %d: rows %v, want %v", value, rows[:2], want)
		}
	}
}

// drawEdges draws seven edges that are monotone by construction, near values that matter.
func drawEdges(t *rapid.T) (edges [7]uint64) {
	below := uint64(1)
	for b := range edges {
		below += rapid.OneOf(rapid.Just(uint64(0)), rapid.Uint64Range(0, 3), rapid.Uint64Range(0, TopEdge)).Draw(t, "step")
		edges[b] = min(below, TopEdge)
	}
	return edges
}

func TestRowsIsTheBinThatHoldsTheValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := emptySlice("a/tax")
		s.Edges[7] = drawEdges(t)
		s.Map[7] = 3
		value := rapid.OneOf(rapid.Uint32(), rapid.Uint32Range(0, 8)).Draw(t, "value")
		row := s.Rows([Lines]uint32{3: value})[7] - 7*LineRows
		bounds := append(append([]uint64{0}, s.Edges[7][:]...), TopEdge)
		if uint64(value) < bounds[row] || uint64(value) >= bounds[row+1] {
			t.Fatalf("value %d in bin %d of %v", value, row, bounds)
		}
	})
}

func TestContinues(t *testing.T) {
	s := &exampleVersion().Slices[0]
	for line, want := range map[int]bool{0: false, 1: false, 3: false, 4: true, 5: false, 6: true} {
		if s.Continues(line) != want {
			t.Errorf("line %d: %v", line, !want)
		}
	}
	if got := s.Features(); !bytes.Equal(got, []byte{0, 1, 2, 3}) {
		t.Errorf("features in use %v", got)
	}
}

func TestLeastResolutionIsLeast(t *testing.T) {
	meets := func(r int, reach [Groups]uint64, largest uint64) bool {
		values := big.NewInt(1) // of all sums together
		for _, most := range reach {
			values.Mul(values, new(big.Int).Add(new(big.Int).SetUint64(most), big.NewInt(1)))
		}
		return values.Cmp(new(big.Int).Lsh(big.NewInt(1), uint(r))) <= 0 && largest <= CharacteristicCap(r)
	}
	const most = uint64(MaxSlices) * (1<<17 - 1)
	for _, c := range []struct {
		reach   [Groups]uint64
		largest uint64
		want    int
	}{
		{[Groups]uint64{}, 0, 1}, {[Groups]uint64{1}, 1, 1}, {[Groups]uint64{2}, 1, 2}, {[Groups]uint64{2}, 2, 2}, {[Groups]uint64{3}, 3, 3},
		{[Groups]uint64{1023}, 512, 10}, {[Groups]uint64{1023}, 513, 11}, {[Groups]uint64{1024}, 100, 11},
		{[Groups]uint64{255, 3}, 100, 10}, {[Groups]uint64{255, 4}, 100, 11}, {[Groups]uint64{255, 1, 1, 1}, 100, 11}, // 256·2·2·2
		{[Groups]uint64{255, 0, 2, 0}, 100, 10}, {[Groups]uint64{most, most, most, most}, 1, 80},
	} {
		got := LeastResolution(c.reach, c.largest)
		if got != c.want || !meets(got, c.reach, c.largest) || got > 1 && meets(got-1, c.reach, c.largest) {
			t.Errorf("reach %d, largest %d: %d bits, want %d", c.reach, c.largest, got, c.want)
		}
	}
}

func TestParsePolicy(t *testing.T) {
	for text, want := range map[string]string{
		"[]": "f:1:1: a list, want an object", `{"max_resolution": 17}`: "f:1:20: want a whole number from 1 to 16",
		`{"min_features": 0}`: "from 1 to 256", `{"min_holders": 1}`: "from 2 to 8", `{"min_holder": 2}`: "unknown key",
		`{"max_resolution": "10"}`: "text, want a number", `{"max_resolution": 1e1}`: "exponent", "{}{}": "not JSON",
		`{"min_features": 8, "min_features": 1}`: "given twice", strings.Repeat(" ", 1<<17): "longer than 65536 bytes",
	} {
		if _, err := ParsePolicy(strings.NewReader(text), "f"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: got %v, want %q", text, err, want)
		}
	}
	got, err := ParsePolicy(strings.NewReader(`{"max_resolution": 12, "min_features": 3}`), "f")
	if err != nil || got != (Policy{MaxResolution: 12, MinFeatures: 3, MinHolders: 2}) {
		t.Error(got, err)
	}
}

func FuzzParsePolicy(f *testing.F) {
	f.Add(`{"max_resolution": 10, "min_features": 8, "min_holders": 2}`)
	f.Add(`{"max_resolution": -0}`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePolicy(strings.NewReader(text), "f")
		if err == nil && (p.MaxResolution < 1 || p.MaxResolution > MaxResolution || p.MinHolders < 2 || p.MinFeatures < 1) {
			t.Fatalf("policy out of range: %+v", p)
		}
	})
}
