package contribution

import (
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	cs "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/frontend"

	"weir/circuits"
	"weir/circuits/gadget"
	"weir/engine/poseidon"
)

// The widths of the circuit's numbers. A subject is 30 place bits below 210 others; the latter are 208 bits in digits
// and two more.
const (
	placeBits    = 3 * Levels
	highBits     = 208
	valueBits    = 32
	highDigits   = 33
	valueDigits  = 5
	recordWords  = 5
	valuesInWord = 7
)

var (
	highRange  = gadget.NewDigits(highBits)
	valueRange = gadget.NewDigits(valueBits)
)

// Circuit is the relation of the package comment for gnark. Its public inputs are a slice's polynomials and a
// statement; everything else is secret.
type Circuit struct {
	// Folded into the verifying key: the polynomials of boundPolynomial, the coordinates' polynomials and map keys.
	Bounds [Lines]gadget.Monic[frontend.Variable]   `gnark:",public"`
	U, V   [Lines]gadget.General[frontend.Variable] `gnark:",public"`
	Keys   [Lines]frontend.Variable                 `gnark:",public"`
	// Of each statement; Total is C + Z in Montgomery form.
	Root, Tag, Context frontend.Variable               `gnark:",public"`
	Total              gadget.Point[frontend.Variable] `gnark:",public"`

	Place   [placeBits]frontend.Variable  // subject mod 2^30, least bit first
	High    [highDigits]frontend.Variable // bits 30 to 237 of the subject, in digits
	HighTop [2]frontend.Variable          // bits 238 and 239
	Nonces  [2]frontend.Variable

	Words          [recordWords]frontend.Variable // of the record found, any five if there is none
	Salt           frontend.Variable
	BucketSubjects [BucketSize]frontend.Variable
	BucketContents [BucketSize]frontend.Variable
	Siblings       [Levels][8]frontend.Variable

	Features [Features][valueDigits]frontend.Variable // features in effect: 0 when there is no record
	Read     [Lines]frontend.Variable                 // the feature that each line reads
	Bins     [Lines]frontend.Variable                 // ω^bin
	Above    [Lines][valueDigits]frontend.Variable    // read − low, in digits
	Below    [Lines][valueDigits]frontend.Variable    // high − 1 − read, in digits
	Blinding [gadget.Windows]gadget.Point[frontend.Variable]

	DigitCounts [gadget.DigitValues]frontend.Variable // how often each digit occurs
	ReadCounts  [Features]frontend.Variable           // how many lines read each feature
}

// Compile gives the constraint system: always the same one.
func Compile() (*cs.R1CS, error) { return circuits.Compile(new(Circuit)) }

// Define states the relation part by part.
func (c *Circuit) Define(api frontend.API) error { return c.define(api, len(parts)) }

func (c *Circuit) define(api frontend.API, count int) error {
	r := &relation{API: gadget.New(api), Circuit: c}
	for _, part := range parts[:count] {
		if err := part.state(r); err != nil {
			return err
		}
	}
	return nil
}

// parts is the relation in order; the names are those of testdata/golden/constraints.csv.
var parts = []struct {
	name  string
	state func(*relation) error
}{
	{"context", (*relation).bindContext},
	{"subject", (*relation).composeSubject},
	{"tag", (*relation).assertTag},
	{"record", (*relation).findRecord},
	{"words", (*relation).unpackWords},
	{"path", (*relation).assertPath},
	{"blinding", (*relation).addBlinding},
	{"lines", (*relation).addLines},
	{"ranges", (*relation).assertRanges},
	{"map", (*relation).assertMap},
}

// relation is the circuit under construction: each part adds what later ones need.
type relation struct {
	*gadget.API
	*Circuit
	subject   frontend.Variable
	present   frontend.Variable
	bucket    frontend.Variable // the bucket's hash
	values    [Features]frontend.Variable
	sum       gadget.Point[frontend.Variable] // Z + ρ·H
	challenge frontend.Variable
}

// bindContext puts the context into a constraint: a public input that occurs in none can be changed under a valid proof.
func (r *relation) bindContext() error {
	r.Mul(r.Context, r.Context)
	return nil
}

// composeSubject is Σ 2^i·place_i + 2^30·high < 2^240 < p, so place and high are those of one subject, not of its sum
// with the field's modulus.
func (r *relation) composeSubject() error {
	terms := []frontend.Variable{r.Mul(highRange.Join(r.API, r.High[:]), power(placeBits))}
	for i, bit := range r.Place {
		r.AssertIsBoolean(bit)
		terms = append(terms, r.Mul(bit, power(i)))
	}
	for i, bit := range r.HighTop {
		r.AssertIsBoolean(bit)
		terms = append(terms, r.Mul(bit, power(placeBits+highBits+i)))
	}
	r.subject = r.Sum(terms...)
	return nil
}

func (r *relation) assertTag() error {
	tag := r.Hash4([4]frontend.Variable{poseidon.DomainTag, r.subject, r.Nonces[0], r.Nonces[1]})
	r.AssertIsEqual(tag, r.Tag)
	return nil
}

// findRecord lets the first place of the bucket with this subject decide, and none mean absence: no hint says which.
// If there is one, its content must be that of the words. The native twin is Witness.lookUp.
func (r *relation) findRecord() error {
	content := r.Hash8([8]frontend.Variable{
		poseidon.DomainContent, 0, r.Words[0], r.Words[1], r.Words[2], r.Words[3], r.Words[4], r.Salt,
	})
	var none, found frontend.Variable = 1, 0 // none: no place before this one matched
	var inputs [2 * BucketSize]frontend.Variable
	for i, subject := range r.BucketSubjects {
		inputs[2*i], inputs[2*i+1] = subject, r.BucketContents[i]
		first := r.Mul(r.IsZero(r.Sub(subject, r.subject)), none)
		none = r.Sub(none, first)
		found = r.Add(found, r.Mul(first, r.BucketContents[i]))
	}
	r.present = r.Sub(1, none)
	// Present or not, found − content·present = 0: without a match found is 0 by itself.
	r.AssertProduct(content, r.present, found)
	r.bucket = r.Hash8(inputs)
	return nil
}

// unpackWords states present·word = Σ 2^(32j)·feature for each word. All features are range-checked below, used or not:
// else one that no line uses would absorb any change of another in its word. Seven of them stay below 2^224 < p, so the
// word has one spelling; without a record every feature is 0.
func (r *relation) unpackWords() error {
	for f, digits := range r.Features {
		r.values[f] = valueRange.Join(r.API, digits[:])
	}
	for w, word := range r.Words {
		var terms []frontend.Variable
		for j, value := range r.values[w*valuesInWord : min((w+1)*valuesInWord, Features)] {
			terms = append(terms, r.Mul(value, power(valueBits*j)))
		}
		r.AssertProduct(word, r.present, r.Sum(terms...))
	}
	return nil
}

// assertPath climbs from the bucket at the place that the subject's own bits give.
func (r *relation) assertPath() error {
	current := r.bucket
	for h, siblings := range r.Siblings {
		r.AssertChild(siblings, [3]frontend.Variable(r.Place[3*h:3*h+3]), current)
		current = r.Hash8(siblings)
	}
	r.AssertIsEqual(current, r.Root)
	return nil
}

func (r *relation) addBlinding() error {
	start, _ := gadget.Montgomery(gadget.Offset())
	r.sum = gadget.Point[frontend.Variable]{U: start.U, V: start.V}
	for i, point := range r.Blinding {
		r.AssertWindow(i, point)
		r.sum = r.AddPoints(r.sum, point)
	}
	return nil
}

// addLines states for each line that the value it reads lies in a bin, and adds that bin's commitment.
//
// One polynomial carries both bounds: at ω^bin it is low + σ·high with σ⁴ = −1, and it must be (read − above) +
// σ·(read + 1 + below). A difference α + σ·β = 0 gives α⁴ = −β⁴; both are below 2^46 in absolute value, as above and
// below are range-checked and read is a key's low part (assertMap), so α⁴ + β⁴ < p and α = β = 0. Hence
// low ≤ read < high, which no value does for an empty bin.
func (r *relation) addLines() error {
	sigma, scale := boundMix(), boundScale()
	for l := range Lines {
		bin := r.NewBin(r.Bins[l])
		above, below := valueRange.Join(r.API, r.Above[l][:]), valueRange.Join(r.API, r.Below[l][:])
		bounds := r.Add(r.Sub(r.Read[l], above), r.Mul(r.Add(r.Read[l], 1, below), sigma))
		r.AssertMonic(bin, r.Bounds[l], r.Mul(bounds, scale))
		point := gadget.Point[frontend.Variable]{U: r.Evaluate(bin, r.U[l]), V: r.Evaluate(bin, r.V[l])}
		if l == Lines-1 {
			r.AssertSum(r.sum, point, r.Total)
			break
		}
		r.sum = r.AddPoints(r.sum, point)
	}
	return nil
}

// assertRanges looks every digit up, under a challenge that commits to all that both lookups depend on and that is not
// a public input: digits, values read, counts. (The map is public and fixed before any proof; see assertMap.)
func (r *relation) assertRanges() error {
	digits := r.digits()
	committed := append([]frontend.Variable(nil), digits...)
	committed = append(append(append(committed, r.Read[:]...), r.DigitCounts[:]...), r.ReadCounts[:]...)
	var err error
	if r.challenge, err = r.Compiler().(frontend.Committer).Commit(committed...); err != nil {
		return err
	}
	table := make([]frontend.Variable, gadget.DigitValues)
	for d := range table {
		table[d] = d
	}
	return r.AssertLookup(r.challenge, table, r.DigitCounts[:], digits)
}

// assertMap states that (read, map) of each line is (value, number) of a feature, as one number value + key. A value
// taken from another feature would have to differ by a multiple of 2^40, and addLines refuses it: it is outside every
// bin. The lookup is apart from that of the digits, or a digit could pass as a key. That the public map is not in the
// challenge is harmless: it is one of 32^32 = 2^160 maps, registered before, and a false identity holds for less than
// 2^-240 of all challenges under each.
func (r *relation) assertMap() error {
	var table [Features]frontend.Variable
	for f, value := range r.values {
		table[f] = r.Add(value, featureKey(f))
	}
	var queries [Lines]frontend.Variable
	for l, read := range r.Read {
		queries[l] = r.Add(read, r.Keys[l])
	}
	return r.AssertLookup(r.challenge, table[:], r.ReadCounts[:], queries[:])
}

// digits lists every digit of the circuit; all of them are looked up.
func (c *Circuit) digits() []frontend.Variable {
	all := append([]frontend.Variable(nil), c.High[:]...)
	for f := range c.Features {
		all = append(all, c.Features[f][:]...)
	}
	for l := range c.Above {
		all = append(append(all, c.Above[l][:]...), c.Below[l][:]...)
	}
	return all
}

// featureKey is (feature + 1)·2^40, far above any value, so that a key and a value do not run into each other.
func featureKey(feature int) *big.Int {
	return new(big.Int).Lsh(big.NewInt(int64(feature+1)), 40)
}

// power is 2^n as a field element.
func power(n int) (e fr.Element) {
	e.SetBigInt(new(big.Int).Lsh(big.NewInt(1), uint(n)))
	return e
}
