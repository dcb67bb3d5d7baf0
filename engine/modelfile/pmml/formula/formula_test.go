package formula_test

import (
	"fmt"
	"strings"
	"testing"

	. "weir/engine/modelfile/pmml/formula"
	"weir/engine/modelfile/pmml/xmltree"
	"weir/engine/modelfile/predicate"
	"weir/engine/modelfile/refusal"
	"weir/engine/modelfile/value"
)

func element(text string) *xmltree.Element {
	e, err := xmltree.Parse([]byte(text), "f")
	if err != nil {
		panic(err)
	}
	return e
}

// scope knows a number x in slot 0 and a text c in slot 1.
func scope() *Scope {
	s := NewScope(&File{List: &refusal.List{File: "f"}}, nil)
	s.Define("x", value.Double)
	s.Define("c", value.String)
	return s
}

func TestRefusedFormulas(t *testing.T) {
	for text, want := range map[string]string{
		`<FieldRef field="zz"/>`:                                  `"zz" is neither`,
		`<Aggregate field="x" function="sum"/>`:                   "not supported",
		`<Apply function="soundex"><FieldRef field="c"/></Apply>`: "soundex",
		`<Constant dataType="integer">1.5</Constant>`:             "no integer",
		`<Constant dataType="dateTime">1</Constant>`:              "dateTime",
		`<NormContinuous field="c"><LinearNorm orig="0" norm="0"/><LinearNorm orig="1" norm="1"/></NormContinuous>`:                     "no number",
		`<NormContinuous field="x"><LinearNorm orig="1" norm="0"/><LinearNorm orig="1" norm="1"/></NormContinuous>`:                     "rising",
		`<NormDiscrete field="c" method="thermometer" value="u"/>`:                                                                      "method",
		`<Discretize field="x"><DiscretizeBin binValue="1"/></Discretize>`:                                                              "no interval",
		`<Discretize field="c"><DiscretizeBin binValue="1"><Interval closure="openOpen"/></DiscretizeBin></Discretize>`:                 "no number",
		`<Discretize field="x"><DiscretizeBin binValue="1"><Interval closure="half"/></DiscretizeBin></Discretize>`:                     "half",
		`<MapValues outputColumn="o"><FieldColumnPair field="c" column="i"/></MapValues>`:                                               "no inline table",
		`<MapValues outputColumn="o"><FieldColumnPair field="c" column="i"/><InlineTable><row><i>1</i></row></InlineTable></MapValues>`: "without all",
		`<Apply function="+" invalidValueTreatment="asIs"><FieldRef field="x"/><FieldRef field="x"/></Apply>`:                           "asIs",
	} {
		s := scope()
		s.Expression(element(text))
		if err := s.File.Err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestInnerScopeSeesOuter(t *testing.T) {
	outer := scope()
	outer.AddDerived(element(`<D><DerivedField name="twice" dataType="double"><Apply function="+"><FieldRef field="x"/><FieldRef field="x"/></Apply></DerivedField></D>`))
	inner := NewScope(outer.File, outer)
	f, ok := inner.Resolve(element("<e/>"), "twice")
	if !ok || len(outer.Unit.Derived) != 1 || len(inner.Unit.Derived) != 0 {
		t.Fatal("a derived field was not added to the unit of its own scope")
	}
	if again, _ := outer.Resolve(element("<e/>"), "twice"); again != f || len(outer.Unit.Derived) != 1 {
		t.Error("a derived field was added twice")
	}
	row := []value.Value{value.FromNumber(4), {}, {}}
	if got := outer.Unit.Derived[0].Of.Evaluate(row); got.Float() != 8 {
		t.Errorf("twice 4 is %q", got.Literal())
	}
}

func TestArrays(t *testing.T) {
	s := scope()
	p := s.Predicate(element(`<N><SimpleSetPredicate field="c" booleanOperator="isNotIn"><Array type="string" n="4">plain "two words" "a \"quoted\" one"
	"back\\slash"</Array></SimpleSetPredicate></N>`))
	if err := s.File.Err(); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]predicate.Truth{"plain": predicate.False, "two words": predicate.False, `a "quoted" one`: predicate.False,
		`back\slash`: predicate.False, "words": predicate.True} {
		if got := p.Test([]value.Value{{}, value.FromText(text)}); got != want {
			t.Errorf("%q: %d", text, got)
		}
	}
}

func ExampleScope_Expression() {
	s := scope()
	e, _ := s.Expression(element(`<Apply function="max"><FieldRef field="x"/><Constant>3</Constant></Apply>`))
	fmt.Println(e.Evaluate([]value.Value{value.FromNumber(7), {}}).Literal(), e.Evaluate([]value.Value{{}, {}}).Literal())
	// Output: 7 3
}
