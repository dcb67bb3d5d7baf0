package contract

import "weir/engine"

// Claim is one proof to be judged: that it holds for the statement, under the verifying key with a circuit id.
type Claim struct {
	Circuit          engine.Digest
	Statement, Proof []byte
}

// BatchVerifier is a Verifier that judges many proofs for less than each alone. Whoever has many finds out by itself whether
// its verifier is one.
type BatchVerifier interface {
	Verifier
	// VerifyBatch gives for each claim what Verify would say of it: nil where the proof holds. It weighs the proofs by random
	// numbers that their makers could not foresee, and looks closer when their sum does not hold.
	VerifyBatch(claims []Claim) []error
}
