package lease

import (
	"context"
	"crypto/rand"
	"slices"
	"time"
)

// Lease is a job that a worker holds.
type Lease struct {
	Name    string // nobody else's
	Content []byte
}

// Take gives a worker the oldest job that it has not lost before, and waits for one until ctx ends: then it is nil, without
// an error. A worker holds one job at a time: with another call it gives up the one before.
func (p *Pool) Take(ctx context.Context, name string) (*Lease, error) {
	for {
		l, moved, err := p.take(name)
		if err != nil || l != nil {
			return l, err
		}
		select {
		case <-moved:
		case <-ctx.Done():
			moved = nil
		}
		p.mu.Lock()
		p.workers[name].waiting--
		p.mu.Unlock()
		if moved == nil {
			return nil, nil
		}
	}
}

// take gives a job, or notes that the worker waits.
func (p *Pool) take(name string) (*Lease, <-chan struct{}, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w, err := p.known(name)
	if err != nil {
		return nil, nil, err
	}
	if w.holds != nil {
		p.giveUp(w.holds)
		if w, err = p.known(name); err != nil {
			return nil, nil, err
		}
	}
	i := slices.IndexFunc(p.queue, func(t *task) bool { return !t.not[name] })
	if i < 0 {
		w.waiting++
		return nil, p.moved, nil
	}
	t := p.queue[i]
	p.queue = slices.Delete(p.queue, i, i+1)
	t.lease, t.by, t.began = rand.Text(), name, time.Now()
	t.until = t.began.Add(p.config.Lease)
	w.holds, p.leases[t.lease] = t, t
	t.turn()
	return &Lease{Name: t.lease, Content: t.content}, nil, nil
}

func (p *Pool) giveUp(t *task) {
	p.lose(t)
	t.turn()
}

// held is a worker's job under a lease that stands.
func (p *Pool) held(name, lease string) (*worker, *task, error) {
	w, err := p.known(name)
	if err != nil {
		return nil, nil, err
	}
	t := p.leases[lease]
	if t == nil || t.by != name || !time.Now().Before(t.until) {
		return nil, nil, ErrLost
	}
	return w, t, nil
}

// Renew makes a lease last as long again from now on, within the limit.
func (p *Pool) Renew(name, lease string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, t, err := p.held(name, lease)
	if err != nil {
		return err
	}
	t.until = time.Now().Add(p.config.Lease)
	if last := t.began.Add(p.config.Limit); t.until.After(last) {
		t.until = last
	}
	return nil
}

// GiveUp ends a lease without a result.
func (p *Pool) GiveUp(name, lease string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, t, err := p.held(name, lease)
	if err == nil {
		p.giveUp(t)
	}
	return err
}

// Give ends a lease with a result. Where it does not pass the check, the worker is not asked again: ErrBanned.
func (p *Pool) Give(name, lease string, result []byte) error {
	p.mu.Lock()
	w, t, err := p.held(name, lease)
	if err == nil {
		w.holds = nil
		delete(p.leases, lease)
		t.lease, t.judging = "", true
	}
	p.mu.Unlock()
	if err != nil {
		return err
	}
	bad := t.check(result)
	p.mu.Lock()
	defer p.mu.Unlock()
	defer t.turn()
	t.judging = false
	if bad == nil {
		if !t.done {
			t.done, t.result = true, result
		}
		return nil
	}
	w.banned = true
	p.wrong++
	p.config.Log.Error("a worker gave a wrong result and is not asked any more", "wrong_results", p.wrong)
	if p.wrong >= maxWrong {
		p.config.Log.Error("no worker is asked any more until this agent is started again")
	}
	t.lost++
	if !t.done {
		t.not[name] = true
		p.enqueue(t)
	}
	return ErrBanned
}
