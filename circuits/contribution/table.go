package contribution

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"weir/circuits/gadget"
	"weir/engine/pedersen"
)

// ErrTable is returned for a slice that breaks the rules of protocol section 4: edges out of order or range, a map to a
// feature that does not exist, a commitment that is the identity or no point.
var ErrTable = errors.New("slice refused")

// edgeLimit is e_8, one above the largest encoded value.
const edgeLimit = 1 << 32

// Table is the public side of one slice. Row 8·line + bin covers the encoded values [e_bin, e_(bin+1)) of feature
// Map[line], with e_0 = 0 and e_8 = 2^32.
type Table struct {
	W     [Rows]pedersen.Point
	Edges [Lines][gadget.Bins - 1]uint64 // 1 ≤ e_1 ≤ … ≤ e_7 ≤ 2^32
	Map   [Lines]uint8                   // below Features
}

// Check applies the rules that ErrTable names.
func (t *Table) Check() error {
	for line, edges := range t.Edges {
		last := uint64(1)
		for i, edge := range edges {
			if edge < last || edge > edgeLimit {
				return fmt.Errorf("%w: line %d: edge %d is not between the one before (or 1) and 2^32", ErrTable, line, i+1)
			}
			last = edge
		}
		if t.Map[line] >= Features {
			return fmt.Errorf("%w: line %d: no feature %d", ErrTable, line, t.Map[line])
		}
	}
	for row, w := range t.W {
		if _, ok := gadget.Montgomery(w); !ok {
			return fmt.Errorf("%w: commitment of row %d is the identity or missing", ErrTable, row)
		}
	}
	return nil
}

// Select gives the row of each line for the encoded values of a record (all 0 for an absent one).
func (t *Table) Select(values *[Features]uint32) (rows [Lines]int) {
	for line := range rows {
		rows[line] = gadget.Bins*line + t.bin(line, values[t.Map[line]])
	}
	return rows
}

// Commit is C = Σ W of the selected rows + ρ·H.
func (t *Table) Commit(values *[Features]uint32, rho *big.Int) pedersen.Point {
	points := []pedersen.Point{pedersen.TimesH(rho)}
	for _, row := range t.Select(values) {
		points = append(points, t.W[row])
	}
	return pedersen.Sum(points...)
}

// bin is the last bin whose lower edge does not exceed v, so never an empty one.
func (t *Table) bin(line int, v uint32) int {
	bin := 0
	for bin < gadget.Bins-1 && uint64(v) >= t.Edges[line][bin] {
		bin++
	}
	return bin
}

// interval is [low, high) of a bin.
func (t *Table) interval(line, bin int) (low, high uint64) {
	high = edgeLimit
	if bin > 0 {
		low = t.Edges[line][bin-1]
	}
	if bin < gadget.Bins-1 {
		high = t.Edges[line][bin]
	}
	return low, high
}

// slice is a table as the circuit's folded inputs.
type slice struct {
	bounds [Lines]gadget.Monic[fr.Element]
	u, v   [Lines]gadget.General[fr.Element]
	keys   [Lines]fr.Element
}

// foldedInputs is the number of public inputs of a slice.
const foldedInputs = Lines * (7 + 8 + 8 + 1)

// preprocess checks the table and derives the polynomials. A line whose eight points lie on a polynomial of lower
// degree is refused; with random blindings that has chance 2^-245, and a new sealing cures it.
func (t *Table) preprocess() (*slice, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	s := new(slice)
	for line := range Lines {
		s.bounds[line] = t.boundPolynomial(line)
		s.keys[line].SetBigInt(featureKey(int(t.Map[line])))
		var u, v [gadget.Bins]fr.Element
		for bin := range gadget.Bins {
			p, _ := gadget.Montgomery(t.W[gadget.Bins*line+bin]) // checked above
			u[bin], v[bin] = p.U, p.V
		}
		var errU, errV error
		s.u[line], errU = gadget.GeneralParameters(gadget.Interpolate(u))
		s.v[line], errV = gadget.GeneralParameters(gadget.Interpolate(v))
		if err := errors.Join(errU, errV); err != nil {
			return nil, fmt.Errorf("%w: line %d: points of low degree", ErrTable, line)
		}
	}
	return s, nil
}

// boundPolynomial interpolates low + σ·high over the bins and divides by its leading coefficient, which is always
// leadingBound: Σ_b (e_b + σ·e_(b+1))·ω^b with σ = −ω telescopes to e_0 − e_8, and an eighth of that is −2^29.
func (t *Table) boundPolynomial(line int) gadget.Monic[fr.Element] {
	var values [gadget.Bins]fr.Element
	sigma := boundMix()
	for bin := range values {
		low, high := t.interval(line, bin)
		var l, h fr.Element
		h.SetUint64(high)
		values[bin].Add(l.SetUint64(low), h.Mul(&h, &sigma))
	}
	coefficients := gadget.Interpolate(values)
	scale := boundScale()
	for i := range coefficients {
		coefficients[i].Mul(&coefficients[i], &scale)
	}
	return gadget.MonicParameters([7]fr.Element(coefficients[:7]))
}

// boundMix is σ = −ω, with σ⁴ = −1.
func boundMix() fr.Element { return gadget.Root(5) }

// boundScale is −2^-29, the inverse of the bounds' leading coefficient.
func boundScale() (scale fr.Element) {
	scale.SetUint64(edgeLimit / gadget.Bins)
	scale.Neg(&scale)
	return *scale.Inverse(&scale)
}

// vector lists the folded inputs in the order of Circuit.
func (s *slice) vector() fr.Vector {
	inputs := make(fr.Vector, 0, foldedInputs)
	for line := range s.bounds {
		inputs = append(inputs, s.bounds[line][:]...)
	}
	for line := range s.u {
		inputs = append(inputs, s.u[line][:]...)
	}
	for line := range s.v {
		inputs = append(inputs, s.v[line][:]...)
	}
	return append(inputs, s.keys[:]...)
}
