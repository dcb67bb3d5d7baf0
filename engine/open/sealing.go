package open

import (
	"fmt"
	"io"
	"math/big"

	"weir/engine/canonical"
	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/offer"
	"weir/engine/pedersen"
	"weir/engine/seal"
)

// SlicePoints are the shifted points of one slice's rows in each group, each below 2^12. They are the bank's secret.
type SlicePoints [seal.Rows][seal.Groups]uint16

// Sealing is the bank's side of one sealing of a version. Everything but Package, Blobs and Sealed is secret.
type Sealing struct {
	Package offer.Package
	Blobs   [][]byte // the polynomials that Package names by digest: each slice's c0, then b
	Sealed  *offer.Sealed
	Key     *seal.SecretKey
	Base    int64    // base', the base after the shift of points to minimum 0
	Beta    *big.Int // β: baseC = base'·G_0 + β·H
	// What the model proofs need, by slice: every row with the limbs of its opening, and the integers of its encryption.
	Rows      [][seal.Rows]seal.Row
	Witnesses []*seal.SliceWitness
}

// Format keeps the key, the base and β out of every log line.
func (Sealing) Format(f fmt.State, _ rune) { io.WriteString(f, "[sealing of a model]") }

// Format keeps the points out of every log line.
func (SlicePoints) Format(f fmt.State, _ rune) { io.WriteString(f, "[points of a slice]") }

// Seal makes sealing 0 of a version: it fixes baseC (version.BaseC is set here), draws a fresh key, commits to every row
// and encrypts every slice. points stand in the order of version.Slices. All randomness derives from 32 bytes of random.
func Seal(version model.Version, base int64, points []SlicePoints, random io.Reader) (*Sealing, error) {
	if len(points) != len(version.Slices) {
		return nil, fmt.Errorf("seal %s: points for %d slices of %d", version.Name, len(points), len(version.Slices))
	}
	streams, err := sealingStreams(random)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", version.Name, err)
	}
	s := &Sealing{Base: base, Beta: scalar(streams("beta"))}
	version.BaseC = pedersen.CommitSmall([pedersen.Groups]int64{base}, s.Beta).Encode()
	if err := s.seal(&version, points, streams); err != nil {
		return nil, fmt.Errorf("seal %s: %w", version.Name, err)
	}
	return s, nil
}

// sealingStreams are the named streams of one sealing, under a fresh secret.
func sealingStreams(random io.Reader) (seal.Streams, error) {
	var secret [32]byte
	if _, err := io.ReadFull(random, secret[:]); err != nil {
		return nil, fmt.Errorf("randomness: %w", err)
	}
	return func(name string) io.Reader { return canonical.Stream(secret[:], "weir/sealing/v1/"+name) }, nil
}

// seal makes the sealing whose number stands in Package, under a fresh key.
func (s *Sealing) seal(version *model.Version, points []SlicePoints, streams seal.Streams) error {
	s.Package.Version, s.Package.Slices = version.Encode(), make([]offer.SealedSlice, len(points))
	key, public, err := seal.NewKey(seal.Seed(offer.SealingSeed(version.Digest(), s.Package.Sealing)), streams)
	if err != nil {
		return err
	}
	s.Key = key
	b := public.Encode()
	for i := range points {
		c0, err := s.sealSlice(i, &points[i], streams)
		if err != nil {
			return fmt.Errorf("slice of %s: %w", version.Slices[i].Party, err)
		}
		s.Package.Slices[i].C0, s.Package.Slices[i].B = message.Blob(c0), message.Blob(b)
		s.Blobs = append(s.Blobs, c0)
	}
	s.Blobs = append(s.Blobs, b)
	s.Sealed, err = s.Package.Read()
	return err
}

// Prove adds the model proofs, one for each slice.
func (s *Sealing) Prove(proofs [][]byte) {
	s.Package.Proofs, s.Sealed.Proofs = proofs, proofs
}

// PublicKey is the encoded key b.
func (s *Sealing) PublicKey() []byte { return s.Blobs[len(s.Blobs)-1] }

// sealSlice commits to the rows of one slice, W_k = Σ_g w_kg·G_g + s_k·H with s_k uniform mod ℓ, and encrypts them with
// the limbs of s_k.
func (s *Sealing) sealSlice(i int, points *SlicePoints, streams seal.Streams) ([]byte, error) {
	var rows [seal.Rows]seal.Row
	openings := streams(fmt.Sprintf("openings/%d", i))
	for k := range rows {
		opening := scalar(openings)
		limbs, err := seal.LimbsOf(opening)
		if err != nil {
			return nil, err
		}
		rows[k] = seal.Row{Points: points[k], Limbs: limbs}
		var values [pedersen.Groups]int64
		for g, w := range points[k] {
			values[g] = int64(w)
		}
		s.Package.Slices[i].W[k] = pedersen.CommitSmall(values, opening).Encode()
	}
	slice, witness, err := s.Key.Seal(i, &rows, streams)
	if err != nil {
		return nil, err
	}
	s.Rows, s.Witnesses = append(s.Rows, rows), append(s.Witnesses, witness)
	return slice.Encode(), nil
}

// scalar reads 64 bytes of an XOF, big-endian, mod ℓ: within 2^-260 of uniform.
func scalar(stream io.Reader) *big.Int {
	var wide [64]byte
	if _, err := io.ReadFull(stream, wide[:]); err != nil {
		panic(err) // an XOF does not end
	}
	s := new(big.Int).SetBytes(wide[:])
	return s.Mod(s, pedersen.Order())
}
