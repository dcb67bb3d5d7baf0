package model

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"sync"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"weir/circuits"
	"weir/circuits/model/relation"
	"weir/circuits/model/relation/relationtest"
	"weir/circuits/model/ring"
	"weir/engine"
	"weir/engine/pedersen"
)

var testKeys = sync.OnceValue(func() circuits.Keys {
	return relationtest.Keys(circuits.Model, Compile)
})

// proven is one honest slice with its proof. Tests copy what they change.
var proven = sync.OnceValue(func() (p struct {
	in    *instance
	proof []byte
}) {
	var err error
	p.in = honest(1)
	if p.proof, err = Prove(testKeys(), rand.Reader, &p.in.statement, &p.in.witness); err != nil {
		panic(err)
	}
	return p
})

func TestProofOfAnHonestSlice(t *testing.T) {
	p := proven()
	if len(p.proof) != 484 {
		t.Errorf("proof of %d bytes", len(p.proof))
	}
	if err := Verify(testKeys().VerifyingKey(), &p.in.statement, p.proof); err != nil {
		t.Fatal(err)
	}
	decoded, err := DecodeProof(p.proof)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(decoded.Encode(), p.proof) {
		t.Error("decoding and encoding give other bytes")
	}
}

// Every part of a statement is changed under a valid proof; each change must be refused.
func TestProofBindsTheStatement(t *testing.T) {
	changes := map[string]func(*Statement){
		"digest":     func(s *Statement) { s.SliceDigest = engine.Digest{2} },
		"a":          func(s *Statement) { s.A = bumped(s.A) },
		"a'":         func(s *Statement) { s.APrime = bumped(s.APrime) },
		"c0":         func(s *Statement) { s.C0 = bumped(s.C0) },
		"b":          func(s *Statement) { s.B = bumped(s.B) },
		"commitment": func(s *Statement) { s.Rows[9] = s.Rows[9].Add(pedersen.ValueGenerator(0)) },
		"order":      func(s *Statement) { s.Rows[0], s.Rows[1] = s.Rows[1], s.Rows[0] },
		"edge":       func(s *Statement) { s.Edges[3][0]++ },
		"map":        func(s *Statement) { s.Map[4]++ },
		"cap":        func(s *Statement) { s.Caps[2]++ },
		"resolution": func(s *Statement) { s.Resolution++ },
	}
	for name, change := range changes {
		statement := proven().in.statement
		change(&statement)
		if err := Verify(testKeys().VerifyingKey(), &statement, proven().proof); !errors.Is(err, circuits.ErrProof) {
			t.Errorf("%s changed: %v", name, err)
		}
	}
}

func bumped(r *ring.Residues) *ring.Residues {
	other := *r
	other[0][11] ^= 1
	return &other
}

// Every single public input is changed under a valid proof, at the proof's own challenge.
func TestProofBindsEveryPublicInput(t *testing.T) {
	p, key := proven(), testKeys().VerifyingKey()
	decoded, err := DecodeProof(p.proof)
	if err != nil {
		t.Fatal(err)
	}
	id, err := circuits.ID(key)
	if err != nil {
		t.Fatal(err)
	}
	s := &p.in.statement
	statement := s.element(decoded.Mask, id)
	var inputs []fr.Element
	if err := relation.Verify(key, decoded.Groth16[:], []fr.Element{statement}, func(x *fr.Element) ([]fr.Element, error) {
		inputs = s.publicAt(x, s.polynomials(), statement, &decoded.Out).Wires()
		return inputs, nil
	}); err != nil {
		t.Fatal(err)
	}
	for i := range inputs {
		changed := append([]fr.Element{}, inputs...)
		one := fr.One()
		changed[i].Add(&changed[i], &one)
		err := relation.Verify(key, decoded.Groth16[:], []fr.Element{statement}, func(*fr.Element) ([]fr.Element, error) { return changed, nil })
		if !errors.Is(err, circuits.ErrProof) {
			t.Errorf("public input %d of %d changed: %v", i, len(inputs), err)
		}
	}
}

func TestProveRefusesWhatItCannotProve(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*instance)
		want   error
	}{
		"no secret":          {func(in *instance) { in.witness.Secret = nil }, ErrWitness},
		"another secret":     {func(in *instance) { in.witness.Secret = in.witness.Noise }, ErrWitness},
		"another commitment": {func(in *instance) { in.statement.Rows[3] = in.statement.Rows[4] }, ErrWitness},
		"above its cap":      {func(in *instance) { in.statement.Caps[0] = 3 }, ErrWitness},
		"residue":            {func(in *instance) { in.statement.C0[1][8191] = ring.Primes[1] }, ErrStatement},
		"no b":               {func(in *instance) { in.statement.B = nil }, ErrStatement},
		"zero point":         {func(in *instance) { in.statement.Rows[255] = pedersen.Point{} }, ErrStatement},
		"edge 0":             {func(in *instance) { in.statement.Edges[0][0] = 0 }, ErrStatement},
		"edges fall":         {func(in *instance) { in.statement.Edges[0][3] = 1 }, ErrStatement},
		"edge above 2^32":    {func(in *instance) { in.statement.Edges[0][6] = topEdge + 1 }, ErrStatement},
		"feature 32":         {func(in *instance) { in.statement.Map[31] = 32 }, ErrStatement},
		"cap 2^17":           {func(in *instance) { in.statement.Caps[3] = capLimit }, ErrStatement},
		"resolution 0":       {func(in *instance) { in.statement.Resolution = 0 }, ErrStatement},
		"resolution 17":      {func(in *instance) { in.statement.Resolution = 17 }, ErrStatement},
	} {
		in := honest(2)
		c.change(in)
		if proof, err := Prove(testKeys(), rand.Reader, &in.statement, &in.witness); !errors.Is(err, c.want) || proof != nil {
			t.Errorf("%s: %v", name, err)
		}
		if errors.Is(c.want, ErrStatement) {
			if err := Verify(testKeys().VerifyingKey(), &in.statement, proven().proof); !errors.Is(err, ErrStatement) {
				t.Errorf("%s: verified with %v", name, err)
			}
		}
	}
}

func TestProofInAnotherForm(t *testing.T) {
	valid, key := proven().proof, testKeys().VerifyingKey()
	changed := func(change func([]byte)) []byte {
		b := bytes.Clone(valid)
		change(b)
		return b
	}
	count := func(n uint32) []byte { return changed(func(b []byte) { binary.BigEndian.PutUint32(b[128:], n) }) }
	tail := len(valid) - fr.Bytes
	for name, b := range map[string][]byte{
		"empty": nil, "short": valid[:483], "long": append(bytes.Clone(valid), 0),
		"no commitment": count(0), "two": count(2), "2^24": count(1 << 24), "2^32-1": count(1<<32 - 1),
		"opening + modulus": changed(func(b []byte) {
			var v fr.Element
			v.SetBytes(b[tail:])
			fr.Modulus().FillBytes(b[tail:])
		}),
		"mask":    changed(func(b []byte) { copy(b[196:], make([]byte, 32)) }),
		"opening": changed(func(b []byte) { b[len(b)-1] ^= 1 }),
	} {
		if err := Verify(key, &proven().in.statement, b); !errors.Is(err, circuits.ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for bit := range 8 * circuits.ProofSize {
		b := changed(func(b []byte) { b[bit/8] ^= 1 << (bit % 8) })
		if _, err := DecodeProof(b); err != nil {
			continue // not even a proof
		}
		if bit%16 == 0 && Verify(key, &proven().in.statement, b) == nil {
			t.Errorf("bit %d flipped: accepted", bit)
		}
	}
}

func FuzzDecodeProof(f *testing.F) {
	f.Add(make([]byte, ProofSize))
	f.Add(bytes.Repeat([]byte{0x40}, ProofSize))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := DecodeProof(b); err == nil && !bytes.Equal(p.Encode(), b) {
			t.Fatal("accepted bytes that are not the encoding")
		}
	})
}

func BenchmarkProve(b *testing.B) {
	in, keys := honest(3), testKeys()
	b.ReportAllocs()
	stop := relationtest.ReportCPU(b)
	for b.Loop() {
		if _, err := Prove(keys, rand.Reader, &in.statement, &in.witness); err != nil {
			b.Fatal(err)
		}
	}
	stop()
	b.ReportMetric(float64(keys.System().GetNbConstraints()), "constraints")
	b.ReportMetric(ProofSize, "B/proof")
}

func BenchmarkVerify(b *testing.B) {
	p, key := proven(), testKeys().VerifyingKey()
	b.ReportAllocs()
	stop := relationtest.ReportCPU(b)
	for b.Loop() {
		if err := Verify(key, &p.in.statement, p.proof); err != nil {
			b.Fatal(err)
		}
	}
	stop()
}
