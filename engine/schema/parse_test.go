package schema

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/schema/strictjson"
)

const example = `{ "source": "tax", "epoch": "2026-10", "as_of": "2026-10-31", "revision": 0, "subjects": "uscc",
  "features": [
    {"name": "vat_sales_12m",    "scale": 0, "min": 0, "max": 4000000000, "unit": "yuan", "outside": "error"},
    {"name": "vat_growth_yoy",   "scale": 4, "min": -1, "max": 50, "outside": "clamp"},
    {"name": "late_filings_12m", "scale": 0, "min": 0, "max": 12},
    {"name": "tax_credit_rating", "categories": ["A", "B", "M", "C", "D"]} ] }`

func mustParse(t testing.TB, text string) *Schema {
	t.Helper()
	s, err := Parse(strings.NewReader(text), "s.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// one is a schema of one feature with the given members.
func one(members string) string {
	return `{"source": "tax", "epoch": "2026-10", "features": [` + "\n{" + members + "}]}"
}

func manyFeatures(n int) string {
	var items []string
	for i := range n {
		items = append(items, fmt.Sprintf(`{"name": "f%d", "categories": ["A"]}`, i))
	}
	return `{"source": "tax", "epoch": "2026-10", "features": [` + strings.Join(items, ",") + `]}`
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{``, `s.json:1:1: the file ends before its JSON value does`},
		{`[]`, `s.json:1:1: a list, want an object`},
		{`null`, `s.json:1:1: null, want an object`},
		{`{"source": "tax"} x`, `s.json:1:19: not JSON: invalid character 'x' after top-level value`},
		{`{"source": "tax", "sauce": 1}`, `s.json:1:19: unknown key "sauce", the keys here are ["source" "epoch" "as_of" "revision" "subjects" "features"]`},
		{`{"source": "tax", "Source": "tax"}`, `s.json:1:19: unknown key "Source", the keys here are ["source" "epoch" "as_of" "revision" "subjects" "features"]`},
		{"{\"source\": \"tax\",\n \"source\": \"tax\"}", `s.json:2:2: key "source" is given twice`},
		{`{"epoch": "2026-10"}`, `s.json:1:1: key "source" is missing`},
		{`{"source": "tax"}`, `s.json:1:1: key "epoch" is missing`},
		{`{"source": "tax", "epoch": "2026-10"}`, `s.json:1:1: key "features" is missing`},
		{`{"source": "税", "epoch": 2}`, `s.json:1:12: name "税": character 1 is not one of A-Z, a-z, 0-9, '-', '_', '.' (first: a letter or digit)`},
		{`{"source": "tax", "epoch": 2}`, `s.json:1:28: a number, want text`},
		{`{"source": "tax", "epoch": "2026-13"}`, `s.json:1:28: epoch "2026-13": want YYYY-MM, YYYY-Qn or YYYY-MM-DD`},
		{`{"source": "tax", "epoch": "2026-10", "as_of": "2026-10-32"}`, `s.json:1:48: day "2026-10-32": want an existing day as YYYY-MM-DD`},
		{`{"source": "tax", "epoch": "2026-10", "revision": -1}`, `s.json:1:51: want a whole number from 0 to 4294967295`},
		{`{"source": "tax", "epoch": "2026-10", "revision": 4294967296}`, `s.json:1:51: want a whole number from 0 to 4294967295`},
		{`{"source": "tax", "epoch": "2026-10", "subjects": "USCC"}`, `s.json:1:51: subjects "USCC": want "uscc" or "opaque"`},
		{manyFeatures(0), `s.json:1:51: 0 features, want 1 to 32 (a source with more is two sources)`},
		{manyFeatures(33), `s.json:1:51: 33 features, want 1 to 32 (a source with more is two sources)`},
		{`{"source": "tax", "epoch": "2026-10", "features": {}}`, `s.json:1:51: an object, want a list`},
		{one(`"name": "a", "scale": 0, "min": 0, "max": 1}, {"name": "a", "categories": ["A"]`), `s.json:2:48: feature "a" is given twice`},
		{one(`"scale": 0, "min": 0, "max": 1`), `s.json:2:1: key "name" is missing`},
		{one(`"name": "subject", "scale": 0, "min": 0, "max": 1`), `s.json:2:10: feature name "subject" is the name of the identifier's column`},
		{one(`"name": "", "scale": 0`), `s.json:2:10: feature name: 0 characters, want 1 to 64`},
		{one(`"name": "` + strings.Repeat("税", 65) + `"`), `s.json:2:10: feature name: 65 characters, want 1 to 64`},
		{one(`"name": " a"`), `s.json:2:10: feature name: " a" begins or ends with a space`},
		{one(`"name": "a\u200bb"`), `s.json:2:10: feature name: "a\u200bb" holds a character that does not print`},
		{one(`"name": "a\u0000"`), `s.json:2:10: text with a control character or half a surrogate pair`},
		{one(`"name": "a", "unit": "\t"`), `s.json:2:23: text with a control character or half a surrogate pair`},
		{one(`"name": "a", "unit": " "`), `s.json:2:23: unit: " " begins or ends with a space`},
		{one(`"name": "a"`), `s.json:2:1: feature "a" has neither categories nor a scale (with min and max)`},
		{one(`"name": "a", "scale": 0, "max": 1`), `s.json:2:1: key "min" is missing`},
		{one(`"name": "a", "scale": 0, "min": 1`), `s.json:2:1: key "max" is missing`},
		{one(`"name": "a", "scale": 10, "min": 0, "max": 0`), `s.json:2:24: want a whole number from 0 to 9`},
		{one(`"name": "a", "scale": -1, "min": 0, "max": 0`), `s.json:2:24: want a whole number from 0 to 9`},
		{one(`"name": "a", "scale": 1.0, "min": 0, "max": 0`), `s.json:2:24: want a whole number from 0 to 9`},
		{one(`"name": "a", "scale": "1", "min": 0, "max": 0`), `s.json:2:24: text, want a number`},
		{one(`"name": "a", "scale": 1, "min": 0.25, "max": 1`), `s.json:2:34: min of feature "a": too many digits after the point: 2 where the scale is 1`},
		{one(`"name": "a", "scale": 1, "min": 0, "max": 1e3`), `s.json:2:44: a number with an exponent: write it out`},
		{one(`"name": "a", "scale": 1, "min": 2, "max": 1.5`), `s.json:2:44: feature "a": min 2.0 is above max 1.5`},
		{one(`"name": "a", "scale": 0, "min": 0, "max": 4294967294`), `s.json:2:44: feature "a": its greatest value would be encoded as 4294967296, which is not below 2^32 = 4294967296: take a smaller scale or range`},
		{one(`"name": "a", "scale": 9, "min": -5, "max": 0`), `s.json:2:45: feature "a": its greatest value would be encoded as 5000000002, which is not below 2^32 = 4294967296: take a smaller scale or range`},
		{one(`"name": "a", "scale": 0, "min": -999999999999999999, "max": 999999999999999999`), `s.json:2:62: feature "a": its greatest value would be encoded as 2000000000000000000, which is not below 2^32 = 4294967296: take a smaller scale or range`},
		{one(`"name": "a", "scale": 0, "min": 1` + strings.Repeat("0", 18) + `, "max": 1` + strings.Repeat("0", 40)), `s.json:2:34: min of feature "a": more than 18 digits at the feature's scale`},
		{one(`"name": "a", "scale": 0, "min": 0, "max": 1` + strings.Repeat("0", 40)), `s.json:2:44: max of feature "a": more than 18 digits at the feature's scale`},
		{one(`"name": "a", "scale": 0, "min": 0, "max": 1, "outside": "drop"`), `s.json:2:58: outside "drop": want "error", "clamp" or "missing"`},
		{one(`"name": "a", "categories": ["A"], "max": 1`), `s.json:2:43: feature "a" has categories and "max", which belongs to a number`},
		{one(`"name": "a", "categories": ["A"], "outside": "clamp"`), `s.json:2:29: feature "a": outside "clamp" is for numbers, an unknown category is always an error`},
		{one(`"name": "a", "categories": []`), `s.json:2:29: feature "a": 0 categories, want 1 to 4096`},
		{one(`"name": "a", "categories": ["A", "B", "A"]`), `s.json:2:29: feature "a": category "A" is given twice`},
		{one(`"name": "a", "categories": ["A", ""]`), `s.json:2:29: category of feature "a": 0 characters, want 1 to 64`},
		{one(`"name": "a", "categories": ["A", 1]`), `s.json:2:35: a number, want text`},
		{one(`"name": "a", "categories": "A"`), `s.json:2:29: text, want a list`},
		{one(`"name": "a", "categories": [` + strings.Repeat(`"A",`, 4096) + `"A"]`), `s.json:2:29: feature "a": 4097 categories, want 1 to 4096`},
		{strings.Repeat("[", 17) + strings.Repeat("]", 17), `s.json:1:17: nested deeper than 16 levels`},
		{strings.Repeat(" ", MaxSize) + "{}", `s.json: longer than 65536 bytes`},
	} {
		s, err := Parse(strings.NewReader(c.text), "s.json")
		var at *strictjson.Error
		if s != nil || !errors.As(err, &at) || err.Error() != c.want {
			t.Errorf("%.120s\n got %v\nwant %s", c.text, err, c.want)
		}
	}
}

func TestParse(t *testing.T) {
	s := mustParse(t, "\xef\xbb\xbf"+example)
	growth := s.Features[1]
	least, greatest := growth.Range()
	if s.Source != "tax" || s.Subjects != engine.USCC || len(s.Features) != 4 || growth.Scale != 4 || growth.Outside != OutsideClamp ||
		least != "-1.0000" || greatest != "50.0000" || s.Features[0].Unit != "yuan" || strings.Join(s.Features[3].Categories, "") != "ABMCD" {
		t.Errorf("%+v", s)
	}
	if i, found := s.Index("late_filings_12m"); !found || i != 2 {
		t.Errorf("Index = %d, %t", i, found)
	}
}

func TestParseDefaults(t *testing.T) {
	for epoch, day := range map[string]string{"2026-10": "2026-10-31", "2026-Q1": "2026-03-31", "2026-02-03": "2026-02-03"} {
		s := mustParse(t, `{"source": "tax", "epoch": "`+epoch+`", "features": [{"name": "a", "scale": 0, "min": 0, "max": 1}]}`)
		if s.AsOf.Format(time.DateOnly) != day || s.Revision != 0 || s.Subjects != engine.USCC || s.Features[0].Outside != OutsideError {
			t.Errorf("%s: %+v", epoch, s)
		}
	}
}

func TestParsePassesOnReadErrors(t *testing.T) {
	broken := errors.New("disk")
	if _, err := Parse(failing{broken}, "s.json"); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// FuzzParse holds that what Parse accepts survives the canonical encoding.
func FuzzParse(f *testing.F) {
	f.Add([]byte(example))
	f.Add([]byte(one(`"name": "a", "scale": 9, "min": -0.5, "max": -0.0`)))
	f.Add([]byte(one(`"name": "\ud800", "categories": [1e9`)))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Parse(bytes.NewReader(text), "s.json")
		if err != nil {
			return
		}
		b := s.Encode()
		if len(b) > MaxSize {
			t.Fatalf("%d bytes encoded", len(b))
		}
		again, err := Decode(b)
		if err != nil || again.Digest() != s.Digest() || !bytes.Equal(again.Encode(), b) {
			t.Fatalf("encoding of an accepted schema: %v", err)
		}
	})
}

func ExampleParse() {
	s, err := Parse(strings.NewReader(`{"source": "tax", "epoch": "2026-Q3",
		"features": [{"name": "growth", "scale": 2, "min": -1, "max": 50}]}`), "schema.json")
	if err != nil {
		panic(err)
	}
	value, _, err := s.Features[0].Encode("-0.5")
	fmt.Println(s.AsOf.Format(time.DateOnly), value, err)
	_, _, err = s.Features[0].Encode("-0.505")
	fmt.Println(err)
	// Output:
	// 2026-09-30 52 <nil>
	// too many digits after the point: 3 where the scale is 2
}
