package machine

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"sync"

	"weir/engine"
	"weir/ledger/contract"
)

// Proof is a claim to be verified: that the proof holds for the statement, under the verifying key with a circuit id.
type Proof struct {
	Circuit          engine.Digest
	Statement, Proof []byte
}

// BatchVerifier is a contract.Verifier that can judge many proofs for less than each alone. A machine finds out by itself
// whether its verifier is one.
type BatchVerifier interface {
	contract.Verifier
	// VerifyBatch gives for each proof what Verify would: nil where it holds. It weighs them by random numbers, which must
	// be unpredictable to who made the proofs, and looks at them one by one when their sum does not hold.
	VerifyBatch(random io.Reader, proofs []Proof) []error
}

var errNoVerifier = errors.New("no verifier")

// proofs remembers verdicts: a proof that was judged while a block was proposed costs nothing when it is executed.
type proofs struct {
	verifier contract.Verifier // nil: no proof holds

	mu           sync.Mutex
	young, older map[engine.Digest]error
}

// maxVerdicts bounds one generation of verdicts.
const maxVerdicts = 4096

// digest stands for a claim: the parts cannot run into each other.
func (p *Proof) digest() engine.Digest {
	h := sha256.New()
	h.Write(p.Circuit[:])
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(p.Statement))))
	h.Write(p.Statement)
	h.Write(p.Proof)
	return engine.Digest(h.Sum(nil))
}

// Verify is contract.Verifier's, with a memory.
func (v *proofs) Verify(circuit engine.Digest, statement, proof []byte) error {
	if v.verifier == nil {
		return errNoVerifier
	}
	claim := Proof{circuit, statement, proof}
	key := claim.digest()
	verdict, known := v.verdict(key)
	if !known {
		verdict = v.verifier.Verify(circuit, statement, proof)
		v.remember(key, verdict)
	}
	return verdict
}

func (v *proofs) verdict(key engine.Digest) (verdict error, known bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	verdict, known = v.young[key]
	if !known {
		verdict, known = v.older[key]
	}
	return verdict, known
}

func (v *proofs) remember(key engine.Digest, verdict error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.young == nil || len(v.young) >= maxVerdicts {
		v.young, v.older = map[engine.Digest]error{}, v.young
	}
	v.young[key] = verdict
}

// hopeful takes every proof without a verdict for good, and keeps it to be judged with the others of its block.
type hopeful struct {
	*proofs
	keys   []engine.Digest
	claims []Proof
}

// Verify is contract.Verifier's.
func (h *hopeful) Verify(circuit engine.Digest, statement, proof []byte) error {
	claim := Proof{circuit, statement, proof}
	key := claim.digest()
	if verdict, known := h.verdict(key); known {
		return verdict
	}
	h.keys, h.claims = append(h.keys, key), append(h.claims, claim)
	return nil
}

// settle judges what was hoped for, and tells whether all of it holds. The verdicts are remembered.
func (h *hopeful) settle(batch BatchVerifier, random io.Reader) bool {
	if len(h.claims) == 0 {
		return true
	}
	all := true
	for i, verdict := range batch.VerifyBatch(random, h.claims) {
		h.remember(h.keys[i], verdict)
		all = all && verdict == nil
	}
	return all
}
