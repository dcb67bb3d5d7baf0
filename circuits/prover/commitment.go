package prover

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"

	bn254 "github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/constraint/solver"
	fcs "github.com/consensys/gnark/frontend/cs"

	"weir/circuits"
)

// Commitment is a circuit's commitment to wires, for one proof. The last of its values is a mask that hides the others.
type Commitment struct {
	values fr.Vector
	point  bn254.G1Affine
	hashed []fr.Element // the committed public inputs
}

// errCommitted is the solver's for wires that differ from those of the commitment.
var errCommitted = errors.New("the commitment was made to another witness")

// Commit commits to a circuit's witness before its public inputs are known, with a mask drawn from random; the committed
// public inputs are given in order. Every wire that the circuit commits to must be a witness, so that no solving is needed
// to know it. Errors wrap ErrKeys where one is not.
func (k *Key) Commit(random io.Reader, secret, public []fr.Element) (*Commitment, error) {
	wires, first := k.commits.PrivateCommitted, k.system.GetNbPublicVariables()
	c := &Commitment{values: make(fr.Vector, len(wires)), hashed: public}
	for i, wire := range wires[:len(wires)-1] {
		if wire-first >= len(secret) {
			return nil, fmt.Errorf("%w: the circuit commits to more than its witness", ErrKeys)
		}
		c.values[i] = secret[wire-first]
	}
	var wide [64]byte // mod the field's modulus 2^-258 from uniform
	if _, err := io.ReadFull(random, wide[:]); err != nil {
		return nil, fmt.Errorf("draw the commitment's mask: %w", err)
	}
	c.values[len(wires)-1].SetBytes(wide[:])
	return c, c.seal(k)
}

// seal computes the commitment's point.
func (c *Commitment) seal(k *Key) error {
	var point bn254.G1Jac
	if err := sum(&point, k.proving.CommitmentKeys[0].Basis, c.values); err != nil {
		return fmt.Errorf("commit to the witness: %w", err)
	}
	c.point.FromJacobian(&point)
	return nil
}

// Challenge is what the circuit draws from the commitment.
func (c *Commitment) Challenge() fr.Element { return circuits.Challenge(&c.point, c.hashed) }

// hints make the solver use the commitment where gnark's prover would make one. An empty commitment is filled then.
func (c *Commitment) hints(k *Key) []solver.Option {
	made := c.values != nil
	draw := func(_ *big.Int, in, out []*big.Int) error {
		public := len(k.commits.PublicAndCommitmentCommitted)
		hashed, values := elements(in[1:][:public]), elements(in[1+public:])
		if !made {
			c.values, c.hashed = values, hashed
			if err := c.seal(k); err != nil {
				return err
			}
		} else if !c.values.Equal(values) || !fr.Vector(c.hashed).Equal(hashed) {
			return errCommitted
		}
		x := c.Challenge()
		x.BigInt(out[0])
		return nil
	}
	options := []solver.Option{solver.OverrideHint(solver.GetHintID(fcs.Bsb22CommitmentComputePlaceholder), draw)}
	if made {
		options = append(options, fixMask(&c.values[len(c.values)-1]))
	}
	return options
}

func elements(integers []*big.Int) fr.Vector {
	list := make(fr.Vector, len(integers))
	for i, v := range integers {
		list[i].SetBigInt(v)
	}
	return list
}

// fixMask makes the solver use a mask where it would draw one.
func fixMask(mask *fr.Element) solver.Option {
	value := mask.BigInt(new(big.Int))
	for _, hint := range solver.GetRegisteredHints() {
		if strings.HasSuffix(solver.GetHintName(hint), "hints.Randomize") {
			return solver.OverrideHint(solver.GetHintID(hint), func(_ *big.Int, _, out []*big.Int) error {
				out[0].Set(value)
				return nil
			})
		}
	}
	panic("prover: gnark has no hint for the commitment's mask")
}
