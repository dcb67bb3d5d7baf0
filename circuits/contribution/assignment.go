package contribution

import (
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/frontend"

	"weir/circuits/gadget"
)

// assign fills the circuit for a statement and a witness that fits it (Check). Public inputs come from the slice and
// the statement, everything else from the witness.
func assign(t *Table, folded *slice, dynamic fr.Vector, w *Witness) *Circuit {
	c := new(Circuit)
	c.assignSlice(folded)
	c.Root, c.Tag, c.Context = dynamic[0], dynamic[1], dynamic[2]
	c.Total = gadget.Point[frontend.Variable]{U: dynamic[3], V: dynamic[4]}
	c.assignSubject(w)
	c.assignRecord(w)
	c.assignLines(t, &w.Values)
	for i, point := range gadget.BlindingWindows(w.Rho) {
		c.Blinding[i] = gadget.Point[frontend.Variable]{U: point.U, V: point.V}
	}
	c.countDigits()
	return c
}

func (c *Circuit) assignSlice(s *slice) {
	for l := range Lines {
		for i, q := range s.bounds[l] {
			c.Bounds[l][i] = q
		}
		for i := range s.u[l] {
			c.U[l][i], c.V[l][i] = s.u[l][i], s.v[l][i]
		}
		c.Keys[l] = s.keys[l]
	}
}

func (c *Circuit) assignSubject(w *Witness) {
	subject := new(big.Int).SetBytes(w.Subject[:])
	for i := range c.Place {
		c.Place[i] = subject.Bit(i)
	}
	for i := range c.HighTop {
		c.HighTop[i] = subject.Bit(placeBits + highBits + i)
		subject.SetBit(subject, placeBits+highBits+i, 0)
	}
	setDigits(c.High[:], highRange, subject.Rsh(subject, placeBits))
	c.Nonces = [2]frontend.Variable{secretElement(w.Nonce1), secretElement(w.Nonce2)}
}

func (c *Circuit) assignRecord(w *Witness) {
	for i, word := range packWords(&w.Values) {
		c.Words[i] = word
	}
	c.Salt = secretElement(w.Salt)
	for i, entry := range w.Bucket {
		c.BucketSubjects[i], c.BucketContents[i] = subjectElement(entry.Subject), entry.Content
	}
	for h, siblings := range w.Siblings {
		for i, node := range siblings {
			c.Siblings[h][i] = node
		}
	}
	for f, value := range w.Values {
		setDigits(c.Features[f][:], valueRange, new(big.Int).SetUint64(uint64(value)))
	}
}

func (c *Circuit) assignLines(t *Table, values *[Features]uint32) {
	var counts [Features]int
	for l, row := range t.Select(values) {
		bin := row % gadget.Bins
		c.assignLine(t, l, bin, uint64(values[t.Map[l]]))
		counts[t.Map[l]]++
	}
	for f, count := range counts {
		c.ReadCounts[f] = count
	}
}

// assignLine fills one line with a value in the given bin.
func (c *Circuit) assignLine(t *Table, line, bin int, value uint64) {
	low, high := t.interval(line, bin)
	c.Read[line], c.Bins[line] = value, gadget.Root(bin)
	setDigits(c.Above[line][:], valueRange, new(big.Int).SetUint64(value-low))
	setDigits(c.Below[line][:], valueRange, new(big.Int).SetUint64(high-1-value))
}

// countDigits sets DigitCounts from the digits that setDigits wrote.
func (c *Circuit) countDigits() {
	var counts [gadget.DigitValues]int
	for _, digit := range c.digits() {
		counts[digit.(uint8)]++
	}
	for d, count := range counts {
		c.DigitCounts[d] = count
	}
}

func setDigits(to []frontend.Variable, digits gadget.Digits, value *big.Int) {
	for i, digit := range digits.Split(value) {
		to[i] = digit
	}
}
