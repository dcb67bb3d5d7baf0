package circuits

import (
	"encoding/binary"
	"errors"
	"fmt"

	bn254 "github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/hash_to_field"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/consensys/gnark/constraint"
)

// ProofSize is the length of every proof of weir, in bytes.
const ProofSize = 196

// ErrProof is returned for bytes that are not a proof in its one valid form, and for proofs that do not verify.
var ErrProof = errors.New("proof refused")

// Where each part of a proof begins. Points are compressed, big-endian, with gnark-crypto's two flag bits on top.
const (
	atA          = 0   // A in G1, 32 bytes
	atB          = 32  // B in G2, 64 bytes
	atC          = 96  // C in G1, 32 bytes
	atCount      = 128 // number of commitments, 4 bytes, always 1
	atCommitment = 132 // D in G1, 32 bytes
	atKnowledge  = 164 // proof of knowledge of D's opening, in G1, 32 bytes
)

// DecodeProof reads A ‖ B ‖ C ‖ 00 00 00 01 ‖ D ‖ PoK, exactly ProofSize bytes. Every point must be compressed,
// canonical, of the right subgroup and not the point at infinity. The library's own stream decoder is never used: it
// lets each point choose compressed or uncompressed form by a flag bit, so that 196 bytes with the right count at 128
// can still make it read a count of its sender's choice at the end, and reserve memory for that many points.
// Errors wrap ErrProof.
func DecodeProof(b []byte) (*groth16.Proof, error) {
	if len(b) != ProofSize {
		return nil, fmt.Errorf("%w: %d bytes, want %d", ErrProof, len(b), ProofSize)
	}
	if binary.BigEndian.Uint32(b[atCount:]) != 1 {
		return nil, fmt.Errorf("%w: the number of commitments is not 1", ErrProof)
	}
	proof := &groth16.Proof{Commitments: make([]bn254.G1Affine, 1)}
	for _, part := range []struct {
		name     string
		from, to int
		point    interface {
			SetBytes([]byte) (int, error)
			IsInfinity() bool
		}
	}{
		{"A", atA, atB, &proof.Ar},
		{"B", atB, atC, &proof.Bs},
		{"C", atC, atCount, &proof.Krs},
		{"commitment", atCommitment, atKnowledge, &proof.Commitments[0]},
		{"proof of knowledge", atKnowledge, ProofSize, &proof.CommitmentPok},
	} {
		read, err := part.point.SetBytes(b[part.from:part.to])
		if err != nil || read != part.to-part.from || part.point.IsInfinity() {
			return nil, fmt.Errorf("%w: %s is not a compressed point of its group", ErrProof, part.name)
		}
	}
	if again := EncodeProof(proof); [ProofSize]byte(b) != again {
		return nil, fmt.Errorf("%w: not in its one valid form", ErrProof)
	}
	return proof, nil
}

// EncodeProof is the inverse of DecodeProof. The proof must have exactly one commitment.
func EncodeProof(proof *groth16.Proof) [ProofSize]byte {
	var b [ProofSize]byte
	a, c, d, pok := proof.Ar.Bytes(), proof.Krs.Bytes(), proof.Commitments[0].Bytes(), proof.CommitmentPok.Bytes()
	g2 := proof.Bs.Bytes()
	copy(b[atA:], a[:])
	copy(b[atB:], g2[:])
	copy(b[atC:], c[:])
	binary.BigEndian.PutUint32(b[atCount:], 1)
	copy(b[atCommitment:], d[:])
	copy(b[atKnowledge:], pok[:])
	return b
}

// Challenge is what a circuit draws from a proof's commitment and the public inputs that it commits to, in order: gnark's
// hash of them to the field (RFC 9380, expand_message_xmd).
func Challenge(commitment *bn254.G1Affine, committed []fr.Element) (x fr.Element) {
	h := hash_to_field.New([]byte(constraint.CommitmentDst))
	h.Write(commitment.Marshal())
	for i := range committed {
		h.Write(committed[i].Marshal())
	}
	return *x.SetBytes(h.Sum(nil)[:fr.Bytes])
}
