package seal

import (
	"bytes"
	"crypto/sha3"
	"errors"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"weir/testdata/golden"
)

func goldenResponse(t testing.TB) *Response {
	random := rand.New(rand.NewPCG(16, 17))
	rows, msg := randomSelection(random), randomMessage(random)
	return must(sealed().selector.Select(rows, msg, streamsOf("golden")))(t)
}

// TestGoldenBytes holds the digests of everything that is exchanged, from fixed seeds.
func TestGoldenBytes(t *testing.T) {
	s := sealed()
	for name, got := range map[string][]byte{
		"a_0":      must(testSeed().A(0))(t).Encode(),
		"a_7":      must(testSeed().A(7))(t).Encode(),
		"a'":       testSeed().APrime().Encode(),
		"b":        s.public.Encode(),
		"c0":       s.slice.Encode(),
		"response": goldenResponse(t).Encode(),
	} {
		if digest := digestOf(got); digest != goldenDigests[name] {
			t.Errorf("%s has digest %s, want %s", name, digest, goldenDigests[name])
		}
	}
}

var goldenDigests = map[string]string{
	"a_0":      "bd7e2c38905661aca212f8e68f638c873408727cc4d46a29b7515000cef43462",
	"a_7":      "a45191c6f82410e978dce5824b20768e61c68d1962c944509b3c873ebd4a407b",
	"a'":       "9be34c805e0cd054aebdfd091526f6f1bda49d31856f0b8e8022b7b1935acae5",
	"b":        "c60ba40c4701472a195387d87a20122a35691fd521b70c0e002d37a9bf5a955b",
	"c0":       "f705754899070d5ab39910cf1aee568c0d03cdcf086753c50af869aaa33c46de",
	"response": "8498be0ebafdc393e2fb3e46053a0a5844c5daaa556d28baa24bcced5ef42fce",
}

func TestGoldenSizes(t *testing.T) {
	s, want := sealed(), golden.WireSizes()
	for what, b := range map[string][]byte{"slice": s.slice.Encode(), "public key": s.public.Encode(), "response": goldenResponse(t).Encode()} {
		if len(b) != want[what] {
			t.Errorf("%s takes %d bytes, want %d", what, len(b), want[what])
		}
	}
}

// TestExpansionEqualsTheDefinition reads a_2 from the XOF by the words of the protocol.
func TestExpansionEqualsTheDefinition(t *testing.T) {
	seed := testSeed()
	a := must(seed.A(2))(t)
	xof := sha3.NewSHAKE128()
	xof.Write(append(seed[:], 'a', 2, 0, 0, 0))
	for i, q := range primes {
		for j := range N {
			var want uint64
			for {
				b := make([]byte, 6)
				xof.Read(b)
				want = 0
				for k := range b {
					want |= uint64(b[k]) << (8 * k)
				}
				if want &= 1<<44 - 1; want < q {
					break
				}
			}
			if a.residues.Coeffs[i][j] != want {
				t.Fatalf("residue %d modulo prime %d is %d, want %d", j, i+1, a.residues.Coeffs[i][j], want)
			}
		}
	}
}

func TestWrongLengthsAreRefused(t *testing.T) {
	decoders := map[string]struct {
		size   int
		decode func([]byte) error
	}{
		"slice":      {PolynomialSize, func(b []byte) error { _, err := DecodeSlice(b); return err }},
		"public key": {PolynomialSize, func(b []byte) error { _, err := DecodePublicKey(b); return err }},
		"response":   {ResponseSize, func(b []byte) error { _, err := DecodeResponse(b); return err }},
	}
	for name, d := range decoders {
		for _, size := range []int{0, 1, d.size - 1, d.size + 1, 2 * d.size} {
			b := make([]byte, size)
			if err := d.decode(b); !errors.Is(err, ErrLength) {
				t.Errorf("%s of %d bytes: %v", name, size, err)
			}
			if n := testing.AllocsPerRun(10, func() { d.decode(b) }); n > 10 {
				t.Errorf("refusing a %s of %d bytes allocates %v times", name, size, n)
			}
		}
		if err := d.decode(make([]byte, d.size)); err != nil {
			t.Errorf("%s of zeros: %v", name, err)
		}
		if err := d.decode(bytes.Repeat([]byte{255}, d.size)); !errors.Is(err, ErrCoefficient) {
			t.Errorf("%s of ones: %v", name, err)
		}
	}
}

// TestResiduesAtTheirBound puts q − 1, q and 2^44 − 1 at the first and last place of each prime.
func TestResiduesAtTheirBound(t *testing.T) {
	for i, q := range primes {
		for _, j := range []int{0, 1, N - 1} {
			for value, want := range map[uint64]error{q - 1: nil, q: ErrCoefficient, 1<<residueBits - 1: ErrCoefficient} {
				p := Polynomial{ringQ().NewPoly()}
				p.residues.Coeffs[i][j] = value
				b := p.Encode()
				back, err := DecodeSlice(b)
				if !errors.Is(err, want) {
					t.Errorf("residue %d of prime %d: %v, want %v", j, i+1, err, want)
				}
				if err == nil && !bytes.Equal(back.Encode(), b) {
					t.Errorf("residue %d of prime %d does not round-trip", j, i+1)
				}
				if err != nil && !strings.Contains(err.Error(), "residue "+strconv.Itoa(j)+" modulo prime "+strconv.Itoa(i+1)) {
					t.Errorf("the error does not name its place: %v", err)
				}
			}
		}
	}
}

func TestResponseCoefficientsAtTheirBound(t *testing.T) {
	valid := goldenResponse(t).Encode()
	greatest := new(big.Int).Rsh(new(big.Int).Sub(bigQ(), big.NewInt(1)), 58)
	for _, j := range []int{0, 1, N - 1} {
		for offset, want := range map[int64]error{0: nil, 1: ErrCoefficient} {
			b := bytes.Clone(valid)
			setBits(b, 74*j, 74, new(big.Int).Add(greatest, big.NewInt(offset)))
			checkResponse(t, b, want, "coefficient "+strconv.Itoa(j)+" of c1")
		}
	}
	top := new(big.Int).Lsh(big.NewInt(1), 132)
	for _, l := range []int{0, 1, 31} {
		for name, c := range map[string]struct {
			value *big.Int
			want  error
		}{
			"Q − 1":         {new(big.Int).Sub(bigQ(), big.NewInt(1)), nil},
			"Q":             {bigQ(), ErrCoefficient},
			"an unused bit": {top, ErrCoefficient},
			"2^136 − 1":     {new(big.Int).Sub(new(big.Int).Lsh(top, 4), big.NewInt(1)), ErrCoefficient},
		} {
			b := bytes.Clone(valid)
			setBits(b, 8*(C1Size+17*l), 136, c.value)
			place := "coefficient " + strconv.Itoa(l) + " of c0"
			t.Run(place+"="+name, func(t *testing.T) { checkResponse(t, b, c.want, place) })
		}
	}
}

func checkResponse(t *testing.T, b []byte, want error, place string) {
	t.Helper()
	r, err := DecodeResponse(b)
	if !errors.Is(err, want) || err != nil && !strings.Contains(err.Error(), place) {
		t.Errorf("%s: %v, want %v", place, err, want)
	}
	if err == nil && !bytes.Equal(r.Encode(), b) {
		t.Errorf("%s does not round-trip", place)
	}
}

// setBits writes a number over the bits from … from + width − 1 of a byte string, least significant first.
func setBits(b []byte, from, width int, v *big.Int) {
	for i := range width {
		place, bit := (from+i)/8, byte(1)<<((from+i)%8)
		b[place] &^= bit
		if v.Bit(i) == 1 {
			b[place] |= bit
		}
	}
}

func TestExchangedBytesRoundTrip(t *testing.T) {
	s := sealed()
	response := goldenResponse(t)
	sent := response.Encode()
	received := must(DecodeResponse(sent))(t)
	if !bytes.Equal(received.Encode(), sent) || *s.secret.Open(received) != *s.secret.Open(response) {
		t.Error("response")
	}
	slice := must(DecodeSlice(s.slice.Encode()))(t)
	key := must(DecodePublicKey(s.public.Encode()))(t)
	selector := must(Prepare(testSeed(), testSlice, slice, key))(t)
	random := rand.New(rand.NewPCG(16, 17))
	rows, msg := randomSelection(random), randomMessage(random)
	if !bytes.Equal(must(selector.Select(rows, msg, streamsOf("golden")))(t).Encode(), sent) {
		t.Error("a selector of decoded slice and key answers otherwise")
	}
}

// TestAlteredResponsesOpenOtherwise: a change of one coefficient of c0 by 1 does not show in D, a change by τ does by 1;
// whether D is what was committed to is for equation (1) to say.
func TestAlteredResponsesOpenOtherwise(t *testing.T) {
	s := sealed()
	b := goldenResponse(t).Encode()
	honest := s.secret.Open(must(DecodeResponse(b))(t))
	for l, c := range goldenResponse(t).C0() {
		altered := bytes.Clone(b)
		c.Add(c, bigTau()).Mod(c, bigQ())
		setBits(altered, 8*(C1Size+17*l), 136, c)
		opened, want := s.secret.Open(must(DecodeResponse(altered))(t)), *honest
		if l < Groups {
			want.Groups[l]++
		} else {
			want.Limbs[l-Groups]++
		}
		if *opened != want {
			t.Errorf("adding τ to coefficient %d of c0 does not add 1 to D there alone", l)
		}
	}
}
