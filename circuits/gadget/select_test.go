package gadget

import (
	"testing"

	"github.com/consensys/gnark/frontend"
	"pgregory.net/rapid"
)

func TestAssertChildIsIndexing(t *testing.T) {
	f := compile(t, 12, func(a *API, in []frontend.Variable) {
		a.AssertChild([8]frontend.Variable(in[:8]), [3]frontend.Variable(in[8:11]), in[11])
	})
	if n := f.system.GetNbConstraints(); n != 7 {
		t.Errorf("%d constraints, want 7", n)
	}
	rapid.Check(t, func(t *rapid.T) {
		children := rapid.SliceOfN(elements(), 8, 8).Draw(t, "children")
		at, claimed := rapid.IntRange(0, 7).Draw(t, "at"), rapid.IntRange(0, 7).Draw(t, "claimed")
		in := append(toAny(children...), at&1, at>>1&1, at>>2, children[claimed])
		if got, want := f.holds(t, in...), children[at] == children[claimed]; got != want {
			t.Fatalf("child %d in place %d: %v", claimed, at, got)
		}
	})
}

func TestAssertLookupIsMembership(t *testing.T) {
	const entries, queries = 4, 6
	f := compile(t, 1+2*entries+queries, func(a *API, in []frontend.Variable) {
		if err := a.AssertLookup(in[0], in[1:1+entries], in[1+entries:1+2*entries], in[1+2*entries:]); err != nil {
			t.Fatal(err)
		}
	})
	if n := f.system.GetNbConstraints(); n != entries+queries+1 {
		t.Errorf("%d constraints, want %d", n, entries+queries+1)
	}
	rapid.Check(t, func(t *rapid.T) {
		asked := rapid.SliceOfN(rapid.IntRange(0, entries), queries, queries).Draw(t, "asked") // entry no 4 is not in the table
		member := true
		var counts [entries]int
		for _, entry := range asked {
			if entry < entries {
				counts[entry]++
			} else {
				member = false
			}
		}
		off := rapid.IntRange(0, 1).Draw(t, "off")
		counts[0] += off
		challenge := rapid.Uint64Min(1000).Draw(t, "challenge") // no entry and no query
		in := append([]any{challenge, 100, 101, 102, 103}, toAny(counts[:]...)...)
		for _, entry := range asked {
			in = append(in, 100+entry)
		}
		if got, want := f.holds(t, in...), member && off == 0; got != want {
			t.Fatalf("queries %v, counts %v: %v", asked, counts, got)
		}
	})
}
