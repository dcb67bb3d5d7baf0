package points_test

import (
	"fmt"
	"strings"

	"weir/engine"
	"weir/engine/model"
	"weir/engine/model/points"
	"weir/engine/schema"
)

// A bank reads its scorecard, cuts it along the schemas of the sources, and scores a record in the clear.
func Example() {
	m, err := points.Parse(strings.NewReader(`{ "name": "tiny", "version": "1", "base": 300, "range": [300, 850], "sources": {
		"tax":    [ {"feature": "sales", "missing": 4, "bins": [{"below": 500000, "points": 8}, {"points": 37}]} ],
		"social": [ {"feature": "staff", "missing": 2, "bins": [{"below": 3, "points": 0}, {"points": 30}]} ] } }`), "tiny.weir.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	schemas := map[engine.Name]*schema.Schema{}
	for name, text := range map[engine.Name]string{
		"tax":    `{"source": "tax", "epoch": "2026-10", "features": [{"name": "sales", "scale": 0, "min": 0, "max": 4000000000}]}`,
		"social": `{"source": "social", "epoch": "2026-10", "features": [{"name": "staff", "scale": 0, "min": 0, "max": 100000}]}`,
	} {
		if schemas[name], err = schema.Parse(strings.NewReader(text), "schema.json"); err != nil {
			fmt.Println(err)
			return
		}
	}
	compiled, err := m.Compile(schemas)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("bits:", compiled.Figures.Resolution)
	fmt.Println(compiled.Figures.Check(model.DefaultPolicy(), 2))

	sales, _, _ := schemas["tax"].Features[0].Encode("731000")
	score, err := m.Score(schemas, map[engine.Name][schema.MaxFeatures]uint32{"tax": {sales}}) // no record in social
	fmt.Println(score, err)
	// Output:
	// bits: 7
	// model refused by rule min_features: 2 characteristics, allowed: at least 8 (largest characteristics: tax/sales 33 points, social/staff 30 points)
	// 339 <nil>
}
