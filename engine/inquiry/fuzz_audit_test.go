package inquiry_test

import (
	"bytes"
	"testing"

	"weir/engine/inquiry"
	"weir/engine/internal/messagetest"
)

// FuzzOpenResponse: only the file that a commit announced opens. place and change alter that file, since its length is fixed.
func FuzzOpenResponse(f *testing.F) {
	response, commit := messagetest.Response()
	file := response.File()
	f.Add(uint32(0), []byte{}, true)
	f.Add(uint32(40), []byte{1}, true)
	f.Add(uint32(0), []byte{0x84, 0x58, 0x20}, false)
	f.Fuzz(func(t *testing.T, place uint32, change []byte, within bool) {
		b := change
		if within {
			at := int(place) % (len(file) + 1)
			b = append(append(bytes.Clone(file[:at]), change...), file[min(at+len(change), len(file)):]...)
		}
		if _, err := inquiry.OpenResponse(b, commit); (err == nil) != bytes.Equal(b, file) {
			t.Fatalf("of the bytes of a commit, or of others: %v", err)
		}
	})
}
