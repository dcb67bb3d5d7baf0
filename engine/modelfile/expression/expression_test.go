package expression_test

import (
	"fmt"
	"math"
	"testing"

	. "weir/engine/modelfile/expression"
	"weir/engine/modelfile/value"
)

func number(x float64) Expression       { return Constant{value.FromNumber(x)} }
func text(s string) Expression          { return Constant{value.FromText(s)} }
func yes() Expression                   { return Constant{value.FromBool(true)} }
func no() Expression                    { return Constant{value.FromBool(false)} }
func missing() Expression               { return Constant{} }
func list(e ...Expression) []Expression { return e }

func TestRefusedFunctions(t *testing.T) {
	for name, operands := range map[string][]Expression{"formatDatetime": list(number(1), text("x")), "myOwn": list(number(1)),
		"-": list(number(1)), "if": list(yes()), "not": list(yes(), no()), "ln": nil} {
		if _, err := NewApply(name, operands); err == nil {
			t.Errorf("%s with %d operands was accepted", name, len(operands))
		}
	}
}

func TestBuiltins(t *testing.T) {
	n, s, b := value.FromNumber, value.FromText, value.FromBool
	none := value.Value{}
	for _, c := range []struct {
		name     string
		operands []Expression
		want     value.Value
	}{
		{"+", list(number(2.5), number(4)), n(6.5)}, {"-", list(number(2.5), number(4)), n(-1.5)},
		{"*", list(number(2.5), number(4)), n(10)}, {"/", list(number(1), number(4)), n(0.25)}, {"+", list(number(1), missing()), none},
		{"pow", list(number(2), number(10)), n(1024)}, {"modulo", list(number(-7), number(3)), n(2)},
		{"threshold", list(number(3), number(2)), n(1)}, {"threshold", list(number(2), number(2)), n(0)},
		{"min", list(number(3), missing(), number(2)), n(2)}, {"max", list(number(3), number(2)), n(3)},
		{"avg", list(number(3), missing(), number(2)), n(2.5)}, {"median", list(number(9), number(1), number(2)), n(2)},
		{"sum", list(missing()), none}, {"product", list(number(3), number(2)), n(6)}, {"median", list(number(9), number(1)), n(5)},
		{"round", list(number(2.5)), n(3)}, {"round", list(number(-2.5)), n(-2)}, {"rint", list(number(2.5)), n(2)},
		{"floor", list(number(-0.5)), n(-1)}, {"ceil", list(number(0.5)), n(1)}, {"abs", list(number(-2)), n(2)},
		{"ln", list(number(math.E)), n(1)}, {"log10", list(number(1000)), n(3)}, {"sqrt", list(number(9)), n(3)},
		{"equal", list(text("a"), text("a")), b(true)}, {"notEqual", list(number(1), number(1)), b(false)},
		{"equal", list(text("a"), missing()), none}, {"lessThan", list(number(1), number(2)), b(true)},
		{"greaterOrEqual", list(text("b"), text("a")), b(true)}, {"isIn", list(text("b"), text("a"), text("b")), b(true)},
		{"isNotIn", list(text("b"), text("a"), text("b")), b(false)}, {"isMissing", list(missing()), b(true)},
		{"isNotMissing", list(missing()), b(false)}, {"and", list(no(), missing()), b(false)}, {"and", list(yes(), missing()), none},
		{"or", list(yes(), missing()), b(true)}, {"or", list(no(), missing()), none}, {"not", list(no()), b(true)},
		{"not", list(missing()), none}, {"if", list(yes(), text("a"), text("b")), s("a")}, {"if", list(no(), text("a"), text("b")), s("b")},
		{"if", list(no(), text("a")), none}, {"if", list(missing(), text("a"), text("b")), none},
	} {
		a, err := NewApply(c.name, c.operands)
		if err != nil {
			t.Fatal(err)
		}
		got := a.Evaluate(nil)
		if got.IsMissing() != c.want.IsMissing() || !got.IsMissing() && (got.Kind() != c.want.Kind() || !value.Equal(got, c.want)) {
			t.Errorf("%s of %d operands is %q, want %q", c.name, len(c.operands), got.Literal(), c.want.Literal())
		}
	}
}

func TestUndefinedResults(t *testing.T) {
	for name, operands := range map[string][]Expression{"/": list(number(1), number(0)), "ln": list(number(-1)), "sqrt": list(number(-1)),
		"+": list(number(1), text("a")), "lessThan": list(number(1), text("a")), "not": list(number(1)), "and": list(yes(), text("a")),
		"if": list(number(1), yes()), "exp": list(number(1e4))} {
		a, err := NewApply(name, operands)
		if err != nil {
			t.Fatal(err)
		}
		if got := a.Evaluate(nil); got.Kind() != value.Undefined || got.Why() == "" {
			t.Errorf("%s is %q, want an undefined result with its reason", name, got.Literal())
		}
	}
	fault, _ := NewApply("+", list(number(1), Constant{value.Reject("x")}))
	if got := fault.Evaluate(nil); got.Kind() != value.Rejected {
		t.Error("a fault among the operands is not the result")
	}
}

func TestMissingTo(t *testing.T) {
	a, _ := NewApply("+", list(number(1), missing()))
	a.MissingTo = value.FromNumber(9)
	if got := a.Evaluate(nil); got.Float() != 9 {
		t.Errorf("mapMissingTo gives %q", got.Literal())
	}
	a.MissingTo, a.Default = value.Value{}, value.FromNumber(8)
	if got := a.Evaluate(nil); got.Float() != 8 {
		t.Errorf("defaultValue gives %q", got.Literal())
	}
}

func TestTransforms(t *testing.T) {
	f := Field{Name: "x"}
	income := Discretize{Field: f, Bins: []Bin{{Interval{Left: math.Inf(-1), Right: 10, RightClosed: true}, value.FromText("low")},
		{Interval{Left: 10, Right: 20}, value.FromText("mid")}}, Default: value.FromText("else"), MissingTo: value.FromText("none")}
	line := Polyline{Field: f, From: []float64{0, 10, 20}, To: []float64{0, 1, 3}, Outlier: OutlierAsExtreme}
	open := line
	open.Outlier = OutlierAsIs
	cut := line
	cut.Outlier = OutlierAsMissing
	one := Indicator{Field: f, Value: value.FromNumber(10)}
	table := Lookup{Fields: []Field{f}, Rows: map[string]value.Value{Key([]value.Value{value.FromNumber(10)}): value.FromText("ten")},
		Default: value.FromText("other")}
	for _, c := range []struct {
		e    Expression
		x    float64
		want string
	}{
		{income, 10, "low"}, {income, 10.5, "mid"}, {income, 20, "else"}, {income, math.NaN(), "none"},
		{line, 5, "0.5"}, {line, 15, "2"}, {line, 99, "3"}, {line, -1, "0"}, {line, 10, "1"}, {open, 30, "5"}, {open, -10, "-1"}, {cut, 30, ""},
		{one, 10, "1"}, {one, 11, "0"}, {one, math.NaN(), ""}, {table, 10, "ten"}, {table, 11, "other"}, {table, math.NaN(), ""},
	} {
		if got := c.e.Evaluate([]value.Value{value.FromNumber(c.x)}); got.Literal() != c.want {
			t.Errorf("%T of %v is %q, want %q", c.e, c.x, got.Literal(), c.want)
		}
	}
}

func TestKeyIsInjective(t *testing.T) {
	a := Key([]value.Value{value.FromText("1"), value.FromText("2:3")})
	b := Key([]value.Value{value.FromText("12"), value.FromText(":3")})
	if a == b {
		t.Error("two rows of a table have one key")
	}
}

func ExampleApply() {
	below, _ := NewApply("lessThan", []Expression{Field{Name: "age", Slot: 0}, Constant{value.FromNumber(30)}})
	points, _ := NewApply("if", []Expression{below, Constant{value.FromNumber(12)}, Constant{value.FromNumber(40)}})
	for _, row := range [][]value.Value{{value.FromNumber(25)}, {value.FromNumber(30)}, {{}}} {
		fmt.Printf("%q\n", points.Evaluate(row).Literal())
	}
	// Output:
	// "12"
	// "40"
	// ""
}
