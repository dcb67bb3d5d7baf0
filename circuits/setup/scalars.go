package setup

import (
	"runtime"
	"sync"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// scalars collects groups of exponents, to be multiplied together.
type scalars []fr.Element

// span is where a group of exponents, and later its points, stands.
type span struct{ from, to int }

func (s *scalars) add(group ...fr.Element) span {
	from := len(*s)
	*s = append(*s, group...)
	return span{from, len(*s)}
}

// cut takes a group's points; its capacity ends with the group, so that appending to one group never reaches the next.
func cut[P any](points []P, s span) []P { return points[s.from:s.to:s.to] }

// recode writes x as Σ digits[i]·2^(window·i) with digits in (−2^(window−1), 2^(window−1)]. It needs
// windows(window) digits, so that the last carry has a place.
func recode(digits []int32, x *fr.Element, window int) {
	words := x.Bits()
	carry := uint64(0)
	for i := range digits {
		bit := i * window
		word, shift := bit/64, uint(bit%64)
		var v uint64
		if word < len(words) {
			v = words[word] >> shift
			if shift+uint(window) > 64 && word+1 < len(words) {
				v |= words[word+1] << (64 - shift)
			}
		}
		v = v&(1<<window-1) + carry
		carry = 0
		if v > 1<<(window-1) {
			digits[i], carry = int32(v)-1<<window, 1
			continue
		}
		digits[i] = int32(v)
	}
}

// windows is the number of digits of a scalar below 2^254.
func windows(window int) int { return 254/window + 1 }

// bestWindow balances making a table, windows·2^(window−1) additions, against using it, windows additions a scalar. A
// table of more than 12 bits falls out of a core's cache and gains nothing.
func bestWindow(count int) int {
	best, bestCost := 2, 1<<62
	for window := 2; window <= 12; window++ {
		if cost := windows(window) * (1<<(window-1) + count); cost < bestCost {
			best, bestCost = window, cost
		}
	}
	return best
}

// blockSize is how many scalars share one field inversion, and one report of progress.
const blockSize = 1024

// inBlocks calls work for consecutive blocks of [0, count) from all cores, and returns when every call has.
func inBlocks(count int, work func(from, to int)) {
	var lock sync.Mutex
	next := 0
	take := func() (int, int) {
		lock.Lock()
		defer lock.Unlock()
		from := next
		next = min(next+blockSize, count)
		return from, next
	}
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for from, to := take(); from < to; from, to = take() {
				work(from, to)
			}
		})
	}
	workers.Wait()
}

// weightG2 is what a multiplication in G2 costs in multiplications in G1, for progress only.
const weightG2 = 4

// meter passes progress on, one call at a time.
type meter struct {
	lock        sync.Mutex
	done, total int
	report      func(done, total int)
}

func newMeter(report func(done, total int)) *meter {
	if report == nil {
		report = func(int, int) {}
	}
	return &meter{report: report}
}

func (m *meter) add(n int) {
	m.lock.Lock()
	defer m.lock.Unlock()
	m.done += n
	m.report(m.done, m.total)
}
