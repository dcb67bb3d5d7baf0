package ledgertest

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"weir/engine"
	"weir/ledger"
)

// TestStore is what every ledger.Store has to pass. open gives an empty store.
func TestStore(t *testing.T, open func(t *testing.T) ledger.Store) {
	t.Run("empty", func(t *testing.T) { testEmpty(t, open(t)) })
	t.Run("commit", func(t *testing.T) { testCommit(t, open(t)) })
	t.Run("range", func(t *testing.T) { testRange(t, open(t)) })
	t.Run("large", func(t *testing.T) { testLarge(t, open(t)) })
	t.Run("read during commit", func(t *testing.T) { testConcurrent(t, open(t)) })
}

func head(height uint64) ledger.Head {
	return ledger.Head{Height: height, Header: engine.Digest{byte(height), 1}}
}

func write(key, value string) ledger.Write {
	return ledger.Write{Key: []byte(key), Value: []byte(value)}
}

func testEmpty(t *testing.T, s ledger.Store) {
	if h, begun := s.Head(); begun {
		t.Errorf("empty store has head %v", h)
	}
	if v, err := s.Get([]byte("a")); v != nil || err != nil {
		t.Errorf("Get of nothing: %q, %v", v, err)
	}
	if all := collect(t, s, "", ""); len(all) != 0 {
		t.Errorf("Range of nothing: %q", all)
	}
}

func testCommit(t *testing.T, s ledger.Store) {
	commit(t, s, head(0), write("a", "1"), write("b", "2"))
	commit(t, s, head(1), write("b", "3"), write("c", "4"))
	if h, begun := s.Head(); !begun || h != head(1) {
		t.Errorf("head %v, %v", h, begun)
	}
	for key, want := range map[string]string{"a": "1", "b": "3", "c": "4"} {
		got, err := s.Get([]byte(key))
		if err != nil || string(got) != want {
			t.Errorf("%s = %q, %v; want %q", key, got, err, want)
		}
		if len(got) > 0 {
			got[0] = 'x' // the caller's own copy
		}
		if again, _ := s.Get([]byte(key)); string(again) != want {
			t.Errorf("%s = %q after its copy was changed", key, again)
		}
	}
}

func testRange(t *testing.T, s ledger.Store) {
	commit(t, s, head(0), write("b/2", "x"), write("a", "x"), write("b/1", "x"), write("b/10", "x"), write("b", "x"), write("c", "x"), write("b\xff", "x"))
	for _, c := range []struct {
		prefix, from string
		want         []string
	}{
		{"", "", []string{"a", "b", "b/1", "b/10", "b/2", "b\xff", "c"}},
		{"b", "", []string{"b", "b/1", "b/10", "b/2", "b\xff"}},
		{"b/", "", []string{"b/1", "b/10", "b/2"}},
		{"b/", "b/10", []string{"b/10", "b/2"}},
		{"b/", "b/100", []string{"b/2"}},
		{"b/", "a", []string{"b/1", "b/10", "b/2"}},
		{"b/", "z", nil},
		{"d", "", nil},
	} {
		if got := collect(t, s, c.prefix, c.from); !slices.Equal(got, c.want) {
			t.Errorf("prefix %q from %q: %q, want %q", c.prefix, c.from, got, c.want)
		}
	}
	seen := 0
	if err := s.Range([]byte("b"), nil, func(_, _ []byte) bool { seen++; return seen < 2 }); err != nil || seen != 2 {
		t.Errorf("stopped after %d, %v", seen, err)
	}
}

// testLarge commits the most that a block may make durable.
func testLarge(t *testing.T, s ledger.Store) {
	var writes []ledger.Write
	for i := range ledger.MaxBlockBytes / ledger.MaxTx {
		writes = append(writes, ledger.Write{Key: fmt.Appendf(nil, "t%d", i), Value: bytes.Repeat([]byte{1}, ledger.MaxTx)})
	}
	for i := range ledger.MaxBlockKeys {
		writes = append(writes, ledger.Write{Key: fmt.Appendf(nil, "s%030d", i), Value: bytes.Repeat([]byte{2}, ledger.MaxBlockWrites/ledger.MaxBlockKeys)})
	}
	for i := range 3 * ledger.MaxBlockTxs {
		writes = append(writes, ledger.Write{Key: fmt.Appendf(nil, "i%032d", i), Value: make([]byte, 12)})
	}
	commit(t, s, head(0), writes...)
	if got := len(collect(t, s, "", "")); got != len(writes) {
		t.Errorf("%d keys, want %d", got, len(writes))
	}
}

// testConcurrent reads two keys that always change together.
func testConcurrent(t *testing.T, s ledger.Store) {
	commit(t, s, head(0), write("p1", "0"), write("p2", "0"))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range uint64(20) {
			text := fmt.Sprint(i)
			if err := s.Commit(head(i+1), []ledger.Write{write("p1", text), write("p2", text)}); err != nil {
				t.Error(err)
			}
		}
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		var values []string
		if err := s.Range([]byte("p"), nil, func(_, v []byte) bool { values = append(values, string(v)); return true }); err != nil {
			t.Fatal(err)
		}
		if len(values) != 2 || values[0] != values[1] {
			t.Fatalf("half a commit: %q", values)
		}
	}
}

func commit(t *testing.T, s ledger.Store, h ledger.Head, writes ...ledger.Write) {
	t.Helper()
	if err := s.Commit(h, writes); err != nil {
		t.Fatal(err)
	}
}

func collect(t *testing.T, s ledger.Store, prefix, from string) []string {
	t.Helper()
	var keys []string
	if err := s.Range([]byte(prefix), []byte(from), func(k, _ []byte) bool { keys = append(keys, string(k)); return true }); err != nil {
		t.Fatal(err)
	}
	return keys
}
