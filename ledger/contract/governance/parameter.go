package governance

import (
	"fmt"
	"time"

	"weir/engine/canonical"
	"weir/engine/model"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/registry"
)

// PolicyChange sets what the consortium demands of every model registered from a height on.
type PolicyChange struct {
	_      struct{} `cbor:",toarray"`
	Policy model.Policy
	Height uint64
}

// WindowsChange sets the phases of every attempt opened from a height on.
type WindowsChange struct {
	_       struct{} `cbor:",toarray"`
	Windows Windows
	Height  uint64
}

// Windows are how long each phase of a task may last, in milliseconds of block time, 1 to those of a leap year: from
// request to the last commit, from there to the anchor, from the anchor to the last response, from there to settlement.
type Windows struct {
	_                               struct{} `cbor:",toarray"`
	Commit, Anchor, Release, Settle int64
}

const maxWindow = 366 * 24 * int64(time.Hour/time.Millisecond)

// Check refuses windows out of range.
func (w Windows) Check() error {
	for _, window := range []int64{w.Commit, w.Anchor, w.Release, w.Settle} {
		if window < 1 || window > maxWindow {
			return fmt.Errorf("a window of %d ms, want 1 to %d", window, maxWindow)
		}
	}
	return nil
}

// The names of parameters.
const (
	parameterPolicy  = "policy"
	parameterWindows = "windows"
)

// Policy is what the consortium demands of a model registered in this block.
func Policy(c *contract.Context) (p model.Policy, err error) {
	if set, err := inForce(c, parameterPolicy, &p); err != nil || set {
		return p, err
	}
	return registry.Policy(c)
}

// WindowsNow are the windows of an attempt opened in this block, or founded where no vote ever set others.
func WindowsNow(c *contract.Context, founded Windows) (Windows, error) {
	w := founded
	_, err := inForce(c, parameterWindows, &w)
	return w, err
}

// inForce reads a parameter, false where no vote has set it.
func inForce(c *contract.Context, name string, into any) (bool, error) {
	var set [][]byte
	if err := c.Ask(Name, "parameter", name, &set); err != nil || len(set) == 0 {
		return false, err
	}
	c.Invariant(canonical.Decode(set[0], contract.MaxValue, into) == nil, "a parameter is what was voted for")
	return true, nil
}

// dated is a parameter's value from a height on.
type dated struct {
	_     struct{} `cbor:",toarray"`
	From  uint64
	Value []byte
}

// maxDated bounds the values of one parameter that are known ahead, with the one in force.
const maxDated = 64

func (k *contractOf) setPolicy(c *contract.Context, p PolicyChange, enact bool) error {
	malformed := p.Policy.Check()
	if err := c.Require(malformed == nil, ledger.CodeMalformed, "a policy is within its bounds", "%v", malformed); err != nil {
		return err
	}
	return k.set(c, parameterPolicy, p.Height, p.Policy, enact)
}

func (k *contractOf) setWindows(c *contract.Context, w WindowsChange, enact bool) error {
	malformed := w.Windows.Check()
	if err := c.Require(malformed == nil, ledger.CodeMalformed, "windows are within their bounds", "%v", malformed); err != nil {
		return err
	}
	return k.set(c, parameterWindows, w.Height, w.Windows, enact)
}

// set schedules a value. What was decided earlier for a later height, or the same, falls away: the last word counts.
func (k *contractOf) set(c *contract.Context, name string, height uint64, value any, enact bool) error {
	if err := k.requireNotice(c, height); err != nil {
		return err
	}
	var list, kept []dated
	c.Load("parameter/"+name, &list)
	for i, d := range list {
		past := i+1 < len(list) && list[i+1].From <= c.Height()
		if d.From < height && !past {
			kept = append(kept, d)
		}
	}
	if err := c.Require(len(kept) < maxDated, ledger.CodeExhausted, "few changes of a parameter wait at a time", "%d do", len(kept)); err != nil || !enact {
		return err
	}
	c.Save("parameter/"+name, append(kept, dated{From: height, Value: canonical.Encode(value)}))
	c.Emit("parameter", name, canonical.Encode([]any{height, canonical.Encode(value)}))
	return nil
}

// parameter answers a name with a list of one: the encoded value in force, or of none.
func parameter(c *contract.Context, argument []byte) ([]byte, error) {
	var name string
	if err := c.Decode(argument, &name); err != nil {
		return nil, err
	}
	set := [][]byte{}
	var list []dated
	if name == parameterPolicy || name == parameterWindows {
		c.Load("parameter/"+name, &list)
	}
	for _, d := range list {
		if d.From <= c.Height() {
			set = [][]byte{d.Value}
		}
	}
	return canonical.Encode(set), nil
}
