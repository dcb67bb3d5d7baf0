package ceremony

import (
	"context"
	"fmt"

	"github.com/consensys/gnark/backend/groth16/bn254/mpcsetup"
)

// Finish verifies the open phase and closes it with a beacon, which nobody may have known when its last contribution was
// published; that is for the contributors to agree on beforehand and for readers to check. Closing phase 1 writes the
// start of phase 2. Closing phase 2 writes the keys and the registry, and gives the keys.
//
// Errors: ErrPhase for a phase without a contribution or a finished ceremony, ErrTranscript for a beacon out of bounds,
// and those of Verify.
func (c *Ceremony) Finish(ctx context.Context, list []Circuit, beacon Beacon, report func(Progress)) ([]Keys, error) {
	if err := beacon.check(); err != nil {
		return nil, fmt.Errorf("finish: %w", err)
	}
	v := &verifier{Ceremony: c, ctx: ctx, list: list, report: report}
	var keys []Keys
	var err error
	switch c.transcript.phase() {
	case 1:
		err = v.finish1(beacon)
	case 2:
		keys, err = v.finish2(beacon)
	default:
		err = fmt.Errorf("%w: it is finished", ErrPhase)
	}
	if err != nil {
		return nil, fmt.Errorf("finish: %w", err)
	}
	return keys, nil
}

// finish1 changes the transcript only when all files are written.
func (v *verifier) finish1(beacon Beacon) error {
	if len(v.transcript.Phase1.Contributions) == 0 {
		return fmt.Errorf("%w: phase 1 has no contribution", ErrPhase)
	}
	last, err := v.chain1()
	if err != nil {
		return err
	}
	closed := v.transcript
	closed.Phase1.Beacon = &beacon
	v.report(Progress{Action: "close", Phase: 1})
	commons := last.Seal(beacon.Value)
	for _, s := range closed.Circuits {
		system, err := v.compiled(v.list, s)
		if err != nil {
			return err
		}
		if err := v.begin(Progress{Action: "begin", Phase: 2, Circuit: s.Circuit}); err != nil {
			return err
		}
		small, start := cut(&commons, s.Domain), new(mpcsetup.Phase2)
		start.Initialize(system, &small)
		digest, err := v.store(phase2File(s.Circuit, 0), start.WriteTo)
		if err != nil {
			return err
		}
		closed.Phase2.Start = append(closed.Phase2.Start, digest)
	}
	v.transcript = closed
	return v.save()
}

func (v *verifier) finish2(beacon Beacon) ([]Keys, error) {
	if len(v.transcript.Phase2.Contributions) == 0 {
		return nil, fmt.Errorf("%w: phase 2 has no contribution", ErrPhase)
	}
	closed := &Ceremony{dir: v.dir, transcript: v.transcript}
	closed.transcript.Phase2.Beacon = &beacon
	trial := &verifier{Ceremony: closed, ctx: v.ctx, list: v.list, report: v.report}
	keys, err := trial.run(3)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		if _, err := closed.store(VerifyingKeyFile(k.Circuit), k.Verifying.WriteTo); err != nil {
			return nil, err
		}
		if _, err := closed.store(ProvingKeyFile(k.Circuit), k.Proving.WriteRawTo); err != nil {
			return nil, err
		}
		closed.transcript.Phase2.Keys = append(closed.transcript.Phase2.Keys, k.Digests)
	}
	if _, err := closed.store(RegistryFile, plain(closed.registry())); err != nil {
		return nil, err
	}
	v.transcript = closed.transcript
	return keys, v.save()
}
