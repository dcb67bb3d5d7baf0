package contribution

import (
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"
	"github.com/consensys/gnark/constraint/solver"
	"github.com/consensys/gnark/frontend"

	"weir/circuits/gadget"
	"weir/engine/pedersen"
)

// What a cheating prover of TestEveryCheatIsCaught does to an honest assignment.

// sum adds to an assigned value.
func sum(v frontend.Variable, more any) frontend.Variable {
	var a, b fr.Element
	if _, err := a.SetInterface(v); err != nil {
		panic(err)
	}
	if _, err := b.SetInterface(more); err != nil {
		panic(err)
	}
	return *a.Add(&a, &b)
}

func negated(v frontend.Variable) frontend.Variable {
	e := v.(fr.Element)
	return *e.Neg(&e)
}

// digit moves a digit within its range.
func digit(v frontend.Variable, by uint8) frontend.Variable {
	return (v.(uint8) + by) % gadget.DigitValues
}

// matches overrides the hint of every equality test of the bucket: the prover claims 0 no match, 1 a match, 2 half.
func matches(claim int64) solver.Option {
	return solver.OverrideHint(solver.GetHintID(solver.InvZeroHint), func(p *big.Int, in, out []*big.Int) error {
		// The gate is match = 1 − difference·hint.
		out[0].SetInt64(0)
		if in[0].Sign() == 0 {
			return nil // a difference of 0 is a match, whatever the hint
		}
		out[0].ModInverse(in[0], p)
		if claim == 1 {
			out[0].SetInt64(0)
		}
		if claim == 2 {
			half := new(big.Int).ModInverse(big.NewInt(2), p)
			out[0].Mul(out[0], half).Mod(out[0], p)
		}
		return nil
	})
}

func (f *fixture) row(line int) int { return f.table.Select(&f.witness.Values)[line] }

func (f *fixture) bin(line int) int { return f.row(line) % gadget.Bins }

// retell rewrites record, lines and commitment for the witness's changed values; the bucket stays.
func (f *fixture) retell(c *Circuit) {
	bucket, contents := c.BucketSubjects, c.BucketContents
	c.assignRecord(f.witness)
	c.BucketSubjects, c.BucketContents = bucket, contents
	c.assignLines(f.table, &f.witness.Values)
	c.claimSum(f.table.Commit(&f.witness.Values, f.witness.Rho))
	c.countDigits()
}

// claimAbsent shows an absent record's features, lines and commitment beside the true words.
func (c *Circuit) claimAbsent(f *fixture) {
	f.witness.Values = [Features]uint32{}
	words := c.Words
	f.retell(c)
	c.Words = words
}

// claimPresent shows a record that the tree does not have.
func (f *fixture) claimPresent(c *Circuit) {
	f.witness.Values = seeded(5).record()
	f.retell(c)
}

// useSecondEntry puts a second record of the subject behind the first in the same bucket, and shows the second.
func (f *fixture) useSecondEntry(c *Circuit) {
	f.witness.Values[cheatFeature] ^= 1
	f.witness.Bucket[1] = Entry{f.witness.Subject, f.witness.content()}
	f.replant(seeded(6))
	f.reassign(c)
}

// reassign starts over from the changed fixture.
func (f *fixture) reassign(c *Circuit) {
	folded, err := f.table.preprocess()
	if err != nil {
		panic(err)
	}
	dynamic, err := f.statement.public()
	if err != nil {
		panic(err)
	}
	*c = *assign(f.table, folded, dynamic, f.witness)
}

func (c *Circuit) claimSum(p pedersen.Point) {
	m, _ := gadget.Montgomery(p.Add(gadget.Offset()))
	c.Total = gadget.Point[frontend.Variable]{U: m.U, V: m.V}
}

func (c *Circuit) setBlinding(rho *big.Int) {
	for i, p := range gadget.BlindingWindows(rho) {
		c.Blinding[i] = gadget.Point[frontend.Variable]{U: p.U, V: p.V}
	}
}

// claimAbsentAtAlias uses the bits of subject + modulus, whose place holds an empty bucket of the same tree.
func (f *fixture) claimAbsentAtAlias(c *Circuit) {
	alias := new(big.Int).SetBytes(f.witness.Subject[:])
	f.claimAbsentAt(c, alias.Add(alias, fr.Modulus()))
}

// claimAbsentNearby changes the place's lowest bit and takes the difference from the high part, over 2^30 in the field.
func (f *fixture) claimAbsentNearby(c *Circuit) {
	p := fr.Modulus()
	subject := new(big.Int).SetBytes(f.witness.Subject[:])
	other := new(big.Int).Xor(subject, big.NewInt(1))
	low := new(big.Int).And(other, big.NewInt(1<<placeBits-1))
	high := new(big.Int).Sub(subject, low)
	high.Mul(high, new(big.Int).ModInverse(big.NewInt(1<<placeBits), p)).Mod(high, p)
	f.claimAbsentAt(c, high.Lsh(high, placeBits).Or(high, low))
}

// claimAbsentAt shows an empty bucket at the place of a number that is the subject only modulo the field.
func (f *fixture) claimAbsentAt(c *Circuit, number *big.Int) {
	f.witness.Present, f.witness.Values, f.witness.Bucket = false, [Features]uint32{}, [BucketSize]Entry{}
	at := new(big.Int).And(number, big.NewInt(1<<placeBits-1))
	f.witness.Siblings = seeded(7).path(at.Uint64(), f.witness.bucketHash())
	f.state(seeded(7))
	f.reassign(c)
	for i := range c.Place {
		c.Place[i] = at.Bit(i)
	}
	c.HighTop = [2]frontend.Variable{0, 0}
	for i := range c.High {
		c.High[i] = uint8(0)
	}
	c.High[0] = new(big.Int).Rsh(number, placeBits)
	c.recount()
}

// forgeLine gives a line any number as the value read, in any bin, with distances that satisfy the bounds in the field.
func (f *fixture) forgeLine(c *Circuit, line, bin int, read *big.Int) {
	low, high := f.table.interval(line, bin)
	c.Read[line], c.Bins[line] = read, gadget.Root(bin)
	forgeDigits(c.Above[line][:], new(big.Int).Sub(read, new(big.Int).SetUint64(low)))
	forgeDigits(c.Below[line][:], new(big.Int).Sub(new(big.Int).SetUint64(high-1), read))
	c.claimSum(f.statement.C.Sub(f.table.W[f.row(line)]).Add(f.table.W[gadget.Bins*line+bin]))
	c.recount()
}

// forgeDigits writes a value in digits where it has some, and else puts it whole into the first one.
func forgeDigits(to []frontend.Variable, value *big.Int) {
	if value.Sign() >= 0 && value.BitLen() <= valueBits {
		setDigits(to, valueRange, value)
		return
	}
	for i := range to {
		to[i] = uint8(0)
	}
	to[0] = sum(value, 0)
}

// selectNoBin lets cheatLine stand at t = 3, where its three polynomials have some values; the distance above makes up
// for the bounds, and the sum is claimed as the circuit's additions give it.
func (f *fixture) selectNoBin(c *Circuit) {
	t, sigma := fr.NewElement(3), boundMix()
	var low, high, u, v [gadget.Bins]fr.Element
	for bin := range gadget.Bins {
		l, h := f.table.interval(cheatLine, bin)
		p, _ := gadget.Montgomery(f.table.W[gadget.Bins*cheatLine+bin])
		low[bin], high[bin], u[bin], v[bin] = fr.NewElement(l), fr.NewElement(h), p.U, p.V
	}
	// (read − above) + σ·(read + 1 + 0) = low(t) + σ·high(t)
	read := fr.NewElement(uint64(f.witness.Values[cheatFeature]))
	above, below, top := at(low, t), fr.NewElement(uint64(f.witness.Values[cheatFeature])+1), at(high, t)
	below.Sub(&below, &top).Mul(&below, &sigma)
	above.Sub(&read, &above).Add(&above, &below)
	c.Bins[cheatLine] = t
	setDigits(c.Below[cheatLine][:], valueRange, new(big.Int))
	forgeDigits(c.Above[cheatLine][:], above.BigInt(new(big.Int)))
	c.recount()

	sum, _ := gadget.Montgomery(gadget.Offset().Add(pedersen.TimesH(f.witness.Rho)))
	for line := range Lines {
		p, _ := gadget.Montgomery(f.table.W[f.row(line)])
		if line == cheatLine {
			p = gadget.Point[fr.Element]{U: at(u, t), V: at(v, t)}
		}
		sum = addMontgomery(sum, p)
	}
	c.Total = gadget.Point[frontend.Variable]{U: sum.U, V: sum.V}
}

// at is the value at t of the polynomial through the values at the bins.
func at(values [gadget.Bins]fr.Element, t fr.Element) (y fr.Element) {
	coefficients := gadget.Interpolate(values)
	for i := len(coefficients) - 1; i >= 0; i-- {
		y.Mul(&y, &t).Add(&y, &coefficients[i])
	}
	return y
}

// addMontgomery is the circuit's addition, which does not ask whether the points are on the curve.
func addMontgomery(p, q gadget.Point[fr.Element]) (sum gadget.Point[fr.Element]) {
	curve := twistededwards.GetEdwardsCurve()
	var a, b, difference, slope fr.Element
	difference.Sub(&curve.A, &curve.D)
	a.Double(a.Add(&curve.A, &curve.D)).Div(&a, &difference)
	b.SetUint64(4)
	b.Div(&b, &difference)
	slope.Div(slope.Sub(&q.V, &p.V), difference.Sub(&q.U, &p.U))
	sum.U.Square(&slope).Mul(&sum.U, &b).Sub(&sum.U, &a).Sub(&sum.U, &p.U).Sub(&sum.U, &q.U)
	sum.V.Sub(&p.U, &sum.U).Mul(&sum.V, &slope).Sub(&sum.V, &p.V)
	return sum
}

// selectBin claims another bin for a line's true value.
func (f *fixture) selectBin(c *Circuit, line, bin int) {
	value := f.witness.Values[f.table.Map[line]]
	f.forgeLine(c, line, bin, new(big.Int).SetUint64(uint64(value)))
}

// readOther lets cheatLine show otherLine's value, honestly binned and counted.
func (f *fixture) readOther(c *Circuit) {
	value := f.witness.Values[otherLine]
	bin := f.table.bin(cheatLine, value)
	c.assignLine(f.table, cheatLine, bin, uint64(value))
	c.claimSum(f.statement.C.Sub(f.table.W[f.row(cheatLine)]).Add(f.table.W[gadget.Bins*cheatLine+bin]))
	c.ReadCounts[cheatFeature] = sum(c.ReadCounts[cheatFeature], -1)
	c.ReadCounts[otherLine] = sum(c.ReadCounts[otherLine], 1)
	c.countDigits()
}

// absorb takes what the feature before got too much, 2^32 times smaller, out of this one: their word stays the same.
func (c *Circuit) absorb(feature int, excess int64) {
	var part fr.Element
	part.SetInt64(-excess)
	shift := power(valueBits)
	part.Div(&part, &shift)
	c.Features[feature][0] = sum(c.Features[feature][0], part)
	c.recount()
}
