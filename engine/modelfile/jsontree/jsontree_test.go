package jsontree_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	. "weir/engine/modelfile/jsontree"
	"weir/engine/modelfile/jsontree/ubjtest"
	"weir/engine/modelfile/refusal"
	"weir/engine/modelfile/vectortest"
)

func TestRefusedJSON(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":             {"", "line 1: the file ends"},
		"cut off":           {"{\"a\":\n[1,", "line 2"},
		"key twice":         {"{\"a\":1,\n\"a\":2}", "line 2: key \"a\" is given twice"},
		"two values":        {"{}\n{}", "line 2: something follows"},
		"trailing comma":    {"[1,]", "line 1"},
		"no colon":          {"{\"a\" 1}", "colon"},
		"bare word":         {"[yes]", "words of JSON"},
		"leading zero":      {"[01]", "number"},
		"plus":              {"[+1]", "number"},
		"hexadecimal":       {"[0x1]", "number"},
		"control character": {"[\"a\x01\"]", "control character"},
		"open text":         {"[\"a", "without an end"},
		"bad escape":        {"[\"\\x\"]", "escape"},
		"half a surrogate":  {"[\"\\ud800\"]", "escape"},
		"not UTF-8":         {"[\"\xff\"]", "UTF-8"},
		"nested":            {strings.Repeat("[", MaxDepth+1), "nested deeper"},
		"nested objects":    {strings.Repeat("{\"a\":", MaxDepth+1), "nested deeper"},
		"many values":       {"[" + strings.Repeat("{},", MaxValues) + "{}]", "more than"},
		"single quotes":     {"{'a':1}", "quotation"},
	} {
		_, err := ParseJSON([]byte(c.text), "f.json")
		var e *refusal.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// u is an unsized UBJSON text or key.
func u(s string) string { return "U" + string(rune(len(s))) + s }

func TestRefusedUBJ(t *testing.T) {
	for name, c := range map[string]struct{ data, want string }{
		"empty":                  {"", "ends before"},
		"cut off":                {"{" + u("a") + "S", "ends before"},
		"key twice":              {"{" + u("a") + "Z" + u("a") + "Z}", "given twice"},
		"two values":             {"ZZ", "something follows"},
		"unknown type":           {"[Q]", "not supported"},
		"high precision":         {"H" + u("12345678901234567890"), "not supported"},
		"array of a billion":     {"[$D#L\x00\x00\x00\x00\x3b\x9a\xca\x00", "beyond the end"},
		"array of nothing":       {"[$Z#L\x00\x00\x00\x00\x3b\x9a\xca\x00", "beyond the end"},
		"counted nothing":        {"[$Z#U\x01Z", "optimised"},
		"eight bytes too long":   {"[$D#U\x02abcdefgh", "ends before"},
		"negative length":        {"S" + "i\xff", "beyond the end"},
		"typed without a number": {"[$d", "optimised"},
		"text beyond the end":    {"SL\x7f\xff\xff\xff\xff\xff\xff\xff", "beyond the end"},
		"float as a length":      {"SD01234567", "no integer"},
		"not UTF-8":              {"S" + "U\x01\xff", "UTF-8"},
		"typed object":           {"{$d#U\x01aaaaaaaaa", "common type"},
		"nested":                 {strings.Repeat("[", MaxDepth+1), "nested deeper"},
		"many values":            {"[" + strings.Repeat("Z", MaxValues+1) + "]", "more than"},
	} {
		_, err := ParseUBJ([]byte(c.data), "f.ubj")
		var e *refusal.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// plain is a tree as encoding/json would have it.
func plain(v *Value) any {
	switch v.Kind {
	case Bool:
		return v.Text == "true"
	case Number:
		x, _ := strconv.ParseFloat(v.Text, 64)
		return x
	case Text:
		return v.Text
	case Numbers:
		var list []any
		numbers, _ := v.Float64s()
		for _, x := range numbers {
			list = append(list, x)
		}
		return list
	case List:
		list := []any{}
		for i := range v.Items {
			list = append(list, plain(&v.Items[i]))
		}
		return list
	case Object:
		object := map[string]any{}
		for i := range v.Members {
			object[v.Members[i].Key] = plain(&v.Members[i].Value)
		}
		return object
	}
	return nil
}

// draw makes a value as encoding/json would have it; numbers are float32, so that UBJSON carries them.
func draw(t *rapid.T, depth int) any {
	switch kind := rapid.IntRange(0, 6).Draw(t, "kind"); {
	case kind == 0:
		return nil
	case kind == 1:
		return float64(float32(rapid.Float64Range(-1e6, 1e6).Draw(t, "number")))
	case kind == 2 || depth == 0:
		return rapid.StringOf(rapid.RuneFrom([]rune("aé\"\\\n漢 {}[]:,"))).Draw(t, "text")
	case kind == 3:
		list := []any{}
		for range rapid.IntRange(0, 4).Draw(t, "items") {
			list = append(list, float64(rapid.IntRange(-9, 9).Draw(t, "int")))
		}
		return list
	case kind == 4:
		list := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			list = append(list, draw(t, depth-1))
		}
		return list
	}
	object := map[string]any{}
	for range rapid.IntRange(0, 3).Draw(t, "members") {
		object[rapid.StringN(0, 4, 8).Draw(t, "key")] = draw(t, depth-1)
	}
	return object
}

// What encoding/json writes is read back, and comes through UBJSON unchanged.
func TestAgainstEncodingJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := draw(t, 4)
		text, err := json.MarshalIndent(want, " ", "\t")
		if err != nil {
			t.Skip()
		}
		var back any
		if json.Unmarshal(text, &back) != nil {
			t.Skip()
		}
		v, err := ParseJSON(text, "f")
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got := plain(v); !reflect.DeepEqual(got, back) {
			t.Fatalf("%s became %v, want %v", text, got, back)
		}
		ubj, err := ParseUBJ(ubjtest.Encode(v), "f")
		if err != nil {
			t.Fatalf("%s as UBJSON: %v", text, err)
		}
		if got := plain(ubj); !reflect.DeepEqual(single(got), single(back)) {
			t.Fatalf("%s as UBJSON became %v", text, got)
		}
	})
}

// single rounds every number to float32.
func single(v any) any {
	switch v := v.(type) {
	case float64:
		return float32(v)
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = single(v[i])
		}
		return list
	case map[string]any:
		object := map[string]any{}
		for k := range v {
			object[k] = single(v[k])
		}
		return object
	}
	return v
}

func TestNumbers(t *testing.T) {
	v, err := ParseJSON([]byte(`{"mixed":[1,"a"],"flags":[true,false,1],"far":[3000000000],"nan":[NaN,1],"float":[1.5],"none":[]}`), "f")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"mixed", "far", "float", "absent"} {
		if _, ok := v.Get(key).Ints(); ok {
			t.Errorf("%s was read as integers", key)
		}
	}
	if _, ok := v.Get("nan").Float64s(); ok {
		t.Error("NaN was read as a number")
	}
	if x, ok := v.Get("nan").Float32s(); !ok || x[0] == x[0] || x[1] != 1 {
		t.Errorf("NaN and 1 are %v", x)
	}
	if flags, ok := v.Get("flags").Ints(); !ok || !reflect.DeepEqual(flags, []int32{1, 0, 1}) {
		t.Errorf("flags are %v", flags)
	}
	if none, ok := v.Get("none").Float64s(); !ok || len(none) != 0 {
		t.Errorf("an empty array is %v", none)
	}
	if at := v.Get("mixed").At("mixed").String(); at != "line 1, mixed" {
		t.Errorf("the place is %q", at)
	}
}

func FuzzParseJSON(f *testing.F) {
	for _, text := range vectortest.Files(f, "xgboost/*/Log*.json", "toad/*.json") {
		f.Add(text)
	}
	for _, seed := range []string{`{"a":[1,2,{"b":"c"}]}`, `[1e5,-0.5,true]`, `"é"`, "{", `[NaN]`, "[[[", `{"a":{},"a":1}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := ParseJSON(text, "f")
		if err == nil {
			again, err := ParseUBJ(ubjtest.Encode(v), "f")
			if err != nil || again.Kind == Object != (v.Kind == Object) {
				t.Fatalf("a tree does not come through UBJSON: %v", err)
			}
		}
	})
}

func FuzzParseUBJ(f *testing.F) {
	for _, text := range vectortest.Files(f, "xgboost/*/Log*.json") {
		if tree, err := ParseJSON(text, "f"); err == nil {
			f.Add(ubjtest.Encode(tree))
		}
	}
	for _, seed := range []string{"{" + u("a") + "[$l#U\x01\x00\x00\x00\x07}", "[U\x01l\x00\x00\x00\x02]", "S" + u("x"), "[$d#L", "[#U\x02ZZ"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if v, err := ParseUBJ(data, "f"); err == nil {
			plain(v)
		}
	})
}

func ExampleParseJSON() {
	v, _ := ParseJSON([]byte("{\n \"trees\": [0.5, 1.5]\n}"), "model.json")
	numbers, _ := v.Get("trees").Float32s()
	fmt.Println(numbers, v.Get("trees").At("trees"))
	// Output: [0.5 1.5] line 2, trees
}
