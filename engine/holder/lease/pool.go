// Package lease shares work among a holder's own workers: an agent offers a job, a worker leases it until a deadline that it
// may renew, and gives a result that is checked before it counts. It is for the agent, which alone decides, remembers and
// sends; a worker costs it time at the worst.
//
// A lease that runs out, or that is given up, ends: the job goes to another worker, and the second time to the agent itself.
// A worker that gives a wrong result is not asked again. Jobs are secret: they are in memory only, and never in a log.
package lease

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Why a worker is sent away.
var (
	ErrUnknown = errors.New("the agent does not know this worker") // it restarted: join again
	ErrLost    = errors.New("the lease ran out")                   // the job is somebody else's
	ErrBanned  = errors.New("the agent does not ask this worker any more")
	ErrMany    = errors.New("the agent has as many workers as it takes")
)

// Config says how patient an agent is. Zero values are the defaults.
type Config struct {
	Lease time.Duration // how long a lease lasts without being renewed; default 10 s
	Limit time.Duration // how long one may last, however often it is renewed; default 60 s
	Wait  time.Duration // how long a job waits for a worker before the agent does it itself; default 500 ms
	Log   *slog.Logger  // default: none
}

// Bounds: how often a worker may lose or give up a job, how often a job may be lost, how many wrong results end all sharing,
// and how many workers are known at a time.
const (
	maxStrikes = 3
	maxLost    = 2
	maxWrong   = 3
	maxWorkers = 64
)

// Pool is the jobs and workers of one agent. It is safe for concurrent use.
type Pool struct {
	config Config

	mu      sync.Mutex
	workers map[string]*worker
	queue   []*task // that nobody does, oldest first
	leases  map[string]*task
	moved   chan struct{} // closed and replaced when the queue grew
	wrong   int           // results
}

type worker struct {
	strikes int
	banned  bool
	waiting int       // calls of Take that wait
	holds   *task     // nil: none
	seen    time.Time // when it last asked for something
}

// task is one job on its way.
type task struct {
	content []byte
	check   func([]byte) error
	queued  time.Time
	lease   string // nobody's: ""
	began   time.Time
	until   time.Time
	by      string          // worker that holds it
	not     map[string]bool // workers that lost it
	lost    int
	turned  chan struct{} // has a place for one: something changed
	judging bool          // a result is being checked
	done    bool
	result  []byte
}

// New is a pool without workers.
func New(config Config) *Pool {
	for _, d := range []struct {
		of       *time.Duration
		standard time.Duration
	}{{&config.Lease, 10 * time.Second}, {&config.Limit, time.Minute}, {&config.Wait, 500 * time.Millisecond}} {
		if *d.of == 0 {
			*d.of = d.standard
		}
	}
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	return &Pool{config: config, workers: map[string]*worker{}, leases: map[string]*task{}, moved: make(chan struct{})}
}

// Lease is how long a worker has before it must renew.
func (p *Pool) Lease() time.Duration { return p.config.Lease }

// Join lets a worker take jobs, under a name that nobody can guess. It is ErrBanned after too many wrong results, of
// whichever workers.
func (p *Pool) Join() (name string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wrong >= maxWrong {
		return "", ErrBanned
	}
	if len(p.workers) >= maxWorkers {
		p.forget()
	}
	if len(p.workers) >= maxWorkers {
		return "", ErrMany
	}
	name = rand.Text()
	p.workers[name] = &worker{seen: time.Now()}
	return name, nil
}

// forget drops the workers that do nothing: one that comes back joins again.
func (p *Pool) forget() {
	for name, w := range p.workers {
		if w.waiting == 0 && w.holds == nil {
			delete(p.workers, name)
		}
	}
}

// known is a worker that may be asked.
func (p *Pool) known(name string) (*worker, error) {
	w := p.workers[name]
	switch {
	case w == nil:
		return nil, ErrUnknown
	case w.banned || p.wrong >= maxWrong:
		return nil, ErrBanned
	}
	w.seen = time.Now()
	return w, nil
}

// between is how long a worker may be away between two calls.
const between = time.Second

// attached tells whether there is a worker for a job: one that waits, works or was here just now, and did not lose it.
func (p *Pool) attached(lost map[string]bool) bool {
	if p.wrong >= maxWrong {
		return false
	}
	for name, w := range p.workers {
		if !w.banned && !lost[name] && (w.waiting > 0 || w.holds != nil || time.Since(w.seen) < between) {
			return true
		}
	}
	return false
}

// Work is a job: its content, made when a worker is there; what judges a result; and how the agent does it itself.
type Work struct {
	Content func() ([]byte, error)
	Check   func(result []byte) error
	Own     func() ([]byte, error)
}

// Do has a job done: by the agent itself where no worker is there, or none took it in time, or workers lost it; else by a
// worker, whose result passed the check. Errors are those of ctx, of Content and of Own.
func (p *Pool) Do(ctx context.Context, w Work) ([]byte, error) {
	p.mu.Lock()
	any := p.attached(nil)
	p.mu.Unlock()
	if !any {
		return w.Own()
	}
	content, err := w.Content()
	if err != nil {
		return nil, err
	}
	t := &task{content: content, check: w.Check, not: map[string]bool{}, turned: make(chan struct{}, 1)}
	p.mu.Lock()
	p.enqueue(t)
	p.mu.Unlock()
	for {
		next, over := p.look(t)
		switch {
		case over && t.result != nil:
			return t.result, nil
		case over:
			return w.Own()
		}
		timer := time.NewTimer(next)
		select {
		case <-timer.C:
		case <-t.turned:
		case <-ctx.Done():
			timer.Stop()
			p.drop(t)
			return nil, ctx.Err()
		}
		timer.Stop()
	}
}

func (p *Pool) enqueue(t *task) {
	t.queued, t.lease, t.by = time.Now(), "", ""
	p.queue = append(p.queue, t)
	close(p.moved)
	p.moved = make(chan struct{})
}

// look tells when to look at a task again, or that it is over: with a result, or for the agent to do.
func (p *Pool) look(t *task) (next time.Duration, over bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if t.lease != "" && !now.Before(t.until) {
		p.config.Log.Warn("a worker's lease ran out", "held", now.Sub(t.began))
		p.lose(t)
	}
	switch {
	case t.done:
		return 0, true
	case t.judging:
		return p.config.Lease, false
	case t.lease != "":
		return t.until.Sub(now), false
	case t.lost < maxLost && p.attached(t.not) && now.Before(t.queued.Add(p.config.Wait)):
		return t.queued.Add(p.config.Wait).Sub(now), false
	}
	p.unqueue(t)
	t.done = true
	return 0, true
}

// lose ends a lease and counts it against its worker.
func (p *Pool) lose(t *task) {
	if w := p.workers[t.by]; w != nil {
		w.holds = nil
		if w.strikes++; w.strikes >= maxStrikes {
			w.banned = true
			p.config.Log.Warn("a worker is not asked any more", "jobs_lost", w.strikes)
		}
	}
	t.not[t.by] = true
	t.lost++
	delete(p.leases, t.lease)
	p.enqueue(t)
}

func (p *Pool) unqueue(t *task) {
	if i := slices.Index(p.queue, t); i >= 0 {
		p.queue = slices.Delete(p.queue, i, i+1)
	}
}

// drop takes a task back that nobody waits for.
func (p *Pool) drop(t *task) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unqueue(t)
	t.done = true
	if t.lease == "" {
		return
	}
	delete(p.leases, t.lease)
	if w := p.workers[t.by]; w != nil {
		w.holds = nil
	}
}

// turn wakes whoever waits for a task.
func (t *task) turn() {
	select {
	case t.turned <- struct{}{}:
	default:
	}
}
