package ceremony

import (
	"context"
	"fmt"

	"github.com/consensys/gnark/backend/groth16/bn254/mpcsetup"

	"weir/engine"
)

// Contribute adds by's turn to the phase that is open, from secrets that gnark draws from crypto/rand and that are never
// written. It reads the newest files only; whether those follow from all before them is what Verify tells. It gives the
// entry of the transcript, whose digests the contributor should publish.
//
// Phase 1 takes time in proportion to the domain: about 3 s for 2^13 on one core. Errors: ErrPhase for a finished
// ceremony, ErrFile.
func (c *Ceremony) Contribute(ctx context.Context, by engine.Name, report func(Progress)) (Contribution, error) {
	if _, err := engine.ParseName(string(by)); err != nil {
		return Contribution{}, fmt.Errorf("contribute: %w", err)
	}
	turn, err := c.contribute(ctx, by, report)
	if err != nil {
		return Contribution{}, fmt.Errorf("contribute: %w", err)
	}
	return turn, c.save()
}

func (c *Ceremony) contribute(ctx context.Context, by engine.Name, report func(Progress)) (turn Contribution, err error) {
	t := &c.transcript
	turn = Contribution{By: by}
	switch t.phase() {
	case 1:
		if err := c.room(t.Phase1.Contributions); err != nil {
			return turn, err
		}
		report(Progress{Action: "contribute", Phase: 1, Number: len(t.Phase1.Contributions) + 1, By: by})
		turn.Files, err = c.contributePhase1()
		if err == nil {
			t.Phase1.Contributions = append(t.Phase1.Contributions, turn)
		}
		return turn, err
	case 2:
		if err := c.room(t.Phase2.Contributions); err != nil {
			return turn, err
		}
		for i, s := range t.Circuits {
			if err := ctx.Err(); err != nil {
				return turn, err
			}
			report(Progress{Action: "contribute", Phase: 2, Circuit: s.Circuit, Number: len(t.Phase2.Contributions) + 1, By: by})
			digest, err := c.contributePhase2(i, s)
			if err != nil {
				return turn, err
			}
			turn.Files = append(turn.Files, digest)
		}
		t.Phase2.Contributions = append(t.Phase2.Contributions, turn)
		return turn, nil
	}
	return turn, fmt.Errorf("%w: it is finished", ErrPhase)
}

func (c *Ceremony) room(turns []Contribution) error {
	if len(turns) >= maxContributions {
		return fmt.Errorf("%w: it has its %d contributions", ErrPhase, maxContributions)
	}
	return nil
}

func (c *Ceremony) contributePhase1() ([]engine.Digest, error) {
	turns := c.transcript.Phase1.Contributions
	p, err := c.phase1(len(turns))
	if err != nil {
		return nil, err
	}
	p.Contribute()
	digest, err := c.store(phase1File(len(turns)+1), p.WriteTo)
	return []engine.Digest{digest}, err
}

func (c *Ceremony) contributePhase2(circuit int, s Subject) (engine.Digest, error) {
	number := len(c.transcript.Phase2.Contributions)
	p, err := c.phase2(circuit, s, number)
	if err != nil {
		return engine.Digest{}, err
	}
	p.Contribute()
	return c.store(phase2File(s.Circuit, number+1), p.WriteTo)
}

// phase1 reads a contribution to phase 1; number 0 is the public start.
func (c *Ceremony) phase1(number int) (*mpcsetup.Phase1, error) {
	n := c.transcript.domain()
	if number == 0 {
		return mpcsetup.NewPhase1(uint64(n)), nil
	}
	p := new(mpcsetup.Phase1)
	return p, c.load(phase1File(number), c.transcript.Phase1.Contributions[number-1].Files[0], phase1Layout(n), p)
}

// phase2 reads a contribution to phase 2 of one circuit; number 0 is the start that the closing of phase 1 left.
func (c *Ceremony) phase2(circuit int, s Subject, number int) (*mpcsetup.Phase2, error) {
	want := c.transcript.Phase2.Start[circuit]
	if number > 0 {
		want = c.transcript.Phase2.Contributions[number-1].Files[circuit]
	}
	p := new(mpcsetup.Phase2)
	return p, c.load(phase2File(s.Circuit, number), want, phase2Layout(s, number == 0), p)
}
