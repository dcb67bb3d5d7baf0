package registrard

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"weir/engine/authority"
	"weir/engine/message"
	"weir/engine/period"
)

// round is how often the teller looks for who has not been told: an agent that registered its key for the month, or one
// whose mailbox was full.
const round = 15 * time.Second

// teller tells every agent and bank what the registrar revoked, and which keys changed. It remembers nothing beyond its
// process and the month: after a restart, and in each new month, everybody is told everything again, so that who lost a
// letter misses nothing for long. A letter that comes again changes nothing.
type teller struct {
	registrar *authority.Registrar
	members   message.Members
	board     message.Board
	mail      message.Mail
	log       *slog.Logger

	mu    sync.Mutex
	last  told // what everybody who could be told was told last
	month period.Period
	told  map[string]*told // by address
}

// told is what one address was sent this month.
type told struct {
	list    string // the newest list of revoked serials
	notices int
}

// run tells until ctx ends.
func (t *teller) run(ctx context.Context) error {
	tick := time.NewTicker(round)
	defer tick.Stop()
	for {
		t.tell(ctx, time.Now())
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// tellNews tells at once, if there is something that nobody was told.
func (t *teller) tellNews(ctx context.Context, now time.Time) {
	t.mu.Lock()
	last := t.last
	t.mu.Unlock()
	if newest(t.registrar.News()) != last {
		t.tell(ctx, now)
	}
}

// newest is what who was told everything was sent.
func newest(list *authority.Letter, notices []authority.Letter) told {
	all := told{notices: len(notices)}
	if list != nil {
		all.list = string(list.Content)
	}
	return all
}

// tell sends everybody who can be told in the month what they were not sent yet. Who cannot be sent to is tried again in the
// next round and keeps nobody else waiting.
func (t *teller) tell(ctx context.Context, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	list, notices := t.registrar.News()
	if t.last = newest(list, notices); t.last == (told{}) {
		return
	}
	month := period.Of(now)
	if month != t.month {
		t.month, t.told = month, map[string]*told{}
	}
	receivers, err := authority.Receivers(ctx, t.members, t.board, month)
	if err != nil {
		t.log.Warn("nobody is told yet", "error", err)
		return
	}
	for _, address := range receivers {
		if t.told[address] == nil {
			t.told[address] = &told{}
		}
		sent, err := t.tellOne(ctx, address, list, notices, now)
		if sent > 0 {
			t.log.Info("told", "address", address, "letters", sent)
		}
		if err != nil && ctx.Err() == nil {
			t.log.Warn("not told yet", "address", address, "error", err)
		}
	}
}

func (t *teller) tellOne(ctx context.Context, address string, list *authority.Letter, notices []authority.Letter, now time.Time) (sent int, err error) {
	have := t.told[address]
	send := func(letter authority.Letter) error {
		err := t.registrar.Distribute(ctx, t.members, t.board, t.mail, letter, []string{address}, now)
		if err == nil {
			sent++
		}
		return err
	}
	if list != nil && have.list != string(list.Content) {
		if err := send(*list); err != nil {
			return sent, err
		}
		have.list = string(list.Content)
	}
	for _, notice := range notices[have.notices:] {
		if err := send(notice); err != nil {
			return sent, err
		}
		have.notices++
	}
	return sent, nil
}

// state says how many addresses were sent everything this month, of how many that were seen.
func (t *teller) state() (done, of int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := newest(t.registrar.News())
	for _, have := range t.told {
		if *have == all {
			done++
		}
	}
	return done, len(t.told)
}
