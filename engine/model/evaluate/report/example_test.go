package report_test

import (
	"bytes"
	"fmt"

	"weir/engine/model/evaluate"
	"weir/engine/model/evaluate/report"
)

func ExampleWrite() {
	var cases evaluate.Tally
	for score := range 100 {
		cases.Add(float64(score), score < 30 || score%7 == 0)
	}
	found, err := evaluate.Evaluate(&cases, evaluate.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	var page bytes.Buffer
	err = report.Write(&page, report.Report{Title: "Evaluation of 2026", Facts: []report.Fact{{Name: "period", Value: "2026"}}, Evaluation: found})
	fmt.Println(err, bytes.HasPrefix(page.Bytes(), []byte("<!DOCTYPE html>")))
	// Output: <nil> true
}
