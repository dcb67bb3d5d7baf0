package agentd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"weir/engine/member/control"
	"weir/engine/proof/proving"
)

// ErrSentAway is returned by Work when the agent does not take the worker: it gave a wrong proof, lost too many jobs, or there
// are too many.
var ErrSentAway = errors.New("the agent sent this worker away; its log says why")

// ErrOtherKeys is returned by Work for a worker whose keys are not those that the agent's consortium registers.
var ErrOtherKeys = errors.New("the worker has other keys than the consortium registers")

// Prover does a job, as proving.Worker.
type Prover interface {
	Prove(proving.Job) ([]byte, error)
}

// away is how long a worker waits before it dials again.
const away = time.Second

// worker is one process that proves for the agent of a folder.
type worker struct {
	path   string
	prover Prover
	hello  ToAgent
	log    *slog.Logger
	name   string
	renew  time.Duration
	proved int
}

// Work proves for the agent of a folder until ctx ends, over the folder's WorkersSocket. An agent that is away is waited for.
// The folder needs nothing else in it.
func Work(ctx context.Context, path string, w *proving.Worker, log *slog.Logger) error {
	return work(ctx, &worker{path: path, prover: w, hello: ToAgent{Circuit: w.Circuit()}, log: log})
}

func work(ctx context.Context, w *worker) error {
	for waited := false; ctx.Err() == nil; {
		err := w.step(ctx)
		switch {
		case err == nil:
			waited = false
			continue
		case ctx.Err() != nil:
		case !errors.Is(err, control.ErrNotRunning):
			return fmt.Errorf("worker: %w", err)
		case !waited:
			w.log.Info("waiting for the agent")
			waited = true
		}
		w.name = ""
		pause(ctx, away)
	}
	return ctx.Err()
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// step joins, or does one job.
func (w *worker) step(ctx context.Context) error {
	if w.name == "" {
		return w.join(ctx)
	}
	answer, err := w.ask(ctx, "take", ToAgent{})
	if err != nil || answer.Status != StatusOK {
		return err
	}
	return w.do(ctx, answer)
}

func (w *worker) join(ctx context.Context) error {
	answer, err := w.ask(ctx, "join", w.hello)
	if err == nil && answer.Status == StatusOK {
		w.name, w.renew = answer.Worker, time.Duration(answer.Renew)*time.Millisecond/3
		w.log.Info("joined the agent")
	}
	return err
}

// ask speaks to the agent. An answer that sends the worker away is an error; one that does not know it makes it join again.
func (w *worker) ask(ctx context.Context, command string, a ToAgent) (*ToWorker, error) {
	a.Worker = w.name
	answer := new(ToWorker)
	if err := control.CallOn(ctx, w.path, WorkersSocket, command, a, answer); err != nil {
		return nil, err
	}
	switch answer.Status {
	case StatusBanned, StatusMany:
		return nil, ErrSentAway
	case StatusCircuit:
		return nil, ErrOtherKeys
	case StatusUnknown:
		w.name = ""
	}
	return answer, nil
}

// do proves one job, and renews its lease meanwhile.
func (w *worker) do(ctx context.Context, l *ToWorker) error {
	w.log.Debug("took a job")
	if len(l.Job) > proving.MaxJob {
		return fmt.Errorf("%w: %d bytes, limit %d", proving.ErrJob, len(l.Job), proving.MaxJob)
	}
	began := time.Now()
	proof, err := w.prove(ctx, l)
	said := ToAgent{Lease: l.Lease, Proof: proof}
	command := "give"
	if err != nil {
		w.log.Warn("a job was given back", "error", err)
		command = "leave"
	}
	leaving, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second) // say so, also when the process ends
	defer cancel()
	answer, err := w.ask(leaving, command, said)
	if err != nil {
		return err
	}
	if answer.Status != StatusOK {
		w.log.Info("a job was done too late", "took", time.Since(began))
	} else if command == "give" {
		w.proved++
		w.log.Info("proved", "jobs", w.proved, "took", time.Since(began))
	}
	return nil
}

// prove waits for the proof, renewing the lease, or for the end of ctx: what is begun then ends with the process.
func (w *worker) prove(ctx context.Context, l *ToWorker) ([]byte, error) {
	type made struct {
		proof []byte
		err   error
	}
	done := make(chan made, 1)
	go func() {
		proof, err := w.prover.Prove(l.Job)
		done <- made{proof, err}
	}()
	tick := time.NewTicker(w.renew)
	defer tick.Stop()
	for {
		select {
		case m := <-done:
			return m.proof, m.err
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-tick.C:
			if _, err := w.ask(ctx, "renew", ToAgent{Lease: l.Lease}); err != nil {
				w.log.Debug("the lease was not renewed", "error", err)
			}
		}
	}
}
