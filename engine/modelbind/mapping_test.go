package modelbind_test

import (
	"bytes"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"weir/engine"
	. "weir/engine/modelbind"
	"weir/engine/modelbind/rows"
	"weir/engine/modelfile"
	"weir/engine/modelfile/value"
	"weir/engine/schema"
)

const smallMapping = `{"name": "card", "version": "1", "card": {"owner": "risk", "purpose": "working capital"}, "multiply": "0.5", "round": true, "range": [0, 100],
  "inputs": {"a": {"source": "tax", "feature": "x", "unit": "yuan", "scale": 2, "factor": 0.001, "bins": 7, "no_score": "-1.5"},
    "b": {"source": "tax", "feature": "y", "categories": {"A": "1", "B": false}}, "c": {"unused": true}}}`

func TestParse(t *testing.T) {
	m, err := Parse(strings.NewReader(smallMapping), "map.json")
	if err != nil {
		t.Fatal(err)
	}
	a, b := m.Input("a"), m.Input("b")
	if m.Card.Owner != "risk" || m.Multiply != "0.5" || !m.Round || *m.Range != [2]int64{0, 100} || a.Factor != "0.001" || a.Bins != 7 || *a.NoScore != "-1.5" ||
		b.Categories[0] != (Category{Name: "A", Text: "1"}) || b.Categories[1] != (Category{Name: "B", Missing: true}) || !m.Input("c").Unused || m.Input("d") != nil {
		t.Errorf("read %+v", m)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{`"version"`, `"wersion"`, `map.json:1:18: unknown key "wersion"`},
		{`"version": "1", `, ``, `"version"`},
		{`"0.5"`, `"0"`, `want a number above 0`},
		{`"0.5"`, `"1e3"`, `exponent`},
		{`0.001`, `-0.001`, `want a number above 0`},
		{`[0, 100]`, `[0]`, `range of 1 numbers`},
		{`"scale": 2`, `"scale": 12`, `want a whole number from 0 to 9`},
		{`"bins": 7`, `"bins": 1000`, `want a whole number from 2 to 193`},
		{`"source": "tax", "feature": "x"`, `"source": "", "feature": "x"`, `input "a" is not bound`},
		{`{"unused": true}`, `{"unused": true, "source": "tax"}`, `leave out its other keys`},
		{`"B": false`, `"B": true`, `or false where the model has it as missing`},
		{`"B": false`, `"B": 3`, `map.json:3`},
	} {
		text := strings.Replace(smallMapping, c.old, c.new, 1)
		if text == smallMapping {
			t.Fatalf("nothing replaced: %s", c.old)
		}
		if _, err := Parse(strings.NewReader(text), "map.json"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.new, err, c.want)
		}
	}
}

// What is read and written again is read as the same.
func FuzzParse(f *testing.F) {
	f.Add([]byte(smallMapping))
	f.Add([]byte(`{"name": "m", "version": "1", "inputs": {}}`))
	f.Add([]byte(`{"name": "m", "version": "1", "scale": {"pdo": 20, "base_odds": "1/19", "bands": [{"below": 5, "name": "<b>"}, {}, null, true]}, "inputs": {}}`))
	f.Add([]byte(`{"name": "m", "version": "1", "inputs": {"a": {"source": "", "feature": ""}}}`))
	f.Add([]byte(`{"name": "m", "version": "1", "reasons": {"level": "by-characteristic", "counts": "points", "side": "above", "characteristics": ["a/<b>", "c/d"]}, "inputs": {}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := Parse(bytes.NewReader(text), "map.json")
		if err != nil {
			return
		}
		var first, second bytes.Buffer
		m.Write(&first)
		again, err := Parse(bytes.NewReader(first.Bytes()), "again.json")
		if err != nil {
			t.Fatalf("written mapping is refused: %v\n%s", err, first.Bytes())
		}
		again.Write(&second)
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Fatalf("written twice, two texts:\n%s\n%s", first.Bytes(), second.Bytes())
		}
	})
}

// A card of random bounds and points, in a random unit, under seal scores what its file scores for any record.
func TestCarryAnyCard(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		bounds := rapid.SliceOfNDistinct(rapid.IntRange(-300, 300), 1, 6, rapid.ID[int]).Draw(rt, "bounds")
		var bins []string
		last := "-inf"
		sortInts(bounds)
		for _, b := range bounds {
			end := fmt.Sprintf("%d.%02d", b/100, abs(b)%100)
			if b < 0 && b > -100 {
				end = "-" + end
			}
			bins = append(bins, fmt.Sprintf(`"[%s ~ %s)": %d`, last, end, rapid.IntRange(-50, 50).Draw(rt, "points")))
			last = end
		}
		text := fmt.Sprintf(`{"x": {%s, "[%s ~ inf)": 7, "nan": %d}, "y": {"A": 5, "else": 1}}`, strings.Join(bins, ", "), last, rapid.IntRange(-50, 50).Draw(rt, "missing"))
		m, err := modelfile.Read(strings.NewReader(text), "card.json")
		if err != nil {
			rt.Fatal(err)
		}
		schemas := sources(t, `a: {"name": "x", "scale": 2, "min": -40, "max": 40}`, `b: {"name": "y", "categories": ["A", "B"]}`)
		mapping, _ := Draft(m, schemas)
		mapping.Input("x").Factor = schema.Decimal(rapid.SampledFrom([]string{"1", "0.1", "10", "0.3"}).Draw(rt, "factor"))
		c, err := Carry(m, mapping, schemas)
		if err != nil {
			rt.Fatal(err)
		}
		for range 50 {
			level := rapid.Uint32Range(1, 8002).Draw(rt, "level")
			records := map[engine.Name][schema.MaxFeatures]uint32{"a": {level}, "b": {2}}
			got, err := c.Model.Score(schemas, records)
			if err != nil {
				rt.Fatal(err)
			}
			want := m.EvaluateNamed(inputsOf(t, mapping, schemas, records))
			if want.Exact.Rat().Cmp(big.NewRat(got, 1)) != 0 {
				rt.Fatalf("level %d: %d under seal, %s in the file", level, got, want.Exact)
			}
		}
	})
}

func sortInts(x []int) {
	for i := range x {
		for k := i; k > 0 && x[k] < x[k-1]; k-- {
			x[k], x[k-1] = x[k-1], x[k]
		}
	}
}

func abs(x int) int { return max(x, -x) }

func TestCut(t *testing.T) {
	m := read(t, linear(`<NumericPredictor name="x" coefficient="0.25"/><NumericPredictor name="y" coefficient="3"/>`), "line.pmml")
	schemas := twoSources(t, "1000")
	mapping := drafted(t, m, schemas)
	mapping.Input("x").Bins = 10
	cut, err := Cut(m, mapping, schemas, "x")
	if err != nil {
		t.Fatal(err)
	}
	if least, most := big.NewRat(1270, 100), big.NewRat(1330, 100); cut.Bins != 10 || cut.Error.Cmp(least) < 0 || cut.Error.Cmp(most) > 0 {
		t.Errorf("%d bins, off by %s", cut.Bins, cut.Error.FloatString(3))
	}
	outlook := Continuous(m, mapping, schemas)
	if len(outlook) != 2 || outlook[0].Levels != 102001 || outlook[0].Least.FloatString(2) != "-4.98" && outlook[0].Least.FloatString(2) != "-5.00" {
		t.Errorf("outlook %+v", outlook)
	}
	for _, o := range outlook {
		for i := 1; i < len(o.Errors); i++ {
			if o.Errors[i].Error.Cmp(o.Errors[i-1].Error) > 0 {
				t.Errorf("%s: more bins are off by more", o.Input)
			}
		}
	}
	card, cardSources := read(t, toadCard, "card.json"), toadSources(t)
	if _, err := Cut(card, drafted(t, card, cardSources), cardSources, "amount"); err == nil || !strings.Contains(err.Error(), "it is in bins already") {
		t.Errorf("bins are cut again: %v", err)
	}
}

func TestRecords(t *testing.T) {
	m, schemas := read(t, toadCard, "card.json"), toadSources(t)
	mapping := drafted(t, m, schemas)
	mapping.Input("amount").Factor = "0.1"
	list := []map[string]value.Value{
		{"amount": value.FromText("-0.5"), "grade": value.FromText("A"), "staff": value.FromNumber(4)},
		{"grade": value.FromText("Q")},
		{"amount": value.FromText("0.0001")},
		{"amount": value.FromText("1e9")},
		{},
	}
	files, unfit := rows.Records(mapping, schemas, list)
	want := "subject,amount,grade\nrow-00000001,-5.00,A\nrow-00000005,,\n"
	if got := string(files["tax/records.csv"]); got != want {
		t.Errorf("records:\n%s", got)
	}
	for row, why := range map[int]string{1: "no category of tax/grade stands for it", 2: "more digits after the point than tax/amount has", 3: "outside of what tax/amount can hold"} {
		if !strings.Contains(unfit[row], why) {
			t.Errorf("row %d: %q", row+1, unfit[row])
		}
	}
	if len(unfit) != 3 {
		t.Errorf("unfit: %v", unfit)
	}
	for name := range schemas {
		if _, err := schema.Parse(bytes.NewReader(files[string(name)+"/schema.json"]), "schema.json"); err != nil {
			t.Error(err)
		}
	}
}

func ExampleCarry() {
	m, err := modelfile.Read(strings.NewReader(`{"staff": {"[-inf ~ 3)": 0, "[3 ~ inf)": 18}, "grade": {"A,B": 60, "else": 5}}`), "card.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	schemas := map[engine.Name]*schema.Schema{}
	for source, feature := range map[engine.Name]string{"social": `{"name": "staff", "scale": 0, "min": 0, "max": 5000}`, "tax": `{"name": "grade", "categories": ["A", "B", "C"]}`} {
		s, err := schema.Parse(strings.NewReader(fmt.Sprintf(`{"source": %q, "epoch": "2026-10", "features": [%s]}`, source, feature)), "schema.json")
		if err != nil {
			fmt.Println(err)
			return
		}
		schemas[source] = s
	}
	mapping, _ := Draft(m, schemas)
	carried, err := Carry(m, mapping, schemas)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(carried.Exact, "\n", string(carried.Text))
	// Output:
	// true
	// {
	//   "name": "model",
	//   "version": "1",
	//   "base": 0,
	//   "range": [5,78],
	//   "sources": {
	//     "social": [
	//       {"feature": "staff", "missing": 0, "bins": [{"below": 3, "points": 0}, {"points": 18}]} ],
	//     "tax": [
	//       {"feature": "grade", "missing": 5, "categories": {"A": 60, "B": 60, "C": 5}} ]
	//   }
	// }
}
