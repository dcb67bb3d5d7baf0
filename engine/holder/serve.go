package holder

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/contribute"
	"weir/engine/inquiry"
	"weir/engine/member"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/engine/period"
	"weir/ledger"
	"weir/ledger/contract/tasks"
)

// Service is an agent that answers what the ledger asks of its party, from the block after the last one it finished.
type Service struct {
	Agent   *Agent
	Feed    message.Feed
	Asker   message.Asker
	Workers int          // requests answered at once; default 2
	Log     *slog.Logger // tells requests' ids and public codes, never whom they are about
	// AutoApprove approves every sealed model that passes all checks; otherwise an operator calls Agent.Approve.
	AutoApprove bool

	slots  chan struct{} // one for each job that is at work
	cursor cursor
	mu     sync.Mutex
	saved  time.Time // when the cursor was last remembered
}

// Backoff between tries of what failed for a passing reason.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = 5 * time.Second
)

// grace is how long a request waits, from when this process saw it, for what may still be on its way to this agent: the
// enterprise's letter, a sealed model to be looked at, a partner's half of the month's key. What is missing then is a
// reason to decline.
const grace = 15 * time.Second

// saveEvery is how often the last finished block is remembered.
const saveEvery = time.Second

const tableCursor = "holder/cursor" // height of the last finished block, under ""

// Run answers until ctx ends. What was begun is finished or taken up again at the next start; every step may be repeated.
func (s *Service) Run(ctx context.Context) error {
	from, err := s.resume()
	if err != nil {
		return fmt.Errorf("agent of %s: %w", s.Agent.Party, err)
	}
	group, working := errgroup.WithContext(ctx)
	s.slots = make(chan struct{}, max(s.Workers, 2))
	group.Go(func() error {
		for block, err := range s.Feed.Blocks(working, from) {
			if err != nil {
				return err
			}
			if err := s.block(working, group, block); err != nil {
				return err
			}
		}
		return working.Err()
	})
	err = group.Wait()
	if done, any := s.cursor.upTo(); any {
		err = errors.Join(err, s.save(done))
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("agent of %s: %w", s.Agent.Party, err)
	}
	return nil
}

func (s *Service) resume() (uint64, error) {
	b, err := s.Agent.Memory.Get(tableCursor, "")
	if err != nil {
		return 0, err
	}
	var from uint64
	if len(b) == 8 {
		from = binary.BigEndian.Uint64(b) + 1
	}
	s.cursor = cursor{open: map[uint64]int{}, next: from}
	return from, nil
}

// block starts the work that a block asks for. Of all jobs, at most Workers are at work; the others wait.
func (s *Service) block(ctx context.Context, group *errgroup.Group, block *ledger.Committed) error {
	height := block.Header.Height
	s.cursor.begin(height)
	for i, tx := range block.Txs {
		if !block.Results[i].OK() {
			continue
		}
		work := s.work(tx, block.Header.At())
		if work == nil {
			continue
		}
		s.cursor.add(height)
		group.Go(func() error {
			if err := s.persist(ctx, work); err != nil {
				return err
			}
			return s.finish(height)
		})
	}
	return s.finish(height)
}

// finish counts one piece of a block's work as done, and now and then remembers how far everything is done: what is done
// twice after a crash does no harm.
func (s *Service) finish(height uint64) error {
	done, moved := s.cursor.done(height)
	s.mu.Lock()
	due := moved && time.Since(s.saved) > saveEvery
	if due {
		s.saved = time.Now()
	}
	s.mu.Unlock()
	if !due {
		return nil
	}
	return s.save(done)
}

func (s *Service) save(done uint64) error {
	return s.Agent.Memory.Put(member.Entry{Table: tableCursor, Value: binary.BigEndian.AppendUint64(nil, done)})
}

// job is one thing to do; name is for the log.
type job struct {
	name string
	do   func(context.Context) error
}

// work is what a transaction asks of this party, or nil.
func (s *Service) work(tx *ledger.Tx, at time.Time) *job {
	a := s.Agent
	switch tx.Kind {
	case message.KindRequest:
		if r := body[inquiry.Request](tx); r != nil && asks(r, a.Party) {
			id := engine.RequestID(tx.ID())
			began := time.Now()
			return &job{"contribute to " + id.String(), func(ctx context.Context) error { return s.contribute(ctx, id, at, began) }}
		}
	case message.KindRetry:
		if r := body[inquiry.Retry](tx); r != nil {
			began := time.Now()
			return s.forLabel(r.Label, "contribute again after ", func(ctx context.Context, id engine.RequestID) error { return s.contribute(ctx, id, at, began) })
		}
	case message.KindAnchor:
		if r := body[inquiry.Anchor](tx); r != nil {
			return s.forLabel(r.Label, "release ", a.Release)
		}
	case message.KindMissing:
		if m := body[inquiry.Missing](tx); m != nil && m.Party == a.Party {
			return s.forLabel(m.Label, "answer ", a.Answer)
		}
	case message.KindModel:
		return s.model(tx)
	case message.KindPeriodKey, message.KindEncapsulation, message.KindPairConfirmed:
		return &job{"pair", func(ctx context.Context) error { return s.pair(ctx, at) }}
	}
	return nil
}

// contribute answers a request whose newest attempt awaits commits; one that has ended meanwhile costs nothing.
func (s *Service) contribute(ctx context.Context, id engine.RequestID, at, began time.Time) error {
	attempt, err := inquiry.FindAttempt(ctx, s.Agent.Genesis, s.Agent.Ledger, id)
	if err != nil {
		return err
	}
	answer, err := s.Asker.Ask(ctx, tasks.Name, "task", canonical.Encode(attempt.Label))
	if err != nil {
		return err
	}
	var task tasks.Task
	if err := canonical.Decode(answer, maxRemembered, &task); err != nil {
		return err
	}
	if task.Phase != tasks.PhaseCommit {
		return nil
	}
	if time.Since(began) < grace {
		if err := s.Agent.ready(ctx, attempt, at); err != nil {
			return err
		}
	}
	return s.Agent.Contribute(ctx, id, at)
}

func body[T any](tx *ledger.Tx) *T {
	v := new(T)
	if canonical.Decode(tx.Body, ledger.MaxTx, v) != nil {
		return nil
	}
	return v
}

func asks(r *inquiry.Request, party engine.PartyID) bool {
	for _, root := range r.Roots {
		if root.Party == party {
			return true
		}
	}
	return false
}

// forLabel is a job for the request whose attempt bears a label, if this party answered it.
func (s *Service) forLabel(label engine.Digest, name string, do func(context.Context, engine.RequestID) error) *job {
	return &job{name + label.Short(), func(ctx context.Context) error {
		id, known, err := s.Agent.requestOf(label)
		if err != nil || !known {
			return err
		}
		return do(ctx, id)
	}}
}

// model approves sealing 0 of a version where the service may, and adopts later sealings of what was approved here.
func (s *Service) model(tx *ledger.Tx) *job {
	p := body[offer.Package](tx)
	if p == nil {
		return nil
	}
	return &job{"look at a sealed model", func(ctx context.Context) error {
		sealed, err := p.Read()
		if err != nil {
			return nil // the ledger would have refused it
		}
		if _, named := sealed.SliceOf(s.Agent.Party); !named {
			return nil
		}
		if sealed.Number == 0 {
			if !s.AutoApprove {
				s.Log.Info("a sealed model waits for approval", "model", sealed.ModelDigest.String(), "bank", sealed.Version.Bank)
				return nil
			}
			return s.Agent.Approve(ctx, sealed.ModelDigest)
		}
		first, known, err := s.Agent.firstSealing(sealed.VersionDigest)
		if err != nil || !known {
			return err
		}
		return s.Agent.Adopt(ctx, first, sealed.ModelDigest)
	}}
}

// pair registers the key of the month and goes on with every party that has one.
func (s *Service) pair(ctx context.Context, at time.Time) error {
	if err := s.Agent.Register(ctx, at); err != nil {
		return err
	}
	partners, err := s.Agent.partners(ctx, period.Of(at))
	if err != nil {
		return err
	}
	_, err = s.Agent.Pair(ctx, partners, at)
	return err
}

// persist tries a job until it is done, refused for good, or ctx ends.
func (s *Service) persist(ctx context.Context, j *job) error {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := s.try(ctx, j)
		if err == nil || final(err) {
			s.tell(j, err)
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !errors.Is(err, ErrAwaited) {
			s.Log.Warn("will try again", "what", j.name, "error", err, "pause", pause)
		}
		if err := member.Wait(ctx, nil, pause); err != nil {
			return err
		}
	}
}

// try does a job once, when a worker is free.
func (s *Service) try(ctx context.Context, j *job) error {
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.slots }()
	return j.do(ctx)
}

// tell logs how a job ended. A refusal of this party is told by its public code alone: the reason may speak of whom it is
// about.
func (s *Service) tell(j *job, err error) {
	var declined *contribute.Refusal
	switch {
	case errors.As(err, &declined):
		s.Log.Info("declined", "what", j.name, "code", declined.Code)
	case err != nil:
		s.Log.Info("not done", "what", j.name, "error", err)
	default:
		s.Log.Debug("done", "what", j.name)
	}
}

// final tells whether a failure stays one however often the job is tried.
func final(err error) bool {
	var declined *contribute.Refusal
	var published *inquiry.DeclinedError
	var refused *message.RefusedError
	var pair *inquiry.PairError
	return errors.As(err, &declined) || errors.As(err, &published) || errors.As(err, &refused) || errors.As(err, &pair) ||
		errors.Is(err, message.ErrUnproven) || errors.Is(err, ErrSealing) || errors.Is(err, message.ErrPost)
}
