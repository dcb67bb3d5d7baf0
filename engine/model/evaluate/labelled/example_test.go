package labelled_test

import (
	"fmt"
	"strings"

	"weir/engine/model/evaluate"
	"weir/engine/model/evaluate/labelled"
)

// A bank reads the scores it gave two years ago with what has become of them.
func ExampleRead() {
	file := strings.NewReader("subject,score,defaulted\nA,640,0\nB,580,1\nC,610,0\nD,600,1\nE,600,0\n")
	var tally evaluate.Tally
	layout := labelled.Layout{Score: "score", Label: "defaulted", Good: "0", Bad: "1"}
	if err := labelled.Read(file, "scores.csv", layout, tally.Add); err != nil {
		fmt.Println(err)
		return
	}
	found, err := evaluate.Evaluate(&tally, evaluate.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("KS %.4f, AUC %.4f\n", found.Discrimination.KS, found.Discrimination.AUC)
	// Output: KS 0.6667, AUC 0.9167
}
