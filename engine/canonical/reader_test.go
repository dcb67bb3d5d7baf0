package canonical

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"weir/engine"
)

// piece is read by Decode and by a Reader.
type piece struct {
	_      struct{} `cbor:",toarray"`
	Text   string
	Number uint64
	Part   part
	Bytes  []byte
	Fixed  [4]byte
}

func readPiece(b []byte, limit int) (p piece, err error) {
	r, err := NewReader(b, limit)
	if err != nil {
		return p, err
	}
	r.Array(5)
	p.Text, p.Number = r.Text(), r.Uint()
	r.Array(2)
	p.Part.Name = engine.Name(r.Text())
	r.Fixed(p.Part.Digest[:])
	p.Bytes = r.Bytes()
	r.Fixed(p.Fixed[:])
	return p, r.End()
}

// sameAsDecode: a Reader takes what Decode takes, and reads the same.
func sameAsDecode(t interface{ Fatalf(string, ...any) }, b []byte) {
	var want piece
	refused := Decode(b, 1000, &want)
	got, err := readPiece(b, 1000)
	if (refused == nil) != (err == nil) {
		t.Fatalf("%x: Decode says %v, a Reader %v", b, refused, err)
	}
	if err == nil && !bytes.Equal(Encode(got), Encode(want)) {
		t.Fatalf("%x: read %+v, want %+v", b, got, want)
	}
	if err != nil && !errors.Is(err, ErrNotCanonical) && !errors.Is(err, ErrTooLong) {
		t.Fatalf("%v", err)
	}
}

func pieces() *rapid.Generator[piece] {
	return rapid.Custom(func(t *rapid.T) piece {
		s := samples().Draw(t, "sample")
		p := piece{Text: s.Text, Number: s.Number >> rapid.IntRange(0, 63).Draw(t, "shift"), Bytes: s.Bytes, Fixed: s.Fixed}
		if len(s.Parts) > 0 {
			p.Part = s.Parts[0]
		}
		return p
	})
}

func TestReaderTakesWhatDecodeTakes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Encode(pieces().Draw(t, "piece"))
		sameAsDecode(t, b)
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			b[rapid.IntRange(0, len(b)-1).Draw(t, "place")] = rapid.Byte().Draw(t, "value")
		}
		sameAsDecode(t, b)
		sameAsDecode(t, b[:rapid.IntRange(0, len(b)).Draw(t, "length")])
		sameAsDecode(t, append(b, 0))
	})
}

// Every argument has one form: numbers and lengths around the places where the form changes.
func TestReaderRefusesLongForms(t *testing.T) {
	for _, number := range []uint64{0, 23, 24, 255, 256, 65535, 65536, 1<<32 - 1, 1 << 32, 1<<64 - 1} {
		good := Encode(piece{Number: number})
		sameAsDecode(t, good)
		for _, form := range [][]byte{{0x18, byte(number)}, {0x19, byte(number >> 8), byte(number)},
			{0x1a, byte(number >> 24), byte(number >> 16), byte(number >> 8), byte(number)},
			{0x1b, byte(number >> 56), byte(number >> 48), byte(number >> 40), byte(number >> 32), byte(number >> 24), byte(number >> 16), byte(number >> 8), byte(number)},
			{0x1c}, {0x1f}} {
			sameAsDecode(t, append(append([]byte{0x85, 0x60}, form...), good[2+len(Encode(number)):]...))
		}
	}
	for _, claim := range [][]byte{{0x5b, 0x7f, 255, 255, 255, 255, 255, 255, 255}, {0x9b, 255, 255, 255, 255, 255, 255, 255, 255}, {0x5f}, {0x7f, 0xff}, {0xf6}} {
		sameAsDecode(t, claim)
		sameAsDecode(t, append([]byte{0x85}, claim...))
	}
	if _, err := NewReader(make([]byte, 5), 4); !errors.Is(err, ErrTooLong) {
		t.Errorf("one byte over the limit: %v", err)
	}
}

func FuzzReader(f *testing.F) {
	f.Add(Encode(piece{}))
	f.Add(Encode(piece{Text: "text", Number: 1 << 40, Bytes: []byte("bytes")}))
	f.Add([]byte{0x85, 0x7b, 255, 255, 255, 255, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, b []byte) { sameAsDecode(t, b) })
}
