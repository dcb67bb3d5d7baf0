package proof_test

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"testing"

	"weir/circuits/keycache"
	circuit "weir/circuits/model"
	"weir/circuits/model/ring"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/offer"
	"weir/engine/open"
	"weir/engine/pedersen"
	"weir/engine/proof"
	"weir/engine/seal"
)

// malicious is a bank that has a well-proven sealing and publishes something else: the slice's c0 and the key b changed, all
// digests right again.
func malicious(t *testing.T, change func(c0, b *ring.Residues)) (*proof.PackageFile, *offer.Sealed) {
	t.Helper()
	honest := proven()
	blobs := slices.Clone(honest.Blobs)
	last := len(blobs) - 1
	c0, err := seal.DecodeSlice(blobs[0])
	if err != nil {
		t.Fatal(err)
	}
	b, err := seal.DecodePublicKey(blobs[last])
	if err != nil {
		t.Fatal(err)
	}
	first, key := *residues(&c0.Polynomial), *residues(&b.Polynomial)
	change(&first, &key)
	blobs[0], blobs[last] = encoded(&first), encoded(&key)
	return packaged(t, blobs, honest.Package.Proofs)
}

// packaged publishes polynomials under the honest sealing's version and commitments.
func packaged(t *testing.T, blobs, proofs [][]byte) (*proof.PackageFile, *offer.Sealed) {
	t.Helper()
	p := proven().Package
	p.Slices, p.Proofs = slices.Clone(p.Slices), slices.Clone(proofs)
	last := len(blobs) - 1
	for i := range p.Slices {
		p.Slices[i].C0, p.Slices[i].B = message.Blob(blobs[i]), message.Blob(blobs[last])
	}
	file := &proof.PackageFile{Format: 1, Package: p, Polynomials: blobs}
	file, sealed, err := proof.DecodePackageFile(file.Encode())
	if err != nil {
		t.Fatal(err)
	}
	return file, sealed
}

func residues(p *seal.Polynomial) *ring.Residues { return (*ring.Residues)(p.Residues()) }

// encoded is a polynomial as engine/seal writes it: prime by prime, 44 bits a residue, lowest first.
func encoded(r *ring.Residues) []byte {
	b := make([]byte, 0, seal.PolynomialSize)
	for _, list := range r {
		for j := 0; j < len(list); j += 2 { // two residues are 11 bytes
			low, high := list[j], list[j+1]
			b = binary.LittleEndian.AppendUint64(b, low|high<<44)
			b = append(b, byte(high>>20), byte(high>>28), byte(high>>36))
		}
	}
	return b
}

// add adds v to a coefficient, mod Q.
func add(r *ring.Residues, coefficient int, v int64) {
	for i, prime := range ring.Primes {
		r[i][coefficient] = uint64((int64(r[i][coefficient]) + v + int64(prime)) % int64(prime))
	}
}

// boundTo proves the honest slice 0 under the digest of what was published: the best proof that a bank can make which has
// no witness for its polynomials. The challenge then depends on the digest of the false ones.
func boundTo(t *testing.T, sealed *offer.Sealed, a, aPrime, c0, b *ring.Residues, s *open.Sealing) []byte {
	t.Helper()
	public := &sealed.Version.Slices[0]
	key := s.Key.Witness()
	witness := circuit.Witness{Secret: &key.SK, Key: &key.E, Noise: &s.Witnesses[0].E}
	for row := range s.Rows[0] {
		witness.Points[row], witness.Limbs[row] = s.Rows[0][row].Points, s.Rows[0][row].Limbs
	}
	made, err := circuit.Prove(modelKeys(t), rand.Reader, &circuit.Statement{SliceDigest: sealed.SliceDigests[0], A: a, APrime: aPrime,
		C0: c0, B: b, Rows: sealed.W[0], Edges: public.Edges, Map: public.Map, Caps: public.Caps, Resolution: sealed.Version.Resolution}, &witness)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func modelKeys(t *testing.T) *keycache.Keys {
	t.Helper()
	dir, err := keycache.DefaultDir()
	if err != nil {
		t.Fatal(err)
	}
	k, err := keycache.Open(dir, nil).Keys(t.Context(), "model", circuit.Compile)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func refused(t *testing.T, file *proof.PackageFile, sealed *offer.Sealed) {
	t.Helper()
	if err := keys().VerifyModel(t.Context(), file, sealed); !errors.Is(err, message.ErrUnproven) {
		t.Errorf("verified: %v", err)
	}
}

// A01 and A02, as far as a bank can go with proofs that were made honestly: keys and ciphertexts of its own choice. What
// happens to a bank that tries to prove them is in the circuit's soundness table.
func TestABankWithAnotherKeyOrCiphertext(t *testing.T) {
	proving(t)
	for name, change := range map[string]func(c0, b *ring.Residues){
		"b = 0":                            func(_, b *ring.Residues) { *b = ring.Residues{} },
		"b = 1":                            func(_, b *ring.Residues) { *b = ring.Residues{{1}, {1}, {1}} },
		"b = X^2":                          func(_, b *ring.Residues) { *b = ring.Residues{{0, 0, 1}, {0, 0, 1}, {0, 0, 1}} },
		"b a large constant":               func(_, b *ring.Residues) { *b = ring.Residues{{1 << 40}, {1 << 40}, {1 << 40}} },
		"b rotated":                        func(_, b *ring.Residues) { rotate(b) },
		"the same δ on c0 and b":           func(c0, b *ring.Residues) { add(c0, 5, 1<<30); add(b, 5, 1<<30) },
		"δ on c0, −δ on b":                 func(c0, b *ring.Residues) { add(c0, 5, 1<<30); add(b, 5, -1<<30) },
		"a larger e on one coefficient":    func(c0, _ *ring.Residues) { add(c0, 8191, 40) },
		"a larger e' on one coefficient":   func(_, b *ring.Residues) { add(b, 8191, 40) },
		"one more point in the ciphertext": func(c0, _ *ring.Residues) { addTau(c0, 0) },
		"one more in a blinding's limb":    func(c0, _ *ring.Residues) { addTau(c0, 4) },
	} {
		t.Run(name, func(t *testing.T) {
			file, sealed := malicious(t, change)
			refused(t, file, sealed)
		})
	}
	t.Run("the control: nothing changed", func(t *testing.T) {
		file, sealed := malicious(t, func(_, _ *ring.Residues) {})
		if err := keys().VerifyModel(t.Context(), file, sealed); err != nil {
			t.Error(err)
		}
	})
}

func rotate(r *ring.Residues) {
	for i := range r {
		slices.Reverse(r[i][:])
	}
}

// addTau adds τ, one unit of the message.
func addTau(r *ring.Residues, coefficient int) {
	tau := ring.Tau()
	for i, prime := range ring.Primes {
		var rest int64
		for _, digit := range []byte(tau.Text(10)) {
			if digit != '-' {
				rest = (rest*10 + int64(digit-'0')) % int64(prime)
			}
		}
		if tau.Sign() < 0 {
			rest = int64(prime) - rest
		}
		r[i][coefficient] = uint64((int64(r[i][coefficient]) + rest) % int64(prime))
	}
}

// A bank that proves the honest slice under the false one's digest has a valid proof of nothing that anybody holds.
func TestAProofUnderTheDigestOfAnotherCiphertext(t *testing.T) {
	proving(t)
	file, sealed := malicious(t, func(c0, b *ring.Residues) { add(c0, 5, 1); add(b, 5, 1) })
	s := proven()
	seed := seal.Seed(s.Sealed.Seed)
	a, err := seed.A(0)
	if err != nil {
		t.Fatal(err)
	}
	c0, _ := seal.DecodeSlice(s.Blobs[0])
	b, _ := seal.DecodePublicKey(s.PublicKey())
	file.Package.Proofs[0] = boundTo(t, sealed, residues(a), residues(seed.APrime()), residues(&c0.Polynomial), residues(&b.Polynomial), s)
	sealed.Proofs[0] = file.Package.Proofs[0]
	refused(t, file, sealed)
}

// A bank that expands a and a' from a seed of its own, encrypts and proves under them: the verifier expands the version's.
func TestABankWithItsOwnSeed(t *testing.T) {
	proving(t)
	s := *proven()
	own := seal.Seed{1, 2, 3}
	streams := func(name string) io.Reader { return canonical.Stream([]byte("a bank's own seed"), name) }
	key, public, err := seal.NewKey(own, streams)
	if err != nil {
		t.Fatal(err)
	}
	blobs := slices.Clone(s.Blobs)
	slice, witness, err := key.Seal(0, &s.Rows[0], streams)
	if err != nil {
		t.Fatal(err)
	}
	blobs[0], blobs[len(blobs)-1] = slice.Encode(), public.Encode()
	s.Key, s.Witnesses = key, []*seal.SliceWitness{witness}
	file, sealed := packaged(t, blobs, s.Package.Proofs)
	a, err := own.A(0)
	if err != nil {
		t.Fatal(err)
	}
	sealed.Proofs[0] = boundTo(t, sealed, residues(a), residues(own.APrime()), residues(&slice.Polynomial), residues(&public.Polynomial), &s)
	refused(t, file, sealed)
}

// A02: commitments with a part outside the prime subgroup do not reach a proof: nobody can decode them.
func TestCommitmentsOutsideTheSubgroup(t *testing.T) {
	proving(t)
	for name, w := range map[string][32]byte{
		"of order 1": pedersen.Identity().Encode(),
		"of order 2": minusOne(),
		"no point":   {31: 0xff},
	} {
		file := proof.NewPackageFile(proven())
		file.Package.Slices = slices.Clone(file.Package.Slices)
		file.Package.Slices[0].W[17] = w
		if _, _, err := proof.DecodePackageFile(file.Encode()); !errors.Is(err, message.ErrPost) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// minusOne encodes (0, −1), little-endian.
func minusOne() (b [32]byte) {
	identity := pedersen.Identity()
	_, y := identity.Coordinates()
	y.Neg(&y)
	big := y.Bytes()
	for i := range b {
		b[i] = big[31-i]
	}
	return b
}

// inGroups puts groups of a version into use, with room for their sums.
func inGroups(v *model.Version, groups uint8) {
	v.Groups = groups
	for i := range v.Slices {
		v.Slices[i].Caps[0] = 100
	}
}

// A03: a bank whose points reach beyond what it states can seal them, but finds no proof, and another model's will not do.
func TestABankThatUnderstatesItsModel(t *testing.T) {
	proving(t)
	for name, state := range map[string]func(v *model.Version, points []open.SlicePoints){
		"a record collects one more than the cap": func(v *model.Version, points []open.SlicePoints) {
			points[0][1][0], v.Slices[0].Caps[0] = 51, 50
		},
		"one characteristic tells more than half": func(v *model.Version, points []open.SlicePoints) {
			points[0][1][0], v.Slices[0].Caps[0], v.Slices[1].Caps[0], v.Resolution = 300, 300, 200, 9
		},
		"two characteristics count where the cap says one": func(v *model.Version, points []open.SlicePoints) {
			points[0][1][1], points[0][9][1] = 1, 1
			inGroups(v, 0b11)
			v.Slices[0].Caps[1] = 1
		},
		"a row counts twice": func(v *model.Version, points []open.SlicePoints) {
			points[1][200][2] = 2
			inGroups(v, 0b111)
			v.Slices[1].Caps[2] = 1
		},
		"points in a group that is not in use": func(v *model.Version, points []open.SlicePoints) {
			points[0][1][0], points[0][1][3] = 5, 1
			inGroups(v, 0b111)
			v.Slices[0].Caps[1], v.Slices[0].Caps[2] = 1, 1
		},
		"a characteristic of two lines counts in the row above": func(v *model.Version, points []open.SlicePoints) {
			points[0][7][1] = 1
			inGroups(v, 0b11)
			v.Slices[0].Caps[1] = 2
			v.Slices[0].Map[1], v.Slices[0].Edges[1][0] = v.Slices[0].Map[0], v.Slices[0].Edges[0][6]
			for b := 1; b < 7; b++ {
				v.Slices[0].Edges[1][b] = v.Slices[0].Edges[0][6] + uint64(b)
			}
		},
	} {
		version, points := *proven().Sealed.Version, make([]open.SlicePoints, 2)
		version.Slices = slices.Clone(version.Slices)
		state(&version, points)
		sealing, err := open.Seal(version, 0, points, rand.Reader)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if proofs, err := keys().ProveModel(sealing, rand.Reader, nil); !errors.Is(err, circuit.ErrWitness) || proofs != nil {
			t.Errorf("%s: proven: %v", name, err)
		}
		sealing.Prove(proven().Package.Proofs)
		file, sealed, err := proof.DecodePackageFile(proof.NewPackageFile(sealing).Encode())
		if err != nil {
			t.Fatal(err)
		}
		refused(t, file, sealed)
	}
}
