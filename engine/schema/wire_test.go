package schema

import (
	"bytes"
	"encoding/hex"
	"reflect"
	"strings"
	"testing"

	"weir/engine/canonical"
)

// The digest and the bytes of the schema that the formats page shows: banks and holders compare them across machines. Both were
// computed a second time outside Go.
const (
	goldenDigest = "1bd3729739be9343c777ab4b05049759807f141113e561d36b86841d4a3a2e42"
	goldenBytes  = "870163746178647573636367323032362d31306a323032362d31302d33310084876d7661745f73616c65735f31326d00001a" +
		"ee6b2800647975616e80656572726f72876e7661745f67726f7774685f796f790439270f1a0007a120608065636c616d7087" +
		"706c6174655f66696c696e67735f31326d00000c6080656572726f7287717461785f6372656469745f726174696e67000000" +
		"608561416142614d61436144656572726f72"
)

func TestGolden(t *testing.T) {
	s := mustParse(t, example)
	if got := s.Digest().String(); got != goldenDigest {
		t.Errorf("digest %s, want %s", got, goldenDigest)
	}
	if got := hex.EncodeToString(s.Encode()); got != goldenBytes {
		t.Errorf("bytes %s, want %s", got, goldenBytes)
	}
}

// TestDigestCovers holds what the digest depends on, and what it must not depend on.
func TestDigestCovers(t *testing.T) {
	plain := mustParse(t, example).Digest()
	for _, change := range []struct {
		from, to string
		same     bool
	}{
		{`"tax",`, `"vat",`, false},
		{`"vat_growth_yoy"`, `"vat_growth"`, false},
		{`"scale": 4, "min": -1, "max": 50`, `"scale": 3, "min": -10, "max": 500`, false},
		{`"min": -1`, `"min": -0.9999`, false},
		{`"max": 12`, `"max": 13`, false},
		{`"yuan"`, `"jiao"`, false},
		{`"A", "B"`, `"B", "A"`, false},
		{`"min": -1`, `"min": -1.0000`, true},
		{`"epoch": "2026-10"`, `"epoch": "2026-11"`, true},
		{`"as_of": "2026-10-31"`, `"as_of": "2026-10-30"`, true},
		{`"revision": 0`, `"revision": 7`, true},
		{`"clamp"`, `"missing"`, true},
	} {
		text := strings.Replace(example, change.from, change.to, 1)
		if text == example {
			t.Fatalf("%q is not in the example", change.from)
		}
		if got := mustParse(t, text).Digest(); (got == plain) != change.same {
			t.Errorf("%s for %s: digest equal %t, want %t", change.to, change.from, got == plain, change.same)
		}
	}
}

func TestDecodeGivesBack(t *testing.T) {
	s := mustParse(t, example)
	again, err := Decode(s.Encode())
	if err != nil || !reflect.DeepEqual(again, s) {
		t.Fatalf("%+v, %v", again, err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	good := wireSchema{Version: 1, Source: "tax", Subjects: "uscc", Epoch: "2026-10", AsOf: "2026-10-31",
		Features: []wireFeature{{Name: "a", Max: 1, Outside: "error"}}}
	if _, err := Decode(canonical.Encode(good)); err != nil {
		t.Fatal(err)
	}
	feature := func(f wireFeature) func(*wireSchema) {
		return func(w *wireSchema) { w.Features = []wireFeature{f} }
	}
	for name, change := range map[string]func(*wireSchema){
		"version":           func(w *wireSchema) { w.Version = 2 },
		"source":            func(w *wireSchema) { w.Source = "a/b" },
		"subjects":          func(w *wireSchema) { w.Subjects = "iban" },
		"epoch":             func(w *wireSchema) { w.Epoch = "2026" },
		"as of":             func(w *wireSchema) { w.AsOf = "2026-1-1" },
		"no features":       func(w *wireSchema) { w.Features = nil },
		"33 features":       func(w *wireSchema) { w.Features = make([]wireFeature, 33) },
		"a feature twice":   func(w *wireSchema) { w.Features = append(w.Features, w.Features[0]) },
		"feature name":      feature(wireFeature{Name: "a\n", Max: 1, Outside: "error"}),
		"scale":             feature(wireFeature{Name: "a", Scale: 10, Max: 1, Outside: "error"}),
		"min above max":     feature(wireFeature{Name: "a", Min: 2, Max: 1, Outside: "error"}),
		"2^32":              feature(wireFeature{Name: "a", Max: 1<<32 - 2, Outside: "error"}),
		"least and most":    feature(wireFeature{Name: "a", Min: -1 << 63, Max: 1<<63 - 1, Outside: "error"}),
		"far":               feature(wireFeature{Name: "a", Min: 1<<63 - 1, Max: 1<<63 - 1, Outside: "error"}),
		"outside":           feature(wireFeature{Name: "a", Max: 1}),
		"unit":              feature(wireFeature{Name: "a", Max: 1, Unit: " ", Outside: "error"}),
		"range, categories": feature(wireFeature{Name: "a", Max: 1, Categories: []string{"A"}, Outside: "error"}),
		"clamped category":  feature(wireFeature{Name: "a", Categories: []string{"A"}, Outside: "clamp"}),
		"category twice":    feature(wireFeature{Name: "a", Categories: []string{"A", "A"}, Outside: "error"}),
	} {
		w := good
		w.Features = append([]wireFeature(nil), good.Features...)
		change(&w)
		if s, err := Decode(canonical.Encode(w)); err == nil {
			t.Errorf("%s: accepted %+v", name, s)
		}
	}
	for _, b := range [][]byte{nil, {0x80}, make([]byte, MaxSize+1), append(canonical.Encode(good), 0), canonical.Encode(good)[1:]} {
		if _, err := Decode(b); err == nil {
			t.Errorf("%d bytes accepted", len(b))
		}
	}
}

// FuzzDecode holds that accepted bytes are the encoding of what they decode to.
func FuzzDecode(f *testing.F) {
	f.Add(mustParse(f, example).Encode())
	f.Add([]byte{0x87, 1, 0x60})
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := Decode(b); err == nil && !bytes.Equal(s.Encode(), b) {
			t.Fatal("accepted bytes are not the encoding")
		}
	})
}
