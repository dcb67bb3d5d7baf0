package machine

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"sync"

	"weir/engine"
	"weir/ledger/contract"
)

var errNoVerifier = errors.New("no verifier")

// proofs remembers verdicts: a proof that was judged while a block was proposed costs nothing when it is executed.
type proofs struct {
	verifier contract.Verifier // nil: no proof holds

	mu           sync.Mutex
	young, older map[engine.Digest]error
}

// maxVerdicts bounds one generation of verdicts.
const maxVerdicts = 4096

// digestOf stands for a claim: the parts cannot run into each other.
func digestOf(c contract.Claim) engine.Digest {
	h := sha256.New()
	h.Write(c.Circuit[:])
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(c.Statement))))
	h.Write(c.Statement)
	h.Write(c.Proof)
	return engine.Digest(h.Sum(nil))
}

// Verify is contract.Verifier's, with a memory.
func (v *proofs) Verify(circuit engine.Digest, statement, proof []byte) error {
	if v.verifier == nil {
		return errNoVerifier
	}
	key := digestOf(contract.Claim{Circuit: circuit, Statement: statement, Proof: proof})
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
	claims []contract.Claim
}

// Verify is contract.Verifier's.
func (h *hopeful) Verify(circuit engine.Digest, statement, proof []byte) error {
	claim := contract.Claim{Circuit: circuit, Statement: statement, Proof: proof}
	key := digestOf(claim)
	if verdict, known := h.verdict(key); known {
		return verdict
	}
	h.keys, h.claims = append(h.keys, key), append(h.claims, claim)
	return nil
}

// settle judges what was hoped for, and tells whether all of it holds. The verdicts are remembered.
func (h *hopeful) settle(batch contract.BatchVerifier) bool {
	if len(h.claims) == 0 {
		return true
	}
	all := true
	for i, verdict := range batch.VerifyBatch(h.claims) {
		h.remember(h.keys[i], verdict)
		all = all && verdict == nil
	}
	return all
}
