package consortium

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"weir/engine"
	"weir/engine/authority"
	"weir/engine/consent"
	"weir/engine/model"
	"weir/engine/model/points"
	"weir/engine/vault"
)

// subjectCount is how many enterprises the synthetic sources know together.
const subjectCount = 30

// rating is the categories of a feature, in the schema's order.
var rating = []string{"A", "B", "M", "C", "D"}

func subjectName(i int) string { return fmt.Sprintf("enterprise-%02d", i) }

// knows tells which source has a record of which enterprise: enterprise 3 is unknown to the second source, enterprise 4
// to all, enterprise 5 only to the first.
func knows(source, subject int) bool {
	switch subject {
	case 3:
		return source != 2
	case 4:
		return false
	case 5:
		return source == 1
	}
	return true
}

func schemaJSON(source int, epoch string, revision int) string {
	return fmt.Sprintf(`{"source": "s%d", "epoch": %q, "revision": %d, "subjects": "opaque", "features": [
  {"name": "amount", "scale": 0, "min": 0, "max": 4000000000, "unit": "yuan"},
  {"name": "growth", "scale": 4, "min": -1, "max": 50, "outside": "clamp"},
  {"name": "count", "scale": 0, "min": -3, "max": 12},
  {"name": "unused", "scale": 2, "min": -5, "max": 5, "outside": "missing"},
  {"name": "rating", "categories": ["A", "B", "M", "C", "D"]}]}`, source, epoch, revision)
}

// recordsCSV is one source's records: values on both sides of every bound, bounds themselves, missing values, values
// outside a range. Enterprise 6 has a record of missing values only.
func recordsCSV(source int, seed uint64) string {
	random := mathrand.New(mathrand.NewPCG(uint64(source), seed))
	var b strings.Builder
	b.WriteString("subject,rating,amount,growth,unused,count\n")
	amounts := []string{"0", "99", "100", "101", "4000000000", "250000", "999", "1000", "123456789"}
	for i := range subjectCount {
		if !knows(source, i) {
			continue
		}
		cells := []string{rating[random.IntN(5)], amounts[random.IntN(len(amounts))],
			fmt.Sprintf("%.4f", random.Float64()*3-1), fmt.Sprintf("%.2f", random.Float64()*12-6), fmt.Sprint(random.IntN(16) - 3)}
		for j := range cells {
			if i == 6 || random.IntN(8) == 0 {
				cells[j] = ""
			}
		}
		b.WriteString(subjectName(i) + "," + strings.Join(cells, ",") + "\n")
	}
	return b.String()
}

// sources is a folder of n sources' folders.
func sources(n int, epoch string, revision int, seed uint64) fstest.MapFS {
	files := fstest.MapFS{}
	for s := 1; s <= n; s++ {
		files[fmt.Sprintf("s%d/schema.json", s)] = &fstest.MapFile{Data: []byte(schemaJSON(s, epoch, revision))}
		files[fmt.Sprintf("s%d/records.csv", s)] = &fstest.MapFile{Data: []byte(recordsCSV(s, seed))}
	}
	return files
}

// card is a scorecard over n sources: ten bins that take two lines, negative points, a category, and `absent` apart from
// `missing` in both directions.
func card(n int) string {
	var list []string
	for s := 1; s <= n; s++ {
		list = append(list, fmt.Sprintf(`"s%d": [
  {"feature": "amount", "missing": -2, "absent": 3, "bins": [{"below": 1, "points": -%d}, {"below": 100, "points": 1}, {"below": 101, "points": 2},
    {"below": 200, "points": 3}, {"below": 1000, "points": 5}, {"below": 5000, "points": 7}, {"below": 100000, "points": 11}, {"below": 1000000, "points": 13},
    {"below": 4000000000, "points": 17}, {"points": 19}]},
  {"feature": "growth", "missing": 0, "bins": [{"below": -0.25, "points": -15}, {"below": 0, "points": -7}, {"below": 0.5001, "points": 4}, {"points": 10}]},
  {"feature": "count", "missing": 5, "absent": -6, "bins": [{"below": -1, "points": -9}, {"below": 3, "points": 0}, {"points": 8}]},
  {"feature": "rating", "missing": -1, "categories": {"A": 21, "B": 14, "M": 7, "C": 0, "D": -12}}]`, s, s))
	}
	return `{"name": "card", "version": "1", "base": -37, "range": [0, 100], "sources": {` + strings.Join(list, ",\n") + `}}`
}

func parseModel(t testing.TB, text string) *points.Model {
	t.Helper()
	m, err := points.Parse(strings.NewReader(text), "card.weir.json")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// silent is a Reporter that says nothing.
type silent struct{}

func (silent) Begin(string)              {}
func (silent) Step(int, int)             {}
func (silent) End(string, time.Duration) {}

// clock is the block time of a test, which the test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// world is a consortium in a test's hands.
type world struct {
	*Consortium
	clock   *clock
	wallets map[engine.Identifier]*authority.Wallet
	given   map[consent.Key]ed25519.PrivateKey // keys of consents that tests made by hand
}

// forger is a fresh key under which a test makes a consent by hand.
func (w *world) forger(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	key := newKey(t)
	w.given[consent.Key(key.Public().(ed25519.PublicKey))] = key
	return key
}

func options(t testing.TB, n int) (Options, *clock) {
	c := newClock()
	return Options{Data: sources(n, "2026-10", 0, 1), Model: parseModel(t, card(n)), Policy: model.DefaultPolicy(),
		Random: rand.Reader, Now: c.now, Report: silent{}, shared: newLenient}, c
}

// found is a fresh consortium of n holders.
func found(t testing.TB, n int) *world {
	t.Helper()
	o, c := options(t, n)
	return foundWith(t, o, c)
}

func foundWith(t testing.TB, o Options, c *clock) *world {
	t.Helper()
	founded, err := Found(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return &world{Consortium: founded, clock: c, wallets: map[engine.Identifier]*authority.Wallet{},
		given: map[consent.Key]ed25519.PrivateKey{}}
}

var honest struct {
	once sync.Once
	*world
}

// shared is one consortium of three honest holders for all tests that leave it as it is.
func shared(t testing.TB) *world {
	honest.once.Do(func() {
		o, c := options(t, 3)
		founded, err := Found(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		honest.world = &world{Consortium: founded, clock: c, wallets: map[engine.Identifier]*authority.Wallet{},
			given: map[consent.Key]ed25519.PrivateKey{}}
	})
	if honest.world == nil {
		t.Fatal("the shared consortium was not founded")
	}
	return honest.world
}

func enterprise(i int) engine.Identifier {
	return engine.Identifier{Kind: engine.Opaque, Text: subjectName(i)}
}

// wallet is an enterprise's, enrolled; it is kept for the next consent.
func (w *world) wallet(t testing.TB, id engine.Identifier) *authority.Wallet {
	t.Helper()
	if known := w.wallets[id]; known != nil {
		return known
	}
	l := w.link("enterprise")
	memory := new(vault.Transient)
	if _, err := authority.MakeWallet(memory, id, w.options.Random); err != nil {
		t.Fatal(err)
	}
	made, err := authority.NewWallet(authority.WalletConfig{Genesis: w.enterprises.members, Random: w.options.Random,
		Ledger: w.enterprises.ledger, Mail: l, Memory: memory})
	if err != nil {
		t.Fatal(err)
	}
	if err := made.Enrol(t.Context(), w.clock.now()); err != nil {
		t.Fatal(err)
	}
	w.wallets[id] = made
	return made
}

func (w *world) terms() consent.Terms {
	return consent.Terms{Bank: BankName, Model: string(w.options.Model.Name), Purpose: consent.PreLoan, Output: consent.OutputScore,
		Uses: 1, Resolution: uint8(w.options.Policy.MaxResolution), NotAfter: w.clock.now().Add(time.Hour).Unix()}
}

// consented gives an enterprise's consent and the consent's key.
func (w *world) consented(t testing.TB, id engine.Identifier) consent.Key {
	t.Helper()
	key, err := w.wallet(t, id).Give(t.Context(), w.terms(), w.parties, 0, w.clock.now())
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// requested posts a request of the bank.
func (w *world) requested(t testing.TB, key consent.Key) engine.RequestID {
	t.Helper()
	id, err := w.bank.Request(t.Context(), w.model, key, consent.PreLoan)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// reference is the plaintext score.
func (w *world) reference(t testing.TB, id engine.Identifier) int64 {
	t.Helper()
	score, err := w.Reference(id)
	if err != nil {
		t.Fatal(err)
	}
	return score
}
