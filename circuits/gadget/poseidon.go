package gadget

import (
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/poseidon2"
	"github.com/consensys/gnark/frontend"

	"weir/engine/poseidon"
)

// Hash8 is P2_8, the first word of Poseidon2 of width 8 with the first input added: 363 constraints. Its native twin is
// poseidon.Hash8.
func (a *API) Hash8(x [8]frontend.Variable) frontend.Variable {
	return a.hash(width8, x[:])
}

// Hash4 is P2_4: 264 constraints. Its native twin is poseidon.Hash4.
func (a *API) Hash4(x [4]frontend.Variable) frontend.Variable {
	return a.hash(width4, x[:])
}

var (
	width8 = poseidon2.NewParameters(8, poseidon.Width8Full, poseidon.Width8Partial)
	width4 = poseidon2.NewParameters(4, poseidon.Width4Full, poseidon.Width4Partial)
)

// hash permutes a copy of x and adds x[0]: only the S-boxes cost constraints, three each, one S-box in a partial round
// and one a word in a full one.
func (a *API) hash(p *poseidon2.Parameters, x []frontend.Variable) frontend.Variable {
	state := append([]frontend.Variable(nil), x...)
	a.externalLayer(state)
	for round, keys := range p.RoundKeys {
		for i := range keys {
			state[i] = a.API.Add(state[i], keys[i])
		}
		partial := round >= p.NbFullRounds/2 && round < p.NbFullRounds/2+p.NbPartialRounds
		if partial {
			state[0] = a.fifthPower(state[0])
			a.internalLayer(p, state)
			continue
		}
		for i := range state {
			state[i] = a.fifthPower(state[i])
		}
		a.externalLayer(state)
	}
	return a.API.Add(state[0], x[0])
}

// fifthPower is x⁵ as x², x³ = x·x², x³·x². The library's x⁴·x puts one more full-size wire of each S-box on the B side,
// which the prover pays for twice; the function is the same.
func (a *API) fifthPower(x frontend.Variable) frontend.Variable {
	square := a.Mul(x, x)
	cube := a.Mul(x, square)
	return a.Mul(cube, square)
}

// externalLayer multiplies each four words by M4 and, for more than four words, adds to each word the sum of the words
// at its place in every four (Poseidon2, section 5.1: circ(2·M4, M4, …)).
func (a *API) externalLayer(state []frontend.Variable) {
	m4 := [4][4]int{{5, 7, 1, 3}, {4, 6, 1, 1}, {1, 3, 5, 7}, {1, 1, 4, 6}}
	var columns [4][]frontend.Variable
	for from := 0; from < len(state); from += 4 {
		in := [4]frontend.Variable(state[from : from+4])
		for i, row := range m4 {
			state[from+i] = a.API.Add(a.Mul(in[0], row[0]), a.Mul(in[1], row[1]), a.Mul(in[2], row[2]), a.Mul(in[3], row[3]))
			columns[i] = append(columns[i], state[from+i])
		}
	}
	if len(state) == 4 {
		return
	}
	for i, column := range columns {
		sum := a.Sum(column...)
		for from := i; from < len(state); from += 4 {
			state[from] = a.API.Add(state[from], sum)
		}
	}
}

// internalLayer is the matrix of ones plus a diagonal (Poseidon2, section 5.2).
func (a *API) internalLayer(p *poseidon2.Parameters, state []frontend.Variable) {
	sum := a.Sum(state...)
	for i := range state {
		state[i] = a.API.Add(a.Mul(state[i], p.DiagM1[i]), sum)
	}
}
