package relationtest

import (
	"slices"
	"testing"

	"github.com/consensys/gnark/constraint"
	cs "github.com/consensys/gnark/constraint/bn254"
)

// HoldChallenge checks that a circuit draws its challenge from all of its witness, from a mask, and from exactly these
// public inputs, counted from 1. What the challenge does not depend on, a prover can choose after it.
func HoldChallenge(t testing.TB, system *cs.R1CS, public ...int) {
	t.Helper()
	info, ok := system.CommitmentInfo.(constraint.Groth16Commitments)
	if !ok || len(info) != 1 {
		t.Fatal("not exactly one commitment")
	}
	if got := info[0].PublicAndCommitmentCommitted; !slices.Equal(got, public) {
		t.Errorf("the challenge depends on public inputs %v, want %v", got, public)
	}
	first, wires := system.GetNbPublicVariables(), info[0].PrivateCommitted
	for i := range system.GetNbSecretVariables() {
		if i >= len(wires) || wires[i] != first+i {
			t.Fatalf("the challenge does not depend on wire %d of the witness", i)
		}
	}
	if masks := len(wires) - system.GetNbSecretVariables(); masks != 1 || wires[len(wires)-1] < first+system.GetNbSecretVariables() {
		t.Errorf("%d committed wires beside the witness, want the mask", masks)
	}
}
