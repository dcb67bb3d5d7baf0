package synthetic

import "math/rand/v2"

// All quantities with a fraction are integers in units of 1/one: fixed point has the same bits on every machine and in
// every release of Go, floating point and its library functions have not.
const one = 1 << 16

// noise draws from a generator whose algorithm is fixed by its documentation (PCG-DXSM), by arithmetic of our own.
type noise struct{ source *rand.PCG }

func newNoise(seed uint64) *noise { return &noise{rand.NewPCG(seed, 0x9e3779b97f4a7c15)} }

// below is uniform over 0 … n−1, n at most 2^31. The bias of less than n/2^32 does not matter here.
func (r *noise) below(n int) int { return int(r.source.Uint64() >> 32 * uint64(n) >> 32) }

// chance is true once in n.
func (r *noise) chance(n int) bool { return r.below(n) == 0 }

// normal is nearly standard normal, in units of 1/one: the sum of twelve uniform numbers, less its mean.
func (r *noise) normal() int {
	sum := -6 * one
	for range 12 {
		sum += r.below(one)
	}
	return sum
}

// power2 is scale·2^x for x in units of 1/one, x from −30 to 20, with 2^fraction by the parabola through 0, 1/2 and 1.
func power2(scale, x int) int {
	whole, fraction := x>>16, x&(one-1)
	mantissa := one + fraction*(43012+22524*fraction/one)/one
	if whole < 0 {
		return scale * mantissa / one >> -whole
	}
	return scale * mantissa / one << whole
}

// part is share·x/1000 for x in units of 1/one.
func part(share, x int) int { return share * x / 1000 }

func clip(x, low, high int) int { return min(max(x, low), high) }
