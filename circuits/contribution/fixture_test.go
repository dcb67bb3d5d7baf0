package contribution

import (
	crand "crypto/rand"
	"math/big"
	"math/rand/v2"
	"slices"
	"sort"
	"sync"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	cs "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/constraint/solver"
	"github.com/consensys/gnark/frontend"
	gnarkcs "github.com/consensys/gnark/frontend/cs"
	"github.com/consensys/gnark/frontend/cs/r1cs"

	"weir/circuits"
	"weir/circuits/gadget"
	"weir/circuits/setup"
	"weir/engine"
	"weir/engine/pedersen"
	"weir/engine/poseidon"
)

// source draws test values; the same seed gives the same ones.
type source struct{ *rand.Rand }

func seeded(seed uint64) source { return source{rand.New(rand.NewPCG(seed, 0))} }

func (r source) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func (r source) element() (e fr.Element) { return *e.SetBytes(r.bytes(32)) }

func (r source) scalar() *big.Int { return new(big.Int).SetBytes(r.bytes(31)) }

// Lines of every table: line l < 24 reads feature l, six more continue feature 23, and two are unused. Features 24 to 31
// are read by no line.
const (
	continuedFeature = 23
	firstUnusedLine  = 30
	unreadFeature    = 24
	emptyBinLine     = 5 // its edges 3 and 4 are equal: bin 3 is empty
)

func (r source) table() *Table {
	t := new(Table)
	for l := range Lines {
		t.Map[l] = uint8(min(l, continuedFeature))
		for i := range t.Edges[l] {
			t.Edges[l][i] = 1 + uint64(r.Uint32())
		}
		slices.Sort(t.Edges[l][:])
		if l >= firstUnusedLine {
			t.Map[l] = 0
			t.Edges[l] = [7]uint64{edgeLimit, edgeLimit, edgeLimit, edgeLimit, edgeLimit, edgeLimit, edgeLimit}
		}
	}
	t.Edges[0] = [7]uint64{1, 2, 3, 1000, 1 << 20, edgeLimit - 1, edgeLimit}
	t.Edges[emptyBinLine][3] = t.Edges[emptyBinLine][2]
	t.W = *commitments()
	return t
}

// commitments are 256 rows of random points and blindings, shared by all tables for the time they take.
var commitments = sync.OnceValue(func() *[Rows]pedersen.Point {
	r, w := seeded(0), new([Rows]pedersen.Point)
	for row := range w {
		w[row] = pedersen.CommitSmall([pedersen.Groups]int64{int64(r.IntN(4096))}, r.scalar())
	}
	return w
})

// record draws values with the extremes among them.
func (r source) record() (values [Features]uint32) {
	for f := range values {
		values[f] = []uint32{0, 1, 2, 1<<32 - 1, r.Uint32(), r.Uint32(), r.Uint32(), r.Uint32()}[r.IntN(8)]
	}
	return values
}

// fixture is an honest contribution.
type fixture struct {
	table     *Table
	statement *Statement
	witness   *Witness
}

func (r source) fixture(present bool) *fixture {
	f := &fixture{table: r.table(), witness: &Witness{
		Subject: engine.Subject(r.bytes(30)), Nonce1: [31]byte(r.bytes(31)), Nonce2: [31]byte(r.bytes(31)),
		Present: present, Salt: [31]byte(r.bytes(31)), Rho: r.scalar(),
	}}
	for i := range r.IntN(BucketSize) { // neighbours; the last place stays free
		f.witness.Bucket[i] = Entry{engine.Subject(r.bytes(30)), r.element()}
	}
	if present {
		f.witness.Values = r.record()
		f.witness.Bucket[r.IntN(BucketSize)] = Entry{f.witness.Subject, f.witness.content()}
	}
	f.witness.Siblings, f.statement = r.path(place(f.witness.Subject), f.witness.bucketHash()), new(Statement)
	f.state(r)
	return f
}

// state makes the statement that is true for the witness.
func (f *fixture) state(r source) {
	root := poseidon.Hash8(f.witness.Siblings[Levels-1])
	f.statement.Root, f.statement.Tag = root.Bytes(), f.witness.tag()
	copy(f.statement.Context[1:], r.bytes(31))
	f.statement.C = f.table.Commit(&f.witness.Values, f.witness.Rho)
}

// plant puts the witness's record first into its bucket, the bucket into a new tree, and states it.
func (f *fixture) plant(r source) {
	f.witness.Bucket = [BucketSize]Entry{{f.witness.Subject, f.witness.content()}}
	f.replant(r)
}

// replant puts the bucket as it is into a new tree, and states it.
func (f *fixture) replant(r source) {
	f.witness.Siblings = r.path(place(f.witness.Subject), f.witness.bucketHash())
	f.state(r)
}

// path is a random tree's children on the way up from a place with the given bucket.
func (r source) path(place uint64, bucket fr.Element) (siblings [Levels][8]fr.Element) {
	for h := range siblings {
		for i := range siblings[h] {
			siblings[h][i] = r.element()
		}
		siblings[h][place>>(3*h)&7] = bucket
		bucket = poseidon.Hash8(siblings[h])
	}
	return siblings
}

func place(s engine.Subject) uint64 {
	return new(big.Int).And(new(big.Int).SetBytes(s[:]), big.NewInt(1<<placeBits-1)).Uint64()
}

func (w *Witness) content() fr.Element {
	words := packWords(&w.Values)
	var salt fr.Element
	salt.SetBytes(w.Salt[:])
	return poseidon.Hash8([8]fr.Element{fr.NewElement(poseidon.DomainContent), {}, words[0], words[1], words[2], words[3], words[4], salt})
}

func (w *Witness) bucketHash() fr.Element {
	var in [8]fr.Element
	for i, entry := range w.Bucket {
		in[2*i].SetBytes(entry.Subject[:])
		in[2*i+1] = entry.Content
	}
	return poseidon.Hash8(in)
}

// assign is the honest assignment of the circuit.
func (f *fixture) assign(t testing.TB) *Circuit {
	t.Helper()
	folded, err := f.table.preprocess()
	if err != nil {
		t.Fatal(err)
	}
	dynamic, err := f.statement.public()
	if err != nil {
		t.Fatal(err)
	}
	return assign(f.table, folded, dynamic, f.witness)
}

// prefix is the circuit's first count parts alone.
type prefix struct {
	Circuit
	count int
}

func (p *prefix) Define(api frontend.API) error { return p.define(api, p.count) }

// prefixes gives the constraint systems of the first part, the first two, …, all.
var prefixes = sync.OnceValue(func() []*cs.R1CS {
	systems := make([]*cs.R1CS, len(parts))
	for i := range parts {
		system, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, &prefix{count: i + 1}, frontend.IgnoreUnconstrainedInputs())
		if err != nil {
			panic(err)
		}
		systems[i] = system.(*cs.R1CS)
	}
	return systems
})

// caughtBy names the first part whose constraints the assignment violates; "" when all hold. The commitment's challenge
// is a hash of the committed wires, as in a proof.
func caughtBy(t testing.TB, c *Circuit, options ...solver.Option) string {
	t.Helper()
	full, err := frontend.NewWitness(c, ecc.BN254.ScalarField())
	if err != nil {
		t.Fatal(err)
	}
	options = append(options, solver.OverrideHint(solver.GetHintID(gnarkcs.Bsb22CommitmentComputePlaceholder), hashCommitted))
	refused := func(i int) bool {
		_, err := prefixes()[i].Solve(full, options...)
		return err != nil
	}
	if last := len(parts) - 1; !refused(last) {
		return ""
	}
	return parts[sort.Search(len(parts)-1, refused)].name
}

func hashCommitted(_ *big.Int, in, out []*big.Int) error {
	var sum fr.Element
	for _, x := range in {
		var e fr.Element
		e.SetBigInt(x)
		sum = poseidon.Hash4([4]fr.Element{sum, e})
	}
	sum.BigInt(out[0])
	return nil
}

// keys is one set-up for the whole test run.
var keys = sync.OnceValue(func() *circuits.KeySet {
	system, err := Compile()
	if err != nil {
		panic(err)
	}
	proving, verifying, err := setup.Run(system, crand.Reader, nil)
	if err != nil {
		panic(err)
	}
	return &circuits.KeySet{R1CS: system, Proving: proving, Verifying: verifying}
})

func prove(t testing.TB, f *fixture) []byte {
	t.Helper()
	proof, err := Prove(keys(), f.table, f.statement, f.witness)
	if err != nil {
		t.Fatal(err)
	}
	return proof
}

func fold(t testing.TB, table *Table) *FoldedKey {
	t.Helper()
	key, err := Fold(keys().VerifyingKey(), table)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// recount makes the counts of digits fit again after a test has changed digits; what is no digit is not counted.
func (c *Circuit) recount() {
	var counts [gadget.DigitValues]int
	for _, digit := range c.digits() {
		if d, ok := digit.(uint8); ok && int(d) < len(counts) {
			counts[d]++
		}
	}
	for d, count := range counts {
		c.DigitCounts[d] = count
	}
}
