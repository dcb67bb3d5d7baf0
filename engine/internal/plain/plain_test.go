package plain

import (
	"testing"

	"weir/engine/canonical"
)

// The hand-written encoder and the one in use agree, so that a digest which differs from its formula differs in the formula.
func TestPlainEncodingIsCanonical(t *testing.T) {
	for _, n := range []uint64{0, 23, 24, 255, 256, 65535, 65536, 1<<32 - 1, 1 << 32, 1<<64 - 1} {
		if got := canonical.Encode([]any{n, "ü", []byte{1}}); string(got) != string(Array(Number(n), Text("ü"), Bytes([]byte{1}))) {
			t.Errorf("%d: %x", n, got)
		}
	}
}
