package contribution

import (
	"fmt"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"weir/engine"
	"weir/engine/poseidon"
)

// Check is the native twin of Circuit: nil exactly when the witness makes the statement true for the table, which must
// be valid by itself. Errors wrap ErrStatement or ErrWitness and say which part fails.
func Check(t *Table, s *Statement, w *Witness) error {
	if _, err := s.public(); err != nil {
		return err
	}
	if w.Rho == nil {
		return fmt.Errorf("%w: no blinding", ErrWitness)
	}
	if w.tag() != s.Tag {
		return fmt.Errorf("%w: the tag does not open to this subject and these nonces", ErrWitness)
	}
	if err := w.checkRecord(); err != nil {
		return err
	}
	if err := w.checkPath(s.Root); err != nil {
		return err
	}
	if !t.Commit(&w.Values, w.Rho).Equal(s.C) {
		return fmt.Errorf("%w: the commitment is not the selected rows and blinding", ErrWitness)
	}
	return nil
}

func (w *Witness) tag() [32]byte {
	tag := poseidon.Hash4([4]fr.Element{
		fr.NewElement(poseidon.DomainTag), subjectElement(w.Subject), secretElement(w.Nonce1), secretElement(w.Nonce2),
	})
	return tag.Bytes()
}

// lookUp finds the first place of the bucket with the subject. An all-zero subject is an empty place and a subject like
// any other, as in the circuit; no identifier hashes to it.
func (w *Witness) lookUp() (content fr.Element, found bool) {
	for _, entry := range w.Bucket {
		if entry.Subject == w.Subject {
			return entry.Content, true
		}
	}
	return content, false
}

func (w *Witness) checkRecord() error {
	content, found := w.lookUp()
	if found != w.Present {
		return fmt.Errorf("%w: presence is not what the bucket says", ErrWitness)
	}
	if !found {
		if w.Values != [Features]uint32{} {
			return fmt.Errorf("%w: an absent record has values", ErrWitness)
		}
		return nil
	}
	words := packWords(&w.Values)
	want := poseidon.Hash8([8]fr.Element{
		fr.NewElement(poseidon.DomainContent), {}, words[0], words[1], words[2], words[3], words[4], secretElement(w.Salt),
	})
	if want != content {
		return fmt.Errorf("%w: the record is not the one in the bucket", ErrWitness)
	}
	return nil
}

func (w *Witness) checkPath(root [32]byte) error {
	var inputs [2 * BucketSize]fr.Element
	for i, entry := range w.Bucket {
		inputs[2*i], inputs[2*i+1] = subjectElement(entry.Subject), entry.Content
	}
	current := poseidon.Hash8(inputs)
	place := new(big.Int).SetBytes(w.Subject[:]).Uint64() // the low 64 bits, of which 30 count
	for h, siblings := range w.Siblings {
		if siblings[place>>(3*h)&7] != current {
			return fmt.Errorf("%w: the path at height %d has something else in the subject's place", ErrWitness, h)
		}
		current = poseidon.Hash8(siblings)
	}
	if current.Bytes() != root {
		return fmt.Errorf("%w: the path leads to another root", ErrWitness)
	}
	return nil
}

// packWords is w_(i+1) = Σ_j 2^(32j)·v_(7i+j), the native twin of unpackWords.
func packWords(values *[Features]uint32) (words [recordWords]fr.Element) {
	for i := range words {
		word := new(big.Int)
		for j, value := range values[i*valuesInWord : min((i+1)*valuesInWord, Features)] {
			shifted := new(big.Int).SetUint64(uint64(value))
			word.Or(word, shifted.Lsh(shifted, uint(valueBits*j)))
		}
		words[i].SetBigInt(word)
	}
	return words
}

func subjectElement(s engine.Subject) (e fr.Element) { return *e.SetBytes(s[:]) }

func secretElement(b [SecretSize]byte) (e fr.Element) { return *e.SetBytes(b[:]) }
