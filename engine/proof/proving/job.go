// Package proving carries the proving of one contribution to another process of the same holder: an agent encodes what is to be
// proven, a worker proves it from the bytes alone. It is for agents that share their work.
//
// A job contains a record. Nothing here logs, stores or prints one; errors name the part that fails, never a value. What a
// worker gives back is for the agent to verify.
package proving

import (
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"weir/circuits/contribution"
	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/proof"
	"weir/ledger/contract/tasks"
)

// ErrJob is returned for bytes that are no job, or one for another circuit than the worker has keys for.
var ErrJob = errors.New("proving job refused")

// MaxJob bounds an encoded job, in bytes: a statement with its table, and the hashes along one record's path.
const MaxJob = proof.MaxContributionStatement + 8<<10

// Job is everything that proving one contribution takes, for another process of the same holder: the statement, and the
// WITNESS, WHICH IS A RECORD. It goes from memory to memory, over a socket that its owner alone can open, and nowhere else.
type Job []byte

// Format keeps the record out of every log line.
func (Job) Format(f fmt.State, _ rune) { io.WriteString(f, "[proving job]") }

// job is what a Job encodes.
type job struct {
	_         struct{} `cbor:",toarray"`
	Circuit   engine.Digest
	Statement []byte // tasks.ContributionStatement, as the ledger judges it
	Witness   jobWitness
}

// jobWitness is a Witness with its field elements in their 32 canonical bytes.
type jobWitness struct {
	_              struct{} `cbor:",toarray"`
	Subject        engine.Subject
	Nonce1, Nonce2 [contribution.SecretSize]byte
	Present        bool
	Values         [contribution.Features]uint32
	Salt           [contribution.SecretSize]byte
	Subjects       [contribution.BucketSize]engine.Subject
	Contents       [contribution.BucketSize][fr.Bytes]byte
	Siblings       [contribution.Levels][8][fr.Bytes]byte
	Rho            []byte // big-endian
}

// maxRho bounds an encoded blinding, in bytes: it is below ℓ.
const maxRho = 32

// Encode makes a job out of what the ledger will judge and what only the holder knows.
func Encode(circuit engine.Digest, statement *tasks.ContributionStatement, w *proof.Witness) Job {
	return canonical.Encode(job{Circuit: circuit, Statement: canonical.Encode(statement), Witness: encodeWitness(w)})
}

func encodeWitness(w *proof.Witness) jobWitness {
	j := jobWitness{Subject: w.Subject, Nonce1: w.Nonce1, Nonce2: w.Nonce2, Present: w.Present, Values: w.Values, Salt: w.Salt, Rho: w.Rho.Bytes()}
	for i, entry := range w.Bucket {
		j.Subjects[i], j.Contents[i] = entry.Subject, entry.Content.Bytes()
	}
	for h, siblings := range w.Siblings {
		for i, node := range siblings {
			j.Siblings[h][i] = node.Bytes()
		}
	}
	return j
}

// read gives the witness, whose field elements must be canonical.
func (j *jobWitness) read() (*proof.Witness, error) {
	if len(j.Rho) > maxRho {
		return nil, fmt.Errorf("%w: blinding of %d bytes", ErrJob, len(j.Rho))
	}
	w := &proof.Witness{Subject: j.Subject, Nonce1: j.Nonce1, Nonce2: j.Nonce2, Present: j.Present, Values: j.Values, Salt: j.Salt, Rho: new(big.Int).SetBytes(j.Rho)}
	var bad error
	element := func(to *fr.Element, b [fr.Bytes]byte) {
		if to.SetBytesCanonical(b[:]) != nil {
			bad = fmt.Errorf("%w: a field element is not canonical", ErrJob)
		}
	}
	for i := range w.Bucket {
		w.Bucket[i].Subject = j.Subjects[i]
		element(&w.Bucket[i].Content, j.Contents[i])
	}
	for h := range w.Siblings {
		for i := range w.Siblings[h] {
			element(&w.Siblings[h][i], j.Siblings[h][i])
		}
	}
	return w, bad
}
