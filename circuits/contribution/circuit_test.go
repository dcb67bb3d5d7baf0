package contribution

import (
	"bytes"
	"encoding/csv"
	"os"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/schema"
	"github.com/consensys/gnark/test"

	"weir/circuits"
	"weir/engine"
	"weir/engine/pedersen"
)

func TestConstraintsAreGolden(t *testing.T) {
	file, err := os.Open("../../testdata/golden/constraints.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	golden := map[string]string{}
	for _, row := range rows {
		if row[0] == string(circuits.Contribution) {
			golden[row[1]] = row[2]
		}
	}
	before := 0
	for i, part := range parts {
		count := prefixes()[i].GetNbConstraints()
		if got := strconv.Itoa(count - before); got != golden[part.name] {
			t.Errorf("contribution,%s,%s: golden has %q", part.name, got, golden[part.name])
		}
		before = count
	}
	if got := strconv.Itoa(before); got != golden["total"] || len(golden) != len(parts)+1 {
		t.Errorf("contribution,total,%s: golden has %q and %d rows", got, golden["total"], len(golden))
	}
}

func TestCompileIsDeterministic(t *testing.T) {
	var written [2]bytes.Buffer
	for i := range written {
		system, err := Compile()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := system.WriteTo(&written[i]); err != nil {
			t.Fatal(err)
		}
		if n := len(system.CommitmentInfo.CommitmentIndexes()); n != 1 {
			t.Errorf("%d commitments, want 1", n)
		}
		if n := system.GetNbPublicVariables(); n != 1+foldedInputs+dynamicInputs {
			t.Errorf("%d public wires, want %d", n, 1+foldedInputs+dynamicInputs)
		}
	}
	if !bytes.Equal(written[0].Bytes(), written[1].Bytes()) {
		t.Error("two compilations differ")
	}
	// Keys and ceremonies are made for this digest. It changes with every constraint and with gnark's version.
	const golden = "1e19b0d85febf4b735e6dc95900864cea5be71b45c9be8dc63f1784d2e95a0d8"
	digest, err := circuits.Digest(&written[0])
	if err != nil || digest.String() != golden {
		t.Errorf("circuit digest %s, want %s (%v)", digest, golden, err)
	}
}

// The lookups' challenge is drawn from every digit, every value read, every count, and a mask: what it does not depend on, a
// prover can choose after it.
func TestTheChallengeComesLast(t *testing.T) {
	system := keys().R1CS
	info := system.CommitmentInfo.(constraint.Groth16Commitments)[0]
	if n := len(info.PublicAndCommitmentCommitted); n != 0 {
		t.Errorf("%d committed public inputs, want none: folding would shift their numbers", n)
	}
	// A witness that has its own wire's number everywhere tells which wires stand where.
	var want []int
	numbered := new(Circuit)
	wire := system.GetNbPublicVariables()
	number := func(leaf schema.LeafInfo, v reflect.Value) error {
		if leaf.Visibility == schema.Secret {
			v.Set(reflect.ValueOf(wire))
			wire++
		}
		return nil
	}
	if _, err := schema.Walk(ecc.BN254.ScalarField(), numbered, reflect.TypeFor[frontend.Variable](), number); err != nil {
		t.Fatal(err)
	}
	for _, list := range [][]frontend.Variable{numbered.digits(), numbered.Read[:], numbered.DigitCounts[:], numbered.ReadCounts[:]} {
		for _, v := range list {
			want = append(want, v.(int))
		}
	}
	slices.Sort(want)
	if got := info.PrivateCommitted; len(got) != len(want)+1 || !slices.Equal(got[:len(want)], want) {
		t.Errorf("%d committed wires are not the %d of the lookups and a mask", len(got), len(want))
	}
}

func TestDigitsHaveTheCircuitsLengths(t *testing.T) {
	if valueRange.Len() != valueDigits || highRange.Len() != highDigits {
		t.Errorf("%d and %d digits, want %d and %d", valueRange.Len(), highRange.Len(), valueDigits, highDigits)
	}
}

// The circuit and its native twin accept every honest contribution, present or absent.
func TestHonestContributionsHold(t *testing.T) {
	for seed := range uint64(32) {
		f := seeded(seed).fixture(seed%3 != 0)
		if err := Check(f.table, f.statement, f.witness); err != nil {
			t.Fatal(err)
		}
		if part := caughtBy(t, f.assign(t)); part != "" {
			t.Fatalf("seed %d: the circuit refuses an honest contribution at %s", seed, part)
		}
	}
}

func TestTheTestEngineAgrees(t *testing.T) {
	for _, present := range []bool{true, false} {
		f := seeded(1).fixture(present)
		if err := test.IsSolved(new(Circuit), f.assign(t), ecc.BN254.ScalarField()); err != nil {
			t.Error(err)
		}
		c := f.assign(t)
		c.Salt, c.Nonces[0] = 1, 1
		if test.IsSolved(new(Circuit), c, ecc.BN254.ScalarField()) == nil {
			t.Error("the test engine accepts another salt and nonce")
		}
	}
}

// Every extreme of the encoding that the random fixtures may miss.
func TestExtremesHold(t *testing.T) {
	full := bytes.Repeat([]byte{0xff}, 31)
	for name, change := range map[string]func(*Witness){
		"largest subject":         func(w *Witness) { w.Subject = engine.Subject(full[:30]) },
		"smallest subject":        func(w *Witness) { w.Subject = engine.Subject{} },
		"subject of place bits":   func(w *Witness) { w.Subject = engine.Subject{26: 0x3f, 27: 0xff, 28: 0xff, 29: 0xff} },
		"subject of bit 30":       func(w *Witness) { w.Subject = engine.Subject{26: 0x40} },
		"subject of bits 238,239": func(w *Witness) { w.Subject = engine.Subject{0: 0xc0} },
		"largest nonces and salt": func(w *Witness) { w.Nonce1, w.Nonce2, w.Salt = [31]byte(full), [31]byte(full), [31]byte(full) },
		"zero nonces and salt":    func(w *Witness) { w.Nonce1, w.Nonce2, w.Salt = [31]byte{}, [31]byte{}, [31]byte{} },
		"all values zero":         func(w *Witness) { w.Values = [Features]uint32{} },
		"all values largest": func(w *Witness) {
			for i := range w.Values {
				w.Values[i] = 1<<32 - 1
			}
		},
		"blinding zero":      func(w *Witness) { w.Rho.SetInt64(0) },
		"blinding minus one": func(w *Witness) { w.Rho.SetInt64(-1) },
		"blinding of ℓ":      func(w *Witness) { w.Rho.Set(pedersen.Order()) },
	} {
		t.Run(name, func(t *testing.T) {
			r := seeded(2)
			f := r.fixture(true)
			change(f.witness)
			f.plant(r)
			if err := Check(f.table, f.statement, f.witness); err != nil {
				t.Fatal(err)
			}
			if part := caughtBy(t, f.assign(t)); part != "" {
				t.Errorf("refused at %s", part)
			}
		})
	}
}

// Only the first place with the subject counts, whatever the later ones say.
func TestTheFirstMatchDecides(t *testing.T) {
	r := seeded(3)
	f := r.fixture(true)
	f.plant(r)
	first := f.witness.Bucket[0]
	for i := 1; i < BucketSize; i++ {
		f.witness.Bucket[i] = Entry{f.witness.Subject, r.element()}
	}
	f.replant(r)
	if part := caughtBy(t, f.assign(t)); part != "" {
		t.Errorf("refused at %s", part)
	}
	f.witness.Bucket[0], f.witness.Bucket[1] = f.witness.Bucket[1], first
	f.replant(r)
	if part := caughtBy(t, f.assign(t)); part != "record" {
		t.Errorf("the second match is caught by %q, want record", part)
	}
	if Check(f.table, f.statement, f.witness) == nil {
		t.Error("the native twin accepts the second match")
	}
}
