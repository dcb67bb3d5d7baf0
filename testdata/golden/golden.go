// Package golden carries the golden tables inside the binary: figures that must not drift unseen, held by the tests of
// the packages that they are about.
package golden

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"
)

//go:embed constraints.csv
var constraints []byte

//go:embed wire_sizes.csv
var wireSizes []byte

// Part is one group of a circuit's constraints.
type Part struct {
	Name        string `json:"part"`
	Constraints int    `json:"constraints"`
}

// total is the row of a circuit's sum.
const total = "total"

// Constraints are the parts of a circuit in the order of the table, and the circuit's total. An unknown circuit has none.
func Constraints(circuit string) (parts []Part, sum int) {
	for _, row := range rows(constraints, 3) {
		count := number(row[2])
		switch {
		case row[0] != circuit:
		case row[1] == total:
			sum = count
		default:
			parts = append(parts, Part{Name: row[1], Constraints: count})
		}
	}
	return parts, sum
}

// WireSizes are the encoded sizes of messages, in bytes, by what they are.
func WireSizes() map[string]int {
	sizes := map[string]int{}
	for _, row := range rows(wireSizes, 2) {
		sizes[row[0]] = number(row[1])
	}
	return sizes
}

// rows reads a table of so many columns without its header.
func rows(table []byte, columns int) [][]string {
	r := csv.NewReader(bytes.NewReader(table))
	r.FieldsPerRecord = columns
	all, err := r.ReadAll()
	if err != nil {
		panic(fmt.Sprintf("golden table: %v", err)) // embedded, and read by this package's test
	}
	return all[1:]
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(fmt.Sprintf("golden table: %v", err))
	}
	return n
}
