package canonical

import "testing"

// FuzzDecode: no input panics, and what is accepted is its own encoding.
func FuzzDecode(f *testing.F) {
	f.Add(Encode(sample{}))
	f.Add(Encode(sample{Number: 1 << 40, Signed: -5, Text: "text", Bytes: []byte("bytes"), Parts: []part{{Name: "name"}, {}}, Flag: true}))
	f.Add([]byte{0x9b, 255, 255, 255, 255, 255, 255, 255, 255})
	f.Add([]byte{0x89, 0x5b, 0x7f, 255, 255, 255, 255, 255, 255, 255})
	f.Add([]byte("\x9f\x05\xff"))
	f.Add([]byte("\xbf\x61a\x05\x61a\x06\xff"))
	f.Fuzz(func(t *testing.T, b []byte) { checkAccepted(t, b) })
}
