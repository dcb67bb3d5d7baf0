package model

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"weir/circuits/model/ring"
	"weir/engine"
	"weir/engine/pedersen"
)

// instance is one sealed slice with its secrets, made by a plain definition of the equations.
type instance struct {
	statement Statement
	witness   Witness
}

// honest is a slice whose tables have an ordinary line, a characteristic over two lines, and unused lines.
func honest(seed uint64) *instance {
	random := rand.New(rand.NewPCG(seed, 1))
	in := new(instance)
	in.tables()
	for k := range Rows {
		for g := range Groups {
			in.witness.Points[k][g] = uint16(random.IntN(40)) * uint16(in.statement.Caps[g]/max(1, in.statement.Caps[g]))
		}
		if line := k / LineRows; line >= 20 || k == 8*3-1 || k == 8*3 {
			in.witness.Points[k] = [Groups]uint16{}
		}
		for j := range Limbs {
			in.witness.Limbs[k][j] = uint16(random.IntN(512))
		}
	}
	in.statement.A, in.statement.APrime = uniform(random), uniform(random)
	in.witness.Secret, in.witness.Noise, in.witness.Key = small(random, 1), small(random, 19), small(random, 19)
	in.seal()
	return in
}

// tables: lines 2 and 3 are one characteristic, lines 5 and 9 read one feature without continuing it, lines from 20 on
// are unused.
func (in *instance) tables() {
	s := &in.statement
	s.SliceDigest = engine.Digest{1}
	for l := range Lines {
		s.Map[l] = uint8(l)
		for i := range s.Edges[l] {
			s.Edges[l][i] = uint64(2 + 100*i)
		}
		if l >= 20 {
			s.Map[l] = 0
			s.Edges[l] = [LineRows - 1]uint64{topEdge, topEdge, topEdge, topEdge, topEdge, topEdge, topEdge}
		}
	}
	s.Map[3] = s.Map[2]
	for i := range s.Edges[3] {
		s.Edges[3][i] = s.Edges[2][LineRows-2] + uint64(100*i)
	}
	s.Map[9] = s.Map[5]
	s.Caps, s.Resolution = [Groups]uint32{1 << 11, 1 << 11, 0, 0}, 12
}

// seal computes c0, b and W from the witness, whatever its ranges.
func (in *instance) seal() {
	s, w := &in.statement, &in.witness
	for k := range Rows {
		blinding, values := new(big.Int), [Groups]int64{}
		for g, point := range w.Points[k] {
			values[g] = int64(point)
		}
		for j, limb := range w.Limbs[k] {
			blinding.Add(blinding, new(big.Int).Lsh(big.NewInt(int64(limb)), uint(9*j)))
		}
		s.Rows[k] = pedersen.CommitSmall(values, blinding)
	}
	s.C0 = encrypted(in)
	s.B = encrypt(s.APrime, w.Secret, w.Key, new([ring.N]int64))
}

// encrypted is the honest c0.
func encrypted(in *instance) *ring.Residues {
	w := &in.witness
	var message [ring.N]int64
	for k := range Rows {
		for g, point := range w.Points[k] {
			message[32*k+g] = int64(point)
		}
		for j, limb := range w.Limbs[k] {
			message[32*k+4+j] = int64(limb)
		}
	}
	return encrypt(in.statement.A, w.Secret, w.Noise, &message)
}

// encrypt is −a·sk + e + τ·m mod Q.
func encrypt(a *ring.Residues, secret, noise *[ring.N]int8, message *[ring.N]int64) *ring.Residues {
	product, _ := ring.Divide(a.Centred(), ring.Small(secret))
	tau, c := ring.TauElement(), make(ring.Polynomial, ring.N)
	for i := range c {
		var m, e fr.Element
		m.SetInt64(message[i])
		e.SetInt64(int64(noise[i]))
		c[i].Mul(&m, &tau)
		c[i].Add(&c[i], &e)
		c[i].Sub(&c[i], &product[i])
	}
	return reduce(c)
}

// reduce takes coefficients mod Q.
func reduce(p ring.Polynomial) *ring.Residues {
	r := new(ring.Residues)
	half := new(big.Int).Rsh(fr.Modulus(), 1)
	for j := range p {
		v := p[j].BigInt(new(big.Int))
		if v.Cmp(half) > 0 {
			v.Sub(v, fr.Modulus())
		}
		for i, prime := range ring.Primes {
			r[i][j] = new(big.Int).Mod(v, new(big.Int).SetUint64(prime)).Uint64()
		}
	}
	return r
}

func uniform(random *rand.Rand) *ring.Residues {
	r := new(ring.Residues)
	for i, prime := range ring.Primes {
		for j := range r[i] {
			r[i][j] = random.Uint64N(prime)
		}
	}
	return r
}

func small(random *rand.Rand, most int) *[ring.N]int8 {
	p := new([ring.N]int8)
	for i := range p {
		p[i] = int8(random.IntN(2*most+1) - most)
	}
	return p
}

func element(t *testing.T) fr.Element {
	var e fr.Element
	if _, err := e.SetRandom(); err != nil {
		t.Fatal(err)
	}
	return e
}
