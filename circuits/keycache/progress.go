package keycache

import (
	"fmt"
	"time"

	"weir/circuits"
)

// Step is what a cache is doing.
type Step string

// The steps in the order in which they happen. A load from the folder reports none of them.
const (
	Rejected  Step = "rejected"  // a file does not match its record, Reason says which
	Waiting   Step = "waiting"   // another process holds the lock, probably because it makes the same keys
	Compiling Step = "compiling" // the circuit is being compiled
	Making    Step = "making"    // development keys are being made
	Writing   Step = "writing"   // keys are being written to the folder
)

// Progress is one report. Making and Waiting are reported when they begin and every two seconds after that.
type Progress struct {
	Circuit     circuits.Name
	Step        Step
	Done, Total int           // of Making, in multiplications of a point; else 0
	Elapsed     time.Duration // since Making or Waiting began
	Reason      error         // of Rejected
}

// String is the report as one line for people.
func (p Progress) String() string {
	switch p.Step {
	case Rejected:
		return fmt.Sprintf("%s: a stored file is refused and will be made again: %v", p.Circuit, p.Reason)
	case Waiting:
		return fmt.Sprintf("%s: waiting for another process that is making keys, %s", p.Circuit, p.Elapsed.Round(time.Second))
	case Making:
		return fmt.Sprintf("%s: making development keys, once on this machine: %d %%, %s",
			p.Circuit, 100*p.Done/max(p.Total, 1), p.Elapsed.Round(100*time.Millisecond))
	}
	return fmt.Sprintf("%s: %s", p.Circuit, p.Step)
}

// reportEvery is how long a step may go on without a report.
const reportEvery = 2 * time.Second

// ticking gives a function that passes a report on when it is the first one or the last is reportEvery ago.
func (c *Cache) ticking() func(Progress) {
	begin := time.Now()
	var last time.Time
	return func(p Progress) {
		now := time.Now()
		if now.Sub(last) < reportEvery {
			return
		}
		last = now
		p.Elapsed = now.Sub(begin)
		c.report(p)
	}
}
