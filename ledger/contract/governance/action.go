package governance

import (
	"weir/engine"
	"weir/ledger/contract"
	"weir/ledger/contract/registry"
)

// Action is what a proposal is about. The list is closed and append-only.
type Action string

// The actions, and what their bodies carry.
const (
	Admit      Action = "admit"    // registry.Admission
	Suspend    Action = "suspend"  // engine.Name of an account
	Lift       Action = "lift"     // engine.Name of an account
	Recover    Action = "recover"  // registry.Recovery
	Activate   Action = "activate" // contract.Activation
	SetPolicy  Action = "policy"   // PolicyChange
	SetWindows Action = "windows"  // WindowsChange
)

// action judges a body, and does what it says when enact is set. It is called twice: when it is proposed, so that nobody
// votes on nonsense, and when it is decided. Whom it is about has no say in it. A refusal has written nothing.
type action func(c *contract.Context, body []byte, enact bool) (subject engine.Name, err error)

func (k *contractOf) actions() map[Action]action {
	return map[Action]action{
		Admit:      on(func(a registry.Admission) engine.Name { return "" }, registry.Admit),
		Suspend:    on(itself, standing(true)),
		Lift:       on(itself, standing(false)),
		Recover:    on(func(r registry.Recovery) engine.Name { return r.Account }, registry.Recover),
		Activate:   on(func(contract.Activation) engine.Name { return "" }, k.activate),
		SetPolicy:  on(func(PolicyChange) engine.Name { return "" }, k.setPolicy),
		SetWindows: on(func(WindowsChange) engine.Name { return "" }, k.setWindows),
	}
}

// on is an action whose body is a T.
func on[T any](subject func(T) engine.Name, do func(c *contract.Context, what T, enact bool) error) action {
	return func(c *contract.Context, body []byte, enact bool) (engine.Name, error) {
		var what T
		if err := c.Decode(body, &what); err != nil {
			return "", err
		}
		return subject(what), do(c, what, enact)
	}
}

func itself(name engine.Name) engine.Name { return name }

func standing(suspended bool) func(*contract.Context, engine.Name, bool) error {
	return func(c *contract.Context, name engine.Name, enact bool) error {
		return registry.Stand(c, registry.Standing{Account: name, Suspended: suspended}, enact)
	}
}
