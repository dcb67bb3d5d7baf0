package open_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"weir/engine/inquiry"
	"weir/engine/internal/partytest"
	"weir/engine/message"
	"weir/engine/open"
	"weir/engine/seal"
)

// Layout of an encoded response (engine/seal): 8,192 roundings of 74 bits, then 32 coefficients of 17 bytes.
const (
	roundingBits = 74
	c0Size       = 17
	outputs      = 32
)

// product is Q of parameter set P2.
var product = func() *big.Int {
	q := big.NewInt(1)
	for _, p := range []int64{17592186028033, 17592185438209, 17592184717313} {
		q.Mul(q, big.NewInt(p))
	}
	return q
}()

// c0With writes a coefficient of c0.
func c0With(encoded []byte, l int, value *big.Int) []byte {
	out := bytes.Clone(encoded)
	b := value.FillBytes(make([]byte, c0Size))
	slices.Reverse(b)
	copy(out[seal.C1Size+c0Size*l:], b)
	return out
}

// c1With writes all ones over coefficient j of c1: h = 2^74 − 1, above ⌊(Q−1)/2^58⌋.
func c1With(encoded []byte, j int) []byte {
	out := bytes.Clone(encoded)
	for bit := roundingBits * j; bit < roundingBits*(j+1); bit++ {
		out[bit/8] |= 1 << (bit % 8)
	}
	return out
}

// Files that a holder commits to and signs, although they are no response.
func TestMalformedResponse(t *testing.T) {
	a := partytest.New(3)
	liar := a.Parties[1]
	honest := a.Contribute(liar)
	encoded := partytest.Encoded(honest.Response)
	file := func(encoded []byte) []byte { return partytest.ResponseFile(a.Label(), liar, encoded) }
	misplaced := inquiry.Response{Label: a.Label(), Party: liar, C1: encoded[:seal.C1Size+c0Size], C0: encoded[seal.C1Size+c0Size:]}
	largest := new(big.Int).SetUint64(1<<64 - 1)
	files := map[string][]byte{
		"nothing":                       {},
		"one byte":                      {0},
		"a length of 2^64-1":            append([]byte{0x9b}, bytes.Repeat([]byte{0xff}, 8)...),
		"truncated by one":              honest.Response[:len(honest.Response)-1],
		"extended by one":               append(bytes.Clone(honest.Response), 0),
		"twice":                         append(bytes.Clone(honest.Response), honest.Response...),
		"ciphertext truncated by one":   file(encoded[:len(encoded)-1]),
		"ciphertext extended by one":    file(append(bytes.Clone(encoded), 0)),
		"ciphertext without c0":         file(encoded[:seal.C1Size]),
		"c1 and c0 cut elsewhere":       misplaced.File(),
		"coefficient of c0 = Q":         file(c0With(encoded, 31, product)),
		"coefficient of c0 = 2^136-1":   file(c0With(encoded, 0, new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 136), big.NewInt(1)))),
		"words of c0 = 2^64-1":          file(c0With(encoded, 4, new(big.Int).Or(new(big.Int).Lsh(largest, 64), new(big.Int).Lsh(big.NewInt(15), 128)))),
		"first h of c1 above its bound": file(c1With(encoded, 0)),
		"last h of c1 above its bound":  file(c1With(encoded, seal.N-1)),
		"unused bits of c0's last byte": file(flipped(encoded, 8*(seal.C1Size+c0Size)-1)),
	}
	for name, file := range files {
		t.Run(name, func(t *testing.T) {
			commit := honest.Commit
			commit.Response = inquiry.ResponseDigest(file)
			answers := a.Answers()
			answers[liar] = a.Answer(commit, file)
			mustName(t, a, answers, liar, open.ErrResponse)
		})
	}
	t.Run("announced by its SHA-256", func(t *testing.T) {
		commit := honest.Commit
		commit.Response = message.Blob(honest.Response)
		answers := a.Answers()
		answers[liar] = a.Answer(commit, honest.Response)
		mustName(t, a, answers, liar, open.ErrResponse)
	})
}

func flipped(b []byte, bit int) []byte {
	out := bytes.Clone(b)
	out[bit/8] ^= 1 << (bit % 8)
	return out
}

// samples are places of c1 and bits of c0 that are altered below: first, last, word boundaries and a spread between.
var (
	c1Places = []int{0, 1, 31, 32, 63, 255, 256, 4095, 4096, 6001, 8160, 8191}
	c0Places = []int{0, 3, 4, 17, 31}
)

// Every single bit that differs from the file whose digest was committed to is refused and names the party.
func TestAlteredAfterTheCommit(t *testing.T) {
	a := partytest.New(3)
	liar := a.Parties[0]
	answers := a.Answers()
	honest := answers[liar]
	alter := func(bit int) {
		answers[liar] = open.Answer{Commit: honest.Commit, Response: flipped(honest.Response, bit)}
		mustName(t, a, answers, liar, open.ErrResponse)
	}
	start := 8 * (bytes.Index(honest.Response, partytest.Encoded(honest.Response)[:32]))
	for _, j := range c1Places {
		for _, bit := range []int{0, 1, 11, 12, 40, 73} {
			alter(start + roundingBits*j + bit)
		}
	}
	for bit := 0; bit < 8*len(honest.Response); bit += 8*997 + 3 {
		alter(bit)
	}
	for bit := 8*len(honest.Response) - 8*c0Size*outputs; bit < 8*len(honest.Response); bit += 61 {
		alter(bit)
	}
}

// A holder alters one bit of one coefficient and commits to the altered bytes, so that only the plaintext tells. An
// alteration up to 2^69 is noise, which decryption removes: the score is the exact one. From 2^71 on the decrypted numbers
// differ, and equation (1) names the party. At 2^70 the flooding of up to 2^68 decides, since Q/2t is 1.61·2^69. There is
// no third outcome: never another score.
func TestAlteredBeforeTheCommit(t *testing.T) {
	a := partytest.New(2)
	liar := a.Parties[0]
	honest := a.Contribute(liar)
	encoded := partytest.Encoded(honest.Response)
	answers := a.Answers()
	alter := func(bit int) (*open.Score, error) {
		file := partytest.ResponseFile(a.Label(), liar, flipped(encoded, bit))
		commit := honest.Commit
		commit.Response = inquiry.ResponseDigest(file)
		answers[liar] = a.Answer(commit, file)
		return a.Sealing.Open(a.Label(), answers)
	}
	check := func(t *testing.T, bit int, magnitude int) {
		score, err := alter(bit)
		var finding *open.Finding
		switch exact := err == nil && score.Sum == a.Reference(); {
		case exact && magnitude <= 70:
		case magnitude < 70:
			t.Errorf("an alteration by 2^%d: %v, %v", magnitude, score, err)
		case score != nil || !errors.As(err, &finding) || finding.Party != liar:
			t.Errorf("an alteration by 2^%d: %v, %v", magnitude, score, err)
		case !errors.Is(err, open.ErrEquation) && magnitude < 131:
			t.Errorf("an alteration by 2^%d was refused as malformed: %v", magnitude, err)
		}
	}
	for _, j := range c1Places {
		for _, bit := range []int{0, 11, 12, 37, 71, 73} {
			t.Run(fmt.Sprintf("c1 coefficient=%d bit=%d", j, bit), func(t *testing.T) { check(t, roundingBits*j+bit, 58+bit) })
		}
	}
	for _, l := range c0Places {
		for _, bit := range []int{0, 63, 69, 70, 71, 100, 130, 131} {
			t.Run(fmt.Sprintf("c0 coefficient=%d bit=%d", l, bit), func(t *testing.T) { check(t, 8*(seal.C1Size+c0Size*l)+bit, bit) })
		}
	}
}

// Words of all ones in place of whole parts of a response.
func TestGarbageResponse(t *testing.T) {
	a := partytest.New(2)
	liar := a.Parties[1]
	honest := a.Contribute(liar)
	zero := make([]byte, seal.ResponseSize)
	noise := make([]byte, seal.ResponseSize)
	partytest.Stream("garbage").Read(noise)
	for j := range seal.N { // each h below 2^73, so that the file is well-formed
		bit := roundingBits*j + roundingBits - 1
		noise[bit/8] &^= 1 << (bit % 8)
	}
	for l := range outputs {
		binary.LittleEndian.PutUint16(noise[seal.C1Size+c0Size*(l+1)-2:], 0)
	}
	for name, garbage := range map[string][]byte{"zeros": zero, "random": noise} {
		file := partytest.ResponseFile(a.Label(), liar, garbage)
		commit := honest.Commit
		commit.Response = inquiry.ResponseDigest(file)
		answers := a.Answers()
		answers[liar] = a.Answer(commit, file)
		t.Run(name, func(t *testing.T) { mustName(t, a, answers, liar, open.ErrEquation) })
	}
}
