package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/fxamacker/cbor/v2"
	"pgregory.net/rapid"

	"weir/engine"
	"weir/engine/poseidon"
)

// lie is a holder that changes its witness for a subject; it hashes with the means of this package.
type lie struct {
	name  string
	apply func(w *Witness)
}

// TestVerifyRefusesLies plays holders that answer from other records than the committed ones.
func TestVerifyRefusesLies(t *testing.T) {
	present, absent := subjectAt(9, 1), subjectAt(9, 2)
	tree := build(t, []Row{{Subject: present, Values: [32]uint32{5, 6, 7}}, {Subject: subjectAt(9, 0)}, {Subject: subjectAt(8, 0)}})
	other := tree.Witness(subjectAt(8, 0))
	for _, c := range []struct {
		subject engine.Subject
		lies    []lie
	}{
		{present, []lie{
			{"an altered value", func(w *Witness) { w.Values[1]++ }},
			{"an altered feature that the source does not use", func(w *Witness) { w.Values[31] = 1 }},
			{"two values of a word moved against each other", func(w *Witness) { w.Values[0], w.Values[1] = w.Values[1], w.Values[0] }},
			{"another salt", func(w *Witness) { w.Salt.SetUint64(1) }},
			{"false absence", func(w *Witness) { w.Present, w.Values = false, [32]uint32{} }},
			{"false absence with values kept", func(w *Witness) { w.Present = false }},
			{"the bucket without the subject", func(w *Witness) { w.Bucket[1] = Entry{} }},
			{"the bucket in another order", func(w *Witness) { w.Bucket[0], w.Bucket[1] = w.Bucket[1], w.Bucket[0] }},
			{"a second entry with other values", func(w *Witness) { secondEntry(w) }},
			{"another slot's path and bucket", func(w *Witness) { w.Bucket, w.Siblings = other.Bucket, other.Siblings }},
			{"another slot's bucket", func(w *Witness) { w.Bucket = other.Bucket }},
			{"another subject's record", func(w *Witness) { w.Values, w.Salt = other.Values, other.Salt }},
			{"an empty slot's path", func(w *Witness) { w.Siblings = tree.Witness(subjectAt(64, 0)).Siblings }},
			{"an altered child beside the path", func(w *Witness) { w.Siblings[3][5].SetUint64(1) }},
			{"another node of the height", func(w *Witness) { w.Siblings[4] = w.Siblings[5] }},
		}},
		{absent, []lie{
			{"false presence", func(w *Witness) { w.Present = true }},
			{"values for an absent record", func(w *Witness) { w.Values[0] = 1 }},
			{"an entry of its own", func(w *Witness) {
				w.Present, w.Bucket[2] = true, Entry{Subject: w.Subject, Content: Content(Words(w.Values), w.Salt)}
			}},
		}},
	} {
		if w := tree.Witness(c.subject); w.Verify(tree.Root()) != nil {
			t.Fatal("the honest witness is refused")
		}
		for _, lie := range c.lies {
			w := tree.Witness(c.subject)
			lie.apply(&w)
			if err := w.Verify(tree.Root()); !errors.Is(err, ErrWitness) {
				t.Errorf("%s: %v", lie.name, err)
			}
		}
	}
}

// secondEntry puts a wished record behind the committed one and shows that.
func secondEntry(w *Witness) {
	w.Values[0]++
	w.Bucket[2] = Entry{Subject: w.Subject, Content: Content(Words(w.Values), w.Salt)}
}

// TestFirstMatchCounts plays a holder that commits to two records of one subject: only the first can ever be shown.
func TestFirstMatchCounts(t *testing.T) {
	subject := subjectAt(0, 1)
	show := func(value uint32) (Entry, [32]uint32) {
		values := [32]uint32{value}
		return Entry{Subject: subject, Content: Content(Words(values), fr.Element{})}, values
	}
	w := build(t, nil).Witness(subject)
	var first, second [32]uint32
	w.Bucket[0], first = show(2)
	w.Bucket[1], second = show(3)
	root := rehash(&w)
	w.Present, w.Values = true, first
	if err := w.Verify(root); err != nil {
		t.Fatalf("the first entry: %v", err)
	}
	w.Values = second
	if err := w.Verify(root); !errors.Is(err, ErrWitness) {
		t.Fatalf("the second entry: %v", err)
	}
}

// rehash makes the path of a witness for slot 0 fit its bucket and gives the root.
func rehash(w *Witness) [32]byte {
	current := BucketHash(w.Bucket)
	for h := range w.Siblings {
		w.Siblings[h][0] = current
		current = poseidon.Hash8(w.Siblings[h])
	}
	return current.Bytes()
}

func TestVerifyRefusesOtherRoots(t *testing.T) {
	tree := build(t, []Row{{Subject: subjectAt(3, 0)}})
	w := tree.Witness(subjectAt(3, 0))
	root := tree.Root()
	for _, bit := range []int{0, 7, 255} {
		other := root
		other[bit/8] ^= 1 << (bit % 8)
		if err := w.Verify(other); !errors.Is(err, ErrWitness) {
			t.Errorf("root with bit %d flipped: %v", bit, err)
		}
	}
}

func TestWitnessOfEverySubject(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(t, "records")
		tree, absent := build(t, rows), drawRows(t, "asked")
		for _, r := range append(absent, rows...) {
			w := tree.Witness(r.Subject)
			values, present := tree.Records().Values(r.Subject)
			if w.Present != present || w.Values != values {
				t.Fatal("the witness is not the record")
			}
			if err := w.Verify(tree.Root()); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestNothingPrintsOrEncodes plants values and looks for them wherever a log line or an encoder could carry them.
func TestNothingPrintsOrEncodes(t *testing.T) {
	const canary = 3141592653
	row := Row{Subject: subjectAt(1, 0), Values: [32]uint32{canary}}
	tree := build(t, []Row{row})
	w := tree.Witness(row.Subject)
	for _, v := range []any{tree, tree.Records(), w, &w, testKey, &Source{Records: tree.Records()}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
			if text := fmt.Sprintf(verb, v); strings.Contains(text, fmt.Sprint(canary)) || strings.Contains(text, fmt.Sprintf("%x", canary)) || strings.Contains(text, "1, 2, 3") {
				t.Errorf("%s of %T shows a value", verb, v)
			}
		}
	}
	for name, encode := range map[string]func(any) ([]byte, error){"JSON": json.Marshal, "CBOR": cbor.Marshal} {
		if _, err := encode(w); err == nil {
			t.Errorf("%s encodes a witness", name)
		}
		if b, err := encode(tree); err == nil && len(b) > 2 {
			t.Errorf("%s encodes a tree", name)
		}
	}
}
