// Package circuits is the boundary of weir's zero-knowledge proofs: what a circuit is called, the form in which its keys
// reach a prover or verifier, and the one byte form of a proof. The statements themselves are in the packages below it,
// one a package: contribution, model, accusation. All of them are Groth16 (Groth, Eurocrypt 2016) over BN254 with one
// commitment to a part of the witness (the lookup challenge; ePrint 2022/1072), solved and checked by gnark and made by
// circuits/prover. No package outside this tree imports gnark.
//
// It refuses proofs in any byte form but the one written down at DecodeProof, before a library decoder sees them. It
// makes no keys and reads no files: keys arrive as Keys from circuits/keycache. Where keys were made by one party, that
// party can forge; saying so is the duty of whoever shows a result.
package circuits

import (
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/consensys/gnark-crypto/ecc"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
	cs "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
	"github.com/consensys/gnark/logger"

	"weir/engine"
)

// The library logs to standard output by default, and on a failed proof it logs values of wires. A ground package does
// not log, and no secret may reach a log.
func init() { logger.Disable() }

// Name is what a circuit is called in registries, file names and reports.
type Name string

// The circuits of the protocol.
const (
	Contribution Name = "contribution" // a holder's contribution fits its records (protocol, section 6)
	Model        Name = "model"        // a sealed slice fits its commitments (section 4)
	Accusation   Name = "accusation"   // a holder's response does not open its commitment (section 5b)
)

// Names lists every circuit, in the order of reports.
func Names() []Name { return []Name{Contribution, Model, Accusation} }

// Keys is everything that proving and verifying one circuit takes. All three belong together: the proving key and the
// verifying key come from one set-up of exactly this constraint system. Implementations give the same objects at every
// call and nobody writes to them; reading them from several goroutines is safe.
type Keys interface {
	System() *cs.R1CS
	ProvingKey() *groth16.ProvingKey
	VerifyingKey() *groth16.VerifyingKey
}

// KeySet is Keys that are already in memory.
type KeySet struct {
	R1CS      *cs.R1CS
	Proving   *groth16.ProvingKey
	Verifying *groth16.VerifyingKey
}

// System is the compiled circuit.
func (k *KeySet) System() *cs.R1CS { return k.R1CS }

// ProvingKey is the prover's half.
func (k *KeySet) ProvingKey() *groth16.ProvingKey { return k.Proving }

// VerifyingKey is the verifier's half, not folded.
func (k *KeySet) VerifyingKey() *groth16.VerifyingKey { return k.Verifying }

// Compile turns a circuit into its rank-1 constraint system over BN254's scalar field. The same circuit and the same
// version of gnark always give the same system, byte for byte.
func Compile(circuit frontend.Circuit) (*cs.R1CS, error) {
	system, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, circuit)
	if err != nil {
		return nil, fmt.Errorf("compile circuit: %w", err)
	}
	return system.(*cs.R1CS), nil
}

// Digest identifies a compiled circuit: SHA-256 of the constraint system as gnark writes it. Keys are filed under it.
func Digest(system io.WriterTo) (engine.Digest, error) { return digestOf(system, "constraint system") }

// ID is the protocol's circuit id: SHA-256 of the verifying key, before any folding, as gnark writes it with compressed
// points. Contexts and statements contain it, so a proof under other keys is a proof of another statement.
func ID(key *groth16.VerifyingKey) (engine.Digest, error) { return digestOf(key, "verifying key") }

func digestOf(what io.WriterTo, name string) (engine.Digest, error) {
	h := sha256.New()
	if _, err := what.WriteTo(h); err != nil {
		return engine.Digest{}, fmt.Errorf("digest of a %s: %w", name, err)
	}
	return engine.Digest(h.Sum(nil)), nil
}
