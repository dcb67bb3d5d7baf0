package seal

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"math/big"
	"math/rand/v2"
	"sync"
	"testing"

	"weir/engine/canonical"
)

// streamsOf are the named streams of one key.
func streamsOf(key string) Streams {
	return func(name string) io.Reader { return canonical.Stream([]byte(key), name) }
}

func testSeed() Seed { return Seed(sha256.Sum256([]byte("seal test"))) }

// sealing is one sealed slice with everything behind it.
type sealing struct {
	secret   *SecretKey
	public   *PublicKey
	rows     *[Rows]Row
	slice    *Slice
	witness  *SliceWitness
	selector *Selector
}

const testSlice = 3

// sealed is the sealing that tests read and never change; its rows are random.
var sealed = sync.OnceValue(func() *sealing {
	s := &sealing{rows: randomRows(rand.New(rand.NewPCG(1, 2)))}
	var err error
	if s.secret, s.public, err = NewKey(testSeed(), streamsOf("bank")); err != nil {
		panic(err)
	}
	if s.slice, s.witness, err = s.secret.Seal(testSlice, s.rows, streamsOf("bank")); err != nil {
		panic(err)
	}
	if s.selector, err = Prepare(testSeed(), testSlice, s.slice, s.public); err != nil {
		panic(err)
	}
	return s
})

func randomRows(random *rand.Rand) *[Rows]Row {
	rows := new([Rows]Row)
	for k := range rows {
		for g := range rows[k].Points {
			rows[k].Points[g] = uint16(random.UintN(PointLimit))
		}
		for j := range rows[k].Limbs {
			rows[k].Limbs[j] = uint16(random.UintN(LimbLimit))
		}
	}
	return rows
}

func randomSelection(random *rand.Rand) (rows Selection) {
	for line := range rows {
		rows[line] = RowsPerLine*line + random.IntN(RowsPerLine)
	}
	return rows
}

func randomMessage(random *rand.Rand) *Message {
	msg := new(Message)
	for g := range msg.Groups {
		msg.Groups[g] = random.Uint64N(T)
	}
	for j := range msg.Limbs {
		msg.Limbs[j] = random.Uint64N(BlindLimit)
	}
	return msg
}

// sums are Σ w + μ and Σ z + r over the integers.
func sums(rows *[Rows]Row, selected Selection, msg *Message) (groups [Groups]uint64, limbs [Limbs]uint64) {
	groups, limbs = msg.Groups, msg.Limbs
	for _, k := range selected {
		for g, w := range rows[k].Points {
			groups[g] += uint64(w)
		}
		for j, z := range rows[k].Limbs {
			limbs[j] += uint64(z)
		}
	}
	return groups, limbs
}

// negacyclic is coefficient i of a·s mod X^N + 1, over the integers, by definition.
func negacyclic(a []*big.Int, s []int8, i int) *big.Int {
	sum, term := new(big.Int), new(big.Int)
	for j, x := range s {
		sign := int64(x)
		place := i - j
		if place < 0 {
			place, sign = place+N, -sign
		}
		sum.Add(sum, term.Mul(a[place], big.NewInt(sign)))
	}
	return sum
}

func bigQ() *big.Int { return modulusQ.Big() }

// bigTau is t^-1 mod Q.
func bigTau() *big.Int { return new(big.Int).ModInverse(big.NewInt(T), bigQ()) }

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// must is for calls that fail only if the test itself is wrong: must(call())(t).
func must[V any](v V, err error) func(testing.TB) V {
	return func(t testing.TB) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
