package ceremony

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/consensys/gnark/backend/groth16/bn254/mpcsetup"
	"github.com/consensys/gnark/constraint"
	cs "github.com/consensys/gnark/constraint/bn254"

	"weir/circuits"
	"weir/engine"
)

// ErrContribution is returned for a contribution that does not follow from the one before it, and for a start, keys or
// registry that do not follow from the contributions and beacons.
var ErrContribution = errors.New("ceremony does not verify")

// Keys are one circuit's keys as a verifier computed them.
type Keys struct {
	circuits.KeySet
	Circuit circuits.Name
	Digests KeyDigests
}

// Verify follows the whole transcript from its public start: each contribution from the one before it, phase 2's start
// from phase 1 and its beacon, the keys from phase 2 and its beacon. It trusts nothing in the folder. For a finished
// ceremony it gives the keys that it computed, which are then also those in the transcript, the key files and the
// registry; else none.
//
// report, which must not be nil, is called before each step. Errors: ErrContribution and ErrFile name the phase, the
// circuit and the number of the first contribution at fault; ErrCircuits; ctx's, looked at between steps.
func (c *Ceremony) Verify(ctx context.Context, list []Circuit, report func(Progress)) ([]Keys, error) {
	v := verifier{Ceremony: c, ctx: ctx, list: list, report: report}
	keys, err := v.run(c.transcript.phase())
	if err == nil && c.transcript.phase() == 3 {
		err = c.checkResult()
	}
	if err != nil {
		return nil, err
	}
	return keys, nil
}

// verifier is one run over a transcript.
type verifier struct {
	*Ceremony
	ctx    context.Context
	list   []Circuit
	report func(Progress)
}

// run verifies everything up to the given phase; from phase 2 on it seals phase 1, and phase 3 seals phase 2.
func (v *verifier) run(phase int) ([]Keys, error) {
	last, err := v.chain1()
	if err != nil || phase == 1 {
		return nil, err
	}
	commons := v.seal1(last)
	var keys []Keys
	for i, s := range v.transcript.Circuits {
		k, err := v.circuit(i, s, &commons, phase)
		if err != nil {
			return nil, err
		}
		if phase == 3 {
			keys = append(keys, k)
		}
	}
	return keys, nil
}

// chain1 verifies phase 1 and gives its last contribution.
func (v *verifier) chain1() (*mpcsetup.Phase1, error) {
	last, err := v.phase1(0)
	if err != nil {
		return nil, err
	}
	for i, turn := range v.transcript.Phase1.Contributions {
		step := Progress{Action: "verify", Phase: 1, Number: i + 1, By: turn.By}
		if err := v.begin(step); err != nil {
			return nil, err
		}
		next, err := v.phase1(i + 1)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", step, err)
		}
		if err := last.Verify(next); err != nil {
			return nil, fmt.Errorf("%s: %w: %w", step, ErrContribution, err)
		}
		last = next
	}
	return last, nil
}

func (v *verifier) begin(step Progress) error {
	if err := v.ctx.Err(); err != nil {
		return err
	}
	v.report(step)
	return nil
}

// seal1 applies phase 1's beacon.
func (v *verifier) seal1(last *mpcsetup.Phase1) mpcsetup.SrsCommons {
	v.report(Progress{Action: "seal", Phase: 1})
	return last.Seal(v.transcript.Phase1.Beacon.Value)
}

// circuit verifies phase 2 of one circuit and, in phase 3, computes its keys and compares them with the transcript's.
func (v *verifier) circuit(i int, s Subject, commons *mpcsetup.SrsCommons, phase int) (Keys, error) {
	system, err := v.compiled(v.list, s)
	if err != nil {
		return Keys{}, err
	}
	step := Progress{Action: "begin", Phase: 2, Circuit: s.Circuit}
	if err := v.begin(step); err != nil {
		return Keys{}, err
	}
	small := cut(commons, s.Domain)
	last := new(mpcsetup.Phase2)
	evaluations := last.Initialize(system, &small)
	if start, err := digestOf(last.WriteTo); err != nil || start != v.transcript.Phase2.Start[i] {
		return Keys{}, fmt.Errorf("%s: %w: the start in the transcript does not follow from phase 1", step, ErrContribution)
	}
	if last, err = v.chain2(i, s, last); err != nil || phase == 2 {
		return Keys{}, err
	}
	keys, err := v.seal2(s, system, last, &small, &evaluations)
	if err != nil {
		return Keys{}, err
	}
	if listed := v.transcript.Phase2.Keys; len(listed) > 0 && keys.Digests != listed[i] {
		return Keys{}, fmt.Errorf("%s: %w: the keys in the transcript do not follow from the contributions", step, ErrContribution)
	}
	return keys, nil
}

// chain2 verifies the contributions to one circuit's phase 2 and gives the last one.
func (v *verifier) chain2(circuit int, s Subject, last *mpcsetup.Phase2) (*mpcsetup.Phase2, error) {
	for i, turn := range v.transcript.Phase2.Contributions {
		step := Progress{Action: "verify", Phase: 2, Circuit: s.Circuit, Number: i + 1, By: turn.By}
		if err := v.begin(step); err != nil {
			return nil, err
		}
		next, err := v.phase2(circuit, s, i+1)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", step, err)
		}
		if err := last.Verify(next); err != nil {
			return nil, fmt.Errorf("%s: %w: %w", step, ErrContribution, err)
		}
		last = next
	}
	return last, nil
}

// seal2 applies phase 2's beacon and gives the keys.
func (v *verifier) seal2(s Subject, system *cs.R1CS, last *mpcsetup.Phase2, commons *mpcsetup.SrsCommons, evaluations *mpcsetup.Phase2Evaluations) (Keys, error) {
	v.report(Progress{Action: "seal", Phase: 2, Circuit: s.Circuit})
	pk, vk := last.Seal(commons, evaluations, v.transcript.Phase2.Beacon.Value)
	keys := Keys{Circuit: s.Circuit, KeySet: circuits.KeySet{
		R1CS: system, Proving: pk.(*groth16.ProvingKey), Verifying: vk.(*groth16.VerifyingKey)}}
	var err error
	if keys.Digests.Verifying, err = circuits.ID(keys.Verifying); err != nil {
		return Keys{}, err
	}
	keys.Digests.Proving, err = digestOf(keys.Proving.WriteRawTo)
	return keys, err
}

// cut gives the part of phase 1 that a circuit of domain n uses: powers of one τ serve every smaller domain.
func cut(commons *mpcsetup.SrsCommons, n int) mpcsetup.SrsCommons {
	small := *commons
	small.G1.Tau, small.G2.Tau = commons.G1.Tau[:2*n-1], commons.G2.Tau[:n]
	small.G1.AlphaTau, small.G1.BetaTau = commons.G1.AlphaTau[:n], commons.G1.BetaTau[:n]
	return small
}

// sizes are the numbers from which the sizes of a circuit's files follow.
type sizes struct {
	domain, private int
	committed       []int
}

func sizesOf(system *cs.R1CS) (sizes, error) {
	commitments, ok := system.CommitmentInfo.(constraint.Groth16Commitments)
	if !ok || len(commitments) > 1 {
		return sizes{}, errors.New("a ceremony takes circuits compiled for Groth16 with at most one commitment")
	}
	s := sizes{domain: domainOf(system.GetNbConstraints()), committed: []int{}}
	s.private = system.GetNbSecretVariables() + system.GetNbInternalVariables() - len(commitments)
	for _, c := range commitments {
		s.committed = append(s.committed, len(c.PrivateCommitted))
		s.private -= len(c.PrivateCommitted)
	}
	return s, nil
}

func digestOf(write func(io.Writer) (int64, error)) (engine.Digest, error) {
	h := sha256.New()
	if _, err := write(h); err != nil {
		return engine.Digest{}, err
	}
	return engine.Digest(h.Sum(nil)), nil
}
