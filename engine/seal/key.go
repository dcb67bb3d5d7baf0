package seal

import (
	"fmt"
	"io"

	"github.com/tuneinsight/lattigo/v5/ring"
)

// SecretKey opens every response under one sealing. It is made fresh for every sealing, also when a sealing is made
// again, and is the same for all its slices (protocol, section 4).
type SecretKey struct {
	seed    Seed
	witness KeyWitness
	sk      ring.Poly // NTT of sk in Montgomery form
}

// Format keeps the key out of every log line.
func (SecretKey) Format(f fmt.State, _ rune) { io.WriteString(f, "[secret key of a sealing]") }

// PublicKey is b = −a'·sk + e' mod Q, under which holders encrypt their masks.
type PublicKey struct{ Polynomial }

// KeyWitness is the secret integers behind a public key, for the proof that it is well-formed: b + a'·sk = e' modulo Q
// and X^N + 1. Who has it opens everything.
type KeyWitness struct {
	SK [N]int8 // in {−1, 0, 1}
	E  [N]int8 // e', in [−19, 19]
}

// Format keeps the witness out of every log line.
func (KeyWitness) Format(f fmt.State, _ rune) { io.WriteString(f, "[witness of a key]") }

// NewKey draws sk uniform ternary from the stream "key/sk" and e' from "key/e". Noise: b carries e'. It fails only
// where a stream fails.
func NewKey(seed Seed, streams Streams) (*SecretKey, *PublicKey, error) {
	sk, err := streams.ternary("key/sk")
	if err != nil {
		return nil, nil, err
	}
	e, err := streams.gaussian("key/e", N)
	if err != nil {
		return nil, nil, err
	}
	key := &SecretKey{seed: seed, sk: ringQ().NewPoly()}
	copy(key.witness.SK[:], sk)
	copy(key.witness.E[:], e)
	lift(sk, key.sk)
	transform(key.sk)
	return key, &PublicKey{Polynomial{key.mask(seed.APrime(), e)}}, nil
}

// Witness is the integers behind the key; secret.
func (k *SecretKey) Witness() KeyWitness { return k.witness }

// mask is −a·sk + e mod Q, writing over a.
func (k *SecretKey) mask(a *Polynomial, e []int8) ring.Poly {
	r, p := ringQ(), a.residues
	r.NTT(p, p)
	r.MulCoeffsMontgomery(p, k.sk, p)
	r.INTT(p, p)
	noise := r.NewPoly()
	lift(e, noise)
	r.Sub(noise, p, p)
	return p
}

// transform brings p to its number-theoretic transform in Montgomery form, ready for MulCoeffsMontgomery.
func transform(p ring.Poly) {
	ringQ().NTT(p, p)
	ringQ().MForm(p, p)
}
