package seal

import (
	"bytes"
	"errors"
	"testing"
)

// The formats have one length each, so the fuzzers place short changes into valid bytes: a mutation of 100 kB would
// mostly test the fuzzer. Raw bytes are tried as they are, too.

func FuzzDecodeSlice(f *testing.F) {
	fuzzDecoder(f, sealed().slice.Encode(), func(b []byte) ([]byte, error) {
		s, err := DecodeSlice(b)
		if err != nil {
			return nil, err
		}
		return s.Encode(), nil
	})
}

func FuzzDecodePublicKey(f *testing.F) {
	fuzzDecoder(f, sealed().public.Encode(), func(b []byte) ([]byte, error) {
		p, err := DecodePublicKey(b)
		if err != nil {
			return nil, err
		}
		return p.Encode(), nil
	})
}

func FuzzDecodeResponse(f *testing.F) {
	secret := sealed().secret
	fuzzDecoder(f, goldenResponse(f).Encode(), func(b []byte) ([]byte, error) {
		r, err := DecodeResponse(b)
		if err != nil {
			return nil, err
		}
		opened := secret.Open(r)
		for _, d := range opened.Groups {
			if d < -(T-1)/2 || d > (T-1)/2 {
				return nil, errors.New("an opened group is not centred")
			}
		}
		for _, d := range opened.Limbs {
			if d >= T {
				return nil, errors.New("an opened limb is not below t")
			}
		}
		return r.Encode(), nil
	})
}

// fuzzDecoder holds: what is accepted encodes to the same bytes, what is refused is refused with one of two errors.
func fuzzDecoder(f *testing.F, valid []byte, roundTrip func([]byte) ([]byte, error)) {
	f.Add(uint32(0), []byte{}, true)
	f.Add(uint32(0), []byte{1, 2, 3}, false)
	f.Add(uint32(17), []byte{255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}, true)
	f.Add(uint32(len(valid)-17), []byte{255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 15}, true)
	f.Add(uint32(len(valid)), []byte{0}, true)
	f.Fuzz(func(t *testing.T, place uint32, change []byte, within bool) {
		b := change
		if within {
			at := int(place) % (len(valid) + 1)
			b = append(append(bytes.Clone(valid[:at]), change...), valid[min(at+len(change), len(valid)):]...)
		}
		again, err := roundTrip(b)
		if err != nil && !errors.Is(err, ErrLength) && !errors.Is(err, ErrCoefficient) {
			t.Fatal(err)
		}
		if err == nil && !bytes.Equal(again, b) {
			t.Fatal("accepted bytes encode to others")
		}
	})
}
