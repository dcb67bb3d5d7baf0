package record

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// rows is a Table in memory; end is what comes after them.
type rows struct {
	columns []Column
	cells   [][]Cell
	end     error
}

func (r *rows) Columns() ([]Column, error) {
	if len(r.columns) == 0 && r.end != nil {
		return nil, r.end
	}
	return r.columns, nil
}

func (r *rows) Next(_ context.Context, cells []Cell) error {
	if len(r.cells) == 0 {
		if r.end == nil {
			return io.EOF
		}
		return r.end
	}
	copy(cells, r.cells[0])
	r.cells = r.cells[1:]
	return nil
}

func named(names ...string) (columns []Column) {
	for _, name := range names {
		columns = append(columns, Column{Name: name})
	}
	return columns
}

func text(texts ...string) (cells []Cell) {
	for _, t := range texts {
		cells = append(cells, Cell{Text: t})
	}
	return cells
}

var sound = named("sales", "growth", "subject", "late", "rating")

// TestReadTableRefuses holds what a table must be, by the place and reason of each defect, and that none repeats the canaries.
func TestReadTableRefuses(t *testing.T) {
	good := text("1", "1", "a", "1", "A")
	with := func(i int, c Cell) [][]Cell { cells := slices.Clone(good); cells[i] = c; return [][]Cell{cells} }
	for _, c := range []struct {
		name  string
		table rows
		want  string
	}{
		{"no columns", rows{}, "t: there is no column \"subject\"\n" + lackingColumns},
		{"a column too many", rows{columns: append(named("CANARY"), sound...)}, "t: column 1 is no feature of the schema"},
		{"very many columns", rows{columns: make([]Column, 1<<16)}, "t: 65536 columns, want \"subject\" and the schema's features"},
		{"the subject twice", rows{columns: append(named("subject"), sound...)}, "t: column \"subject\" stands twice"},
		{"a feature twice", rows{columns: append(named("late"), sound...)}, "t: column \"late\" stands twice"},
		{"a type", rows{columns: append(slices.Clone(sound[:4]), Column{Name: "rating", Fault: "a time"})}, "t: column \"rating\": a time"},
		{"no identifier", rows{columns: sound, cells: with(2, Cell{Null: true})}, "t:1:3: subject: NULL, want an identifier"},
		{"a number for one", rows{columns: sound, cells: with(2, Cell{Text: "7", Number: true})}, "t:1:3: subject: a number, want text: a number has lost the zeros before it"},
		{"a bad identifier", rows{columns: sound, cells: with(2, Cell{Text: "CAN ARY"})}, "t:1:3: subject: identifier not allowed: byte 4 of an opaque identifier is outside 0x21 to 0x7E"},
		{"an empty text", rows{columns: sound, cells: with(4, Cell{})}, "t:1:5: rating: an empty text; a missing value is NULL"},
		{"an empty number", rows{columns: sound, cells: with(0, Cell{})}, "t:1:1: sales: an empty text; a missing value is NULL"},
		{"a long text", rows{columns: sound, cells: with(4, Cell{Text: strings.Repeat("x", 1<<16+1)})}, "t:1:5: rating: longer than 65536 bytes"},
		{"a control character", rows{columns: sound, cells: with(4, Cell{Text: "A\n"})}, "t:1:5: rating: a control character (a tab, or a carriage return that ends no line?)"},
		{"no UTF-8", rows{columns: sound, cells: with(4, Cell{Text: "\xd3\xc5"})}, "t:1:5: rating: not UTF-8 (was the file saved as GBK or UTF-16? it must be UTF-8)"},
		{"outside", rows{columns: sound, cells: with(0, Cell{Text: "101", Number: true})}, "t:1:1: sales: outside the range 0 to 100"},
		{"a fault", rows{columns: sound, cells: with(0, Cell{Text: "CANARY", Fault: "a blob"})}, "t:1:1: sales: a blob"},
		{"duplicates", rows{columns: sound, cells: [][]Cell{good, good}}, "t:2:3: subject: the same subject as on row 1"},
		{"no table at all", rows{end: &Damage{"torn"}}, "t: torn"},
		{"damage", rows{columns: sound, cells: [][]Cell{good}, end: &Damage{"torn"}}, "t:2: torn; nothing after this was read"},
	} {
		records, report, err := ReadTable(t.Context(), &c.table, parseSchema(t, testSchema), "t")
		if !errors.Is(err, ErrDefects) || records != nil {
			t.Errorf("%s: error %v, records %v", c.name, err, records)
			continue
		}
		if got := list(report.Defects); got != c.want {
			t.Errorf("%s:\n%s\nwant:\n%s", c.name, got, c.want)
		}
		if text := err.Error() + list(report.Defects); strings.Contains(text, "CANARY") {
			t.Errorf("%s: a defect repeats the input: %s", c.name, text)
		}
	}
}

const lackingColumns = "t: there is no column for feature \"sales\"\nt: there is no column for feature \"growth\"\n" +
	"t: there is no column for feature \"late\"\nt: there is no column for feature \"rating\""

// The same rows as CSV and as a table are the same records with the same counts.
func TestReadTableIsRead(t *testing.T) {
	s := parseSchema(t, testSchema)
	csv, counted, err := Read(t.Context(), strings.NewReader(header+"a,0,-1,0,A\nb,100,1.00,9,\"B, or so\"\nc,,,,优\nd,5,1.01,10,\n"), s, "r.csv")
	if err != nil {
		t.Fatal(err)
	}
	null := Cell{Null: true}
	table := &rows{columns: sound, cells: [][]Cell{text("5", "1.01", "d", "10", ""), text("0", "-1", "a", "0", "A"),
		{null, null, {Text: "c"}, null, {Text: "优"}}, {{Text: "100", Number: true}, {Text: "1", Number: true}, {Text: "b"}, {Text: "9", Number: true}, {Text: "B, or so"}}}}
	table.cells[0][4] = null
	records, report, err := ReadTable(t.Context(), table, s, "t")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := rootOf(t, records), rootOf(t, csv); got != want {
		t.Error("another root than the CSV's")
	}
	if !slices.Equal(report.Features, counted.Features) || report.Rows != counted.Rows {
		t.Errorf("counts %v of %d rows, want %v of %d", report.Features, report.Rows, counted.Features, counted.Rows)
	}
}

func rootOf(t *testing.T, records *Records) [32]byte {
	tree, err := Build(t.Context(), testKey, testParty, records, nil)
	if err != nil {
		t.Fatal(err)
	}
	return tree.Root()
}

func TestReadTablePassesOnWhatIsNoDefect(t *testing.T) {
	broken := errors.New("away")
	_, report, err := ReadTable(t.Context(), &rows{columns: sound, cells: [][]Cell{text("1", "1", "a", "1", "A")}, end: broken}, parseSchema(t, testSchema), "t")
	if !errors.Is(err, broken) || errors.Is(err, ErrDefects) || report.Rows != 1 {
		t.Errorf("a table that fails: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := ReadTable(ctx, &rows{columns: sound}, parseSchema(t, testSchema), "t"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
