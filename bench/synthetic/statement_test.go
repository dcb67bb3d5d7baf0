package synthetic

import (
	"testing"

	"weir/circuits/contribution"
)

// The statements' digests are golden: the same seed gives the same statements.
func TestSameSeedSameStatements(t *testing.T) {
	slice, err := Seed(1).Slice()
	if err != nil {
		t.Fatal(err)
	}
	answers, err := Seed(1).Answers(t.Context(), slice)
	if err != nil {
		t.Fatal(err)
	}
	_, _, accusation, err := Seed(1).Accusation(slice)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ what, got, want string }{
		{"slice", slice.Digest().String(), "9fe211a71dc0129eb8b81f89da003440a9f432e6939fdf15b06b032a51202fb1"},
		{"answers", answers.Digest().String(), "6f9bc6b41a3e0058d81ce702be49f7d26d5de750ac7fabd2013db10b8e9b0979"},
		{"accusation", accusation.String(), "5de5f974ccf5726062e5cd1ff7a3966fe57593128483dcac231902c48feaed9a"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s", c.what, c.got)
		}
	}
}

// Every answer is true, those about an enterprise without a record too, and no two are the same.
func TestAnswersAreTrue(t *testing.T) {
	slice, err := Seed(4).Slice()
	if err != nil {
		t.Fatal(err)
	}
	answers, err := Seed(4).Answers(t.Context(), slice)
	if err != nil {
		t.Fatal(err)
	}
	seen, absent := map[[32]byte]bool{}, 0
	for i := range 2 * absence {
		statement, witness := answers.Answer(i)
		if err := contribution.Check(&slice.Table, statement, witness); err != nil {
			t.Errorf("answer %d: %v", i, err)
		}
		if seen[statement.Tag] {
			t.Errorf("answer %d repeats another's tag", i)
		}
		seen[statement.Tag] = true
		if !witness.Present {
			absent++
		}
	}
	if absent != 2 {
		t.Errorf("%d of %d answers are about an enterprise without a record, want 2", absent, 2*absence)
	}
}
