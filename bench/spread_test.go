package bench

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestSpread(t *testing.T) {
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[i] = float64(100 - i) // 100 … 1
	}
	for _, c := range []struct {
		values []float64
		want   Spread
	}{
		{[]float64{7}, Spread{7, 7, 7, 7, 7}},
		{[]float64{2, 1}, Spread{1, 1, 2, 2, 2}},
		{[]float64{3, 1, 2}, Spread{1, 2, 3, 3, 3}},
		{hundred, Spread{1, 50, 90, 99, 100}},
	} {
		if got := spreadOf(c.values); got != c.want {
			t.Errorf("%v: %+v, want %+v", c.values, got, c.want)
		}
	}
}

// The run that warms up does not count, operations divide, and a failing run ends the measurement.
func TestRepeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		times, err := repeat(3, 10, func(i int) error {
			if i != calls {
				t.Errorf("run %d is number %d", i, calls)
			}
			calls++
			time.Sleep(time.Duration(20*i) * time.Millisecond)
			return nil
		})
		if want := (Spread{2, 4, 6, 6, 6}); err != nil || calls != 4 || times.Runs != 3 || times.Wall != want {
			t.Errorf("%d calls, %+v, %v", calls, times, err)
		}
	})
	broken := errors.New("broken")
	for fails := range 3 {
		if _, err := repeat(2, 1, func(i int) error {
			if i == fails {
				return broken
			}
			return nil
		}); !errors.Is(err, broken) {
			t.Errorf("run %d fails: %v", fails, err)
		}
	}
}

// The meters tell of work that was done: a step that keeps 64 MiB busy.
func TestMeters(t *testing.T) {
	var held []byte
	used := cpuTime()
	peak, err := peakOf(func() error {
		held = make([]byte, 64<<20)
		for i := 0; i < len(held); i += 512 {
			held[i] = byte(i)
		}
		return nil
	})
	if err != nil || peak.Bytes < int64(len(held)) || peak.Of == "" {
		t.Errorf("peak %+v, %v", peak, err)
	}
	if cpuTime() <= used {
		t.Error("no processor time was used")
	}
	broken := errors.New("broken")
	if _, err := peakOf(func() error { return broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestSetting(t *testing.T) {
	s := NewSetting()
	if s.Cores < 1 || s.MaxProcs < 1 || s.OS == "" || s.Go == "" || s.ParameterSet != "P2" || time.Since(s.Date) > time.Minute {
		t.Errorf("setting %+v", s)
	}
}
