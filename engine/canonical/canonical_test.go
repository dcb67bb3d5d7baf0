package canonical

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha3"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"math"
	"testing"

	"pgregory.net/rapid"

	"weir/engine"
)

// sample has one field of every shape that messages of weir use.
type sample struct {
	_      struct{} `cbor:",toarray"`
	Number uint64
	Signed int64
	Small  uint8
	Text   string
	Bytes  []byte
	Fixed  [4]byte
	Parts  []part
	Table  [2][3]uint32
	Flag   bool
}

type part struct {
	_      struct{} `cbor:",toarray"`
	Name   engine.Name
	Digest engine.Digest
}

func samples() *rapid.Generator[sample] {
	parts := rapid.Custom(func(t *rapid.T) part {
		return part{
			Name:   engine.Name(rapid.String().Draw(t, "name")),
			Digest: engine.Digest(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "digest")),
		}
	})
	return rapid.Custom(func(t *rapid.T) sample {
		return sample{
			Number: rapid.Uint64().Draw(t, "number"), Signed: rapid.Int64().Draw(t, "signed"), Small: rapid.Byte().Draw(t, "small"),
			Text: rapid.String().Draw(t, "text"), Bytes: rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"),
			Fixed: [4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "fixed")), Parts: rapid.SliceOf(parts).Draw(t, "parts"),
			Table: [2][3]uint32{{1, rapid.Uint32().Draw(t, "cell")}}, Flag: rapid.Bool().Draw(t, "flag"),
		}
	})
}

func TestDecodeUndoesEncode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := samples().Draw(t, "sample")
		b := Encode(s)
		var back sample
		if err := Decode(b, len(b), &back); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(Encode(back), b) {
			t.Fatal("another encoding")
		}
		if err := Decode(b, len(b)-1, &back); !errors.Is(err, ErrTooLong) {
			t.Fatalf("one byte over the limit: %v", err)
		}
	})
}

// Whatever is done to an encoding, either it is refused or it is the encoding of what was read.
func TestAcceptedBytesAreTheEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Encode(samples().Draw(t, "sample"))
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			b[rapid.IntRange(0, len(b)-1).Draw(t, "place")] = rapid.Byte().Draw(t, "value")
		}
		checkAccepted(t, b)
	})
}

func checkAccepted(t interface{ Fatalf(string, ...any) }, b []byte) {
	var s sample
	err := Decode(b, 1<<16, &s)
	if err == nil && !bytes.Equal(Encode(s), b) {
		t.Fatalf("accepted %x, which encodes as %x", b, Encode(s))
	}
	if err != nil && !errors.Is(err, ErrNotCanonical) && !errors.Is(err, ErrTooLong) {
		t.Fatalf("untyped error %v", err)
	}
}

// TestEncodingIsGolden spells out RFC 8949, section 4.2.1, by hand.
func TestEncodingIsGolden(t *testing.T) {
	s := sample{
		Number: math.MaxUint64, Signed: -257, Small: 23, Text: "ü", Bytes: []byte{0, 1}, Fixed: [4]byte{9, 8, 7, 6},
		Parts: []part{{Name: "a", Digest: engine.Digest{31: 5}}}, Table: [2][3]uint32{{24, 255, 256}, {65535, 65536, 0}}, Flag: true,
	}
	const want = "89" + "1bffffffffffffffff" + "390100" + "17" + "62c3bc" + "420001" + "4409080706" +
		"81" + "82" + "6161" + "5820" + "0000000000000000000000000000000000000000000000000000000000000005" +
		"82" + "83" + "1818" + "18ff" + "190100" + "83" + "19ffff" + "1a00010000" + "00" + "f5"
	if got := hex.EncodeToString(Encode(s)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	const empty = "89" + "00" + "00" + "00" + "60" + "40" + "4400000000" + "80" + "82" + "83000000" + "83000000" + "f4"
	if got := hex.EncodeToString(Encode(sample{})); got != empty {
		t.Errorf("zero value: got %s, want %s", got, empty)
	}
	sorted := map[string]int{"b": 1, "aa": 2, "a": 3}
	if got := hex.EncodeToString(Encode(sorted)); got != "a3"+"6161"+"03"+"6162"+"01"+"626161"+"02" {
		t.Errorf("map: %s", got)
	}
}

func TestEncodePanicsOnWhatCBORCannotCarry(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	Encode(make(chan int))
}

func TestDigestIsTaggedSHA256(t *testing.T) {
	x := []any{"chain", uint32(7), engine.Digest{1}}
	plain := append([]byte("\x83\x65chain\x07\x58\x20\x01"), make([]byte, 31)...)
	sum := sha256.Sum256(append([]byte("\x0cweir/test/v1"), plain...))
	if got := Digest("weir/test/v1", x); got != engine.Digest(sum) {
		t.Errorf("Digest is %s, want %x", got, sum)
	}
	if got := DigestBytes("weir/test/v1", plain); got != engine.Digest(sum) {
		t.Errorf("DigestBytes is %s, want %x", got, sum)
	}
	const golden = "ead47706f49de5ac9bd385eeae42804d617eee4001e32f65149b7a0e7d4d1829"
	if got := Digest("weir/test/v1", x).String(); got != golden {
		t.Errorf("Digest is %s, want %s", got, golden)
	}
	// The length before the tag keeps tag and content apart.
	if DigestBytes("weir/test/v1", []byte("1x")) == DigestBytes("weir/test/v11", []byte("x")) {
		t.Error("tag and content run together")
	}
}

func TestFieldIsTheFirst31Bytes(t *testing.T) {
	var d engine.Digest
	for i := range d {
		d[i] = byte(i + 1)
	}
	f := Field(d)
	if !bytes.Equal(f[:], d[:31]) {
		t.Errorf("%x", f)
	}
}

func TestStreamIsSHAKE256OfKeyAndName(t *testing.T) {
	key := bytes.Repeat([]byte{0x0b}, 32)
	want := sha3.SumSHAKE256(append(bytes.Clone(key), "weir/test/stream"...), 300)
	got := make([]byte, 300)
	stream := Stream(key, "weir/test/stream")
	for i := 0; i < len(got); i += 7 { // in uneven pieces
		if _, err := io.ReadFull(stream, got[i:min(i+7, len(got))]); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got %x", got[:32])
	}
	const golden = 0x3df61e6e7453c85c
	if first := binary.BigEndian.Uint64(got); first != golden {
		t.Errorf("first eight bytes %#x", first)
	}
	other := make([]byte, 32)
	if _, err := io.ReadFull(Stream(key, "weir/test/other"), other); err != nil || bytes.Equal(other, got[:32]) {
		t.Errorf("another name gives the same stream (%v)", err)
	}
}
