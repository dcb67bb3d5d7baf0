package model

import (
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"weir/circuits"
	"weir/engine/pedersen"
)

// ProofSize is the length of an encoded proof, in bytes: 484.
const ProofSize = circuits.ProofSize + pedersen.PointSize + Openings*fr.Bytes

// Proof is one slice's model proof.
type Proof struct {
	Groth16 [circuits.ProofSize]byte // as circuits.DecodeProof reads it
	Mask    pedersen.Point           // W*, drawn and published before the challenge
	Out     [Openings]fr.Element     // openings of W* + Σ ψ_k W_k
}

// Encode is Groth16 ‖ W* ‖ out_0 ‖ … ‖ out_7, numbers of 32 bytes big-endian.
func (p *Proof) Encode() []byte {
	mask := p.Mask.Encode()
	b := append(p.Groth16[:], mask[:]...)
	for i := range p.Out {
		b = append(b, p.Out[i].Marshal()...)
	}
	return b
}

// DecodeProof reads exactly ProofSize bytes, the point in the prime subgroup, the numbers below the field's modulus, the
// Groth16 part in its one valid form. Errors wrap circuits.ErrProof.
func DecodeProof(b []byte) (*Proof, error) {
	if len(b) != ProofSize {
		return nil, fmt.Errorf("%w: %d bytes, want %d", circuits.ErrProof, len(b), ProofSize)
	}
	p := &Proof{Groth16: [circuits.ProofSize]byte(b)}
	if _, err := circuits.DecodeProof(p.Groth16[:]); err != nil {
		return nil, err
	}
	b = b[circuits.ProofSize:]
	mask, err := pedersen.DecodePoint(b[:pedersen.PointSize])
	if err != nil {
		return nil, fmt.Errorf("%w: mask: %w", circuits.ErrProof, err)
	}
	p.Mask, b = mask, b[pedersen.PointSize:]
	for i := range p.Out {
		if err := p.Out[i].SetBytesCanonical(b[fr.Bytes*i:][:fr.Bytes]); err != nil {
			return nil, fmt.Errorf("%w: opening %d is not below the field's modulus", circuits.ErrProof, i)
		}
	}
	return p, nil
}
