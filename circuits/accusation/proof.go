package accusation

import (
	"fmt"

	"weir/circuits"
	"weir/engine/pedersen"
)

// ProofSize is the length of an encoded proof, in bytes: 228.
const ProofSize = pedersen.PointSize + circuits.ProofSize

// Proof is the proof of an accusation.
type Proof struct {
	Z       pedersen.Point           // κ·(what the response opens − what it should open), not the neutral element
	Groth16 [circuits.ProofSize]byte // as circuits.DecodeProof reads it
}

// Encode is Z ‖ Groth16.
func (p *Proof) Encode() []byte {
	z := p.Z.Encode()
	return append(z[:], p.Groth16[:]...)
}

// DecodeProof reads exactly ProofSize bytes: a point of the prime subgroup other than the neutral element, and a Groth16
// proof in its one valid form. Errors wrap circuits.ErrProof.
func DecodeProof(b []byte) (*Proof, error) {
	if len(b) != ProofSize {
		return nil, fmt.Errorf("%w: %d bytes, want %d", circuits.ErrProof, len(b), ProofSize)
	}
	z, err := pedersen.DecodePoint(b[:pedersen.PointSize])
	if err != nil {
		return nil, fmt.Errorf("%w: Z: %w", circuits.ErrProof, err)
	}
	if z.IsIdentity() {
		return nil, fmt.Errorf("%w: Z is the neutral element: the response opens its commitment", circuits.ErrProof)
	}
	p := &Proof{Z: z, Groth16: [circuits.ProofSize]byte(b[pedersen.PointSize:])}
	if _, err := circuits.DecodeProof(p.Groth16[:]); err != nil {
		return nil, err
	}
	return p, nil
}
