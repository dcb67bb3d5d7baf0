package contribution

import (
	"math/big"
	"testing"

	"github.com/consensys/gnark/constraint/solver"
	"github.com/consensys/gnark/frontend"

	"weir/circuits/gadget"
	"weir/engine/pedersen"
)

// cheat is a prover who departs from an honest assignment and makes everything fit again but what the named part holds.
type cheat struct {
	name    string
	absent  bool // start from an absent record
	part    string
	change  func(f *fixture, c *Circuit)
	options []solver.Option
}

// The lines that the cheats use, in the fixture of seed 4.
const (
	cheatLine    = 7
	otherLine    = 8
	cheatFeature = cheatLine
)

var cheats = []cheat{
	// the subject and its place
	{name: "place bit 2, made up by the next", part: "subject", change: func(f *fixture, c *Circuit) {
		c.Place[0], c.Place[1] = sum(c.Place[0], 2), sum(c.Place[1], -1)
	}},
	{name: "top bit 2, made up by the next", part: "subject", change: func(f *fixture, c *Circuit) {
		c.HighTop[0], c.HighTop[1] = sum(c.HighTop[0], 2), sum(c.HighTop[1], -1)
	}},
	{name: "subject plus the modulus, at whose place the tree says absent", part: "ranges", change: func(f *fixture, c *Circuit) {
		f.claimAbsentAtAlias(c)
	}},
	{name: "place moved by one bit, made up in the high part", part: "ranges", change: func(f *fixture, c *Circuit) {
		f.claimAbsentNearby(c)
	}},
	// the tag
	{name: "another first nonce", part: "tag", change: func(f *fixture, c *Circuit) { c.Nonces[0] = sum(c.Nonces[0], 1) }},
	{name: "another second nonce", part: "tag", change: func(f *fixture, c *Circuit) { c.Nonces[1] = sum(c.Nonces[1], 1) }},
	{name: "nonces exchanged", part: "tag", change: func(f *fixture, c *Circuit) {
		c.Nonces[0], c.Nonces[1] = c.Nonces[1], c.Nonces[0]
	}},
	{name: "another tag", part: "tag", change: func(f *fixture, c *Circuit) { c.Tag = sum(c.Tag, 1) }},
	{name: "a neighbour's record under this tag", part: "tag", change: func(f *fixture, c *Circuit) { c.High[0] = digit(c.High[0], 1); c.recount() }},
	// the record
	{name: "another record", part: "record", change: func(f *fixture, c *Circuit) {
		f.witness.Values[cheatFeature] ^= 1
		f.retell(c)
	}},
	{name: "another salt", part: "record", change: func(f *fixture, c *Circuit) { c.Salt = sum(c.Salt, 1) }},
	{name: "second entry of the bucket", part: "record", change: func(f *fixture, c *Circuit) { f.useSecondEntry(c) }},
	{name: "false presence: a hint that finds a match", absent: true, part: "record", change: func(f *fixture, c *Circuit) {
		f.claimPresent(c)
	}, options: []solver.Option{matches(1)}},
	{name: "half present", part: "record", change: func(f *fixture, c *Circuit) {}, options: []solver.Option{matches(2)}},
	{name: "false presence: a record of nobody", absent: true, part: "words", change: func(f *fixture, c *Circuit) {
		f.claimPresent(c)
	}},
	{name: "false absence: hints that find no match", part: "words", change: func(f *fixture, c *Circuit) {
		c.claimAbsent(f)
	}, options: []solver.Option{matches(0)}},
	{name: "false absence: all features zero", part: "words", change: func(f *fixture, c *Circuit) { c.claimAbsent(f) }},
	{name: "false absence: the entry taken out of the bucket", part: "path", change: func(f *fixture, c *Circuit) {
		for i, subject := range c.BucketSubjects {
			if subject == subjectElement(f.witness.Subject) {
				c.BucketSubjects[i], c.BucketContents[i] = 0, 0
			}
		}
		c.claimAbsent(f)
	}},
	// the features
	{name: "a feature changed, its word not", part: "words", change: func(f *fixture, c *Circuit) {
		f.witness.Values[cheatFeature] ^= 1
		words := c.Words
		f.retell(c)
		c.Words = words
	}},
	{name: "an unread feature changed", part: "words", change: func(f *fixture, c *Circuit) {
		setDigits(c.Features[unreadFeature][:], valueRange, big.NewInt(int64(f.witness.Values[unreadFeature]^1)))
		c.recount()
	}},
	{name: "an unread feature of the same word absorbs a change", part: "ranges", change: func(f *fixture, c *Circuit) {
		old := int64(f.witness.Values[continuedFeature])
		f.witness.Values[continuedFeature] ^= 1
		words := c.Words
		f.retell(c)
		c.Words = words
		c.absorb(unreadFeature, int64(f.witness.Values[continuedFeature])-old)
	}},
	{name: "a feature of 2^32, one less in the next", part: "ranges", change: func(f *fixture, c *Circuit) {
		for i := range c.Features[25] {
			c.Features[25][i] = uint8(gadget.DigitValues - 1)
		}
		c.Features[25][0] = gadget.DigitValues
		c.absorb(26, 1<<32-int64(f.witness.Values[25]))
	}},
	// the lines
	{name: "the next bin with the honest distances", part: "lines", change: func(f *fixture, c *Circuit) {
		c.Bins[cheatLine] = gadget.Root(f.bin(cheatLine) + 1)
	}},
	{name: "the next bin with a negative distance above its low end", part: "ranges", change: func(f *fixture, c *Circuit) {
		f.selectBin(c, cheatLine, f.bin(cheatLine)+1)
	}},
	{name: "the bin before with a negative distance below its high end", part: "ranges", change: func(f *fixture, c *Circuit) {
		f.selectBin(c, cheatLine, f.bin(cheatLine)-1)
	}},
	{name: "the empty bin", part: "ranges", change: func(f *fixture, c *Circuit) { f.selectBin(c, emptyBinLine, 3) }},
	{name: "an unreachable bin of an unused line", part: "ranges", change: func(f *fixture, c *Circuit) {
		f.selectBin(c, firstUnusedLine, 1)
	}},
	{name: "a bin that is no root of unity, with distances that fit", part: "lines", change: func(f *fixture, c *Circuit) {
		f.selectNoBin(c)
	}},
	{name: "bin 0 as the number 0", part: "lines", change: func(f *fixture, c *Circuit) { c.Bins[cheatLine] = 0 }},
	{name: "another commitment", part: "lines", change: func(f *fixture, c *Circuit) {
		c.claimSum(f.statement.C.Add(pedersen.BlindingGenerator()))
	}},
	{name: "the commitment with the value generator added", part: "lines", change: func(f *fixture, c *Circuit) {
		c.claimSum(f.statement.C.Add(pedersen.ValueGenerator(0)))
	}},
	{name: "the negated commitment", part: "lines", change: func(f *fixture, c *Circuit) { c.claimSum(f.statement.C.Neg()) }},
	{name: "the sum mirrored after the offset", part: "lines", change: func(f *fixture, c *Circuit) {
		c.Total.V = negated(c.Total.V)
	}},
	{name: "the offset sum as minus the last row, on one line with it", part: "lines", change: func(f *fixture, c *Circuit) {
		c.claimSum(f.table.W[f.row(Lines-1)].Neg().Sub(gadget.Offset()))
	}},
	{name: "W of another row", part: "lines", change: func(f *fixture, c *Circuit) {
		row, other := f.row(cheatLine), f.row(otherLine)
		c.claimSum(f.statement.C.Sub(f.table.W[row]).Add(f.table.W[other]))
	}},
	{name: "a row left out", part: "lines", change: func(f *fixture, c *Circuit) {
		c.claimSum(f.statement.C.Sub(f.table.W[f.row(cheatLine)]))
	}},
	{name: "another line's polynomial", part: "lines", change: func(f *fixture, c *Circuit) {
		c.U[cheatLine], c.V[cheatLine] = c.U[otherLine], c.V[otherLine]
	}},
	{name: "another line's edges", part: "lines", change: func(f *fixture, c *Circuit) { c.Bounds[cheatLine] = c.Bounds[otherLine] }},
	{name: "an edge moved", part: "lines", change: func(f *fixture, c *Circuit) {
		c.Bounds[cheatLine][6] = sum(c.Bounds[cheatLine][6], 1)
	}},
	// the blinding
	{name: "another blinding", part: "lines", change: func(f *fixture, c *Circuit) {
		c.setBlinding(new(big.Int).Add(f.witness.Rho, big.NewInt(1)))
	}},
	{name: "a window's point negated", part: "lines", change: func(f *fixture, c *Circuit) {
		c.Blinding[3].V = negated(c.Blinding[3].V)
	}},
	{name: "a point of another window", part: "blinding", change: func(f *fixture, c *Circuit) { c.Blinding[3] = c.Blinding[4] }},
	{name: "a value commitment in a window", part: "blinding", change: func(f *fixture, c *Circuit) {
		p, _ := gadget.Montgomery(pedersen.ValueGenerator(0))
		c.Blinding[3] = gadget.Point[frontend.Variable]{U: p.U, V: p.V}
	}},
	{name: "a window's u with another v", part: "blinding", change: func(f *fixture, c *Circuit) {
		c.Blinding[3].V = sum(c.Blinding[3].V, 1)
	}},
	// the ranges
	{name: "a digit too many in the counts", part: "ranges", change: func(f *fixture, c *Circuit) {
		c.DigitCounts[5] = sum(c.DigitCounts[5], 1)
	}},
	{name: "a distance digit of 86", part: "ranges", change: func(f *fixture, c *Circuit) {
		c.Above[cheatLine][0], c.Above[cheatLine][1] = sum(c.Above[cheatLine][0], gadget.DigitValues), sum(c.Above[cheatLine][1], -1)
		c.recount()
	}},
	// the map
	{name: "a line reads another feature", part: "map", change: func(f *fixture, c *Circuit) { f.readOther(c) }},
	{name: "a line reads another feature with its key", part: "ranges", change: func(f *fixture, c *Circuit) {
		f.readOther(c)
		read := new(big.Int).Sub(featureKey(otherLine), featureKey(cheatLine))
		read.Add(read, new(big.Int).SetUint64(uint64(f.witness.Values[otherLine])))
		f.forgeLine(c, cheatLine, f.table.bin(cheatLine, uint32(read.Uint64())), read)
	}},
	{name: "the map changed", part: "map", change: func(f *fixture, c *Circuit) { c.Keys[cheatLine] = featureKey(otherLine) }},
	{name: "a line too many in the counts", part: "map", change: func(f *fixture, c *Circuit) {
		c.ReadCounts[cheatFeature] = sum(c.ReadCounts[cheatFeature], 1)
	}},
	// the path
	{name: "a sibling changed", part: "path", change: func(f *fixture, c *Circuit) {
		c.Siblings[0][(place(f.witness.Subject)+1)&7] = 5
	}},
	{name: "the bucket moved to another child", part: "path", change: func(f *fixture, c *Circuit) {
		at := place(f.witness.Subject) & 7
		c.Siblings[0][at], c.Siblings[0][at^1] = c.Siblings[0][at^1], c.Siblings[0][at]
	}},
	{name: "two levels exchanged", part: "path", change: func(f *fixture, c *Circuit) {
		c.Siblings[2], c.Siblings[3] = c.Siblings[3], c.Siblings[2]
	}},
	{name: "another root", part: "path", change: func(f *fixture, c *Circuit) { c.Root = sum(c.Root, 1) }},
	{name: "a neighbour's content changed", part: "path", change: func(f *fixture, c *Circuit) {
		for i, subject := range c.BucketSubjects {
			if subject != subjectElement(f.witness.Subject) {
				c.BucketContents[i] = 7
			}
		}
	}},
}

// Every constraint group refuses the cheats that only it can see. The context has none: any context goes with any
// witness, and TestEveryPublicInputIsBound shows that a proof's context cannot be changed.
func TestEveryCheatIsCaught(t *testing.T) {
	caught := map[string]int{}
	for _, cheat := range cheats {
		t.Run(cheat.name, func(t *testing.T) {
			f := seeded(4).fixture(!cheat.absent)
			if !cheat.absent {
				f.witness.Values[cheatFeature] = uint32(f.table.Edges[cheatLine][3]) // bin 4
				f.plant(seeded(4))
			}
			c := f.assign(t)
			if part := caughtBy(t, c); part != "" {
				t.Fatalf("the honest assignment is refused at %s", part)
			}
			cheat.change(f, c)
			if part := caughtBy(t, c, cheat.options...); part != cheat.part {
				t.Errorf("caught by %q, want %q", part, cheat.part)
			}
		})
		caught[cheat.part]++
	}
	for _, part := range parts[1:] {
		if caught[part.name] == 0 {
			t.Errorf("no cheat for %s", part.name)
		}
	}
}
