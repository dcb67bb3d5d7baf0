package relationtest

import (
	"encoding/csv"
	"flag"
	"os"
	"slices"
	"strconv"
	"testing"
)

var update = flag.Bool("update", false, "write the golden table's rows of this circuit")

// HoldGolden compares the parts' sizes with the rows circuit,part,constraints of a shared table; with -update it
// replaces this circuit's rows and leaves the others.
func (c *Circuit) HoldGolden(t *testing.T, path, circuit string) {
	t.Helper()
	mine := [][]string{}
	before := 0
	for i, name := range c.Names {
		mine = append(mine, []string{circuit, name, strconv.Itoa(c.Ends[i] - before)})
		before = c.Ends[i]
	}
	mine = append(mine, []string{circuit, "total", strconv.Itoa(before)})
	table := readTable(t, path)
	if *update {
		others := slices.DeleteFunc(table, func(row []string) bool { return row[0] == circuit })
		writeTable(t, path, append(others, mine...))
		return
	}
	golden := slices.DeleteFunc(table, func(row []string) bool { return row[0] != circuit })
	if !slices.EqualFunc(golden, mine, slices.Equal) {
		t.Errorf("constraints of %s:\n%v\ngolden:\n%v", circuit, mine, golden)
	}
}

func readTable(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if os.IsNotExist(err) && *update {
		return [][]string{{"circuit", "part", "constraints"}}
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func writeTable(t *testing.T, path string, table [][]string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := csv.NewWriter(f)
	if err := w.WriteAll(table); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
