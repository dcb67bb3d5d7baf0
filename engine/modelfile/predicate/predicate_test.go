package predicate_test

import (
	"fmt"
	"testing"

	. "weir/engine/modelfile/predicate"
	"weir/engine/modelfile/value"
)

// fixed is a predicate with a known outcome.
type fixed Truth

func (f fixed) Test([]value.Value) Truth { return Truth(f) }

// Kleene's tables for and, or; PMML's for xor and surrogate.
func TestConnectives(t *testing.T) {
	const f, y, u = False, True, Unknown
	for _, c := range []struct{ a, b, and, or, xor, surrogate Truth }{
		{f, f, f, f, f, f}, {f, y, f, y, y, f}, {f, u, f, u, u, f},
		{y, f, f, y, y, y}, {y, y, y, y, f, y}, {y, u, u, y, u, y},
		{u, f, f, u, u, f}, {u, y, u, y, u, y}, {u, u, u, u, u, u},
	} {
		parts := []Predicate{fixed(c.a), fixed(c.b)}
		for op, want := range map[Connective]Truth{And: c.and, Or: c.or, Xor: c.xor, Surrogate: c.surrogate} {
			if got := (Compound{Op: op, Parts: parts}).Test(nil); got != want {
				t.Errorf("connective %d of %d, %d is %d, want %d", op, c.a, c.b, got, want)
			}
		}
	}
}

func TestMissingLeavesUnknown(t *testing.T) {
	row := []value.Value{{}, value.Undefine("x")}
	for slot := range row {
		for op := Equal; op <= GreaterOrEqual; op++ {
			if got := (&Compare{Slot: slot, Op: op, Value: value.FromNumber(1)}).Test(row); got != Unknown {
				t.Errorf("%s of no value is %d", op, got)
			}
		}
		if got := (&Member{Slot: slot, Set: NewSet(nil), Not: true}).Test(row); got != Unknown {
			t.Errorf("membership of no value is %d", got)
		}
	}
	if (IsMissing{Slot: 0}).Test(row) != True || (IsMissing{Slot: 0, Not: true}).Test(row) != False {
		t.Error("a missing value does not count as missing")
	}
}

func TestCompareOperators(t *testing.T) {
	for _, x := range []float64{1, 2, 3} {
		row := []value.Value{value.FromNumber(x)}
		for op, want := range map[Operator]bool{Equal: x == 2, NotEqual: x != 2, LessThan: x < 2, LessOrEqual: x <= 2, GreaterThan: x > 2,
			GreaterOrEqual: x >= 2} {
			if got := (&Compare{Op: op, Value: value.FromNumber(2)}).Test(row); (got == True) != want || got == Unknown {
				t.Errorf("%v %s 2 is %d", x, op, got)
			}
		}
	}
	if _, ok := ParseOperator("isMissing"); ok {
		t.Error("isMissing was read as a comparison")
	}
	if _, ok := ParseConnective("nand"); ok {
		t.Error("nand was read as a connective")
	}
}

func ExampleMember() {
	class := &Member{Name: "class", Slot: 0, Set: NewSet([]value.Value{value.FromText("A"), value.FromText("B")})}
	for _, row := range [][]value.Value{{value.FromText("A")}, {value.FromText("C")}, {{}}} {
		fmt.Println(class.Test(row) == True, class.Test(row) == Unknown)
	}
	// Output:
	// true false
	// false false
	// false true
}
