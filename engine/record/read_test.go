package record

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"weir/engine"
	"weir/engine/schema"
)

const testSchema = `{"source": "tax", "epoch": "2026-10", "subjects": "opaque", "features": [
	{"name": "sales", "scale": 0, "min": 0, "max": 100},
	{"name": "growth", "scale": 2, "min": -1, "max": 1, "outside": "clamp"},
	{"name": "late", "scale": 0, "min": 0, "max": 9, "outside": "missing"},
	{"name": "rating", "categories": ["A", "B, or so", "优"]}]}`

const header = "subject,sales,growth,late,rating\n"

func parseSchema(t testing.TB, text string) *schema.Schema {
	t.Helper()
	s, err := schema.Parse(strings.NewReader(text), "schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestReadRefuses holds every rule of records.csv by the place and reason of its defect, and that no defect repeats the
// canaries that stand for identifiers and values.
func TestReadRefuses(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       string // the defects, one a line
	}{
		{"nothing", "", "r.csv: the file is empty, want a header"},
		{"only a byte order mark", "\xef\xbb\xbf", lackingAll + "\nr.csv:1:1: subject: the header's first cell is not \"subject\""},
		{"no header", "CANARY,1,1,1,A\n", lackingAll + "\nr.csv:1:1: subject: the header's first cell is not \"subject\"\nr.csv:1:2: (line): this header cell is no feature of the schema\n" +
			"r.csv:1:3: (line): this header cell is no feature of the schema\nr.csv:1:4: (line): this header cell is no feature of the schema\n" +
			"r.csv:1:5: (line): this header cell is no feature of the schema"},
		{"a feature twice", "subject,sales,growth,late,rating,sales\n", "r.csv:1:6: sales: the header has this feature twice"},
		{"a feature too many", "subject,sales,growth,late,rating,CANARY\n", "r.csv:1:6: (line): this header cell is no feature of the schema"},
		{"a feature missing", "subject,sales,growth,late\n", "r.csv:1: the header lacks feature \"rating\""},
		{"a space in the header", "subject, sales,growth,late,rating\n", "r.csv:1: the header lacks feature \"sales\"\nr.csv:1:2: (line): this header cell is no feature of the schema"},
		{"UTF-16", "s\x00u\x00b\x00", "r.csv:1: a NUL byte (is the file UTF-16? it must be UTF-8)"},
		{"quoting in the header", "subject,sal\"es\n", "r.csv:1:2: (line): a quote inside a cell that does not begin with one"},
		{"too few cells", header + "CANARY,1,1,1\n", "r.csv:2: 4 cells, want 5 as in the header"},
		{"too many cells", header + "a,1,1,1,A,CANARY\n", "r.csv:2: 6 cells, want 5 as in the header"},
		{"an empty line", header + "\na,1,1,1,A\n\n", "r.csv:2: empty line\nr.csv:4: empty line"},
		{"mixed endings", header + "a,1,1,1,A\r\nb,1,1,1,A\n", "r.csv:2: the line ends otherwise than the header (LF and CRLF mixed)"},
		{"mixed endings the other way", "subject,sales,growth,late,rating\r\na,1,1,1,A\n", "r.csv:2: the line ends otherwise than the header (LF and CRLF mixed)"},
		{"a lone carriage return", header + "a,1\r,1,1,A\n", "r.csv:2:2: sales: a control character (a tab, or a carriage return that ends no line?)"},
		{"a NUL", header + "a,1,1,1,CAN\x00ARY\n", "r.csv:2:5: rating: a NUL byte (is the file UTF-16? it must be UTF-8)"},
		{"GBK", header + "a,1,1,1,\xd3\xc5\n", "r.csv:2:5: rating: not UTF-8 (was the file saved as GBK or UTF-16? it must be UTF-8)"},
		{"a replacement character", header + "a,1,1,1,\ufffd\n", "r.csv:2:5: rating: a replacement character, left by a converter"},
		{"a byte order mark inside", header + "\ufeffa,1,1,1,A\n", "r.csv:2:1: subject: identifier not allowed: byte 1 of an opaque identifier is outside 0x21 to 0x7E"},
		{"an open quote", header + "a,\"1,1,1,A\nb,1,1,1,A\n", "r.csv:2:2: sales: the quote that opens the cell is not closed on its line"},
		{"text after a quote", header + "a,\"1\"2,1,1,A\n", "r.csv:2:2: sales: text after the closing quote"},
		{"an identifier with a space", header + "CAN ARY,1,1,1,A\n", "r.csv:2:1: subject: identifier not allowed: byte 4 of an opaque identifier is outside 0x21 to 0x7E"},
		{"no identifier", header + ",1,1,1,A\n", "r.csv:2:1: subject: identifier not allowed: opaque identifier of 0 bytes, want 1 to 64"},
		{"duplicates", header + "CANARY,1,1,1,A\nb,1,1,1,A\nCANARY,2,1,1,A\nCANARY,CANARY,1,1,A\n",
			"r.csv:4:1: subject: the same subject as on line 2\nr.csv:5:1: subject: the same subject as on line 2\nr.csv:5:2: sales: not a decimal number"},
		{"not a number", header + "a,NaN,Infinity,0x10,A\n", "r.csv:2:2: sales: not a decimal number\nr.csv:2:3: growth: not a decimal number\nr.csv:2:4: late: not a decimal number"},
		{"a space before a number", header + "a, 1,1,1,A\n", "r.csv:2:2: sales: not a decimal number: it has a space"},
		{"a thousands comma", header + "a,\"1,000\",1,1,A\n", "r.csv:2:2: sales: not a decimal number: it has a comma"},
		{"an exponent", header + "a,1e2,1,1,A\n", "r.csv:2:2: sales: not a decimal number: it has an exponent, write it out"},
		{"a leading zero", header + "a,01,1,1,A\n", "r.csv:2:2: sales: not a decimal number: leading zero"},
		{"digits beyond the scale", header + "a,1.0,0.123,1,A\n", "r.csv:2:2: sales: too many digits after the point: 1 where the scale is 0\nr.csv:2:3: growth: too many digits after the point: 3 where the scale is 2"},
		{"outside", header + "a,101,1,1,A\nb,-1,1,1,A\nc," + strings.Repeat("9", 400) + ",1,1,A\n",
			"r.csv:2:2: sales: outside the range 0 to 100\nr.csv:3:2: sales: outside the range 0 to 100\nr.csv:4:2: sales: outside the range 0 to 100"},
		{"no such category", header + "a,1,1,1,CANARY\nb,1,1,1,a\n", "r.csv:2:5: rating: not a category of this feature\nr.csv:3:5: rating: not a category of this feature"},
	} {
		records, report, err := Read(t.Context(), strings.NewReader(c.text), parseSchema(t, testSchema), "r.csv")
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

const lackingAll = "r.csv:1: the header lacks feature \"sales\"\nr.csv:1: the header lacks feature \"growth\"\n" +
	"r.csv:1: the header lacks feature \"late\"\nr.csv:1: the header lacks feature \"rating\""

func list(defects []Defect) string {
	var lines []string
	for _, d := range defects {
		lines = append(lines, d.String())
	}
	return strings.Join(lines, "\n")
}

func TestReadAccepts(t *testing.T) {
	want := map[string][32]uint32{
		"a": {2, 2, 2, 2}, "b": {102, 202, 11, 3}, "c": {1, 1, 1, 4}, "d": {7, 202, 1, 1}, "e": {2, 2, 11, 2},
	}
	text := header + "a,0,-1,0,A\nb,100,1.00,9,\"B, or so\"\nc,,,,优\nd,5,1.01,10,\ne,-0,-99,9,A\n"
	reordered := "subject,rating,late,growth,sales\n\"a\",A,0,-1,0\nb,\"B, or so\",9,1.00,100\nc,优,,,\nd,,10,1.01,5\ne,A,9,-99,-0"
	for name, text := range map[string]string{
		"LF": text, "CRLF": strings.ReplaceAll(text, "\n", "\r\n"), "byte order mark": "\xef\xbb\xbf" + text,
		"other order, no last ending": reordered,
	} {
		records, report, err := Read(t.Context(), strings.NewReader(text), parseSchema(t, testSchema), "r.csv")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if records.Len() != len(want) || report.Rows != len(want) {
			t.Errorf("%s: %d records of %d rows, want %d", name, records.Len(), report.Rows, len(want))
		}
		for id, values := range want {
			if got, found := records.Values(engine.Identifier{Kind: engine.Opaque, Text: id}.Subject()); !found || got != values {
				t.Errorf("%s: %s = %v, want %v", name, id, got, values)
			}
		}
		counts := []FeatureCount{{"sales", 1, 0, 0}, {"growth", 1, 2, 0}, {"late", 1, 0, 1}, {"rating", 1, 0, 0}}
		if !slices.Equal(report.Features, counts) {
			t.Errorf("%s: counts %v, want %v", name, report.Features, counts)
		}
	}
}

func TestReadAcceptsNoRows(t *testing.T) {
	records, _, err := Read(t.Context(), strings.NewReader(header), parseSchema(t, testSchema), "r.csv")
	if err != nil || records.Len() != 0 {
		t.Fatalf("%v, %v", records, err)
	}
}

func TestReadListsTheFirstDefectsAndCountsAll(t *testing.T) {
	var text strings.Builder
	text.WriteString(header)
	for range 250 {
		text.WriteString("same,x,x,1,A\n")
	}
	_, report, err := Read(t.Context(), strings.NewReader(text.String()), parseSchema(t, testSchema), "r.csv")
	if !errors.Is(err, ErrDefects) {
		t.Fatal(err)
	}
	want := map[string]int{"sales": 250, "growth": 250, "subject": 249}
	listed := make(map[string]int)
	for _, d := range report.Defects {
		listed[d.Name]++
	}
	for name, n := range want {
		if report.Counts[name] != n || listed[name] != MaxDefects {
			t.Errorf("%s: %d defects, %d listed, want %d and %d", name, report.Counts[name], listed[name], n, MaxDefects)
		}
	}
	if report.Total() != 749 || report.Defects[0].Line != 2 || report.Defects[len(report.Defects)-1].Line != 102 {
		t.Errorf("%d defects in all, listed from line %d to %d", report.Total(), report.Defects[0].Line, report.Defects[len(report.Defects)-1].Line)
	}
}

// endless is a file of one character without end; it counts what is read of it.
type endless struct {
	head string
	read int
}

func (e *endless) Read(b []byte) (int, error) {
	n := copy(b, e.head)
	e.head = e.head[n:]
	for i := n; i < len(b); i++ {
		b[i] = '7'
	}
	e.read += len(b)
	return len(b), nil
}

func TestReadRefusesALongLineEarly(t *testing.T) {
	for name, head := range map[string]string{"header": "", "row": header, "quoted": header + "a,\""} {
		file := &endless{head: head}
		_, report, err := Read(t.Context(), file, parseSchema(t, testSchema), "r.csv")
		if !errors.Is(err, ErrDefects) || report.Defects[0].Reason != "longer than 65536 bytes; nothing after this was read" {
			t.Errorf("%s: %v", name, err)
		}
		if file.read > 2*65536 {
			t.Errorf("%s: %d bytes were read", name, file.read)
		}
	}
	longest := header + "a,1,1,1," + strings.Repeat("x", 65536-len("a,1,1,1,\n")) + "\n"
	_, report, err := Read(t.Context(), strings.NewReader(longest), parseSchema(t, testSchema), "r.csv")
	if !errors.Is(err, ErrDefects) || list(report.Defects) != "r.csv:2:5: rating: not a category of this feature" {
		t.Errorf("a line of exactly the limit: %v", err)
	}
}

// Why reading ended is listed however many lines are at fault before it.
func TestReadTellsThatItEndedAmongDefects(t *testing.T) {
	text := header + strings.Repeat("\n", 2*MaxDefects) + strings.Repeat("x", 1<<17)
	_, report, err := Read(t.Context(), strings.NewReader(text), parseSchema(t, testSchema), "r.csv")
	if !errors.Is(err, ErrDefects) {
		t.Fatal(err)
	}
	want := fmt.Sprintf("r.csv:%d: longer than 65536 bytes; nothing after this was read", 2*MaxDefects+2)
	if last := report.Defects[len(report.Defects)-1]; last.String() != want || last.Name != RecordsFile {
		t.Errorf("the last of %d defects listed is %q", len(report.Defects), last)
	}
}

func TestReadPassesOnWhatIsNoDefect(t *testing.T) {
	broken := errors.New("disk")
	_, _, err := Read(t.Context(), io.MultiReader(strings.NewReader(header+"a,1,1,1,A\n"), failing{broken}), parseSchema(t, testSchema), "r.csv")
	if !errors.Is(err, broken) || errors.Is(err, ErrDefects) {
		t.Errorf("a failing disk: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = Read(ctx, strings.NewReader(header), parseSchema(t, testSchema), "r.csv")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// FuzzRead holds that any bytes either give records whose values the schema can read back, or defects in the file's lines.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{header, header + "a,0,-1,0,A\n", header + "a,,,,\r\n", "subject,rating,late,growth,sales\n\"a\"\"b\",\"B, or so\",9,0.5,3",
		"\xef\xbb\xbf" + header + "x,1e9,\x00,\"\n,", header + "a,1,1,1,A\na,1,1,1,A\n"} {
		f.Add([]byte(seed))
	}
	s := parseSchema(f, testSchema)
	f.Fuzz(func(t *testing.T, text []byte) {
		records, report, err := Read(t.Context(), strings.NewReader(string(text)), s, "r.csv")
		if err != nil {
			checkDefects(t, report, strings.Count(string(text), "\n")+1)
			return
		}
		if records.Len() != report.Rows || report.Total() != 0 {
			t.Fatalf("%d records of %d rows with %d defects", records.Len(), report.Rows, report.Total())
		}
		for i := range records.Len() {
			for j, v := range records.at(i) {
				if _, err := s.Features[j].Decode(v); v != schema.Missing && err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

func checkDefects(t *testing.T, report *Report, lines int) {
	if report.Total() == 0 {
		t.Fatal("an error without a defect")
	}
	for _, d := range report.Defects {
		if d.Line < 0 || d.Line > lines || d.Column < 0 || d.Reason == "" || report.Counts[d.Name] == 0 {
			t.Fatalf("defect %s", d)
		}
	}
}

func ExampleRead() {
	s, err := schema.Parse(strings.NewReader(`{"source": "tax", "epoch": "2026-10", "subjects": "opaque",
		"features": [{"name": "late_filings", "scale": 0, "min": 0, "max": 12}]}`), "schema.json")
	if err != nil {
		panic(err)
	}
	_, report, err := Read(context.Background(), strings.NewReader("subject,late_filings\nplant-7,3\nplant-8,13\n"), s, "tax/records.csv")
	fmt.Println(err != nil, report.Rows)
	for _, defect := range report.Defects {
		fmt.Println(defect)
	}
	// Output:
	// true 2
	// tax/records.csv:3:2: late_filings: outside the range 0 to 12
}
