package bitpack

import (
	"bytes"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// TestPackEqualsTheDefinition compares with Σ v_i·2^(w·i), written little-endian.
func TestPackEqualsTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.UintRange(1, MaxWidth).Draw(t, "width")
		values := rapid.SliceOfN(rapid.Uint64Max(1<<width-1), 8, 8).Draw(t, "values") // 8·width bits: whole bytes
		whole := new(big.Int)
		for i, v := range values {
			whole.Or(whole, new(big.Int).Lsh(new(big.Int).SetUint64(v), width*uint(i)))
		}
		want := whole.FillBytes(make([]byte, width))
		for i, j := 0, len(want)-1; i < j; i, j = i+1, j-1 {
			want[i], want[j] = want[j], want[i]
		}
		got := make([]byte, width)
		w := NewWriter(got)
		for _, v := range values {
			w.Put(v, width)
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("%x, want %x", got, want)
		}
		r := NewReader(got)
		for i, v := range values {
			if back := r.Take(width); back != v {
				t.Fatalf("number %d reads %d, was %d", i, back, v)
			}
		}
	})
}
