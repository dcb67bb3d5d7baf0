package contract

import (
	"fmt"
	"slices"

	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger"
)

// Activation puts one version of a contract in force. Which versions judge a block is read from the ledger itself, so
// that every program that has them replays it alike, from the founding block on.
type Activation struct {
	_       struct{} `cbor:",toarray"`
	Name    engine.Name
	Version string
	Source  engine.Digest
	Height  uint64 // of the first block that it judges; 0 for what the ledger was founded with
}

// maxActivations bounds the list of a ledger.
const maxActivations = 1024

// LackingError says that a ledger activated a version of a contract that this program does not have. A node stops before
// the block; it never judges it by other rules. It is a ledger.ErrHalted.
type LackingError struct{ Activation }

func (e *LackingError) Error() string {
	return fmt.Sprintf("%v: from block %d on, contract %s@%s with source %s judges transactions, and this program does not have it: "+
		"install a release that does", ledger.ErrHalted, e.Height, e.Name, e.Version, e.Source)
}

// Unwrap is ledger.ErrHalted.
func (e *LackingError) Unwrap() error { return ledger.ErrHalted }

// Beside is the set in a program that has more versions of contracts, for the time when a ledger activates them.
func (s *Set) Beside(versions ...*Contract) *Set {
	more := *s
	more.beside = slices.Concat(s.beside, versions)
	return &more
}

// At is the set that judges the block of a height: of each contract the version activated last. The schedule is that of a
// ledger (Schedule). The error for a version that this program does not have is a *LackingError.
func (s *Set) At(height uint64, schedule []Activation) (*Set, error) {
	var names []engine.Name
	latest := map[engine.Name]Activation{}
	for _, a := range schedule {
		if a.Height > height {
			continue
		}
		if _, listed := latest[a.Name]; !listed {
			names = append(names, a.Name)
		}
		latest[a.Name] = a
	}
	active := make([]*Contract, len(names))
	for i, name := range names {
		if active[i] = s.find(latest[name]); active[i] == nil {
			return nil, &LackingError{latest[name]}
		}
	}
	return NewSet(active...)
}

// find is the version that an activation names, nil where this program has none with that source.
func (s *Set) find(a Activation) *Contract {
	for _, c := range slices.Concat(s.order, s.beside) {
		if c.Name == a.Name && c.Version == a.Version && c.Source == a.Source {
			return c
		}
	}
	return nil
}

const scheduleKey = string(hostName) + "\x00activations"

// Schedule is every activation that a ledger decided on, in the order of the decisions, those to come included. Errors say
// that the state could not be read.
func Schedule(state View) ([]Activation, error) {
	entry, err := state.Get([]byte(scheduleKey))
	if err != nil {
		return nil, err
	}
	content, known := content(entry)
	if !known {
		return nil, nil
	}
	var list []Activation
	if err := canonical.Decode(content, MaxValue, &list); err != nil {
		return nil, fmt.Errorf("%w: schedule of contracts", ledger.ErrDamaged)
	}
	return list, nil
}

// schedule writes what a ledger is founded with.
func (s *Set) schedule(layer *Layer) {
	list := make([]Activation, len(s.order))
	for i, c := range s.order {
		list[i] = Activation{Name: c.Name, Version: c.Version, Source: c.Source}
	}
	layer.Put(scheduleKey, live(canonical.Encode(list)))
}

// Schedule is Schedule for a contract.
func (c *Context) Schedule() []Activation {
	list, err := Schedule(c.run.layer)
	if err != nil {
		panic(broken{err})
	}
	return list
}

// Activate schedules a version, for a block after this one. Whether it should be, the contract has decided.
func (c *Context) Activate(a Activation) {
	c.Invariant(c.contract.Activates, "a contract that may schedules versions")
	c.Invariant(a.Height > c.Height(), "a version judges later blocks only")
	list := append(c.Schedule(), a)
	c.limit(len(list) <= maxActivations, "a ledger activates at most %d versions", maxActivations)
	c.run.layer.Put(scheduleKey, live(canonical.Encode(list)))
}
