package mailbox_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"weir/engine/message"
	"weir/ledger/mailbox"
)

// The test binary is its own child: with this set it puts letters into a mailbox until it is killed.
const childPath = "WEIR_TEST_MAILBOX"

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		child(path)
	}
	os.Exit(m.Run())
}

func child(path string) {
	m, err := mailbox.Open(path, mailbox.Config{Clock: time.Now})
	if err != nil {
		fmt.Println("refused", err)
		os.Exit(3)
	}
	for i := 0; ; i++ {
		if _, err := m.Put("bank", "evidence", fmt.Append(nil, os.Getpid(), " ", i)); err != nil {
			fmt.Println("refused", err)
			os.Exit(3)
		}
		fmt.Println("put", os.Getpid(), i)
	}
}

// clock is a time that tests move.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

var began = time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)

func open(t testing.TB, config mailbox.Config) (*mailbox.Mailbox, *clock) {
	t.Helper()
	c := &clock{at: began}
	config.Clock = c.now
	m, err := mailbox.Open(filepath.Join(t.TempDir(), "mail"), config)
	if err != nil {
		t.Fatal(err)
	}
	m.Hasten()
	t.Cleanup(func() { m.Close() })
	return m, c
}

func put(t testing.TB, m *mailbox.Mailbox, address, body string) uint64 {
	t.Helper()
	n, err := m.Put(address, message.KindEvidence, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func bodies(t testing.TB, m *mailbox.Mailbox, address string, after uint64) (found []string) {
	t.Helper()
	letters, err := m.Letters(address, after, 1000, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range letters {
		if l.Number <= after || l.Kind != message.KindEvidence {
			t.Errorf("letter %+v after %d", l, after)
		}
		after = l.Number
		found = append(found, string(l.Body))
	}
	return found
}

var key = "key:" + strings.Repeat("0a", 32)

func TestLettersWaitUntilDeleted(t *testing.T) {
	m, clock := open(t, mailbox.Config{})
	first := put(t, m, "bank", "one")
	put(t, m, "tax/vat", "other")
	second := put(t, m, "bank", "two")
	if again := put(t, m, "bank", "one"); again != first || second <= first {
		t.Errorf("numbers %d, %d; again %d", first, second, again)
	}
	want := func(name string, after uint64, list ...string) {
		t.Helper()
		if got := bodies(t, m, "bank", after); strings.Join(got, ",") != strings.Join(list, ",") {
			t.Errorf("%s: %q, want %q", name, got, list)
		}
	}
	want("all", 0, "one", "two")
	want("after the first", first, "two")
	for range 2 {
		if err := m.Delete("bank", first); err != nil {
			t.Fatal(err)
		}
	}
	want("one deleted", 0, "two")
	if again := put(t, m, "bank", "one"); again != first {
		t.Errorf("a deleted letter again: %d, want %d", again, first)
	}
	want("again", 0, "two")
	clock.at = clock.at.Add(2 * time.Hour)
	if again := put(t, m, "bank", "one"); again <= second {
		t.Errorf("long after it was deleted: %d", again)
	}
	want("a new one", 0, "two", "one")
	if got := bodies(t, m, "tax/vat", 0); len(got) != 1 {
		t.Errorf("another address: %q", got)
	}
}

func TestOldLettersAreGone(t *testing.T) {
	m, clock := open(t, mailbox.Config{Members: mailbox.Limits{Letters: 2, Bytes: 100, Total: 100, Age: time.Hour}})
	put(t, m, "bank", "one")
	put(t, m, "bank", "two")
	if _, err := m.Put("bank", "evidence", []byte("three")); !errors.Is(err, mailbox.ErrFull) {
		t.Errorf("a third: %v", err)
	}
	clock.at = clock.at.Add(time.Hour)
	if got := bodies(t, m, "bank", 0); len(got) != 0 {
		t.Errorf("too old: %q", got)
	}
	put(t, m, "bank", "three")
	put(t, m, "bank", "four")
	if got := bodies(t, m, "bank", 0); len(got) != 2 {
		t.Errorf("after they went: %q", got)
	}
}

func TestBounds(t *testing.T) {
	limits := mailbox.Limits{Letters: 3, Bytes: 10, Total: 25, Age: time.Hour}
	m, _ := open(t, mailbox.Config{Members: limits, Keys: limits})
	for _, c := range []struct {
		address string
		size    int
		fits    bool
	}{
		{"a", 10, true}, {"a", 1, false}, {"b", 11, false}, {"b", 4, true}, {"b", 4, true}, {"b", 1, true}, {"b", 1, false}, // four letters
		{"c", 7, false}, {"c", 6, true}, {key, 10, true}, {"d", 1, false}, {key, 1, false},
	} {
		body := bytes.Repeat([]byte{byte(c.size)}, c.size)
		body[0] += byte(len(bodies(t, m, c.address, 0)))
		if _, err := m.Put(c.address, message.KindEvidence, body); (err == nil) != c.fits || err != nil && !errors.Is(err, mailbox.ErrFull) {
			t.Errorf("%d bytes to %s: %v", c.size, c.address, err)
		}
	}
}

func TestLettersInParts(t *testing.T) {
	m, _ := open(t, mailbox.Config{})
	for i := range 10 {
		put(t, m, "bank", fmt.Sprintf("%0100d", i))
	}
	for _, c := range []struct{ count, bytes, want int }{{3, 1 << 20, 3}, {100, 250, 2}, {100, 1, 1}, {100, 1 << 20, 10}, {0, 100, 0}} {
		if got, err := m.Letters("bank", 0, c.count, c.bytes); err != nil || len(got) != c.want {
			t.Errorf("%+v: %d, %v", c, len(got), err)
		}
	}
}

func TestMalformedLetters(t *testing.T) {
	m, _ := open(t, mailbox.Config{})
	long := make([]byte, mailbox.MaxBody+1)
	for name, c := range map[string]struct {
		address string
		kind    message.Kind
		body    []byte
	}{
		"no address": {"", "evidence", long[:1]}, "long address": {strings.Repeat("a", 65), "evidence", long[:1]}, "path": {"../bank", "evidence", long[:1]},
		"half a party": {"tax/", "evidence", long[:1]}, "short key": {"key:0a", "evidence", long[:1]}, "capital key": {strings.ToUpper(key), "evidence", long[:1]},
		"no kind": {"bank", "", long[:1]}, "bad kind": {"bank", "E", long[:1]}, "nothing": {"bank", "evidence", nil}, "too long": {"bank", "evidence", long},
	} {
		if _, err := m.Put(c.address, c.kind, c.body); !errors.Is(err, mailbox.ErrLetter) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := m.Put("bank", "evidence", long[:mailbox.MaxBody]); err != nil {
		t.Errorf("the longest: %v", err)
	}
}

// Whoever takes Next before looking misses no letter.
func TestNext(t *testing.T) {
	m, _ := open(t, mailbox.Config{})
	next := m.Next("bank")
	select {
	case <-next:
		t.Fatal("closed before anything came")
	default:
	}
	put(t, m, "bank", "x")
	<-next
}

func TestKeys(t *testing.T) {
	m, _ := open(t, mailbox.Config{})
	if k, err := m.Key("bank"); k != nil || err != nil {
		t.Errorf("%q, %v", k, err)
	}
	for _, c := range []struct {
		key  string
		made int64
		want string
	}{{"a", 5, "a"}, {"b", 4, "a"}, {"c", 5, "a"}, {"d", 6, "d"}} {
		if err := m.PutKey("bank", []byte(c.key), c.made); err != nil {
			t.Fatal(err)
		}
		if k, err := m.Key("bank"); string(k) != c.want || err != nil {
			t.Errorf("after %q of %d: %q, %v", c.key, c.made, k, err)
		}
	}
	for name, err := range map[string]error{"bare key": m.PutKey(key, []byte("a"), 1), "empty": m.PutKey("bank", nil, 9), "long": m.PutKey("bank", make([]byte, mailbox.MaxKey+1), 9)} {
		if !errors.Is(err, mailbox.ErrLetter) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever is done, a mailbox gives what a list in memory gives, and its bounds count what waits.
func TestAgainstAList(t *testing.T) {
	type letter struct {
		number uint64
		body   string
		end    time.Time
	}
	rapid.Check(t, func(r *rapid.T) {
		limits := mailbox.Limits{Letters: 4, Bytes: 4000, Total: 6000, Age: 3 * time.Hour}
		m, clock := open(t, mailbox.Config{Members: limits, Keys: limits})
		lists := map[string][]letter{}
		last := uint64(0)
		for step := range rapid.IntRange(1, 30).Draw(r, "steps") {
			address := rapid.SampledFrom([]string{"a", "b", key}).Draw(r, "address")
			switch rapid.IntRange(0, 3).Draw(r, "what") {
			case 0, 1:
				body := fmt.Sprintf("%0*d", rapid.IntRange(1, 1200).Draw(r, "size"), step)
				number, err := m.Put(address, message.KindEvidence, []byte(body))
				if errors.Is(err, mailbox.ErrFull) {
					continue
				}
				if err != nil || number <= last {
					r.Fatalf("put: %d after %d, %v", number, last, err)
				}
				last = number
				lists[address] = append(lists[address], letter{number, body, clock.at.Add(limits.Age)})
			case 2:
				upTo := rapid.Uint64Range(0, last).Draw(r, "up to")
				if err := m.Delete(address, upTo); err != nil {
					r.Fatal(err)
				}
				for len(lists[address]) > 0 && lists[address][0].number <= upTo {
					lists[address] = lists[address][1:]
				}
			case 3:
				clock.at = clock.at.Add(time.Duration(rapid.IntRange(0, 120).Draw(r, "minutes")) * time.Minute)
			}
			for a, list := range lists {
				for len(list) > 0 && !list[0].end.After(clock.at) {
					list = list[1:]
				}
				lists[a] = list
				var want []string
				for _, l := range list {
					want = append(want, l.body)
				}
				if got := bodies(t, m, a, 0); strings.Join(got, ",") != strings.Join(want, ",") || len(got) > limits.Letters {
					r.Fatalf("%s: %q, want %q", a, got, want)
				}
			}
		}
		clock.at = clock.at.Add(100 * time.Hour) // then everything fits again
		for i := range 4 {
			if _, err := m.Put("a", message.KindEvidence, bytes.Repeat([]byte{byte(i)}, 1000)); err != nil {
				r.Fatalf("into an empty mailbox: %v", err)
			}
		}
	})
}

func TestConcurrent(t *testing.T) {
	m, _ := open(t, mailbox.Config{})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 10 {
				put(t, m, "bank", fmt.Sprint(i, j))
			}
		})
	}
	all.Wait()
	if got := bodies(t, m, "bank", 0); len(got) != 80 {
		t.Errorf("%d letters", len(got))
	}
}

// A22: whatever was acknowledged before kill -9 is there afterwards.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mail")
	var acknowledged []string
	for round := range 4 {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), childPath+"="+path)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; n < 5+round && lines.Scan(); n++ {
			said, is := strings.CutPrefix(lines.Text(), "put ")
			if !is {
				t.Fatal(lines.Text())
			}
			acknowledged = append(acknowledged, said)
		}
		c.Process.Kill()
		c.Wait()
	}
	m, err := mailbox.Open(path, mailbox.Config{Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	held := map[string]bool{}
	for _, b := range bodies(t, m, "bank", 0) {
		if held[b] {
			t.Errorf("%s is there twice", b)
		}
		held[b] = true
	}
	for _, a := range acknowledged {
		if !held[a] {
			t.Errorf("%s was acknowledged and is gone", a)
		}
	}
}

func TestPrivateFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mail")
	m, err := mailbox.Open(path, mailbox.Config{Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	put(t, m, "the-bank-of-somewhere", "sealed")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if b, err := os.ReadFile(path); err != nil || bytes.Contains(b, []byte("the-bank-of-somewhere")) {
		t.Errorf("the file names an address (%v)", err)
	}
	if _, err := mailbox.Open(path, mailbox.Config{Clock: time.Now}); err == nil {
		t.Error("opened twice")
	}
}

func Example() {
	folder, err := os.MkdirTemp("", "mail")
	if err != nil {
		return
	}
	defer os.RemoveAll(folder)
	m, _ := mailbox.Open(filepath.Join(folder, "mail"), mailbox.Config{Clock: time.Now})
	defer m.Close()
	number, err := m.Put("bank", message.KindEvidence, []byte("sealed bytes"))
	fmt.Println(number, err)
	letters, _ := m.Letters("bank", 0, 10, 1<<20)
	fmt.Println(len(letters), letters[0].Kind, m.Delete("bank", number))
	// Output:
	// 1 <nil>
	// 1 evidence <nil>
}
