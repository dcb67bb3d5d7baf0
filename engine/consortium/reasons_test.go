package consortium

import (
	"fmt"
	"strings"
	"testing"

	"weir/engine/consent"
	"weir/engine/inquiry"
	"weir/engine/model"
	"weir/engine/pedersen"
)

// reasonGroups are groups over the fixture's card: two sources, and single characteristics of which one takes two lines.
const reasonGroups = `[{"name": "first", "characteristics": ["s1/amount", "s1/growth", "s1/count", "s1/rating"]},
  {"name": "ratings", "characteristics": ["s1/rating", "s2/rating", "s3/rating"]}, {"name": "amount", "characteristics": ["s2/amount"]}]`

// withReasons are options for the fixture's card of three sources with groups.
func withReasons(t testing.TB, groups string, change ...string) (Options, *clock) {
	o, c := options(t, 3)
	o.Policy.MaxResolution = model.MaxResolution
	text := strings.NewReplacer(change...).Replace(card(3))
	o.Model = parseModel(t, strings.TrimSuffix(text, "}")+`, "groups": `+groups+"}")
	return o, c
}

// Every enterprise that any source knows, and one that none does, or every fourth: all sums are to the point, also under a later sealing.
func TestReasonsAreExact(t *testing.T) {
	for name, o := range map[string]struct {
		step   int
		groups string
		change []string
	}{
		"adverse": {1, reasonGroups, nil},
		"above":   {4, strings.ReplaceAll(reasonGroups, `", "ch`, `", "side": "above", "ch`), nil},
		"points":  {4, `[{"name": "count", "counts": "points", "characteristics": ["s2/count"]}]`, []string{`"missing": 5, "absent": -6`, `"missing": 5, "absent": -6, "baseline": 3`}},
	} {
		t.Run(name, func(t *testing.T) {
			options, clock := withReasons(t, o.groups, o.change...)
			w := foundWith(t, options, clock)
			seen := map[string]bool{}
			for i := 0; i < subjectCount; i += o.step {
				if i == subjectCount/2/o.step*o.step {
					if err := w.Reseal(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				score, err := w.Score(t.Context(), enterprise(i))
				if err != nil {
					t.Fatalf("enterprise %d: %v", i, err)
				}
				if !score.Equal || !score.ReasonsEqual() || score.Score != score.Reference {
					t.Errorf("enterprise %d: %+v, want %+v", i, score.Reasons, score.ReasonsReference)
				}
				seen[fmt.Sprint(score.Reasons)] = true
			}
			if len(seen) < 4 {
				t.Errorf("only %d different lists of reasons: the run shows too little", len(seen))
			}
		})
	}
}

// By hand: of enterprise 4, which nobody knows, s1 has amount 3 of −1 to 19 (adverse), growth 0 of −15 to 10 (not, half way is
// −2.5), count −6 (adverse) and rating −1 of −12 to 21 (adverse); of 6, with values missing, amount −2, growth 0, count 5.
func TestReasonsByHand(t *testing.T) {
	options, clock := withReasons(t, reasonGroups)
	w := foundWith(t, options, clock)
	for i, want := range map[int]string{4: "[{1 first adverse 3 4} {2 ratings adverse 3 3} {3 amount adverse 1 1}]", 6: "[{1 ratings adverse 3 3} {2 first adverse 2 4} {3 amount adverse 1 1}]"} {
		score, err := w.Score(t.Context(), enterprise(i))
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(score.Reasons); got != want {
			t.Errorf("enterprise %d: %s, want %s", i, got, want)
		}
	}
}

// A model with reasons is answered under terms that allow them, and under no others, whatever the request says; the holders judge
// it themselves, on a ledger that judges nothing. Its bits are those of all sums together.
func TestReasonsNeedTheirTerms(t *testing.T) {
	options, clock := withReasons(t, reasonGroups)
	w := foundWith(t, options, clock)
	terms := w.terms()
	give := func(change func(*consent.Terms)) consent.Key {
		its := terms
		change(&its)
		key, err := w.wallet(t, enterprise(1)).Give(t.Context(), its, w.parties, 0, w.clock.now())
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	scoreAlone := give(func(*consent.Terms) {})
	fewer := give(func(its *consent.Terms) { its.Output, its.Resolution = consent.OutputReasons, uint8(w.resolution(t)-1) })
	enough := give(func(its *consent.Terms) { its.Output, its.Resolution = consent.OutputReasons, uint8(w.resolution(t)) })
	id := w.requestedFor(t, scoreAlone, func(r *inquiry.Request) { r.Output = consent.OutputReasons })
	w.declinedBy(t, id, inquiry.DeclinedTerms, inquiry.DeclinedTerms, inquiry.DeclinedTerms)
	id = w.requestedFor(t, scoreAlone, func(r *inquiry.Request) { r.Output = consent.OutputScore })
	w.declinedBy(t, id, inquiry.DeclinedTerms, inquiry.DeclinedTerms, inquiry.DeclinedTerms)
	w.declinedBy(t, w.requested(t, fewer), inquiry.DeclinedTerms, inquiry.DeclinedTerms, inquiry.DeclinedTerms)
	if _, err := w.Ask(t.Context(), enough); err != nil {
		t.Errorf("within the terms: %v", err)
	}
}

// resolution is what the sealed version states.
func (w *world) resolution(t testing.TB) int {
	t.Helper()
	compiled, err := w.options.Model.Compile(w.schemas)
	if err != nil {
		t.Fatal(err)
	}
	if alone := parseModel(t, card(3)).Figures().Needed; compiled.Figures.Resolution <= alone {
		t.Fatalf("%d bits with groups, %d without", compiled.Figures.Resolution, alone)
	}
	return compiled.Figures.Resolution
}

// A03: a bank that leaves the groups out of the bits that it states cannot even have the package read.
func TestReasonsWithoutTheirBits(t *testing.T) {
	options, clock := withReasons(t, reasonGroups)
	w := foundWith(t, options, clock)
	alone := parseModel(t, card(3)).Figures().Needed
	compiled, err := w.options.Model.Compile(w.schemas)
	if err != nil {
		t.Fatal(err)
	}
	version, err := compiled.Version(w.genesis.Chain, BankName, w.holders(), pedersen.Identity().Encode())
	if err != nil {
		t.Fatal(err)
	}
	version.Resolution = uint8(alone)
	if err := version.Check(w.options.Policy); !breaks(model.RuleResolution)(err) {
		t.Errorf("got %v", err)
	}
	if _, err := model.DecodeVersion(version.Encode()); !breaks(model.RuleResolution)(err) {
		t.Errorf("read: %v", err)
	}
}
