package model

import (
	"crypto/sha256"
	"encoding/binary"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/frontend"

	"weir/circuits/model/relation"
	"weir/engine/pedersen"
)

// assertOpenings states Out = y + Σ_k ψ_k·(what row k commits to), for each group and each chunk of the blinding. The
// curve stays outside: opens compares Out with the commitments. y is any field element, so a sum may wrap once; that
// gives a cheater 2^8 patterns to hope for beside 2^-125.
func (c *Circuit) assertOpenings(api frontend.API, _ *relations) {
	s := &c.Secret
	for i := range Openings {
		terms := []frontend.Variable{s.Mask[i]}
		for k := range Rows {
			var value frontend.Variable
			if i < Groups {
				value = s.point(api, k, i)
			} else {
				value = chunk(api, s.Limbs[k][chunkLimbs*(i-Groups):][:chunkLimbs])
			}
			terms = append(terms, api.Mul(c.Public.Psi[k], value))
		}
		api.AssertIsEqual(c.Public.Out[i], relation.Sum(api, terms))
	}
}

// chunk is Σ_j 2^(9j) limbs_j.
func chunk(api frontend.API, limbs []frontend.Variable) frontend.Variable {
	terms := make([]frontend.Variable, len(limbs))
	for j, limb := range limbs {
		terms[j] = api.Mul(limb, 1<<(9*j))
	}
	return relation.Sum(api, terms)
}

const psiBits = 125

// psi is ψ_k: the first 125 bits of SHA-256("weir/psi/v1" ‖ x, 32 bytes big-endian ‖ k, 4 bytes little-endian).
func psi(x *fr.Element) (weights [Rows]*big.Int) {
	encoded := x.Bytes()
	for k := range weights {
		h := sha256.New()
		h.Write([]byte("weir/psi/v1"))
		h.Write(encoded[:])
		h.Write(binary.LittleEndian.AppendUint32(nil, uint32(k)))
		weight := new(big.Int).SetBytes(h.Sum(nil)[:16])
		weights[k] = weight.Rsh(weight, 8*16-psiBits)
	}
	return weights
}

// commitOpenings is Σ_g v_g·G_g + (Σ_c 2^(63c) v_(4+c))·H.
func commitOpenings(values *[Openings]fr.Element) pedersen.Point {
	var points [pedersen.Groups]*big.Int
	blinding := new(big.Int)
	for i := range values {
		value := values[i].BigInt(new(big.Int))
		if i < Groups {
			points[i] = value
		} else {
			blinding.Add(blinding, value.Lsh(value, uint(9*chunkLimbs*(i-Groups))))
		}
	}
	return pedersen.Commit(points, blinding)
}

// opens tells whether W* + Σ_k ψ_k W_k is what out opens (a batched proof of knowledge of openings, in the manner of
// Schnorr, CRYPTO '89). All points are in the prime subgroup, by their type.
func opens(rows *[Rows]pedersen.Point, mask pedersen.Point, weights *[Rows]*big.Int, out *[Openings]fr.Element) bool {
	terms := make([]pedersen.Point, 0, Rows+1)
	for k := range rows {
		terms = append(terms, rows[k].Times(weights[k]))
	}
	return pedersen.Sum(append(terms, mask)...).Equal(commitOpenings(out))
}
