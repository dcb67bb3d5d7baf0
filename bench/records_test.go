package bench

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"

	"weir/engine"
	"weir/engine/record"
	"weir/engine/schema"
)

// BenchmarkTree measures the commitment to synthetic records of ten features: building it, changing 1 % of the records, and
// one witness. peak-RSS is the process's high-water mark, so run one case in a process of its own:
//
//	go test ./bench -run '^$' -bench 'Tree/op=build/records=1000000' -benchtime 1x
func BenchmarkTree(b *testing.B) {
	for _, n := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprintf("op=build/records=%d", n), func(b *testing.B) { benchmarkBuild(b, n) })
		b.Run(fmt.Sprintf("op=update/records=%d", n), func(b *testing.B) { benchmarkUpdate(b, n) })
		b.Run(fmt.Sprintf("op=witness/records=%d", n), func(b *testing.B) { benchmarkWitness(b, n) })
	}
}

const treeFeatures = 10

func benchmarkBuild(b *testing.B, n int) {
	records := syntheticRecords(b, n, 0)
	b.ReportAllocs()
	for b.Loop() {
		buildTree(b, records)
	}
	reportPeak(b)
}

func benchmarkUpdate(b *testing.B, n int) {
	tree, changed := buildTree(b, syntheticRecords(b, n, 0)), syntheticRecords(b, n, n/100)
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		if _, err := tree.Update(context.Background(), changed, nil); err != nil {
			b.Fatal(err)
		}
	}
	reportPeak(b)
}

func benchmarkWitness(b *testing.B, n int) {
	tree := buildTree(b, syntheticRecords(b, n, 0))
	subject := tree.Records().Row(n / 2).Subject
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		tree.Witness(subject)
	}
}

func buildTree(b *testing.B, records *record.Records) *record.Tree {
	tree, err := record.Build(context.Background(), record.Key{1}, "holder/source", records, nil)
	if err != nil {
		b.Fatal(err)
	}
	return tree
}

// BenchmarkRead measures reading and encoding records.csv of ten numeric features.
func BenchmarkRead(b *testing.B) {
	for _, n := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprintf("rows=%d", n), func(b *testing.B) { benchmarkRead(b, n) })
	}
}

func benchmarkRead(b *testing.B, n int) {
	s, text := syntheticFile(b, n)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		if _, _, err := record.Read(context.Background(), strings.NewReader(text), s, "records.csv"); err != nil {
			b.Fatal(err)
		}
	}
	reportPeak(b)
}

// syntheticFile makes a schema and a records.csv of n rows under opaque identifiers.
func syntheticFile(b *testing.B, n int) (*schema.Schema, string) {
	var features []string
	header, draw := "subject", rand.New(rand.NewChaCha8([32]byte{8}))
	for j := range treeFeatures {
		features = append(features, fmt.Sprintf(`{"name": "f%d", "scale": 2, "min": 0, "max": 9999999}`, j))
		header += fmt.Sprintf(",f%d", j)
	}
	s, err := schema.Parse(strings.NewReader(`{"source": "s", "epoch": "2026-10", "subjects": "opaque", "features": [`+strings.Join(features, ",")+`]}`), "schema.json")
	if err != nil {
		b.Fatal(err)
	}
	var text strings.Builder
	text.WriteString(header + "\n")
	for i := range n {
		fmt.Fprintf(&text, "enterprise-%d", i)
		for range treeFeatures {
			fmt.Fprintf(&text, ",%d.%02d", draw.IntN(9_999_999), draw.IntN(100))
		}
		text.WriteByte('\n')
	}
	return s, text.String()
}

// syntheticRecords makes n records of which the first changed ones differ from those of changed = 0.
func syntheticRecords(b *testing.B, n, changed int) *record.Records {
	draw := rand.New(rand.NewChaCha8([32]byte{7}))
	rows := make([]record.Row, n)
	for i := range rows {
		var text [8]byte
		binary.BigEndian.PutUint64(text[:], draw.Uint64())
		rows[i].Subject = engine.Identifier{Kind: engine.Opaque, Text: fmt.Sprintf("%x", text)}.Subject()
		for j := range treeFeatures {
			rows[i].Values[j] = draw.Uint32()
		}
		if i < changed {
			rows[i].Values[0]++
		}
	}
	records, err := record.NewRecords(treeFeatures, rows)
	if err != nil {
		b.Fatal(err)
	}
	return records
}

func reportPeak(b *testing.B) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(usage.Maxrss)*1024, "peak-RSS-B")
}
