package agentd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"weir/engine"
	"weir/engine/holder/lease"
	"weir/engine/member/control"
	"weir/engine/proof/proving"
)

// WorkersSocket is the name of the socket in an agent's folder on which its workers ask for jobs. Whoever can open it is
// given records to prove, and may do nothing else: it is this one, and not the operator's, that a worker on another machine
// is forwarded to.
const WorkersSocket = "workers.sock"

// poll is how long a worker's question for a job waits.
const poll = 20 * time.Second

// Status is what an agent answers a worker. The list is closed and append-only.
type Status string

// The answers.
const (
	StatusOK      Status = "ok"
	StatusNone    Status = "none"    // no job: ask again
	StatusUnknown Status = "unknown" // join again
	StatusLost    Status = "lost"    // the lease ran out
	StatusBanned  Status = "banned"  // the worker is not asked any more
	StatusMany    Status = "many"    // there are as many workers as the agent takes
	StatusCircuit Status = "circuit" // the worker's keys are not those of the consortium
)

// ToAgent is what a worker says. Which fields count, the command's name tells.
type ToAgent struct {
	Circuit engine.Digest `json:"circuit,omitzero"` // join: of the worker's keys
	Worker  string        `json:"worker,omitempty"` // its name, of join
	Lease   string        `json:"lease,omitempty"`
	Proof   []byte        `json:"proof,omitempty"` // give
}

// ToWorker is what an agent answers.
type ToWorker struct {
	Status Status      `json:"status"`
	Worker string      `json:"worker,omitempty"` // join
	Renew  int64       `json:"renew,omitempty"`  // join: milliseconds in which a lease runs out
	Lease  string      `json:"lease,omitempty"`  // take
	Job    proving.Job `json:"job,omitempty"`    // take
}

// workerCommands are what a worker may ask of an agent.
func (d *daemon) workerCommands() map[string]control.Command {
	return map[string]control.Command{
		"join": d.onWorker(d.join), "take": d.onWorker(d.take),
		"renew": d.onWorker(func(_ context.Context, a *ToAgent) (*ToWorker, error) {
			return new(ToWorker), d.pool.Renew(a.Worker, a.Lease)
		}),
		"give": d.onWorker(func(_ context.Context, a *ToAgent) (*ToWorker, error) {
			return new(ToWorker), d.pool.Give(a.Worker, a.Lease, a.Proof)
		}),
		"leave": d.onWorker(func(_ context.Context, a *ToAgent) (*ToWorker, error) {
			return new(ToWorker), d.pool.GiveUp(a.Worker, a.Lease)
		}),
	}
}

// onWorker is a command whose known errors are answers.
func (d *daemon) onWorker(do func(context.Context, *ToAgent) (*ToWorker, error)) control.Command {
	return func(ctx context.Context, argument json.RawMessage) (any, error) {
		var a ToAgent
		if err := json.Unmarshal(argument, &a); err != nil {
			return nil, fmt.Errorf("argument: %w", err)
		}
		answer, err := do(ctx, &a)
		for _, known := range []struct {
			err    error
			status Status
		}{{lease.ErrUnknown, StatusUnknown}, {lease.ErrLost, StatusLost}, {lease.ErrBanned, StatusBanned}, {lease.ErrMany, StatusMany}} {
			if errors.Is(err, known.err) {
				return &ToWorker{Status: known.status}, nil
			}
		}
		if err == nil && answer.Status == "" {
			answer.Status = StatusOK
		}
		return answer, err
	}
}

func (d *daemon) join(_ context.Context, a *ToAgent) (*ToWorker, error) {
	if id, registered := d.agent.Genesis.Founding().CircuitID(circuit); !registered || id != a.Circuit {
		return &ToWorker{Status: StatusCircuit}, nil
	}
	name, err := d.pool.Join()
	if err == nil {
		d.log.Info("a worker joined")
	}
	return &ToWorker{Worker: name, Renew: d.pool.Lease().Milliseconds()}, err
}

// circuit is the name of what workers prove, in the founding document.
const circuit = "contribution"

func (d *daemon) take(ctx context.Context, a *ToAgent) (*ToWorker, error) {
	ctx, cancel := context.WithTimeout(ctx, poll)
	defer cancel()
	l, err := d.pool.Take(ctx, a.Worker)
	if err != nil || l == nil {
		return &ToWorker{Status: StatusNone}, err
	}
	return &ToWorker{Lease: l.Name, Job: l.Content}, nil
}
