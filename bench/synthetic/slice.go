package synthetic

import (
	"fmt"
	"io"
	"math/big"

	"weir/circuits/contribution"
	circuit "weir/circuits/model"
	"weir/circuits/model/ring"
	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/model"
	"weir/engine/pedersen"
	"weir/engine/seal"
)

// Slice is one sealed slice with all that is secret about it: every line in use, line l reads feature l in eight bins.
type Slice struct {
	Seed    seal.Seed
	Secret  *seal.SecretKey
	Public  *seal.PublicKey
	Sealed  *seal.Slice
	Witness *seal.SliceWitness
	Rows    [seal.Rows]seal.Row
	Table   contribution.Table // W, edges and map
	Caps    [seal.Groups]uint32
}

const (
	slicePoints = 15                                              // the most points of a line
	binWidth    = model.TopEdge/model.LineRows - model.LineRows*2 // of encoded values
)

// Slice seals and commits to a slice.
func (s Seed) Slice() (*Slice, error) {
	slice := new(Slice)
	random, blindings := s.random("slice/points"), s.stream("slice/blindings")
	for l := range seal.Lines {
		slice.Table.Map[l] = uint8(l)
		for b := range slice.Table.Edges[l] {
			slice.Table.Edges[l][b] = 2 + binWidth*uint64(b)
		}
		for b := range seal.RowsPerLine {
			k, points := seal.RowsPerLine*l+b, uint16(random.IntN(slicePoints+1))
			blinding := scalar(blindings)
			limbs, err := seal.LimbsOf(blinding)
			if err != nil {
				return nil, err
			}
			slice.Rows[k] = seal.Row{Points: [seal.Groups]uint16{points}, Limbs: limbs}
			slice.Table.W[k] = pedersen.CommitSmall([pedersen.Groups]int64{int64(points)}, blinding)
		}
		slice.Caps[0] += slicePoints
	}
	return slice, slice.seal(s)
}

func (s *Slice) seal(seed Seed) (err error) {
	io.ReadFull(seed.stream("slice/seed"), s.Seed[:]) // a stream of SHAKE256 does not end
	streams := func(name string) io.Reader { return seed.stream("slice/" + name) }
	if s.Secret, s.Public, err = seal.NewKey(s.Seed, streams); err != nil {
		return fmt.Errorf("key of a slice: %w", err)
	}
	s.Sealed, s.Witness, err = s.Secret.Seal(0, &s.Rows, streams)
	return err
}

// scalar reads 64 bytes of a stream modulo ℓ.
func scalar(stream io.Reader) *big.Int {
	var wide [64]byte
	io.ReadFull(stream, wide[:])
	x := new(big.Int).SetBytes(wide[:])
	return x.Mod(x, pedersen.Order())
}

// Digest identifies the slice: what a holder would see of it.
func (s *Slice) Digest() engine.Digest {
	rows := make([][pedersen.PointSize]byte, len(s.Table.W))
	for k, w := range s.Table.W {
		rows[k] = w.Encode()
	}
	return canonical.Digest("weir/bench/slice/v1", []any{s.Seed, s.Sealed.Encode(), s.Public.Encode(), rows, s.Table.Edges, s.Table.Map, s.Caps})
}

// Model is the slice as the model circuit's statement, with the witness.
func (s *Slice) Model() (*circuit.Statement, *circuit.Witness, error) {
	a, err := s.Seed.A(0)
	if err != nil {
		return nil, nil, err
	}
	key := s.Secret.Witness()
	witness := &circuit.Witness{Secret: &key.SK, Key: &key.E, Noise: &s.Witness.E}
	for k := range s.Rows {
		witness.Points[k], witness.Limbs[k] = s.Rows[k].Points, s.Rows[k].Limbs
	}
	return &circuit.Statement{SliceDigest: s.Digest(), A: residues(a), APrime: residues(s.Seed.APrime()), C0: residues(&s.Sealed.Polynomial),
		B: residues(&s.Public.Polynomial), Rows: s.Table.W, Edges: s.Table.Edges, Map: s.Table.Map, Caps: s.Caps, Resolution: scoreBits}, witness, nil
}

func residues(p *seal.Polynomial) *ring.Residues { return (*ring.Residues)(p.Residues()) }
