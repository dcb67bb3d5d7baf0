package strictjson

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "f:1:1: the file ends before its JSON value does"},
		{" \n", "f:2:1: the file ends before its JSON value does"},
		{"{\"a\": [1,\n 2", "f:2:3: the file ends before its JSON value does"},
		{"{\"é\": 1,}", "f:1:9: not JSON: invalid character '}' looking for beginning of object key string"},
		{"{\"a\" 1}", "f:1:6: not JSON: invalid character '1' after object key"},
		{"[1] 2", "f:1:5: not JSON: invalid character '2' after top-level value"},
		{"\xef\xbb\xbf\xef\xbb\xbf1", "f:1:1: not JSON: invalid character 'ï' looking for beginning of value"},
		{"[\"\xff\"]", "f:1:3: not UTF-8, or a replacement character that a converter left"},
		{"[\"\ufffd\"]", "f:1:3: not UTF-8, or a replacement character that a converter left"},
		{"[\"a\x00\"]", "f:1:4: not JSON: invalid character '\\x00' in string literal"},
		{`["ok", "\u0000"]`, "f:1:8: text with a control character or half a surrogate pair"},
		{`["\ud83d"]`, "f:1:2: text with a control character or half a surrogate pair"},
		{`[NaN]`, "f:1:2: not JSON: invalid character 'N' looking for beginning of value"},
		{`[01]`, "f:1:3: not JSON: invalid character '1' after array element"},
		{`[1E5]`, "f:1:2: a number with an exponent: write it out"},
		{`{"a": {"b": 1, "b": 2}}`, `f:1:16: key "b" is given twice`},
		{`{"a": 1, "\u0061": 2}`, `f:1:10: key "a" is given twice`},
		{strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1), "f:1:17: nested deeper than 16 levels"},
		{strings.Repeat(`{"a":`, MaxDepth) + "{}" + strings.Repeat("}", MaxDepth), "f:1:81: nested deeper than 16 levels"},
		{strings.Repeat(" ", 999) + "[]", "f: longer than 1000 bytes"},
	} {
		_, err := Parse(strings.NewReader(c.text), "f", 1000)
		var at *Error
		if !errors.As(err, &at) || err.Error() != c.want {
			t.Errorf("%.60q\n got %v\nwant %s", c.text, err, c.want)
		}
	}
}

func TestAccessorsRefuse(t *testing.T) {
	root, err := Parse(strings.NewReader("{\"text\": \"a\", \"n\": 1.50,\n\"list\": [true, null], \"o\": {\"k\": 1}}"), "f", 1000)
	if err != nil {
		t.Fatal(err)
	}
	o, err := root.Object("text", "n", "list", "o")
	if err != nil {
		t.Fatal(err)
	}
	member := func(key string) Value {
		v, err := o.Required(key)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	errOf := func(_ any, err error) error { return err }
	items, _ := member("list").List()
	for want, err := range map[string]error{
		"f:1:10: text, want a number":                                            errOf(member("text").Number()),
		"f:1:20: a number, want text":                                            errOf(member("n").Text()),
		"f:1:20: want a whole number from 0 to 9":                                errOf(member("n").Integer(0, 9)),
		"f:2:9: a list, want an object":                                          errOf(member("list").Object("a")),
		"f:2:10: true or false, want a list":                                     errOf(items[0].List()),
		"f:2:16: null, want true or false":                                       errOf(items[1].Bool()),
		"f:2:29: unknown key \"k\", the keys here are [\"a\"]":                   errOf(member("o").Object("a")),
		"f:1:1: key \"absent\" is missing":                                       errOf(o.Required("absent")),
		"f:2:23: unknown key \"o\", the keys here are [\"text\" \"n\" \"list\"]": errOf(root.Object("text", "n", "list")),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if n, err := member("n").Number(); n != "1.50" || err != nil {
		t.Errorf("number %q, %v", n, err)
	}
	if v, err := items[0].Bool(); !v || err != nil {
		t.Errorf("true read as %t, %v", v, err)
	}
	if m, err := member("o").Map(); err != nil || strings.Join(m.Keys(), " ") != "k" {
		t.Errorf("keys %q, %v", m.Keys(), err)
	}
}

// FuzzParse holds that what Parse accepts is JSON, and that the tree holds the same texts and numbers in the same order.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{`{"a": [1, -2.50, "x\n"], "b": {}}`, `"\"\\\u4f18"`, " [ ] ", `{"a":1,"a":2}`, "\xef\xbb\xbf[true,false,null]", `[[[]],"]"]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := Parse(strings.NewReader(string(text)), "f", 4096)
		if err != nil {
			return
		}
		text = []byte(strings.TrimPrefix(string(text), "\xef\xbb\xbf"))
		decoder := json.NewDecoder(strings.NewReader(string(text)))
		decoder.UseNumber()
		var plain any
		if err := decoder.Decode(&plain); err != nil {
			t.Fatalf("accepted what encoding/json refuses: %v", err)
		}
		compare(t, v, plain)
	})
}

func compare(t *testing.T, v Value, plain any) {
	switch want := plain.(type) {
	case string:
		if got, err := v.Text(); err != nil || got != want {
			t.Fatalf("text %q, %v; want %q", got, err, want)
		}
	case json.Number:
		if got, err := v.Number(); err != nil || got != string(want) {
			t.Fatalf("number %s, %v; want %s", got, err, want)
		}
	case []any:
		items, err := v.List()
		if err != nil || len(items) != len(want) {
			t.Fatalf("%d items, %v; want %d", len(items), err, len(want))
		}
		for i := range items {
			compare(t, items[i], want[i])
		}
	case map[string]any:
		o, err := v.Map()
		if err != nil || len(o.Keys()) != len(want) {
			t.Fatalf("%d keys, %v; want %d", len(o.Keys()), err, len(want))
		}
		for key := range want {
			member, err := o.Required(key)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, member, want[key])
		}
	}
}
