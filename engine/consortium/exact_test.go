package consortium

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"weir/engine/model"
	"weir/engine/record"
)

// Every enterprise that any source knows, and one that none does: the opened number is the plaintext one. The scorecard
// has bins over two lines, negative points, categories, missing values and `absent` apart from `missing`; enterprise 3 is
// unknown to one holder, 4 to all, 5 to all but one, 6 has only missing values.
func TestScoresAreExact(t *testing.T) {
	for _, n := range []int{2, 3, 8} {
		t.Run(fmt.Sprintf("holders=%d", n), func(t *testing.T) {
			w := shared(t)
			if n != 3 {
				w = found(t, n)
			}
			subjects := []int{3, 4, 5, 6, 7}
			if n == 3 {
				subjects = subjects[:0]
				for i := range subjectCount {
					subjects = append(subjects, i)
				}
			}
			for _, i := range subjects {
				id := enterprise(i)
				opened, err := w.Ask(t.Context(), w.consented(t, id))
				if err != nil {
					t.Fatalf("%s: %v", id.Text, err)
				}
				if want := w.reference(t, id); opened.Sum != want {
					t.Errorf("%s: score %d, plaintext %d", id.Text, opened.Sum, want)
				}
			}
		})
	}
}

// The plaintext reference itself, by hand, where absence counts: unknown to all three sources is 3·(3 − 6) for amount and
// count, growth 0, rating −1, on a base of −37; a record of missing values only is 3·(−2 + 0 + 5 − 1).
func TestReferenceByHand(t *testing.T) {
	w := shared(t)
	for i, want := range map[int]int64{4: -37 + 3*(3+0-6-1), 6: -37 + 3*(-2+0+5-1)} {
		if got := w.reference(t, enterprise(i)); got != want {
			t.Errorf("enterprise %d: %d, by hand %d", i, got, want)
		}
	}
}

func TestScoreSaysWhatItIs(t *testing.T) {
	w := found(t, 2)
	score, err := w.Score(t.Context(), enterprise(4))
	if err != nil {
		t.Fatal(err)
	}
	if !score.Equal || score.Score != score.Reference || score.Subject != subjectName(4) || score.Model != "card@1" {
		t.Errorf("%+v", score)
	}
	if score.Score >= 0 || score.Shown != 0 {
		t.Errorf("score %d is shown as %d; the range begins at 0", score.Score, score.Shown)
	}
	if score.Verified || score.WhyNot == "" {
		t.Error("without proofs a score calls itself verified, or does not say why not")
	}
	if score.AsOf != "2026-10-31" {
		t.Errorf("as of %s", score.AsOf)
	}
}

// What is wrong with data, model or policy is refused before a key is made.
func TestFoundRefuses(t *testing.T) {
	tests := map[string]struct {
		change func(o *Options, files fstest.MapFS)
		want   func(error) bool
	}{
		"a source without a folder": {func(o *Options, files fstest.MapFS) {
			delete(files, "s2/schema.json")
			delete(files, "s2/records.csv")
		}, is(ErrSources)},
		"a folder without records": {func(o *Options, files fstest.MapFS) { delete(files, "s2/records.csv") }, is(record.ErrDefects)},
		"a broken cell": {func(o *Options, files fstest.MapFS) {
			files["s3/records.csv"] = &fstest.MapFile{Data: []byte(strings.Replace(recordsCSV(3, 1), subjectName(9)+",", subjectName(9)+",x", 1))}
		}, is(record.ErrDefects)},
		"mixed kinds of subjects": {func(o *Options, files fstest.MapFS) {
			files["s1/schema.json"] = &fstest.MapFile{Data: []byte(strings.Replace(schemaJSON(1, "2026-10", 0), "opaque", "uscc", 1))}
			files["s1/records.csv"] = &fstest.MapFile{Data: []byte("subject,rating,amount,growth,unused,count\n")}
		}, is(ErrSources)},
		"resolution above the policy": {func(o *Options, _ fstest.MapFS) { o.Policy.MaxResolution = 7 }, breaks(model.RuleMaxResolution)},
		"too few features":            {func(o *Options, _ fstest.MapFS) { o.Policy.MinFeatures = 13 }, breaks(model.RuleMinFeatures)},
		"too few holders":             {func(o *Options, _ fstest.MapFS) { o.Policy.MinHolders = 4 }, breaks(model.RuleMinHolders)},
		"one characteristic decides": {func(o *Options, _ fstest.MapFS) {
			text := strings.Replace(card(3), `{"points": 19}`, `{"points": 619}`, 1)
			text = strings.Replace(text, `"range": [0, 100]`, `"range": [0, 100], "resolution": 10`, 1)
			o.Model = parseModel(t, text)
		}, breaks(model.RuleResolution)},
		"a source called like the bank": {func(o *Options, files fstest.MapFS) {
			name := string(BankName)
			files[name+"/schema.json"] = &fstest.MapFile{Data: []byte(strings.Replace(schemaJSON(2, "2026-10", 0), `"s2"`, `"`+name+`"`, 1))}
			files[name+"/records.csv"] = files["s2/records.csv"]
			o.Model = parseModel(t, strings.Replace(card(3), `"s2"`, `"`+name+`"`, 1))
		}, is(ErrSources)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o, _ := options(t, 3)
			files := maps.Clone(o.Data.(fstest.MapFS))
			o.Data = files
			test.change(&o, files)
			random := &counted{from: o.Random}
			o.Random = random
			c, err := Found(t.Context(), o)
			if c != nil || !test.want(err) {
				t.Fatalf("got %v", err)
			}
			if random.bytes > 8 { // the chain's name may have been drawn
				t.Errorf("%d bytes of randomness were drawn for keys before the refusal", random.bytes)
			}
		})
	}
}

func TestUnusedFolder(t *testing.T) {
	o, c := options(t, 2)
	o.Data.(fstest.MapFS)["extra/schema.json"] = &fstest.MapFile{Data: []byte("not even read")}
	w := foundWith(t, o, c)
	if len(w.Unused) != 1 || w.Unused[0] != "extra" {
		t.Errorf("unused: %q", w.Unused)
	}
	subjects, err := w.Subjects(0)
	if err != nil || len(subjects) != subjectCount-1 {
		t.Errorf("%d subjects, %v; every enterprise but the one that nobody knows", len(subjects), err)
	}
	if first, err := w.Subjects(3); err != nil || len(first) != 3 {
		t.Errorf("%d subjects of a limit of 3, %v", len(first), err)
	}
}

func is(target error) func(error) bool { return func(err error) bool { return errors.Is(err, target) } }

func breaks(rule model.Rule) func(error) bool {
	return func(err error) bool {
		var refusal *model.Refusal
		return errors.As(err, &refusal) && refusal.Rule == rule
	}
}

// counted counts what is read.
type counted struct {
	from  interface{ Read([]byte) (int, error) }
	bytes int
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.from.Read(b)
	c.bytes += n
	return n, err
}
