package ceremony

import (
	"bytes"
	"errors"
	"testing"

	"github.com/consensys/gnark/backend/groth16/bn254/mpcsetup"
	cs "github.com/consensys/gnark/constraint/bn254"
)

// The layouts are compared with what gnark writes, for circuits with and without a commitment.
func TestLayoutsAreGnarks(t *testing.T) {
	p1 := mpcsetup.NewPhase1(32)
	p1.Contribute()
	checkLayout(t, "phase 1", phase1Layout(32), p1, new(mpcsetup.Phase1))
	commons := p1.Seal(beacon1.Value)
	for _, circuit := range both {
		system := subjectOf(t, circuit)
		compiled := must[*cs.R1CS](t)(circuit.Compile())
		small, p2 := cut(&commons, system.Domain), new(mpcsetup.Phase2)
		p2.Initialize(compiled, &small)
		checkLayout(t, "start of phase 2", phase2Layout(system, true), p2, new(mpcsetup.Phase2))
		p2.Contribute()
		checkLayout(t, "phase 2", phase2Layout(system, false), p2, new(mpcsetup.Phase2))
	}
}

func subjectOf(t testing.TB, c Circuit) Subject {
	t.Helper()
	return must[Subject](t)(describe(c.Name, must[*cs.R1CS](t)(c.Compile())))
}

func checkLayout(t *testing.T, name string, l layout, from, into contribution) {
	t.Helper()
	var b bytes.Buffer
	must[int64](t)(from.WriteTo(&b))
	if err := l.decode(b.Bytes(), into); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

// No bytes of a contribution make the decoder panic or take memory beyond their own length, and what it takes is
// written back as it was.
func FuzzPhase2(f *testing.F) {
	p1 := mpcsetup.NewPhase1(8)
	commons := p1.Seal(beacon1.Value)
	tiny, p2 := circuit("tiny", 2, true), new(mpcsetup.Phase2)
	p2.Initialize(must[*cs.R1CS](f)(tiny.Compile()), &commons)
	p2.Contribute()
	var b bytes.Buffer
	must[int64](f)(p2.WriteTo(&b))
	f.Add(b.Bytes())
	f.Add(bytes.Repeat([]byte{0xff}, b.Len()))
	f.Add([]byte{})
	l := phase2Layout(subjectOf(f, tiny), false)
	f.Fuzz(func(t *testing.T, b []byte) {
		var read mpcsetup.Phase2
		if err := l.decode(b, &read); err != nil {
			if !errors.Is(err, ErrFile) {
				t.Errorf("error %v", err)
			}
			return
		}
		var again bytes.Buffer
		if must[int64](t)(read.WriteTo(&again)); !bytes.Equal(again.Bytes(), b) {
			t.Error("accepted, but written differently")
		}
	})
}

func FuzzPhase1(f *testing.F) {
	p1 := mpcsetup.NewPhase1(2)
	p1.Contribute()
	var b bytes.Buffer
	must[int64](f)(p1.WriteTo(&b))
	f.Add(b.Bytes())
	f.Add(bytes.Repeat([]byte{0x80}, b.Len()))
	f.Add([]byte{})
	l := phase1Layout(2)
	f.Fuzz(func(t *testing.T, b []byte) {
		var read mpcsetup.Phase1
		if err := l.decode(b, &read); err != nil {
			if !errors.Is(err, ErrFile) {
				t.Errorf("error %v", err)
			}
			return
		}
		var again bytes.Buffer
		if must[int64](t)(read.WriteTo(&again)); !bytes.Equal(again.Bytes(), b) {
			t.Error("accepted, but written differently")
		}
	})
}
