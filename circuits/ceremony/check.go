package ceremony

import (
	"fmt"

	"weir/circuits"
	"weir/engine"
)

// check holds a transcript to the bounds that everything after it relies on, before a file is opened or a byte of
// memory is taken for one.
func (t *Transcript) check() error {
	if n := len(t.Circuits); n < 1 || n > maxCircuits {
		return fmt.Errorf("%w: %d circuits, want 1 to %d", ErrTranscript, n, maxCircuits)
	}
	seen := map[circuits.Name]bool{}
	for _, s := range t.Circuits {
		if err := s.check(); err != nil {
			return err
		}
		if seen[s.Circuit] {
			return fmt.Errorf("%w: circuit %s twice", ErrTranscript, s.Circuit)
		}
		seen[s.Circuit] = true
	}
	if err := t.checkPhases(); err != nil {
		return err
	}
	if err := checkTurns(1, t.Phase1.Contributions, t.Phase1.Beacon, 1); err != nil {
		return err
	}
	return checkTurns(2, t.Phase2.Contributions, t.Phase2.Beacon, len(t.Circuits))
}

func (s *Subject) check() error {
	if _, err := engine.ParseName(string(s.Circuit)); err != nil {
		return fmt.Errorf("%w: circuit: %w", ErrTranscript, err)
	}
	bad := s.Constraints < 2 || s.Constraints > maxDomain || s.Domain != domainOf(s.Constraints) ||
		s.Private < 0 || s.Private > 4*maxDomain || s.Committed == nil || len(s.Committed) > 1
	for _, n := range s.Committed {
		bad = bad || n < 0 || n > 4*maxDomain
	}
	if bad {
		return fmt.Errorf("%w: sizes of circuit %s are not those of a circuit of 2 to %d constraints", ErrTranscript, s.Circuit, maxDomain)
	}
	return nil
}

// checkPhases refuses anything of a phase before the one before it is closed, and a finished ceremony without keys.
func (t *Transcript) checkPhases() error {
	start, keys, closed := 0, 0, t.Phase2.Beacon != nil
	if t.Phase1.Beacon != nil {
		start = len(t.Circuits)
	}
	if closed {
		keys = len(t.Circuits)
	}
	switch {
	case len(t.Phase2.Start) != start, start == 0 && (closed || len(t.Phase2.Contributions) > 0):
		return fmt.Errorf("%w: phase 2 begins when phase 1 is closed", ErrTranscript)
	case len(t.Phase2.Keys) != keys:
		return fmt.Errorf("%w: %d pairs of keys, want %d", ErrTranscript, len(t.Phase2.Keys), keys)
	}
	return nil
}

func checkTurns(phase int, turns []Contribution, beacon *Beacon, files int) error {
	if len(turns) > maxContributions {
		return fmt.Errorf("%w: phase %d has %d contributions, limit %d", ErrTranscript, phase, len(turns), maxContributions)
	}
	for i, turn := range turns {
		if _, err := engine.ParseName(string(turn.By)); err != nil {
			return fmt.Errorf("%w: phase %d, contributor %d: %w", ErrTranscript, phase, i+1, err)
		}
		if len(turn.Files) != files {
			return fmt.Errorf("%w: phase %d, contribution %d: %d files, want %d", ErrTranscript, phase, i+1, len(turn.Files), files)
		}
	}
	if beacon == nil {
		return nil
	}
	if len(turns) == 0 {
		return fmt.Errorf("%w: phase %d is closed without a contribution", ErrTranscript, phase)
	}
	return beacon.check()
}

// check bounds a beacon's value and its source, which is printable ASCII.
func (b *Beacon) check() error {
	if n := len(b.Value); n < minBeacon || n > maxBeacon {
		return fmt.Errorf("%w: beacon of %d bytes, want %d to %d", ErrTranscript, n, minBeacon, maxBeacon)
	}
	if n := len(b.Source); n < 1 || n > maxSourceLength {
		return fmt.Errorf("%w: source of the beacon has %d characters, want 1 to %d", ErrTranscript, n, maxSourceLength)
	}
	for i := range len(b.Source) {
		if b.Source[i] < 0x20 || b.Source[i] > 0x7e {
			return fmt.Errorf("%w: source of the beacon: character %d is not printable ASCII", ErrTranscript, i+1)
		}
	}
	return nil
}
