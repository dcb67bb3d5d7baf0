package seal

import (
	"math/big"
	"testing"
)

func TestPrimesSuitTheRing(t *testing.T) {
	for i, q := range primes {
		if !new(big.Int).SetUint64(q).ProbablyPrime(32) || q%(2*N) != 1 || q>>(residueBits-1) != 1 {
			t.Errorf("q%d is not a prime of %d bits with q ≡ 1 mod 2N", i+1, residueBits)
		}
	}
}

// TestMessageModulus holds Q/t > 1.61·2^70, on which decryption and the accusation's unique E rest.
func TestMessageModulus(t *testing.T) {
	least := new(big.Int).Lsh(big.NewInt(161), 70)
	least.Mul(least, big.NewInt(T))
	if new(big.Int).Mul(bigQ(), big.NewInt(100)).Cmp(least) <= 0 {
		t.Error("Q/t is not above 1.61·2^70")
	}
	if T>>61 != 0 || T>>60 != 1 || new(big.Int).GCD(nil, nil, big.NewInt(T), bigQ()).Cmp(big.NewInt(1)) != 0 {
		t.Error("t is not of 61 bits and prime to Q")
	}
	// The accusation's E, in [−160·2^63, 160·2^63), has to cover Z_Q for every D: 2·160·2^63·t ≥ Q.
	span := new(big.Int).Lsh(big.NewInt(2*160), 63)
	if span.Mul(span, big.NewInt(T)).Cmp(bigQ()) < 0 {
		t.Error("the accusation's range of E does not cover Z_Q")
	}
}

func TestTauIsTheInverseOfT(t *testing.T) {
	tau := bigTau()
	for i, q := range primes {
		want := new(big.Int).Mod(tau, new(big.Int).SetUint64(q)).Uint64()
		if got := basis.Modulus(i).Mul(1, inverseFactors[i]); got != want {
			t.Errorf("τ mod q%d = %d, want %d", i+1, got, want)
		}
	}
}

func TestRowsFillThePolynomialExactly(t *testing.T) {
	if Rows*rowStride != N || Lines*RowsPerLine != Rows || Groups+Limbs != rowStride {
		t.Error("rows do not fill the polynomial")
	}
	if (LimbLimit-1)*Lines >= T-BlindLimit {
		t.Error("a blinded limb sum can reach t")
	}
}
