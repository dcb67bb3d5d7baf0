// Package relationtest helps the tests of circuits built on package relation, as testing/iotest helps those of readers:
// it runs a constraint system at a challenge that the test chooses, without keys, says which part of the circuit refused
// a witness, and holds the parts' sizes against the golden table. It proves nothing and belongs in no product.
package relationtest

import (
	"errors"
	"math/big"
	"sort"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/backend/witness"
	cs "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/constraint/solver"
	fcs "github.com/consensys/gnark/frontend/cs"
)

// Circuit is a compiled circuit and its parts: Ends[i] is the number of constraints up to and with part i, and
// Prefixes[i] the circuit that has no others.
type Circuit struct {
	Prefixes []*cs.R1CS
	Names    []string
	Ends     []int
}

// Compile compiles a circuit whole and in prefixes: prefix(i) has the first i parts only, prefix(len(names)−1) all.
// Part 0 is what stands before the first.
func Compile(names []string, prefix func(count int) (*cs.R1CS, error)) (*Circuit, error) {
	c := &Circuit{Names: names}
	for count := range names {
		system, err := prefix(count)
		if err != nil {
			return nil, err
		}
		c.Prefixes, c.Ends = append(c.Prefixes, system), append(c.Ends, system.GetNbConstraints())
	}
	return c, nil
}

// CaughtBy runs the solver at challenge x and names the first part with an unsatisfied constraint; "" when all are
// satisfied. The solver runs in parallel and finds any unsatisfied constraint, so what stands before it is tried again.
func (c *Circuit) CaughtBy(t testing.TB, x *fr.Element, public, secret []fr.Element) string {
	t.Helper()
	w, err := witness.New(fr.Modulus())
	if err != nil {
		t.Fatal(err)
	}
	values := make(chan any, len(public)+len(secret))
	for _, list := range [][]fr.Element{public, secret} {
		for i := range list {
			values <- list[i]
		}
	}
	close(values)
	if err := w.Fill(len(public), len(secret), values); err != nil {
		t.Fatal(err)
	}
	for part, caught := c.broken(t, len(c.Prefixes)-1, w, x); ; {
		if !caught {
			return ""
		}
		earlier, again := c.broken(t, part-1, w, x)
		if !again {
			return c.Names[part]
		}
		part = earlier
	}
}

// broken gives a part with an unsatisfied constraint among the first ones up to last.
func (c *Circuit) broken(t testing.TB, last int, w witness.Witness, x *fr.Element) (part int, caught bool) {
	t.Helper()
	if last < 0 {
		return 0, false
	}
	err := c.Prefixes[last].IsSolved(w, solver.OverrideHint(solver.GetHintID(fcs.Bsb22CommitmentComputePlaceholder),
		func(_ *big.Int, _, out []*big.Int) error { x.BigInt(out[0]); return nil }))
	if err == nil {
		return 0, false
	}
	var unsatisfied *cs.UnsatisfiedConstraintError
	if !errors.As(err, &unsatisfied) {
		t.Fatalf("solver: %v", err)
	}
	return sort.SearchInts(c.Ends, unsatisfied.CID+1), true
}
