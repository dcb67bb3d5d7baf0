package record

import (
	"errors"
	"fmt"
	"io"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"weir/engine"
	"weir/engine/poseidon"
	"weir/engine/schema"
)

// ErrWitness is wrapped by the error of Verify: the witness does not show this record, or this absence, under this root.
var ErrWitness = errors.New("record witness refused")

// errPrivate is what every encoder gets from a Witness.
var errPrivate = errors.New("a record's witness does not leave its holder")

// Witness is what a holder knows of one subject and its root: the private part of the contribution proof that concerns
// records. It is plain values so that a circuit can be assigned from it, and stays with the holder: it prints as
// nothing and no encoder accepts it.
type Witness struct {
	Subject  engine.Subject
	Present  bool
	Values   [schema.MaxFeatures]uint32 // all 0 if absent
	Salt     fr.Element                 // 0 if absent
	Bucket   [BucketSize]Entry          // of the subject's slot
	Siblings [Levels][Fanout]fr.Element // by height: all children of the node on the path, the path's own among them
}

// Verify is the native twin of the record part of the contribution circuit (protocol, sections 3 and 6): the bucket hashes
// up to the root at the places that the subject's own bits give, the first entry of the bucket with this subject
// counts, its content is that of the values, and without an entry the values are those of an absent record.
func (w *Witness) Verify(root [fr.Bytes]byte) error {
	if err := w.verifyPath(root); err != nil {
		return err
	}
	content, present := w.firstMatch()
	switch {
	case present != w.Present:
		return fmt.Errorf("%w: it contradicts its bucket on whether there is a record", ErrWitness)
	case present && content != Content(Words(w.Values), w.Salt):
		return fmt.Errorf("%w: the values are not the committed ones", ErrWitness)
	case !present && w.Values != [schema.MaxFeatures]uint32{}:
		return fmt.Errorf("%w: values for an absent record", ErrWitness)
	}
	return nil
}

// verifyPath reads the child at the place of the path out of each node, never searches for it.
func (w *Witness) verifyPath(root [fr.Bytes]byte) error {
	current, slot := BucketHash(w.Bucket), Slot(w.Subject)
	for h, children := range w.Siblings {
		if children[slot>>(levelBits*h)%Fanout] != current {
			return fmt.Errorf("%w: the path breaks at height %d", ErrWitness, h)
		}
		current = poseidon.Hash8(children)
	}
	if current.Bytes() != root {
		return fmt.Errorf("%w: the path ends in another root", ErrWitness)
	}
	return nil
}

// firstMatch is the content of the first entry with the witness's subject: later ones do not count, none means absent.
func (w *Witness) firstMatch() (fr.Element, bool) {
	for _, e := range w.Bucket {
		if e.Subject == w.Subject {
			return e.Content, true
		}
	}
	return fr.Element{}, false
}

// Format keeps the witness out of every log line.
func (Witness) Format(f fmt.State, _ rune) { io.WriteString(f, "[record witness]") }

// MarshalText refuses: JSON, XML and text encoders ask it.
func (Witness) MarshalText() ([]byte, error) { return nil, errPrivate }

// MarshalBinary refuses: CBOR and gob encoders ask it.
func (Witness) MarshalBinary() ([]byte, error) { return nil, errPrivate }
