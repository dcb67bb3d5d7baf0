package lease_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"weir/engine/holder/lease"
)

var errWrong = errors.New("wrong")

// work is a job whose right result is its content in capitals; own counts how often the agent did it itself.
func work(content string, own *atomic.Int32) lease.Work {
	right := bytes.ToUpper([]byte(content))
	return lease.Work{Content: func() ([]byte, error) { return []byte(content), nil },
		Check: func(result []byte) error {
			if !bytes.Equal(result, right) {
				return errWrong
			}
			return nil
		},
		Own: func() ([]byte, error) {
			own.Add(1)
			return right, nil
		}}
}

// job is a job under way in the background.
type job struct {
	own  atomic.Int32
	done chan []byte
	err  error
}

func do(ctx context.Context, p *lease.Pool, content string) *job {
	j := &job{done: make(chan []byte, 1)}
	go func() {
		var result []byte
		result, j.err = p.Do(ctx, work(content, &j.own))
		j.done <- result
	}()
	return j
}

// ended wants the right result, done by the agent itself or not.
func (j *job) ended(t *testing.T, want string, own int32) {
	t.Helper()
	if got := <-j.done; string(got) != want || j.err != nil || j.own.Load() != own {
		t.Errorf("%q, %v, %d times by the agent; want %q, %d", got, j.err, j.own.Load(), want, own)
	}
}

func join(t *testing.T, p *lease.Pool) string {
	t.Helper()
	name, err := p.Join()
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func take(t *testing.T, p *lease.Pool, name string) *lease.Lease {
	t.Helper()
	l, err := p.Take(t.Context(), name)
	if err != nil || l == nil {
		t.Fatalf("%v, %v", l, err)
	}
	return l
}

func TestWithoutWorkersTheAgentWorksAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := lease.New(lease.Config{})
		began := time.Now()
		do(t.Context(), p, "a").ended(t, "A", 1)
		if took := time.Since(began); took != 0 {
			t.Errorf("after %v", took)
		}
	})
}

func TestWorkersShareJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := lease.New(lease.Config{})
		one, two := join(t, p), join(t, p)
		a, b := do(t.Context(), p, "a"), do(t.Context(), p, "b")
		synctest.Wait()
		first, second := take(t, p, one), take(t, p, two)
		if first.Name == second.Name || bytes.Equal(first.Content, second.Content) {
			t.Fatal("one job twice")
		}
		for _, l := range []struct {
			by    string
			lease *lease.Lease
		}{{one, first}, {two, second}} {
			if err := p.Give(l.by, l.lease.Name, bytes.ToUpper(l.lease.Content)); err != nil {
				t.Fatal(err)
			}
		}
		a.ended(t, "A", 0)
		b.ended(t, "B", 0)
	})
}

// A worker that is gone loses its lease when it runs out; another worker does the job, and what the first one gives then, or
// asks for, is refused.
func TestALeaseThatRunsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := lease.New(lease.Config{})
		dead, alive := join(t, p), join(t, p)
		j := do(t.Context(), p, "a")
		synctest.Wait()
		began := time.Now()
		lost := take(t, p, dead)
		l := take(t, p, alive) // waits
		if took := time.Since(began); took != 10*time.Second || string(l.Content) != "a" || l.Name == lost.Name {
			t.Errorf("%q after %v", l.Content, took)
		}
		if err := p.Give(dead, lost.Name, []byte("A")); !errors.Is(err, lease.ErrLost) {
			t.Errorf("a result too late: %v", err)
		}
		if err := p.Renew(dead, lost.Name); !errors.Is(err, lease.ErrLost) {
			t.Errorf("renewed too late: %v", err)
		}
		if err := p.Give(dead, l.Name, []byte("A")); !errors.Is(err, lease.ErrLost) {
			t.Errorf("under another's lease: %v", err)
		}
		if err := p.Give(alive, l.Name, []byte("A")); err != nil {
			t.Error(err)
		}
		j.ended(t, "A", 0)
	})
}

// Lost twice, the agent does it itself: whoever is there, a job ends within two leases and two waits.
func TestTheAgentIsTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := lease.New(lease.Config{})
		began := time.Now()
		one, two, third := join(t, p), join(t, p), join(t, p)
		j := do(t.Context(), p, "a")
		synctest.Wait()
		take(t, p, one)
		var idle sync.WaitGroup
		idle.Go(func() {
			for range 45 { // there, and never takes anything
				p.Renew(third, "no lease")
				time.Sleep(500 * time.Millisecond)
			}
		})
		take(t, p, two)
		j.ended(t, "A", 1)
		if took := time.Since(began); took != 20*time.Second {
			t.Errorf("after %v", took)
		}
		idle.Wait()
		time.Sleep(time.Second)
		alone := do(t.Context(), p, "b") // nobody was here for a while
		alone.ended(t, "B", 1)
	})
}

func TestAJobThatNobodyTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := lease.New(lease.Config{})
		busy := join(t, p)
		first := do(t.Context(), p, "a")
		synctest.Wait()
		l := take(t, p, busy)
		began := time.Now()
		do(t.Context(), p, "b").ended(t, "B", 1)
		if took := time.Since(began); took != 500*time.Millisecond {
			t.Errorf("after %v", took)
		}
		if err := p.Give(busy, l.Name, []byte("A")); err != nil {
			t.Error(err)
		}
		first.ended(t, "A", 0)
	})
}

// A slow worker that renews keeps its job, but not for ever.
func TestRenewing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := lease.New(lease.Config{})
		slow := join(t, p)
		j := do(t.Context(), p, "a")
		synctest.Wait()
		l := take(t, p, slow)
		renewed := 0
		for range 30 {
			time.Sleep(3 * time.Second)
			if p.Renew(slow, l.Name) != nil {
				break
			}
			renewed++
		}
		if renewed != 19 {
			t.Errorf("renewed %d times in a minute", renewed)
		}
		j.ended(t, "A", 1)
	})
}

// What does not pass the check is not used, and its worker is not asked again; after a few of them nobody is.
func TestLiars(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := lease.New(lease.Config{})
		honest := join(t, p)
		for i, lie := range [][]byte{nil, bytes.Repeat([]byte{1}, 1<<20), []byte("B")} {
			liar, err := p.Join()
			if err != nil {
				t.Fatalf("%d: %v", i, err)
			}
			j := do(t.Context(), p, "a")
			synctest.Wait()
			l := take(t, p, liar)
			if err := p.Give(liar, l.Name, lie); !errors.Is(err, lease.ErrBanned) {
				t.Errorf("%d: %v", i, err)
			}
			for _, err := range []error{second(p.Take(t.Context(), liar)), p.Renew(liar, l.Name), p.Give(liar, l.Name, []byte("A")), p.GiveUp(liar, l.Name)} {
				if !errors.Is(err, lease.ErrBanned) {
					t.Errorf("%d: asked again: %v", i, err)
				}
			}
			if i == 2 {
				j.ended(t, "A", 1)
				break
			}
			again := take(t, p, honest)
			if err := p.Give(honest, again.Name, []byte("A")); err != nil {
				t.Fatal(err)
			}
			j.ended(t, "A", 0)
		}
		if _, err := p.Join(); !errors.Is(err, lease.ErrBanned) {
			t.Errorf("after three lies: %v", err)
		}
		if _, err := p.Take(t.Context(), honest); !errors.Is(err, lease.ErrBanned) {
			t.Errorf("after three lies: %v", err)
		}
		do(t.Context(), p, "c").ended(t, "C", 1)
	})
}

func second[T any](_ T, err error) error { return err }

// Who gave a job up does not get it again.
func TestAJobComesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := lease.New(lease.Config{})
		one, two := join(t, p), join(t, p)
		j := do(t.Context(), p, "a")
		synctest.Wait()
		if err := p.GiveUp(one, take(t, p, one).Name); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		if l, err := p.Take(ctx, one); l != nil || err != nil {
			t.Errorf("again: %v, %v", l, err)
		}
		if err := p.Give(two, take(t, p, two).Name, []byte("A")); err != nil {
			t.Error(err)
		}
		j.ended(t, "A", 0)
	})
}

func TestStrikes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := lease.New(lease.Config{})
		lazy := join(t, p)
		for range 3 {
			j := do(t.Context(), p, "a")
			synctest.Wait()
			l := take(t, p, lazy)
			if err := p.GiveUp(lazy, l.Name); err != nil {
				t.Fatal(err)
			}
			j.ended(t, "A", 1) // there is nobody else
		}
		if _, err := p.Take(t.Context(), lazy); !errors.Is(err, lease.ErrBanned) {
			t.Errorf("%v", err)
		}
		if _, err := p.Take(t.Context(), "whoever"); !errors.Is(err, lease.ErrUnknown) {
			t.Errorf("%v", err)
		}
	})
}

func TestContextsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := lease.New(lease.Config{})
		name := join(t, p)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		if l, err := p.Take(ctx, name); l != nil || err != nil {
			t.Errorf("%v, %v", l, err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		go p.Take(t.Context(), name)
		synctest.Wait()
		j := do(ctx, p, "a")
		synctest.Wait()
		cancel()
		if <-j.done; !errors.Is(j.err, context.Canceled) || j.own.Load() != 0 {
			t.Errorf("%v", j.err)
		}
		for range 64 {
			if _, err := p.Join(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Whatever workers do, every job ends with its own right result.
func TestAnyWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := lease.New(lease.Config{})
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		for seed := range uint64(12) {
			group.Go(func() { misbehave(ctx, p, rand.New(rand.NewPCG(seed, 1)), seed < 2) })
		}
		var jobs []*job
		for i := range 200 {
			jobs = append(jobs, do(ctx, p, fmt.Sprint("job ", i)))
			if i%5 == 0 {
				time.Sleep(time.Second)
			}
		}
		own := 0
		for i, j := range jobs {
			if got := <-j.done; string(got) != fmt.Sprint("JOB ", i) || j.err != nil {
				t.Errorf("%d: %q, %v", i, got, j.err)
			}
			own += int(j.own.Load())
		}
		cancel()
		group.Wait()
		if own == 0 || own == len(jobs) {
			t.Errorf("%d of %d by the agent itself", own, len(jobs))
		}
	})
}

// misbehave is a worker that works, dies, is slow, gives up and, if it is a liar, lies.
func misbehave(ctx context.Context, p *lease.Pool, random *rand.Rand, liar bool) {
	name, err := p.Join()
	for ctx.Err() == nil {
		var l *lease.Lease
		if err == nil {
			l, err = p.Take(ctx, name)
		}
		if err != nil {
			if name, err = p.Join(); err != nil {
				return
			}
			continue
		}
		if l == nil {
			return
		}
		result := bytes.ToUpper(l.Content)
		switch random.IntN(8) {
		case 0:
			time.Sleep(11 * time.Second)
		case 1:
			p.GiveUp(name, l.Name)
		case 2:
			if liar {
				result = []byte("LIE")
			}
		case 3:
			time.Sleep(8 * time.Second)
			p.Renew(name, l.Name)
			time.Sleep(8 * time.Second)
		default:
			time.Sleep(time.Duration(random.IntN(1000)) * time.Millisecond)
		}
		if err = p.Give(name, l.Name, result); errors.Is(err, lease.ErrLost) {
			err = nil
		}
	}
}
