package points

import (
	"testing"

	"weir/engine"
	"weir/engine/schema"
)

func BenchmarkScore(b *testing.B) {
	schemas, m := exampleSchemas(b), mustModel(b, exampleModel)
	c, err := m.Compile(schemas)
	if err != nil {
		b.Fatal(err)
	}
	records := map[engine.Name][schema.MaxFeatures]uint32{"tax": {2, 50_000_000, 4}, "social": {40}}
	b.Run("by=reference", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := m.Score(schemas, records); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("by=tables", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			compiledScore(c, records)
		}
	})
}

func BenchmarkCompile(b *testing.B) {
	schemas, m := exampleSchemas(b), mustModel(b, exampleModel)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Compile(schemas); err != nil {
			b.Fatal(err)
		}
	}
}
