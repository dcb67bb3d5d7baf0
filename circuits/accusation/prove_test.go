package accusation

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"sync"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"

	"weir/circuits"
	"weir/circuits/model/relation"
	"weir/circuits/model/relation/relationtest"
	"weir/circuits/model/ring"
	"weir/engine"
	"weir/engine/pedersen"
)

var testKeys = sync.OnceValue(func() circuits.Keys {
	return relationtest.Keys(circuits.Accusation, Compile)
})

// proven is one right accusation with its proof. Tests copy what they change.
var proven = sync.OnceValue(func() (p struct {
	in    *instance
	proof []byte
}) {
	var err error
	p.in = lying(1)
	if p.proof, err = Prove(testKeys(), rand.Reader, &p.in.statement, &p.in.witness); err != nil {
		panic(err)
	}
	return p
})

func TestProofOfARightAccusation(t *testing.T) {
	p := proven()
	if len(p.proof) != 228 {
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

func TestAnHonestHolderCannotBeAccused(t *testing.T) {
	in := fair(6)
	if proof, err := Prove(testKeys(), rand.Reader, &in.statement, &in.witness); !errors.Is(err, ErrOpens) || proof != nil {
		t.Errorf("proven, or refused with %v", err)
	}
}

func TestProofBindsTheStatement(t *testing.T) {
	other := pedersen.ValueGenerator(2)
	changes := map[string]func(*Statement){
		"label":    func(s *Statement) { s.Label = engine.Digest{7} },
		"party":    func(s *Statement) { s.Party = "grid/power" },
		"model":    func(s *Statement) { s.ModelDigest = engine.Digest{7} },
		"response": func(s *Statement) { s.ResponseDigest = engine.Digest{7} },
		"a'":       func(s *Statement) { s.APrime = bumped(s.APrime) },
		"b":        func(s *Statement) { s.B = bumped(s.B) },
		"c1": func(s *Statement) {
			c1 := *s.C1
			c1[8191][0] ^= 1
			s.C1 = &c1
		},
		"c0":                    func(s *Statement) { s.C0[31][0] ^= 1 },
		"C":                     func(s *Statement) { s.Claimed = s.Claimed.Add(other) },
		"C and P, the sum kept": func(s *Statement) { s.Claimed, s.Pairs = s.Claimed.Add(other), s.Pairs.Sub(other) },
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
	committed, public := p.in.statement.inputs(id, decoded.Z)
	var inputs []fr.Element
	if err := relation.Verify(key, decoded.Groth16[:], committed, func(x *fr.Element) ([]fr.Element, error) {
		inputs, err = public(x)
		return inputs, err
	}); err != nil {
		t.Fatal(err)
	}
	for i := range inputs {
		changed, one := append([]fr.Element{}, inputs...), fr.One()
		changed[i].Add(&changed[i], &one)
		err := relation.Verify(key, decoded.Groth16[:], committed, func(*fr.Element) ([]fr.Element, error) { return changed, nil })
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
		"no secret":      {func(in *instance) { in.witness.Secret = nil }, ErrWitness},
		"another secret": {func(in *instance) { in.witness.Secret = in.witness.Key }, ErrWitness},
		"no c1":          {func(in *instance) { in.statement.C1 = nil }, ErrStatement},
		"residue":        {func(in *instance) { in.statement.B[2][0] = ring.Primes[2] }, ErrStatement},
		"h too large":    {func(in *instance) { in.statement.C1[8191] = Rounded{0, 1 << 10} }, ErrStatement},
		"c0 = Q":         {func(in *instance) { in.statement.C0[0] = coefficient(ring.Q()) }, ErrStatement},
		"zero point":     {func(in *instance) { in.statement.Pairs = pedersen.Point{} }, ErrStatement},
	} {
		in := lying(2)
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
	valid := proven().proof
	changed := func(change func([]byte)) []byte {
		b := bytes.Clone(valid)
		change(b)
		return b
	}
	count := func(n uint32) []byte {
		return changed(func(b []byte) { binary.BigEndian.PutUint32(b[32+128:], n) })
	}
	identity, other := pedersen.Identity().Encode(), pedersen.BlindingGenerator().Encode()
	for name, b := range map[string][]byte{
		"empty": nil, "short": valid[:227], "long": append(bytes.Clone(valid), 0),
		"no commitment": count(0), "two": count(2), "2^24": count(1 << 24), "2^32-1": count(1<<32 - 1),
		"Z the neutral element": changed(func(b []byte) { copy(b, identity[:]) }),
		"another Z":             changed(func(b []byte) { copy(b, other[:]) }),
		"Z outside the subgroup": changed(func(b []byte) {
			z, err := pedersen.DecodePoint(b[:32])
			if err != nil {
				t.Fatal(err)
			}
			var twisted twistededwards.PointAffine // Z + (0, −1)
			x, y := z.Coordinates()
			twisted.X.Neg(&x)
			twisted.Y.Neg(&y)
			encoded := twisted.Bytes()
			copy(b, encoded[:])
		}),
	} {
		if err := Verify(testKeys().VerifyingKey(), &proven().in.statement, b); !errors.Is(err, circuits.ErrProof) {
			t.Errorf("%s: %v", name, err)
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
	in, keys := lying(3), testKeys()
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
