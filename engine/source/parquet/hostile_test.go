package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	metadata "github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"weir/engine/record"
)

// forged builds files by hand: one text column "subject" unless a test says otherwise.
type forged struct {
	body   []byte
	footer format.FileMetaData
}

func forge(columns int) *forged {
	f := &forged{body: []byte(magic), footer: format.FileMetaData{Version: 1, NumRows: 1}}
	text, leaves := format.ByteArray, int32(columns)
	utf8 := &format.LogicalType{UTF8: &format.StringType{}}
	f.footer.Schema = []format.SchemaElement{{Name: "root", NumChildren: leaves}}
	names := []string{"subject", "sales", "growth", "late", "rating"}
	for i := range columns {
		f.footer.Schema = append(f.footer.Schema, format.SchemaElement{Name: names[i%len(names)], Type: &text, RepetitionType: new(format.FieldRepetitionType), LogicalType: utf8})
	}
	f.footer.RowGroups = []format.RowGroup{{NumRows: 1}}
	return f
}

// chunk adds a column chunk of the pages.
func (f *forged) chunk(codec format.CompressionCodec, values int64, pages ...[]byte) {
	at, all := int64(len(f.body)), bytes.Join(pages, nil)
	f.body = append(f.body, all...)
	f.footer.RowGroups[0].Columns = append(f.footer.RowGroups[0].Columns, format.ColumnChunk{MetaData: format.ColumnMetaData{
		Type: format.ByteArray, Codec: codec, NumValues: values, TotalCompressedSize: int64(len(all)), DataPageOffset: at}})
}

func (f *forged) file(t testing.TB) []byte {
	b, err := metadata.Marshal(new(metadata.CompactProtocol), &f.footer)
	if err != nil {
		t.Fatal(err)
	}
	return ended(append(bytes.Clone(f.body), b...), len(b))
}

// ended puts the end of a file after metadata of a length.
func ended(b []byte, length int) []byte {
	return append(binary.LittleEndian.AppendUint32(b, uint32(length)), magic...)
}

func page(t testing.TB, h format.PageHeader, body []byte) []byte {
	if h.CompressedPageSize == 0 {
		h.CompressedPageSize = int32(len(body))
	}
	b, err := metadata.Marshal(new(metadata.CompactProtocol), &h)
	if err != nil {
		t.Fatal(err)
	}
	return append(b, body...)
}

func dataHeader(values, size int32, e format.Encoding) format.PageHeader {
	return format.PageHeader{Type: format.DataPage, UncompressedPageSize: size, DataPageHeader: &format.DataPageHeader{NumValues: values, Encoding: e, DefinitionLevelEncoding: format.RLE}}
}

// TestClaims gives files that claim more than they hold. Each is refused by its reason, and next to nothing is allocated.
func TestClaims(t *testing.T) {
	plainText := []byte("\x01\x00\x00\x00a")
	of := func(values int64, codec format.CompressionCodec, pages ...[]byte) []byte {
		f := forge(1)
		f.footer.NumRows, f.footer.RowGroups[0].NumRows = values, values
		f.chunk(codec, values, pages...)
		return f.file(t)
	}
	changed := func(change func(*format.ColumnChunk)) []byte {
		f := forge(1)
		f.chunk(format.Uncompressed, 1, page(t, dataHeader(1, 5, format.Plain), plainText))
		change(&f.footer.RowGroups[0].Columns[0])
		return f.file(t)
	}
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	zeros := encoder.EncodeAll(make([]byte, 1<<28), nil)
	frames := bytes.Repeat(encoder.EncodeAll(make([]byte, 1<<23), nil), 20) // each below every limit
	dictionary := func(values, size int32, body []byte) []byte {
		return page(t, format.PageHeader{Type: format.DictionaryPage, UncompressedPageSize: size, DictionaryPageHeader: &format.DictionaryPageHeader{NumValues: values}}, body)
	}
	footer := func(b string) []byte { return ended(append([]byte(magic), b...), len(b)) }
	for name, c := range map[string]struct {
		file []byte
		want string // within the reason
	}{
		"nothing":                     {nil, "a file of 0 bytes"},
		"other bytes":                 {bytes.Repeat([]byte{'x'}, 100), "no Parquet file"},
		"an encrypted footer":         {append([]byte("PAR1............"), "\x00\x00\x00\x00PARE"...), "an encrypted file"},
		"a footer beyond the file":    {ended([]byte(magic), 1), "metadata of 1 bytes"},
		"a footer of 4 GiB":           {ended([]byte(magic), 1<<32-1), "metadata of 4294967295 bytes"},
		"2^31 columns":                {footer("\x29\xfc\xff\xff\xff\xff\x07"), "metadata that end early"},
		"2^63 row groups":             {footer("\x49\xfc\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), "metadata that end early"},
		"a text of 2^62 bytes":        {footer("\x68\xff\xff\xff\xff\xff\xff\xff\xff\x3f"), "metadata that end early"},
		"deep metadata":               {footer(strings.Repeat("\x1c", 1<<20)), "metadata that are nested too deep"},
		"deep lists":                  {footer("\x79" + strings.Repeat("\x19", 1<<20)), "metadata that are nested too deep"},
		"very many columns":           {footer("\x29\xfc\x80\x80\x40" + strings.Repeat("\x00", 1<<21)), "a schema of very many columns"},
		"very many groups":            {footer("\x49\xfc\x80\x80\x40" + strings.Repeat("\x00", 1<<21)), "a row group without columns"},
		"no schema":                   {footer("\x36\x00\x19\x0c\x00"), "a schema without columns"},
		"no rows":                     {footer("\x00"), "metadata without rows"},
		"a number for a list":         {footer("\x26\x02\x00"), "metadata of a wrong type"},
		"a chunk before the file":     {changed(func(c *format.ColumnChunk) { c.MetaData.DataPageOffset = -1 }), "a column chunk without a place"},
		"a chunk beyond the file":     {changed(func(c *format.ColumnChunk) { c.MetaData.DataPageOffset = 1 << 62 }), "lies outside the file"},
		"a chunk over the footer":     {changed(func(c *format.ColumnChunk) { c.MetaData.TotalCompressedSize++ }), "lies outside the file"},
		"a chunk of 2^63 bytes":       {changed(func(c *format.ColumnChunk) { c.MetaData.TotalCompressedSize = 1<<63 - 1 }), "lies outside the file"},
		"a chunk elsewhere":           {changed(func(c *format.ColumnChunk) { c.FilePath = "/etc/passwd" }), "another file"},
		"a chunk of another type":     {changed(func(c *format.ColumnChunk) { c.MetaData.Type = format.Int32 }), "another type"},
		"a chunk of more values":      {changed(func(c *format.ColumnChunk) { c.MetaData.NumValues = 2 }), "another number of values"},
		"too many rows":               {of(record.MaxRows+1, format.Uncompressed, plainText), "more than 10000000 rows"},
		"fewer values than rows":      {of(2, format.Uncompressed, page(t, dataHeader(1, 5, format.Plain), plainText)), "fewer values than it says"},
		"more values than rows":       {of(1, format.Uncompressed, page(t, dataHeader(2, 5, format.Plain), plainText)), "more values than its column chunk"},
		"a page of 2 GiB":             {of(1, format.Snappy, page(t, dataHeader(1, 1<<31-1, format.Plain), plainText)), "a page of more than 16 MiB"},
		"a negative page":             {of(1, format.Snappy, page(t, dataHeader(1, -5, format.Plain), plainText)), "a page of more than 16 MiB"},
		"a page beyond its chunk":     {of(1, format.Uncompressed, page(t, format.PageHeader{UncompressedPageSize: 5, CompressedPageSize: 1 << 20, DataPageHeader: &format.DataPageHeader{NumValues: 1}}, plainText)), "does not lie within"},
		"a text beyond its page":      {of(1, format.Uncompressed, page(t, dataHeader(1, 5, format.Plain), []byte("\xff\xff\xff\xffa"))), "a page that ends early"},
		"a zstd bomb":                 {of(1, format.Zstd, page(t, dataHeader(1, 5, format.Plain), zeros)), "does not decompress to the size"},
		"a zstd bomb of many frames":  {of(1, format.Zstd, page(t, dataHeader(1, 5, format.Plain), frames)), "does not decompress to the size"},
		"a snappy bomb":               {of(1, format.Snappy, page(t, dataHeader(1, 5, format.Plain), []byte("\xff\xff\xff\xff\x0fabc"))), "does not decompress to the size"},
		"a short page":                {of(1, format.Snappy, page(t, dataHeader(1, 1<<20, format.Plain), snappy.Encode(nil, plainText))), "does not decompress to the size"},
		"a wrong checksum":            {of(1, format.Uncompressed, page(t, format.PageHeader{UncompressedPageSize: 5, CRC: 7, DataPageHeader: &format.DataPageHeader{NumValues: 1}}, plainText)), "checksum"},
		"no dictionary":               {of(1, format.Uncompressed, page(t, dataHeader(1, 5, format.RLEDictionary), []byte("\x01\x02\x00\x00\x00"))), "a dictionary that is not there"},
		"a dictionary of 2^31 values": {of(1, format.Uncompressed, dictionary(1<<31-1, 5, plainText), page(t, dataHeader(1, 3, format.RLEDictionary), []byte("\x01\x02\x00"))), "another number of values than it says"},
		"a place it does not have":    {of(1, format.Uncompressed, dictionary(1, 5, plainText), page(t, dataHeader(1, 3, format.RLEDictionary), []byte("\x01\x02\x01"))), "a place that its dictionary does not have"},
		"places of 255 bits":          {of(1, format.Uncompressed, dictionary(1, 5, plainText), page(t, dataHeader(1, 3, format.RLEDictionary), []byte("\xff\x02\x01"))), "more than 32 bits"},
		"groups of 2^60 places":       {of(1, format.Uncompressed, dictionary(1, 5, plainText), page(t, dataHeader(1, 11, format.RLEDictionary), []byte("\x01\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x00"))), "a page that ends early"},
		"2^62 differences":            {of(1, format.Uncompressed, page(t, dataHeader(1, 14, format.DeltaLengthByteArray), []byte("\x80\x01\x04\xff\xff\xff\xff\xff\xff\xff\xff\x3f\x00\x00"))), "more differences than the page has values"},
		"differences in vast blocks":  {of(1, format.Uncompressed, page(t, dataHeader(1, 8, format.DeltaLengthByteArray), []byte("\x80\x80\x80\x80\x7f\x04\x01\x00"))), "blocks of a size"},
		"a negative length":           {of(1, format.Uncompressed, page(t, dataHeader(1, 5, format.DeltaLengthByteArray), []byte("\x80\x01\x04\x01\x01"))), "a page that ends early"},
		"an index page and no end":    {of(1, format.Uncompressed, page(t, format.PageHeader{Type: format.IndexPage}, nil)), "fewer values than it says"},
		"a page of no kind":           {of(1, format.Uncompressed, page(t, format.PageHeader{Type: 9}, nil)), "a page of a kind"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := drain(t, c.file)
		runtime.ReadMemStats(&after)
		var damage *record.Damage
		if !errors.As(err, &damage) || !strings.Contains(damage.Reason, c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if spent := after.TotalAlloc - before.TotalAlloc; spent > 48<<20 {
			t.Errorf("%s: %d MiB were allocated", name, spent>>20)
		}
	}
}

// drain reads all rows of a file whatever its columns are called.
func drain(t testing.TB, b []byte) (rows int, err error) {
	t.Helper()
	table, err := Open(open(t, b))
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	columns, err := table.Columns()
	if err != nil {
		return 0, err
	}
	for _, c := range columns {
		if c.Fault != "" {
			return 0, &record.Damage{Reason: c.Fault}
		}
	}
	cells := make([]record.Cell, len(columns))
	for ; ; rows++ {
		if err := table.Next(t.Context(), cells); err != nil {
			if err == io.EOF {
				err = nil
			}
			return rows, err
		}
	}
}

// Pages that are each allowed are not, all at one time.
func TestHeldAtOneTime(t *testing.T) {
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	text := append(binary.LittleEndian.AppendUint32(nil, MaxPage-4), make([]byte, MaxPage-4)...)
	small := encoder.EncodeAll(text, nil)
	f := forge(20)
	for range 20 {
		f.chunk(format.Zstd, 1, page(t, dataHeader(1, MaxPage, format.Plain), small))
	}
	var damage *record.Damage
	if _, err := drain(t, f.file(t)); !errors.As(err, &damage) || !strings.Contains(damage.Reason, "of more than 256 MiB at a time") {
		t.Errorf("20 pages of 16 MiB: %v", err)
	}
}

// A run of very many values takes no memory for them.
func TestRunsTakeNoMemory(t *testing.T) {
	const n = 1_000_000
	f := forge(1)
	f.footer.NumRows, f.footer.RowGroups[0].NumRows = n, n
	run := binary.AppendUvarint([]byte{1}, n<<1)
	f.chunk(format.Uncompressed, n, page(t, format.PageHeader{Type: format.DictionaryPage, UncompressedPageSize: 5, DictionaryPageHeader: &format.DictionaryPageHeader{NumValues: 1}}, []byte("\x01\x00\x00\x00a")),
		page(t, dataHeader(n, int32(len(run)+1), format.RLEDictionary), append(run, 0)))
	b := f.file(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	rows, err := drain(t, b)
	runtime.ReadMemStats(&after)
	if rows != n || err != nil {
		t.Errorf("%d rows, %v", rows, err)
	}
	if spent := after.TotalAlloc - before.TotalAlloc; spent > 16<<20 { // a text of one byte a value
		t.Errorf("%d MiB were allocated for %d bytes", spent>>20, len(b))
	}
}

// TestDamagedFiles cuts files short and changes each of their bytes: none ends the process, none gives a row too many.
func TestDamagedFiles(t *testing.T) {
	others, err := os.ReadFile("testdata/arrow-v2-delta-zstd.parquet")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range [][]byte{rows().write(t), full().write(t), others} {
		whole, err := drain(t, b)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(b); i += 1 + len(b)/2000 {
			if _, err := drain(t, b[:i]); err == nil {
				t.Fatalf("a file cut at byte %d of %d is read", i, len(b))
			}
			c := bytes.Clone(b)
			c[i] ^= []byte{0xff, 0x01, 0x80}[i%3]
			if n, err := drain(t, c); err == nil && n != whole {
				t.Fatalf("byte %d changed: %d rows, want %d", i, n, whole)
			}
		}
	}
}

// FuzzRead holds that any bytes give rows or damage, and memory within the limits.
func FuzzRead(f *testing.F) {
	f.Add(rows().write(f))
	f.Add(full().write(f))
	files, err := filepath.Glob("testdata/*.parquet")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	s := parseSchema(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		file := open(t, b)
		records, report, err := Format.Read(t.Context(), file, s, File)
		if (err == nil) != (records != nil) || err != nil && (!errors.Is(err, record.ErrDefects) || report.Total() == 0) {
			t.Fatalf("%v with %d defects", err, report.Total())
		}
	})
}
