package rns

import (
	"math/big"
	"math/bits"
)

// Integer is a number in [0, 2^192), three words, least significant first.
type Integer [3]uint64

// Less tells whether x < y.
func (x Integer) Less(y Integer) bool {
	_, borrow := x.sub(y)
	return borrow == 1
}

// Sub is x − y for y ≤ x, otherwise x − y + 2^192.
func (x Integer) Sub(y Integer) Integer {
	difference, _ := x.sub(y)
	return difference
}

func (x Integer) sub(y Integer) (difference Integer, borrow uint64) {
	for i := range x {
		difference[i], borrow = bits.Sub64(x[i], y[i], borrow)
	}
	return difference, borrow
}

// Half is ⌊x/2⌋.
func (x Integer) Half() Integer {
	return Integer{x[0]>>1 | x[1]<<63, x[1]>>1 | x[2]<<63, x[2] >> 1}
}

// Mod is x mod m, m ≠ 0.
func (x Integer) Mod(m uint64) uint64 {
	r := x[2] % m
	r = bits.Rem64(r, x[1], m)
	return bits.Rem64(r, x[0], m)
}

// Big is the same number for code outside the hot path.
func (x Integer) Big() *big.Int {
	b := new(big.Int)
	for i := len(x) - 1; i >= 0; i-- {
		b.Lsh(b, 64).Or(b, new(big.Int).SetUint64(x[i]))
	}
	return b
}
