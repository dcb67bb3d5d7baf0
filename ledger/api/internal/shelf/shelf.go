// Package shelf has what several streams of a server send at the same time in memory once, and bounds all of it together:
// blocks, each of which may be some megabytes. It is for the API's server.
//
// Whoever reads slowly keeps what is being sent to it in memory. When that is too much, the readers of what was asked for
// longest ago are cut off; they dial again and go on where they were. Readers that keep up share what is newest, and are not.
package shelf

import (
	"context"
	"sync"
)

// Bounds are how many bytes a shelf holds: Used of what is being sent, Unused of what was sent not long ago.
type Bounds struct{ Used, Unused int }

// Shelf is safe for concurrent use.
type Shelf struct {
	bounds Bounds
	load   func(ctx context.Context, number uint64) ([]byte, error)

	mu           sync.Mutex
	items        map[uint64]*Item
	used, unused int
	clock        uint64
}

// Item is one thing on a shelf.
type Item struct {
	number uint64
	ready  chan struct{} // closed when bytes or err is set
	bytes  []byte
	err    error
	cancel context.CancelFunc // of loading
	users  map[uint64]func()  // how each is cut off
	cut    bool               // they were, and its bytes count no more
	asked  uint64             // when it was last
}

// New makes a shelf of what load gives. load may wait until there is such a thing; it is called once for all who wait, and
// its context ends when nobody does any more.
func New(bounds Bounds, load func(ctx context.Context, number uint64) ([]byte, error)) *Shelf {
	return &Shelf{bounds: bounds, load: load, items: map[uint64]*Item{}}
}

// Take asks for a thing until give is called. cut is called, once at most, when its memory is needed: whoever took it has to
// give it back soon then. It must not call the shelf itself.
func (s *Shelf) Take(number uint64, cut func()) (item *Item, give func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.items[number]
	if i == nil {
		i = s.begin(number)
	}
	s.clock++
	user := s.clock
	if len(i.users) == 0 && i.bytes != nil {
		s.unused, s.used = s.unused-len(i.bytes), s.used+len(i.bytes)
	}
	i.asked, i.users[user] = user, cut
	s.relieve(i)
	return i, sync.OnceFunc(func() { s.give(i, user) })
}

// Ready is closed when the thing is there, or will not be.
func (i *Item) Ready() <-chan struct{} { return i.ready }

// Bytes is the thing, once it is ready. They must not be changed.
func (i *Item) Bytes() ([]byte, error) { return i.bytes, i.err }

func (s *Shelf) begin(number uint64) *Item {
	ctx, cancel := context.WithCancel(context.Background())
	i := &Item{number: number, ready: make(chan struct{}), cancel: cancel, users: map[uint64]func(){}}
	s.items[number] = i
	go func() {
		b, err := s.load(ctx, number)
		s.mu.Lock()
		defer s.mu.Unlock()
		cancel()
		i.bytes, i.err = b, err
		defer close(i.ready)
		switch {
		case err != nil || len(i.users) == 0:
			s.forget(i)
		default:
			s.used += len(b)
			s.relieve(i)
		}
	}()
	return i
}

func (s *Shelf) give(i *Item, user uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(i.users, user)
	if len(i.users) > 0 {
		return
	}
	switch {
	case i.bytes == nil: // nobody waits for it any more, or it failed
		i.cancel()
		s.forget(i)
	case !i.cut:
		s.used, s.unused = s.used-len(i.bytes), s.unused+len(i.bytes)
		s.relieve(i)
	}
}

// forget takes an item off the shelf; who has it, keeps it.
func (s *Shelf) forget(i *Item) {
	if s.items[i.number] == i {
		delete(s.items, i.number)
	}
}

// relieve keeps the bounds: the oldest go first, and newest never does while it is in use.
func (s *Shelf) relieve(newest *Item) {
	for s.unused > s.bounds.Unused {
		i := s.oldest(nil, func(i *Item) bool { return len(i.users) == 0 })
		s.unused -= len(i.bytes)
		s.forget(i)
	}
	for s.used > s.bounds.Used {
		i := s.oldest(newest, func(i *Item) bool { return len(i.users) > 0 })
		if i == nil {
			return
		}
		s.used -= len(i.bytes)
		i.cut = true
		s.forget(i)
		for _, cut := range i.users {
			cut()
		}
	}
}

func (s *Shelf) oldest(but *Item, which func(*Item) bool) (oldest *Item) {
	for _, i := range s.items {
		if i != but && i.bytes != nil && which(i) && (oldest == nil || i.asked < oldest.asked) {
			oldest = i
		}
	}
	return oldest
}
