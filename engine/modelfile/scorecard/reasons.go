package scorecard

import (
	"cmp"
	"math/big"
	"slices"
)

// The rule for reason codes, on which engines differ: the differences from the baseline are added per code; a code whose
// sum is below 0 is dropped (0 is kept); the codes are ordered by falling sum, equal ones in the order in which their
// characteristics stand in the file; ranks beyond the last code stay empty.

// reason is one code and the sum of its differences.
type reason[N any] struct {
	code string
	sum  N
}

func (c *Card) code(i, k int) string {
	if code := c.Characteristics[i].Attributes[k].Reason; code != "" {
		return code
	}
	return c.Characteristics[i].Reason
}

func (c *Card) exactReasons(chosen []int) []string {
	if !c.tally.small {
		return c.largeReasons(chosen)
	}
	reasons := make([]reason[int64], 0, len(chosen))
	for i, k := range chosen {
		difference := c.tally.baselines[i].Int64() - c.tally.smallPoints[i][k]
		if c.Above {
			difference = -difference
		}
		add(&reasons, c.code(i, k), func(sum int64) int64 { return sum + difference })
	}
	return ranked(reasons, c.Ranks, func(a, b int64) int { return cmp.Compare(a, b) })
}

func (c *Card) largeReasons(chosen []int) []string {
	reasons := make([]reason[*big.Int], 0, len(chosen))
	for i, k := range chosen {
		difference := new(big.Int).Sub(c.tally.baselines[i], c.tally.points[i][k])
		if c.Above {
			difference.Neg(difference)
		}
		add(&reasons, c.code(i, k), func(sum *big.Int) *big.Int {
			if sum == nil {
				return difference
			}
			return difference.Add(difference, sum)
		})
	}
	return ranked(reasons, c.Ranks, func(a, b *big.Int) int {
		if b == nil {
			b = new(big.Int)
		}
		return a.Cmp(b)
	})
}

func (c *Card) doubleReasons(chosen []int, points []float64) []string {
	reasons := make([]reason[float64], 0, len(chosen))
	for i, k := range chosen {
		difference := c.Characteristics[i].Baseline.Float() - points[i]
		if c.Above {
			difference = -difference
		}
		add(&reasons, c.code(i, k), func(sum float64) float64 { return sum + difference })
	}
	return ranked(reasons, c.Ranks, func(a, b float64) int { return cmp.Compare(a, b) })
}

// add changes the sum of a code, which it appends if it is new. A characteristic without a code has no reason.
func add[N any](reasons *[]reason[N], code string, change func(sum N) N) {
	if code == "" {
		return
	}
	i := slices.IndexFunc(*reasons, func(r reason[N]) bool { return r.code == code })
	if i < 0 {
		i = len(*reasons)
		*reasons = append(*reasons, reason[N]{code: code})
	}
	(*reasons)[i].sum = change((*reasons)[i].sum)
}

// ranked drops what is below the zero N and orders the rest.
func ranked[N any](reasons []reason[N], ranks int, compare func(a, b N) int) []string {
	var zero N
	reasons = slices.DeleteFunc(reasons, func(r reason[N]) bool { return compare(r.sum, zero) < 0 })
	slices.SortStableFunc(reasons, func(a, b reason[N]) int { return compare(b.sum, a.sum) })
	if ranks > 0 && len(reasons) > ranks {
		reasons = reasons[:ranks]
	}
	codes := make([]string, len(reasons))
	for i, r := range reasons {
		codes[i] = r.code
	}
	return codes
}
