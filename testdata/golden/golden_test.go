package golden

import (
	"testing"

	"weir/circuits"
)

// Each circuit's parts add up to its total.
func TestConstraintsAddUp(t *testing.T) {
	for _, circuit := range circuits.Names() {
		parts, total := Constraints(string(circuit))
		sum := 0
		for _, p := range parts {
			sum += p.Constraints
		}
		if len(parts) < 2 || sum != total {
			t.Errorf("%s: %d parts of %d constraints together, total %d", circuit, len(parts), sum, total)
		}
	}
	if parts, total := Constraints("unknown"); parts != nil || total != 0 {
		t.Errorf("an unknown circuit has %d parts and %d constraints", len(parts), total)
	}
}

func TestWireSizes(t *testing.T) {
	sizes := WireSizes()
	for what, size := range sizes {
		if size < 1 {
			t.Errorf("%s: %d bytes", what, size)
		}
	}
	if len(sizes) < 10 {
		t.Errorf("%d sizes", len(sizes))
	}
}
