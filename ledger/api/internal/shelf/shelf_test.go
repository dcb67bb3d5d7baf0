package shelf

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// tens are things of ten bytes that take a second to load; from 100 on there are none yet.
func tens(loads *int) func(context.Context, uint64) ([]byte, error) {
	return func(ctx context.Context, number uint64) ([]byte, error) {
		*loads++
		if number >= 100 {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		time.Sleep(time.Second)
		return make([]byte, 10), nil
	}
}

func (s *Shelf) empty() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.items) == 0 && s.used == 0 && s.unused == 0
}

// What several send is loaded once, is kept for a while, and the oldest goes first.
func TestShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		loads := 0
		s := New(Bounds{Used: 100, Unused: 20}, tens(&loads))
		never := func() { t.Error("cut off") }
		for range 2 {
			a, giveA := s.Take(1, never)
			b, giveB := s.Take(1, never)
			<-a.Ready()
			if got, err := b.Bytes(); a != b || len(got) != 10 || err != nil {
				t.Errorf("%v, %v", got, err)
			}
			giveA()
			giveB()
			giveB()
		}
		if loads != 1 || s.unused != 10 || s.used != 0 {
			t.Errorf("%d loads, %d and %d bytes", loads, s.used, s.unused)
		}
		for number := range uint64(5) {
			i, give := s.Take(10+number, never)
			<-i.Ready()
			give()
		}
		if s.unused != 20 || s.items[13] == nil || s.items[14] == nil || len(s.items) != 2 {
			t.Errorf("%d bytes unused in %d things", s.unused, len(s.items))
		}
	})
}

// Who reads what was asked for longest ago is cut off first; whoever shares what is newest is not.
func TestSlowReadersAreCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		loads := 0
		s := New(Bounds{Used: 30, Unused: 0}, tens(&loads))
		cut := map[uint64]int{}
		var gives []func()
		for number := range uint64(5) {
			for range 2 {
				i, give := s.Take(number, func() { cut[number]++ })
				<-i.Ready()
				gives = append(gives, give)
			}
		}
		if len(cut) != 2 || cut[0] != 2 || cut[1] != 2 || s.used != 30 {
			t.Errorf("cut off %v, %d bytes used", cut, s.used)
		}
		again, give := s.Take(0, func() {}) // one of them is back, before it gave back what it had
		<-again.Ready()
		if loads != 6 || cut[2] != 2 {
			t.Errorf("%d loads, cut off %v", loads, cut)
		}
		for _, give := range append(gives, give) {
			give()
		}
		if !s.empty() {
			t.Errorf("%d things, %d and %d bytes are left", len(s.items), s.used, s.unused)
		}
	})
}

// One thing alone may be larger than the bound.
func TestOneIsAlwaysSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		loads := 0
		s := New(Bounds{Used: 5, Unused: 5}, tens(&loads))
		i, give := s.Take(1, func() { t.Error("cut off") })
		<-i.Ready()
		give()
		if !s.empty() {
			t.Errorf("%d bytes are left", s.unused)
		}
	})
}

// Loading ends when nobody waits, and what failed is loaded again.
func TestNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		loads := 0
		s := New(Bounds{Used: 30, Unused: 30}, tens(&loads))
		for range 3 {
			i, give := s.Take(100, func() {})
			_, other := s.Take(100, func() {})
			give()
			synctest.Wait()
			select {
			case <-i.Ready():
				t.Error("ended while somebody waits")
			default:
			}
			other()
			<-i.Ready()
			if _, err := i.Bytes(); !errors.Is(err, context.Canceled) {
				t.Errorf("%v", err)
			}
		}
		synctest.Wait()
		if loads != 3 || !s.empty() {
			t.Errorf("%d loads", loads)
		}
		i, give := s.Take(2, func() {}) // given back before it is there
		give()
		<-i.Ready()
		if !s.empty() {
			t.Error("something is left")
		}
	})
}
