package parquet

import (
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/encoding"

	"weir/engine/record"
)

// TestWaysOfWriting reads the same rows in every codec, encoding and version of pages that is read.
func TestWaysOfWriting(t *testing.T) {
	codecs := []compress.Codec{&parquet.Uncompressed, &parquet.Snappy, &parquet.Gzip, &parquet.Zstd}
	for _, codec := range codecs {
		for _, most := range []int64{1, 3, 100} {
			name, options := fmt.Sprintf("%s, %d rows a group", codec, most), []parquet.WriterOption{parquet.Compression(codec), parquet.MaxRowsPerRowGroup(most)}
			checkSame(t, name, rows().write(t, append(options, parquet.DataPageVersion(2))...), asCSV)
			checkSame(t, name, full().write(t, append(options, parquet.DataPageVersion(2))...), asFullCSV)
			checkSame(t, name, full().write(t, append(options, parquet.DataPageVersion(1))...), asFullCSV)
		}
	}
	for column, encodings := range map[string][]encoding.Encoding{
		"subject": {&parquet.Plain, &parquet.RLEDictionary, &parquet.DeltaLengthByteArray, &parquet.DeltaByteArray},
		"rating":  {&parquet.Plain, &parquet.RLEDictionary, &parquet.DeltaLengthByteArray, &parquet.DeltaByteArray},
		"sales":   {&parquet.Plain, &parquet.RLEDictionary, &parquet.DeltaBinaryPacked},
		"growth":  {&parquet.Plain, &parquet.RLEDictionary, &parquet.DeltaBinaryPacked},
	} {
		for _, e := range encodings {
			w, f := rows(), full()
			w.columns[column], f.columns[column] = parquet.Encoded(w.columns[column], e), parquet.Encoded(f.columns[column], e)
			checkSame(t, fmt.Sprintf("%s in %s", column, e), w.write(t), asCSV)
			checkSame(t, fmt.Sprintf("%s in %s, version 1", column, e), f.write(t, parquet.DataPageVersion(1)), asFullCSV)
		}
	}
}

// TestOtherWriter reads files of Apache Arrow's writer for Go: pages of version 1 with dictionaries, plain ones, differences.
func TestOtherWriter(t *testing.T) {
	csv, err := os.ReadFile("testdata/arrow.csv")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/*.parquet")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		checkSame(t, name, b, string(csv))
	}
}

// The root of the same records is the same, whatever they were written in.
func TestSameRoot(t *testing.T) {
	csv, _, err := record.Read(t.Context(), strings.NewReader(asCSV), parseSchema(t), "records.csv")
	if err != nil {
		t.Fatal(err)
	}
	records, _, err := read(t, rows().write(t))
	if err != nil {
		t.Fatal(err)
	}
	if root(t, records) != root(t, csv) {
		t.Error("another root than the CSV file's")
	}
}

// TestTypes reads the same rows in other types.
func TestTypes(t *testing.T) {
	opt := parquet.Optional
	for name, c := range map[string]struct {
		column string
		node   parquet.Node
		values []any
	}{
		"int64":            {"sales", opt(parquet.Int(64)), []any{int64(0), int64(4000000000), nil, int64(5), int64(7)}},
		"uint64":           {"sales", opt(parquet.Uint(64)), []any{uint64(0), uint64(4000000000), nil, uint64(5), uint64(7)}},
		"a number as text": {"sales", opt(parquet.String()), []any{"0", "4000000000", nil, "5", "7"}},
		"whole doubles":    {"sales", opt(parquet.Leaf(parquet.DoubleType)), []any{0., 4e9, nil, 5., 7.}},
		"doubles":          {"growth", opt(parquet.Leaf(parquet.DoubleType)), []any{-1., .1234, nil, 50.5, -.5}},
		"floats":           {"growth", opt(parquet.Leaf(parquet.FloatType)), []any{float32(-1), float32(.1234), nil, float32(50.5), float32(-.5)}},
		"long decimals":    {"growth", opt(parquet.Decimal(9, 18, parquet.Int64Type)), []any{int64(-1e9), int64(123400000), nil, int64(50.5e9), int64(-5e8)}},
		"decimals in bytes": {"growth", opt(parquet.Decimal(4, 38, parquet.FixedLenByteArrayType(16))),
			[]any{fixed(-10000), fixed(1234), nil, fixed(505000), fixed(-5000)}},
		"an enum": {"rating", opt(parquet.Enum()), []any{"A", "B", nil, "优", "A"}},
		"uint8":   {"late", opt(parquet.Uint(8)), []any{uint32(0), uint32(12), nil, uint32(13), uint32(3)}},
	} {
		w := rows()
		w.columns[c.column], w.values[c.column] = c.node, c.values
		checkSame(t, name, w.write(t), asCSV)
	}
	truth := &table{columns: parquet.Group{"subject": parquet.String(), "sales": parquet.Int(32), "growth": parquet.Int(32), "late": parquet.Int(32), "rating": parquet.Leaf(parquet.BooleanType)},
		values: map[string][]any{"subject": {"a"}, "sales": {int32(1)}, "growth": {int32(1)}, "late": {int32(1)}, "rating": {true}}}
	checkSame(t, "truth, nothing optional", truth.write(t), "subject,sales,growth,late,rating\na,1,1,1,true\n")
}

// fixed is a number in 16 bytes of two's complement.
func fixed(n int64) [16]byte {
	var b [16]byte
	v := big.NewInt(n)
	if n < 0 {
		v.Add(v, new(big.Int).Lsh(big.NewInt(1), 128))
	}
	v.FillBytes(b[:])
	return b
}

// TestManyPages reads a file with many row groups, pages and values, and of a page's every alignment.
func TestManyPages(t *testing.T) {
	const n = 5000
	for name, e := range map[string]encoding.Encoding{"plain": &parquet.Plain, "dictionary": &parquet.RLEDictionary, "differences": &parquet.DeltaBinaryPacked} {
		w := &table{columns: rows().columns, values: map[string][]any{}}
		w.columns["sales"] = parquet.Encoded(w.columns["sales"], e)
		csv := strings.Builder{}
		csv.WriteString("subject,sales,growth,late,rating\n")
		for i := range n {
			sales, text := any(nil), ""
			if i%7 != 0 {
				v := uint32(uint64(i*i*i) % 4000000000)
				sales, text = v, fmt.Sprint(v)
			}
			rating := []string{"A", "B", "优"}[i%3]
			w.values["subject"] = append(w.values["subject"], fmt.Sprintf("s%d", i))
			w.values["sales"] = append(w.values["sales"], sales)
			w.values["growth"] = append(w.values["growth"], int32(i))
			w.values["late"] = append(w.values["late"], int32(i%13))
			w.values["rating"] = append(w.values["rating"], rating)
			fmt.Fprintf(&csv, "s%d,%s,%s,%d,%s\n", i, text, new(big.Rat).SetFrac64(int64(i), 10000).FloatString(4), i%13, rating)
		}
		checkSame(t, name, w.write(t, parquet.PageBufferSize(200), parquet.MaxRowsPerRowGroup(777), parquet.Compression(&parquet.Zstd)), csv.String())
	}
}

// TestRefuses holds which columns and values are refused, and that none is repeated.
func TestRefuses(t *testing.T) {
	type change struct {
		column string
		node   parquet.Node
		value  any // of every row
	}
	str, opt := parquet.String, parquet.Optional
	for name, c := range map[string]struct {
		change
		want string // the first defect
	}{
		"a date":              {change{"late", parquet.Date(), int32(7)}, "records.parquet: column \"late\": a date or time: write it as text, a whole number or a decimal"},
		"a time":              {change{"late", parquet.Timestamp(parquet.Millisecond), int64(7)}, "records.parquet: column \"late\": a date or time: write it as text, a whole number or a decimal"},
		"JSON":                {change{"rating", parquet.JSON(), "CANARY"}, "records.parquet: column \"rating\": values of another type than text, numbers and truth values (bytes must be annotated as STRING): write it as text, a whole number or a decimal"},
		"bytes":               {change{"rating", parquet.Leaf(parquet.ByteArrayType), "A"}, "records.parquet: column \"rating\": values of another type than text, numbers and truth values (bytes must be annotated as STRING): write it as text, a whole number or a decimal"},
		"repeated":            {change{"rating", parquet.Repeated(str()), "A"}, "records.parquet: column \"rating\": nested or repeated values: want one value a row"},
		"a list":              {change{"rating", parquet.Optional(parquet.List(str())), nil}, "records.parquet: column \"rating\": nested or repeated values: want one value a row"},
		"a number as subject": {change{"subject", parquet.Int(64), int64(7)}, "records.parquet:1:5: subject: a number, want text: a number has lost the zeros before it"},
		"no subject":          {change{"subject", opt(str()), nil}, "records.parquet:1:5: subject: NULL, want an identifier"},
		"a bad subject":       {change{"subject", str(), "CAN ARY"}, "records.parquet:1:5: subject: identifier not allowed: byte 4 of an opaque identifier is outside 0x21 to 0x7E"},
		"outside":             {change{"sales", parquet.Int(64), int64(-1)}, "records.parquet:1:4: sales: outside the range 0 to 4000000000"},
		"far outside":         {change{"sales", parquet.Uint(64), uint64(1<<64 - 1)}, "records.parquet:1:4: sales: outside the range 0 to 4000000000"},
		"digits":              {change{"growth", parquet.Decimal(5, 9, parquet.Int32Type), int32(12345)}, "records.parquet:1:1: growth: too many digits after the point: 5 where the scale is 4"},
		"too long a decimal":  {change{"growth", parquet.Decimal(4, 5, parquet.Int32Type), int32(123456)}, "records.parquet:1:1: growth: a decimal with more digits than its type"},
		"a double":            {change{"growth", parquet.Leaf(parquet.DoubleType), 0.1 + 0.2000000000000001}, "records.parquet:1:1: growth: a binary float with more than 15 significant digits: cast it to a decimal at the source"},
		"a float":             {change{"growth", parquet.Leaf(parquet.FloatType), float32(0.1234567)}, "records.parquet:1:1: growth: a binary float with more than 6 significant digits: cast it to a decimal at the source"},
		"truth as a number":   {change{"late", parquet.Leaf(parquet.BooleanType), true}, "records.parquet:1:2: late: not a decimal number"},
		"no category":         {change{"rating", str(), "CANARY"}, "records.parquet:1:3: rating: not a category of this feature"},
		"an empty text":       {change{"rating", str(), ""}, "records.parquet:1:3: rating: an empty text; a missing value is NULL"},
		"no UTF-8":            {change{"rating", str(), "\xd3\xc5"}, "records.parquet:1:3: rating: not UTF-8 (was the file saved as GBK or UTF-16? it must be UTF-8)"},
		"the same subject":    {change{"subject", str(), "CANARY"}, "records.parquet:2:5: subject: the same subject as on row 1"},
		"another column":      {change{"CANARY", str(), "A"}, "records.parquet: column 1 is no feature of the schema"},
		"brotli":              {change{"rating", parquet.Compressed(str(), &parquet.Brotli), "A"}, "records.parquet:1: row group 1, column 3: compression 4 of the format, which is not read: write it uncompressed or with snappy, gzip or zstd; nothing after this was read"},
		"split bytes":         {change{"growth", parquet.Encoded(parquet.Leaf(parquet.DoubleType), &parquet.ByteStreamSplit), 0.5}, "records.parquet:1: row group 1, column 1: values in encoding 9 of the format, which is not read: write them plain or with a dictionary; nothing after this was read"},
	} {
		w := rows()
		w.columns[c.column] = c.node
		w.values[c.column] = []any{c.value, c.value, c.value, c.value, c.value}
		records, report, err := read(t, w.write(t))
		if !errors.Is(err, record.ErrDefects) || records != nil || report.Defects[0].String() != c.want {
			t.Errorf("%s: %v\nwant %s", name, err, c.want)
		}
		if text := fmt.Sprint(err) + list(report); strings.Contains(text, "CANARY") {
			t.Errorf("%s: a defect repeats the input: %s", name, text)
		}
	}
}
