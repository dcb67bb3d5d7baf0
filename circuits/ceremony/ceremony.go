// Package ceremony makes Groth16 keys that nobody can forge under unless every contributor colluded: Bowe, Gabizon and
// Miers' two-phase set-up (MMORPG, https://eprint.iacr.org/2017/1050) for any of weir's circuits at once. It is for the
// organisations of a consortium, who pass a folder around, and for anybody who wants to check afterwards what they did.
//
// Phase 1, powers of τ, is the same for all circuits and as large as the largest needs; phase 2 is for each circuit. A
// phase is closed by a beacon: a public value that nobody could know when the last contribution was made. The
// mathematics is gnark's mpcsetup; what is here is the folder, the transcript, and the checks that have to be made
// before foreign bytes reach that library.
//
// It refuses a phase without a contribution (everybody would know its secret from the beacon), files whose length or
// layout is not exactly the one that the circuits' sizes give, and contributions that do not follow from the one before.
// It does not say who a contributor is: names in the transcript are claims. A contributor publishes the digest of the
// own contribution where readers know the publisher, and readers compare.
//
// Files: ceremony.json is the transcript; phase1/0001.bin … the contributions to phase 1; phase2/CIRCUIT/0000.bin the
// start of phase 2, which everybody can recompute, 0001.bin … the contributions to it; keys/ and registry.json the
// result. A contributor needs the transcript and the newest files only; a verifier needs all.
package ceremony

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/consensys/gnark-crypto/ecc"
	cs "github.com/consensys/gnark/constraint/bn254"

	"weir/circuits"
	"weir/engine"
)

// ErrPhase is returned for a step that the ceremony's phase does not allow.
var ErrPhase = errors.New("ceremony is not in that phase")

// ErrCircuits is returned when the circuits of this program are not those that the ceremony is about.
var ErrCircuits = errors.New("ceremony is about other circuits")

// Circuit is a circuit that keys are made for.
type Circuit struct {
	Name    circuits.Name
	Compile func() (*cs.R1CS, error)
}

// Ceremony is one folder. One person at a time works on it.
type Ceremony struct {
	dir        string
	transcript Transcript
}

// Init begins a ceremony for one to maxCircuits circuits in dir, which must not hold one already.
func Init(dir string, list []Circuit) (*Ceremony, error) {
	c := &Ceremony{dir: dir}
	if _, err := os.Stat(filepath.Join(dir, transcriptFile)); !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("begin a ceremony: %s exists: %w", filepath.Join(dir, transcriptFile), fs.ErrExist)
	}
	for _, circuit := range list {
		system, err := circuit.Compile()
		if err != nil {
			return nil, fmt.Errorf("begin a ceremony: compile %s: %w", circuit.Name, err)
		}
		subject, err := describe(circuit.Name, system)
		if err != nil {
			return nil, err
		}
		c.transcript.Circuits = append(c.transcript.Circuits, subject)
	}
	if err := c.transcript.check(); err != nil {
		return nil, fmt.Errorf("begin a ceremony: %w", err)
	}
	return c, c.save()
}

// Open reads the transcript of the ceremony in dir. Errors wrap ErrTranscript or are those of the file system.
func Open(dir string) (*Ceremony, error) {
	b, err := readBounded(filepath.Join(dir, transcriptFile), maxTranscriptBytes)
	if err != nil {
		return nil, fmt.Errorf("open the ceremony: %w", err)
	}
	t, err := DecodeTranscript(b)
	if err != nil {
		return nil, fmt.Errorf("open the ceremony %s: %w", filepath.Join(dir, transcriptFile), err)
	}
	return &Ceremony{dir: dir, transcript: *t}, nil
}

// Transcript is what has happened.
func (c *Ceremony) Transcript() Transcript { return c.transcript }

// describe gives a compiled circuit's entry in the transcript, from which all file sizes follow.
func describe(name circuits.Name, system *cs.R1CS) (Subject, error) {
	digest, err := circuits.Digest(system)
	if err != nil {
		return Subject{}, err
	}
	sizes, err := sizesOf(system)
	if err != nil {
		return Subject{}, fmt.Errorf("%s: %w", name, err)
	}
	return Subject{Circuit: name, System: digest, Constraints: system.GetNbConstraints(), Domain: sizes.domain,
		Private: sizes.private, Committed: sizes.committed}, nil
}

// compiled compiles one of the ceremony's circuits and checks that it is the registered one.
func (c *Ceremony) compiled(list []Circuit, subject Subject) (*cs.R1CS, error) {
	i := slices.IndexFunc(list, func(circuit Circuit) bool { return circuit.Name == subject.Circuit })
	if i < 0 {
		return nil, fmt.Errorf("%w: this program has no circuit %s", ErrCircuits, subject.Circuit)
	}
	system, err := list[i].Compile()
	if err != nil {
		return nil, fmt.Errorf("compile %s: %w", subject.Circuit, err)
	}
	here, err := describe(subject.Circuit, system)
	if err != nil {
		return nil, err
	}
	if here.System != subject.System {
		return nil, fmt.Errorf("%w: %s compiles to %s here, the ceremony has %s", ErrCircuits, subject.Circuit, here.System, subject.System)
	}
	if !here.equal(subject) {
		return nil, fmt.Errorf("%w: the sizes of %s in the transcript are not those of the circuit", ErrCircuits, subject.Circuit)
	}
	return system, nil
}

// domainOf is the size of the smallest domain with a place for every constraint.
func domainOf(constraints int) int { return int(ecc.NextPowerOfTwo(uint64(constraints))) }

// Progress is one step of a long call: what begins now.
type Progress struct {
	Action  string        // "verify", "contribute", "close", "begin" or "seal"
	Phase   int           // 1 or 2
	Circuit circuits.Name // of phase 2
	Number  int           // of the contribution, from 1; else 0
	By      engine.Name   // its contributor
}

// String is the step as one line for people.
func (p Progress) String() string {
	s := fmt.Sprintf("%s phase %d", p.Action, p.Phase)
	if p.Circuit != "" {
		s += " of " + string(p.Circuit)
	}
	if p.Number != 0 {
		s += fmt.Sprintf(", contribution %d by %s", p.Number, p.By)
	}
	return s
}
