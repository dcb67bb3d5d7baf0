package modelbind

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"weir/engine"
	"weir/engine/model/points"
	"weir/engine/modelbind/terms"
	"weir/engine/modelfile/scoring"
	"weir/engine/modelfile/value"
	"weir/engine/schema"
)

// Carried is a model as it goes under seal.
type Carried struct {
	Text     []byte        // the *.weir.json file
	Model    *points.Model // as Parse reads Text
	Multiply *big.Rat      // a sealed score is Multiply times the sum of the file …
	Error    *big.Rat      // … to within this much, in sealed points; 0 where it is exact
	Exact    bool          // Error is 0, and the file's points are decimals that were added exactly
	Sum      *terms.Sum    // the file's sum, its link and class, which the bank applies to an opened score
	Bins     []Bins
	Warnings []string // for people: categories that no rule of the file names, inputs that only reject rows
}

// Bins says how one input was cut.
type Bins struct {
	Input, Source, Feature string
	Bins                   int
	Binned                 bool     // a continuous part was put into bins
	Error                  *big.Rat // in sealed points, by rounding and binning
}

// Refusal is why a model cannot go under seal as it is bound: every reason, with its figure.
type Refusal struct{ Reasons []string }

// Error lists the reasons, one to a line.
func (r *Refusal) Error() string { return strings.Join(r.Reasons, "\n") }

// Carry turns a model into a *.weir.json along a mapping, which it checks first. The error is a *Refusal, or for a model
// beyond the limits of the format that of points.Parse. Whether a policy allows the result is for points.Model.Compile.
func Carry(m *scoring.Model, mapping *Mapping, schemas map[engine.Name]*schema.Schema) (*Carried, error) {
	if faults := mapping.Check(m, schemas); len(faults) > 0 {
		return nil, &Refusal{faults}
	}
	sum, obstacles := terms.Split(m)
	if len(obstacles) > 0 {
		r := &Refusal{}
		for _, o := range obstacles {
			r.Reasons = append(r.Reasons, o.String())
		}
		return nil, r
	}
	c := newCarrier(mapping, sum, schemas)
	c.tabulate(m)
	c.settle()
	c.checkScale()
	if mapping.Reasons.Tells() {
		c.checkBaselines()
	}
	if len(c.reasons) > 0 {
		return nil, &Refusal{c.reasons}
	}
	if err := c.write(nil); err != nil {
		return nil, err
	}
	if mapping.Reasons.Tells() {
		if err := c.tell(); err != nil {
			return nil, err
		}
	}
	c.result.Exact = sum.Exact && c.result.Error.Sign() == 0
	return c.result, nil
}

type carrier struct {
	mapping *Mapping
	sum     *terms.Sum
	schemas map[engine.Name]*schema.Schema
	tables  []*table
	base    int64
	whole   map[*bin]int64
	reasons []string
	result  *Carried
}

func newCarrier(mapping *Mapping, sum *terms.Sum, schemas map[engine.Name]*schema.Schema) *carrier {
	return &carrier{mapping: mapping, sum: sum, schemas: schemas, whole: map[*bin]int64{},
		result: &Carried{Multiply: mapping.Multiply.Rat(), Error: new(big.Rat), Sum: sum}}
}

func (c *carrier) refuse(format string, args ...any) {
	c.reasons = append(c.reasons, fmt.Sprintf(format, args...))
}

func (c *carrier) tabulate(m *scoring.Model) {
	for _, i := range c.sum.Unused {
		in := &m.Inputs[i]
		if in.Prepare(value.Value{}).IsFault() || in.Invalid == scoring.RejectInvalid && (in.Valid != nil || in.Forbidden != nil || len(in.Intervals) > 0) {
			c.result.Warnings = append(c.result.Warnings, (&Input{Name: in.Name}).errorf("it adds nothing, but the file gives no score where it is missing or not allowed; under seal there is one"))
		}
	}
	for i := range c.sum.Parts {
		part := &c.sum.Parts[i]
		in := c.mapping.Input(part.Name)
		if in.Unused {
			c.refuse("%s", in.errorf("it is said to be unused, but %d terms of the file read it", part.Terms))
			continue
		}
		of := c.schemas[in.Source]
		k, _ := of.Index(in.Feature)
		t, why := tabulate(in, part, &m.Inputs[part.Input], &of.Features[k])
		if why != "" {
			c.refuse("%s", why)
			continue
		}
		c.tables = append(c.tables, t)
		c.warn(in, part)
	}
	for _, t := range c.tables {
		if n := len(t.bins); n > MaxBins {
			c.refuse("%s", t.input.errorf("it needs %d bins, a feature can have %d: state bins (weir model bin)", n, MaxBins))
		}
		for i := range t.bins {
			if t.bins[i].x == nil {
				c.refuse("%s", t.input.errorf("the file gives no score for %s (%.120s): state no_score, the points that such a value adds", t.where(i), t.bins[i].why))
			}
		}
		if t.missing.x == nil {
			c.refuse("%s", t.input.errorf("the file gives no score for a missing value (%.120s): state no_score, the points that it adds", t.missing.why))
		}
	}
}

// warn tells of categories that fall to what the file does with values that it does not know, as misspelt ones do.
func (c *carrier) warn(in *Input, part *terms.Part) {
	for _, category := range in.Categories {
		if _, named := slices.BinarySearch(part.Texts, category.Text); !named && !category.Missing && len(part.Texts) > 0 {
			c.result.Warnings = append(c.result.Warnings, in.errorf("category %.60q: no rule of the file names %.60q; it adds what the file gives to a value it does not know",
				category.Name, category.Text))
		}
	}
}

// where names a bin.
func (t *table) where(i int) string {
	if t.bins[i].category != "" {
		return fmt.Sprintf("category %.60q", t.bins[i].category)
	}
	from := levelText(t.feature, t.bins[i].from)
	if i+1 < len(t.bins) {
		return fmt.Sprintf("values from %s to below %s", from, levelText(t.feature, t.bins[i+1].from))
	}
	return fmt.Sprintf("values from %s on", from)
}

// settle brings all points to whole numbers.
func (c *carrier) settle() {
	if len(c.reasons) > 0 {
		return
	}
	least := big.NewRat(1, 1) // that all exact points have to be multiplied with
	var ok bool
	if c.base, ok = c.integer(&bin{x: c.sum.Constant, low: c.sum.Constant, high: c.sum.Constant}, c.result.Error, least); !ok {
		c.refuse("the constant, times %s, is beyond %d", c.mapping.Multiply, int64(points.MaxBase))
	}
	unstated := new(big.Rat).Set(c.result.Error) // error that is not that of bins which the mapping asks for
	for _, t := range c.tables {
		largest := new(big.Rat)
		for i := range t.bins {
			c.points(t, &t.bins[i], largest, least)
		}
		c.points(t, &t.missing, largest, least)
		c.result.Error.Add(c.result.Error, largest)
		if !t.binned {
			unstated.Add(unstated, largest)
		}
		c.result.Bins = append(c.result.Bins, Bins{t.input.Name, string(t.input.Source), t.input.Feature, len(t.bins), t.binned, largest})
	}
	if !c.mapping.Round && unstated.Sign() != 0 {
		advice := ""
		if c.sum.Exact {
			advice = fmt.Sprintf(" with \"multiply\": \"%s\" they would be, or", new(big.Rat).Mul(c.mapping.Multiply.Rat(), least).RatString())
		}
		c.refuse("the file's points, times %s, are no whole numbers:%s state \"round\": true, and a score is off by at most %s points",
			c.mapping.Multiply, advice, upTo(c.result.Error))
	}
}

func (c *carrier) points(t *table, b *bin, largest, least *big.Rat) {
	if b.x == nil {
		c.refuse("%s", t.input.errorf("the file gives no score for some values (%.120s): state no_score, the points that they add", b.why))
		return
	}
	n, ok := c.integer(b, largest, least)
	if !ok || n < points.MinPoints || n > points.MaxPoints {
		c.refuse("%s", t.input.errorf("%s points for one bin, allowed: %d to %d", new(big.Rat).Mul(b.x, c.mapping.Multiply.Rat()).FloatString(0),
			points.MinPoints, points.MaxPoints))
		return
	}
	c.whole[b] = n
}

// integer is a bin's points as a whole number. It raises largest to the error, and least to what exact points must be
// multiplied with beyond Multiply to be whole.
func (c *carrier) integer(b *bin, largest, least *big.Rat) (int64, bool) {
	multiply := c.mapping.Multiply.Rat()
	x := new(big.Rat).Mul(b.x, multiply)
	n := nearest(x)
	whole := new(big.Rat).SetInt(n)
	if x.Num().BitLen() < 4096 && !x.IsInt() {
		least.SetInt(lcm(least.Num(), x.Denom()))
	}
	for _, end := range []*big.Rat{b.low, b.high} {
		off := new(big.Rat).Mul(end, multiply)
		off.Sub(off, whole).Abs(off)
		if !c.sum.Exact && off.Cmp(tiny) <= 0 {
			continue // a decimal that a double came near to
		}
		if off.Cmp(largest) > 0 {
			largest.Set(off)
		}
	}
	return n.Int64(), n.IsInt64() && n.CmpAbs(big.NewInt(points.MaxBase)) <= 0
}

// tiny is how far from a whole number a sum of doubles may be and still be that number.
var tiny = big.NewRat(1, 1e9)

// nearest is the whole number nearest to x, halves away from zero.
func nearest(x *big.Rat) *big.Int {
	n := new(big.Int).Mul(x.Num(), big.NewInt(2))
	if x.Sign() < 0 {
		n.Sub(n, x.Denom())
	} else {
		n.Add(n, x.Denom())
	}
	return n.Quo(n, new(big.Int).Mul(x.Denom(), big.NewInt(2)))
}

func lcm(a, b *big.Int) *big.Int {
	gcd := new(big.Int).GCD(nil, nil, a, b)
	return new(big.Int).Mul(a, new(big.Int).Quo(b, gcd))
}

// upTo writes an error so that it is not below itself.
func upTo(x *big.Rat) string {
	scaled := new(big.Rat).Mul(x, big.NewRat(1000, 1))
	n := new(big.Int).Quo(scaled.Num(), scaled.Denom())
	if !scaled.IsInt() {
		n.Add(n, big.NewInt(1))
	}
	return new(big.Rat).SetFrac(n, big.NewInt(1000)).FloatString(3)
}
