package evaluate

import "math"

// chiSquareTail is the chance that χ² with so many degrees of freedom, at least one, is x ≥ 0 or more (M. Abramowitz,
// I. Stegun, "Handbook of Mathematical Functions", 26.4.4 and 26.4.5).
func chiSquareTail(x float64, degrees int) float64 {
	half := x / 2
	if degrees%2 == 0 {
		term, sum := 1.0, 1.0
		for k := 1; k < degrees/2; k++ {
			term *= half / float64(k)
			sum += term
		}
		return math.Exp(-half) * sum
	}
	tail := math.Erfc(math.Sqrt(half))
	term := math.Exp(-half) * 2 * math.Sqrt(half/math.Pi)
	for k := 1; k <= degrees/2; k++ {
		tail += term
		term *= half / (float64(k) + 0.5)
	}
	return min(tail, 1)
}
