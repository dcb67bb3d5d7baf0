package contribution

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"

	bn254 "github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
	cs "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/frontend"

	"weir/circuits"
	"weir/engine/pedersen"
)

func TestProofsVerify(t *testing.T) {
	for _, present := range []bool{true, false} {
		f := seeded(12).fixture(present)
		proof := prove(t, f)
		if len(proof) != 196 {
			t.Errorf("proof of %d bytes, want 196", len(proof))
		}
		if err := fold(t, f.table).Verify(f.statement, proof); err != nil {
			t.Errorf("present %v: %v", present, err)
		}
	}
}

// A changed public input under a valid proof is refused: each dynamic one through the statement, each folded one
// through the table (adversary A14).
func TestEveryPublicInputIsBound(t *testing.T) {
	f := seeded(13).fixture(true)
	proof, key := prove(t, f), fold(t, f.table)
	for name, change := range map[string]func(*Statement){
		"root":               func(s *Statement) { s.Root[31] ^= 1 },
		"tag":                func(s *Statement) { s.Tag[31] ^= 1 },
		"context":            func(s *Statement) { s.Context[31] ^= 1 },
		"another context":    func(s *Statement) { s.Context = [32]byte{} },
		"C plus H":           func(s *Statement) { s.C = s.C.Add(pedersen.BlindingGenerator()) },
		"C minus H":          func(s *Statement) { s.C = s.C.Sub(pedersen.BlindingGenerator()) },
		"C negated":          func(s *Statement) { s.C = s.C.Neg() },
		"C of nothing":       func(s *Statement) { s.C = pedersen.Identity() },
		"root and tag swap":  func(s *Statement) { s.Root, s.Tag = s.Tag, s.Root },
		"tag as the context": func(s *Statement) { s.Context = s.Tag },
	} {
		changed := *f.statement
		change(&changed)
		if err := key.Verify(&changed, proof); !errors.Is(err, circuits.ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, add := range map[string]func(*Statement) *[32]byte{
		"root": func(s *Statement) *[32]byte { return &s.Root }, "tag": func(s *Statement) *[32]byte { return &s.Tag },
		"context": func(s *Statement) *[32]byte { return &s.Context },
	} {
		changed := *f.statement
		addModulus(add(&changed))
		if err := key.Verify(&changed, proof); !errors.Is(err, ErrStatement) {
			t.Errorf("%s plus the modulus: %v", name, err)
		}
	}
	for name, change := range map[string]func(*Table){
		"an edge of a used line":    func(t *Table) { t.Edges[7][6] = edgeLimit },
		"an edge of an unused line": func(t *Table) { t.Edges[31][0]-- },
		"a map of a used line":      func(t *Table) { t.Map[3] = 4 },
		"a map of an unused line":   func(t *Table) { t.Map[31] = 4 },
		"a row not selected":        func(t *Table) { t.W[255] = t.W[255].Neg() },
		"two rows exchanged":        func(t *Table) { t.W[8], t.W[9] = t.W[9], t.W[8] },
	} {
		table := *f.table
		change(&table)
		if err := fold(t, &table).Verify(f.statement, proof); !errors.Is(err, circuits.ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every one of the folded inputs occurs in a constraint: changing any of them alone changes what the key accepts.
func TestEveryFoldedInputMattersToTheKey(t *testing.T) {
	for i, point := range keys().VerifyingKey().G1.K {
		if point.IsInfinity() {
			t.Errorf("public input %d is in no constraint", i)
		}
	}
}

// addModulus gives the other 32-byte number of the same residue, where there is one below 2^256.
func addModulus(b *[32]byte) {
	carry := uint16(0)
	modulus := fr.Modulus().FillBytes(make([]byte, 32))
	for i := 31; i >= 0; i-- {
		carry += uint16(b[i]) + uint16(modulus[i])
		b[i] = byte(carry)
		carry >>= 8
	}
	if carry != 0 {
		panic("no alias: four times the modulus fits below 2^256, five times does not")
	}
}

// A proof for other keys is refused, and so is one of the same keys that somebody re-randomised for other inputs; but a
// re-randomised proof of the same statement verifies, which is why proofs identify nothing.
func TestRerandomisedProofsSayTheSame(t *testing.T) {
	f := seeded(14).fixture(true)
	key, proof := fold(t, f.table), prove(t, f)
	decoded, err := circuits.DecodeProof(proof)
	if err != nil {
		t.Fatal(err)
	}
	decoded.Ar.Neg(&decoded.Ar) // e(−A, −B) = e(A, B)
	decoded.Bs.Neg(&decoded.Bs)
	again := circuits.EncodeProof(decoded)
	if bytes.Equal(again[:], proof) {
		t.Fatal("the proof did not change")
	}
	if err := key.Verify(f.statement, again[:]); err != nil {
		t.Error(err)
	}
	other := seeded(15).fixture(true)
	if err := key.Verify(other.statement, again[:]); !errors.Is(err, circuits.ErrProof) {
		t.Errorf("another statement: %v", err)
	}
}

// Each part of a proof matters (adversary A15).
func TestBrokenProofsAreRefused(t *testing.T) {
	f := seeded(16).fixture(true)
	key, proof := fold(t, f.table), prove(t, f)
	for bit := range 8 * len(proof) {
		if bit%7 != 0 {
			continue // every byte still gets its turn
		}
		broken := bytes.Clone(proof)
		broken[bit/8] ^= 1 << (bit % 8)
		if err := key.Verify(f.statement, broken); !errors.Is(err, circuits.ErrProof) {
			t.Errorf("bit %d: %v", bit, err)
		}
		if err := VerifyBatch([]Item{{key, f.statement, broken}}); !errors.Is(err, circuits.ErrProof) {
			t.Errorf("bit %d in a batch: %v", bit, err)
		}
	}
	for _, length := range []int{0, 1, 164, 195, 197, 392} {
		broken := append(bytes.Clone(proof), proof...)[:length]
		if err := key.Verify(f.statement, broken); !errors.Is(err, circuits.ErrProof) {
			t.Errorf("%d bytes: %v", length, err)
		}
	}
}

func TestFoldedKeysRoundTrip(t *testing.T) {
	f := seeded(17).fixture(true)
	key, proof := fold(t, f.table), prove(t, f)
	encoded := key.Encode()
	decoded, err := DecodeFoldedKey(keys().VerifyingKey(), encoded[:])
	if err != nil {
		t.Fatal(err)
	}
	if err := decoded.Verify(f.statement, proof); err != nil {
		t.Error(err)
	}
	other := fold(t, seeded(18).table()).Encode()
	if decoded, err = DecodeFoldedKey(keys().VerifyingKey(), other[:]); err != nil {
		t.Fatal(err)
	}
	if err := decoded.Verify(f.statement, proof); !errors.Is(err, circuits.ErrProof) {
		t.Errorf("another slice's key: %v", err)
	}
}

func FuzzDecodeFoldedKey(f *testing.F) {
	_, _, generator, _ := bn254.Generators()
	valid := generator.Bytes()
	f.Add(valid[:])
	f.Add(valid[:31])
	f.Add(make([]byte, 32))
	f.Add(append([]byte{0x40}, make([]byte, 31)...)) // infinity
	f.Add(bytes.Repeat([]byte{0xff}, 32))
	key := &groth16.VerifyingKey{}
	*key = *keys().VerifyingKey()
	f.Fuzz(func(t *testing.T, b []byte) {
		folded, err := DecodeFoldedKey(key, b)
		if err != nil {
			if !errors.Is(err, ErrKeys) {
				t.Error(err)
			}
			return
		}
		if again := folded.Encode(); !bytes.Equal(again[:], b) {
			t.Error("what was accepted is encoded differently")
		}
	})
}

// square is a circuit that is not this one.
type square struct {
	X frontend.Variable `gnark:",public"`
}

func (s *square) Define(api frontend.API) error {
	api.AssertIsEqual(api.Mul(s.X, s.X), s.X)
	return nil
}

func foreignCircuit(t *testing.T) *cs.R1CS {
	system, err := circuits.Compile(new(square))
	if err != nil {
		t.Fatal(err)
	}
	return system
}

func TestForeignKeysAreRefused(t *testing.T) {
	foreign := *keys().VerifyingKey()
	foreign.G1.K = foreign.G1.K[1:]
	table := seeded(19).table()
	if _, err := Fold(&foreign, table); !errors.Is(err, ErrKeys) {
		t.Error(err)
	}
	if _, err := DecodeFoldedKey(&foreign, make([]byte, 32)); !errors.Is(err, ErrKeys) {
		t.Error(err)
	}
	foreignSystem := &circuits.KeySet{R1CS: foreignCircuit(t)}
	if _, err := NewProver(foreignSystem, table); !errors.Is(err, ErrKeys) {
		t.Error(err)
	}
}

// proven is four honest items of four slices, present and absent.
var proven = sync.OnceValue(func() (items []Item) {
	for seed := range uint64(4) {
		f := seeded(20 + seed).fixture(seed%2 == 0)
		key, errKey := Fold(keys().VerifyingKey(), f.table)
		proof, errProof := Prove(keys(), f.table, f.statement, f.witness)
		if errKey != nil || errProof != nil {
			panic(errors.Join(errKey, errProof))
		}
		items = append(items, Item{key, f.statement, proof})
	}
	return items
})

// batchOf gives n honest items, the caller's own down to the bytes.
func batchOf(n int) []Item {
	items := make([]Item, n)
	for i := range items {
		items[i] = proven()[i%len(proven())]
		statement := *items[i].Statement
		items[i].Statement, items[i].Proof = &statement, bytes.Clone(items[i].Proof)
	}
	return items
}

// gnarks is gnark's own verdict on an item.
func gnarks(item Item) bool {
	inputs, err := item.Statement.public()
	if err != nil {
		return false
	}
	decoded, err := circuits.DecodeProof(item.Proof)
	return err == nil && groth16.Verify(decoded, item.Key.key, inputs) == nil
}

// One proof, and one among several, is accepted exactly when gnark accepts it, again and again.
func TestVerdictsEqualGnarks(t *testing.T) {
	items := batchOf(5)
	for n := range len(items) + 1 {
		if err := VerifyBatch(items[:n]); err != nil {
			t.Errorf("%d honest proofs: %v", n, err)
		}
	}
	for i, item := range items {
		if err := item.Key.Verify(item.Statement, item.Proof); err != nil || !gnarks(item) {
			t.Errorf("honest proof %d: %v, gnark: %v", i, err, gnarks(item))
		}
	}
	for name, change := range map[string]func(item *Item){
		"root":      func(item *Item) { item.Statement.Root[31] ^= 1 },
		"tag":       func(item *Item) { item.Statement.Tag[31] ^= 1 },
		"context":   func(item *Item) { item.Statement.Context[31] ^= 1 },
		"C":         func(item *Item) { item.Statement.C = item.Statement.C.Neg() },
		"slice":     func(item *Item) { item.Key = items[1].Key },
		"no C":      func(item *Item) { item.Statement.C = pedersen.Point{} },
		"modulus":   func(item *Item) { addModulus(&item.Statement.Root) },
		"knowledge": func(item *Item) { copy(item.Proof[164:196], item.Proof[96:128]) },
		"D":         func(item *Item) { copy(item.Proof[132:164], item.Proof[96:128]) },
		"A":         func(item *Item) { copy(item.Proof[:32], item.Proof[96:128]) },
		"C of A":    func(item *Item) { copy(item.Proof[96:128], item.Proof[:32]) },
		"empty":     func(item *Item) { item.Proof = nil },
	} {
		for at := range 3 {
			if at == 1 && name == "slice" {
				continue // it is that slice
			}
			bad := batchOf(len(items))
			change(&bad[at])
			err := VerifyBatch(bad)
			if !errors.Is(err, circuits.ErrProof) && !errors.Is(err, ErrStatement) {
				t.Errorf("%s of item %d: %v", name, at, err)
			}
			if single := bad[at].Key.Verify(bad[at].Statement, bad[at].Proof); single == nil {
				t.Errorf("%s of item %d passes alone", name, at)
			}
			if gnarks(bad[at]) {
				t.Errorf("%s of item %d is accepted by gnark", name, at)
			}
		}
	}
}

// Errors of two proofs do not cancel, as they would without weights: X more in one, X less in the other.
func TestOppositeErrorsDoNotCancel(t *testing.T) {
	for name, part := range map[string]func(*groth16.Proof) *bn254.G1Affine{
		"C":                  func(proof *groth16.Proof) *bn254.G1Affine { return &proof.Krs },
		"proof of knowledge": func(proof *groth16.Proof) *bn254.G1Affine { return &proof.CommitmentPok },
	} {
		_, _, x, _ := bn254.Generators()
		honest, bad := batchOf(2), batchOf(2)
		for i := range bad {
			decoded, err := circuits.DecodeProof(bad[i].Proof)
			if err != nil {
				t.Fatal(err)
			}
			point := part(decoded)
			point.Add(point, &x)
			encoded := circuits.EncodeProof(decoded)
			bad[i].Proof = encoded[:]
			x.Neg(&x)
		}
		for _, items := range [][]Item{{bad[0], honest[1]}, {honest[0], bad[1]}, bad} {
			if err := VerifyBatch(items); !errors.Is(err, circuits.ErrProof) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestBatchesOfTwoCircuitsAreRefused(t *testing.T) {
	items := batchOf(2)
	foreign := *keys().VerifyingKey()
	foreign.G1.Alpha.Neg(&foreign.G1.Alpha)
	encoded := items[1].Key.Encode()
	key, err := DecodeFoldedKey(&foreign, encoded[:])
	if err != nil {
		t.Fatal(err)
	}
	items[1].Key = key
	if err := VerifyBatch(items); !errors.Is(err, ErrKeys) {
		t.Error(err)
	}
}

func ExampleProve() {
	f := seeded(1).fixture(true) // stands for a holder's table, statement and witness
	proof, err := Prove(keys(), f.table, f.statement, f.witness)
	if err != nil {
		fmt.Println(err)
		return
	}
	key, err := Fold(keys().VerifyingKey(), f.table) // once per sealing
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(proof), "bytes, verified:", key.Verify(f.statement, proof) == nil)
	f.statement.Context[31] ^= 1
	fmt.Println("another context:", errors.Is(key.Verify(f.statement, proof), circuits.ErrProof))
	// Output:
	// 196 bytes, verified: true
	// another context: true
}
