package accusation

import (
	"math/big"
	"math/rand/v2"

	"weir/circuits/model/ring"
	"weir/engine"
	"weir/engine/pedersen"
)

// instance is one response, the key it was made under, and what it decrypts to.
type instance struct {
	statement Statement
	witness   Witness
	numbers   [Slots]int64 // D
}

// fair is the response of an honest holder: c1 uniform, c0 with flooding below 2^68, and C + P what D opens.
func fair(seed uint64) *instance {
	random := rand.New(rand.NewPCG(seed, 2))
	in := new(instance)
	s := &in.statement
	s.Label, s.Party = engine.Digest{1}, "revenue/tax"
	s.ModelDigest, s.ResponseDigest = engine.Digest{2}, engine.Digest{3}
	in.witness = Witness{Secret: small(random, 1), Key: small(random, 19)}
	s.APrime, s.C1 = new(ring.Residues), new([ring.N]Rounded)
	for i, prime := range ring.Primes {
		for j := range s.APrime[i] {
			s.APrime[i][j] = random.Uint64N(prime)
		}
	}
	for j := range s.C1 {
		s.C1[j] = Rounded{random.Uint64(), random.Uint64N(1 << 9)}
	}
	for l := range in.numbers {
		in.numbers[l] = int64(random.Uint64N(ring.T))
		if l < Groups {
			in.numbers[l] -= int64((ring.T - 1) / 2)
		}
	}
	in.numbers[Slots-1] = 5 // small enough that 5 + t still has 61 bits
	in.seal()
	in.respond(func(int) *big.Int {
		flood := new(big.Int).Lsh(big.NewInt(random.Int64N(1<<31)-1<<30), 38)
		return flood.Add(flood, big.NewInt(random.Int64N(1<<38)))
	})
	s.Pairs = pedersen.TimesH(big.NewInt(77))
	s.Claimed = in.opening().Sub(s.Pairs)
	return in
}

// lying is a response with another D than its commitment's: by one in one slot.
func lying(seed uint64) *instance {
	in := fair(seed)
	in.statement.Claimed = in.statement.Claimed.Add(pedersen.ValueGenerator(0))
	return in
}

// seal computes b = −a'·sk + e' mod Q.
func (in *instance) seal() {
	product, _ := ring.Divide(in.statement.APrime.Centred(), ring.Small(in.witness.Secret))
	in.statement.B = new(ring.Residues)
	for j := range product {
		v := ring.Integer(&product[j])
		v.Sub(big.NewInt(int64(in.witness.Key[j])), v)
		for i, prime := range ring.Primes {
			in.statement.B[i][j] = new(big.Int).Mod(v, new(big.Int).SetUint64(prime)).Uint64()
		}
	}
}

// respond computes c0 = τ·D + E − [sk·c1] mod Q for the given noise.
func (in *instance) respond(noise func(l int) *big.Int) {
	product, _ := ring.Divide(in.statement.rounded(), ring.Small(in.witness.Secret))
	for l := range Slots {
		v := new(big.Int).Mul(ring.Tau(), big.NewInt(in.numbers[l]))
		v.Add(v, noise(l))
		v.Sub(v, ring.Integer(&product[l]))
		in.statement.C0[l] = coefficient(v.Mod(v, ring.Q()))
	}
}

func coefficient(v *big.Int) (c Coefficient) {
	rest := new(big.Int).Set(v)
	for i := range c {
		c[i] = new(big.Int).And(rest, new(big.Int).SetUint64(1<<64-1)).Uint64()
		rest.Rsh(rest, 64)
	}
	return c
}

// opening is what D opens, by the definition in equation (1).
func (in *instance) opening() pedersen.Point {
	sum := pedersen.Identity()
	for l, base := range bases() {
		sum = sum.Add(base.Times(big.NewInt(in.numbers[l])))
	}
	return sum
}

func small(random *rand.Rand, most int) *[ring.N]int8 {
	p := new([ring.N]int8)
	for i := range p {
		p[i] = int8(random.IntN(2*most+1) - most)
	}
	return p
}
