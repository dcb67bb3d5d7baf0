package agentd

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/holder"
	"weir/engine/holder/lease"
	"weir/engine/member/control"
	"weir/engine/message"
	"weir/engine/proof/proving"
)

// host is an agent's side of the socket, which can go away and come back.
type host struct {
	t      *testing.T
	path   string
	pool   *lease.Pool
	end    context.CancelFunc
	served chan error
}

var circuitID = engine.Digest{5}

func newHost(t *testing.T) *host {
	t.Helper()
	h := &host{t: t, path: t.TempDir()}
	h.start(lease.Config{})
	t.Cleanup(func() { h.stop() })
	return h
}

func (h *host) start(config lease.Config) {
	ctx, cancel := context.WithCancel(context.Background())
	h.pool, h.end, h.served = lease.New(config), cancel, make(chan error, 1)
	genesis := &message.Genesis{Circuits: []message.Circuit{{Name: circuit, ID: circuitID}}}
	d := &daemon{path: h.path, agent: &holder.Agent{Config: holder.Config{Genesis: genesis}}, pool: h.pool, log: slog.New(slog.DiscardHandler)}
	served := h.served
	go func() { served <- control.ServeOn(ctx, h.path, WorkersSocket, d.workerCommands()) }()
}

func (h *host) stop() {
	h.end()
	if err := <-h.served; err != nil {
		h.t.Error(err)
	}
	h.served <- nil
}

// capitals is a prover that can be held up.
type capitals struct {
	began chan struct{} // told when a job began; may be nil
	hold  chan struct{} // waited for before it ends; may be nil
	lie   func([]byte) []byte
}

func (c *capitals) Prove(job proving.Job) ([]byte, error) {
	if c.began != nil {
		c.began <- struct{}{}
	}
	if c.hold != nil {
		<-c.hold
	}
	if c.lie != nil {
		return c.lie(job), nil
	}
	return bytes.ToUpper(job), nil
}

// hire starts a worker; the function ends it and gives its error.
func (h *host) hire(p Prover) (end func() error) {
	ctx, cancel := context.WithCancel(h.t.Context())
	done := make(chan error, 1)
	w := &worker{path: h.path, prover: p, hello: ToAgent{Circuit: circuitID}, log: slog.New(slog.DiscardHandler)}
	go func() { done <- work(ctx, w) }()
	return sync.OnceValue(func() error { cancel(); return <-done })
}

// do has a job done, waiting until a worker is there, and tells whether the agent did it itself.
func (h *host) do(content string) (result []byte, own bool, err error) {
	return do(h.t.Context(), h.pool, content)
}

func do(ctx context.Context, pool *lease.Pool, content string) (result []byte, own bool, err error) {
	result, err = pool.Do(ctx, lease.Work{
		Content: func() ([]byte, error) { return []byte(content), nil },
		Check: func(b []byte) error {
			if string(b) != strings.ToUpper(content) {
				return errors.New("wrong")
			}
			return nil
		},
		Own: func() ([]byte, error) {
			own = true
			return []byte(strings.ToUpper(content)), nil
		},
	})
	return result, own, err
}

// shared repeats a job until a worker does it: the first ones come before it joined.
func (h *host) shared(content string) {
	h.t.Helper()
	for range 500 {
		if _, own, err := h.do(content); err != nil {
			h.t.Fatal(err)
		} else if !own {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	h.t.Error("no worker took a job")
}

func TestWorkerOverTheSocket(t *testing.T) {
	h := newHost(t)
	end := h.hire(new(capitals))
	h.shared("a")
	info, err := os.Stat(filepath.Join(h.path, WorkersSocket))
	if err != nil || info.Mode().Perm() != 0o700 && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := end(); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, own, err := h.do("b"); err != nil || !own {
		t.Errorf("after the worker left: %v, %v", own, err)
	}
}

// The agent is started again while a worker holds a job: the new one does not know the worker, which joins again.
func TestAgentThatComesBack(t *testing.T) {
	h := newHost(t)
	p := &capitals{began: make(chan struct{}, 10), hold: make(chan struct{})}
	end := h.hire(p)
	before := h.pool
	for len(p.began) == 0 {
		go do(t.Context(), before, "a")
		time.Sleep(5 * time.Millisecond)
	}
	h.stop()
	h.start(lease.Config{})
	close(p.hold)
	h.shared("b")
	if err := end(); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Liars are sent away, and end.
func TestLyingWorkersEnd(t *testing.T) {
	h := newHost(t)
	for name, lie := range map[string]func([]byte) []byte{
		"garbage":   func([]byte) []byte { return []byte("garbage") },
		"oversized": func([]byte) []byte { return make([]byte, 1<<20) },
	} {
		p := &capitals{began: make(chan struct{}, 1), lie: lie}
		done := make(chan error, 1)
		w := &worker{path: h.path, prover: p, hello: ToAgent{Circuit: circuitID}, log: slog.New(slog.DiscardHandler)}
		go func() { done <- work(t.Context(), w) }()
		for ended := false; !ended; {
			if result, _, err := h.do("a"); err != nil || string(result) != "A" {
				t.Fatalf("%s: %q, %v", name, result, err)
			}
			select {
			case err := <-done:
				ended = true
				if !errors.Is(err, ErrSentAway) {
					t.Errorf("%s: %v", name, err)
				}
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
}

// More than the socket takes is no answer at all: the lease runs out.
func TestAnAnswerBeyondAllBounds(t *testing.T) {
	h := newHost(t)
	h.stop()
	h.start(lease.Config{Lease: 50 * time.Millisecond})
	ask := func(command string, a ToAgent) (*ToWorker, error) {
		answer := new(ToWorker)
		return answer, control.CallOn(t.Context(), h.path, WorkersSocket, command, a, answer)
	}
	joined, err := ask("join", ToAgent{Circuit: circuitID})
	for errors.Is(err, control.ErrNotRunning) { // it comes up
		joined, err = ask("join", ToAgent{Circuit: circuitID})
	}
	if err != nil || joined.Status != StatusOK {
		t.Fatalf("%+v, %v", joined, err)
	}
	done := make(chan bool, 1)
	go func() {
		_, own, _ := do(t.Context(), h.pool, "a")
		done <- own
	}()
	taken, err := ask("take", ToAgent{Worker: joined.Worker})
	if err != nil || taken.Status != StatusOK || string(taken.Job) != "a" {
		t.Fatalf("%+v, %v", taken, err)
	}
	var refused *control.RefusedError
	if _, err := ask("give", ToAgent{Worker: joined.Worker, Lease: taken.Lease, Proof: make([]byte, 8<<20)}); err == nil {
		t.Error("eight megabytes were taken")
	} else if !errors.As(err, &refused) && !errors.Is(err, control.ErrNotRunning) { // the connection may be cut instead
		t.Error(err)
	}
	if own := <-done; !own {
		t.Error("somebody else did it")
	}
	if other, err := ask("join", ToAgent{Circuit: engine.Digest{6}}); err != nil || other.Status != StatusCircuit {
		t.Errorf("other keys: %+v, %v", other, err)
	}
	for _, command := range []string{"status", "inquiries", "approve", "resume"} { // the operator's are on another socket
		if _, err := ask(command, ToAgent{}); !errors.As(err, &refused) {
			t.Errorf("%s: %v", command, err)
		}
	}
}
