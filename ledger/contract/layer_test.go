package contract_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/ledgertest"
)

// A stack of layers reads like one map, whatever was changed where.
func TestLayersAreAMap(t *testing.T) {
	key := rapid.StringMatching(`[ab]{0,3}`)
	rapid.Check(t, func(t *rapid.T) {
		store := new(ledgertest.Memory)
		plain := map[string]string{}
		var first []ledger.Write
		for range rapid.IntRange(0, 5).Draw(t, "stored") {
			k, v := "k"+key.Draw(t, "key"), rapid.StringMatching(`[0-9]{1,4}`).Draw(t, "value")
			plain[k] = v
			first = append(first, ledger.Write{Key: []byte(k), Value: []byte(v)})
		}
		if err := store.Commit(ledger.Head{}, first); err != nil {
			t.Fatal(err)
		}
		lower := contract.NewLayer(store)
		upper := contract.NewLayer(lower)
		for _, layer := range []*contract.Layer{lower, upper} {
			for range rapid.IntRange(1, 3).Draw(t, "rounds") {
				for range rapid.IntRange(0, 6).Draw(t, "changes") {
					k, v := "k"+key.Draw(t, "key"), rapid.StringMatching(`[0-9]{1,4}`).Draw(t, "value")
					plain[k] = v
					layer.Put(k, []byte(v))
					if !layer.Has([]byte(k)) {
						t.Fatalf("%s was not changed", k)
					}
				}
				compare(t, upper, plain)
			}
		}
		compare(t, upper.Over(lower.Over(store)), plain)
		lower.Merge(upper)
		compare(t, lower, plain)
		size := 0
		for _, w := range lower.Writes() {
			size += len(w.Key) + len(w.Value)
			if plain[string(w.Key)] != string(w.Value) {
				t.Fatalf("wrote %s = %s", w.Key, w.Value)
			}
		}
		if size != lower.Size() || lower.Len() != len(lower.Writes()) {
			t.Fatalf("size %d, want %d", lower.Size(), size)
		}
	})
}

func compare(t *rapid.T, view contract.View, plain map[string]string) {
	prefix, from := "k"+rapid.StringMatching(`[ab]{0,2}`).Draw(t, "prefix"), rapid.StringMatching(`k[abc]{0,2}|`).Draw(t, "from")
	stop := rapid.IntRange(1, 20).Draw(t, "stop")
	var want, got []string
	for _, k := range slices.Sorted(maps.Keys(plain)) {
		if strings.HasPrefix(k, prefix) && k >= from && len(want) < stop {
			want = append(want, fmt.Sprint(k, "=", plain[k]))
		}
		if v, err := view.Get([]byte(k)); err != nil || string(v) != plain[k] {
			t.Fatalf("%s = %s, %v", k, v, err)
		}
	}
	err := view.Range([]byte(prefix), []byte(from), func(k, v []byte) bool {
		got = append(got, fmt.Sprintf("%s=%s", k, v))
		return len(got) < stop
	})
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("range %q from %q: %q, want %q, %v", prefix, from, got, want, err)
	}
}

// A page holds the first entries after a key, with what the transaction changed, and no buried ones.
func TestPagesContinue(t *testing.T) {
	pager := &contract.Contract{Name: "pager", Version: "1", KeyOf: func(*contract.Context, engine.Name) ([32]byte, bool) { return [32]byte{}, false },
		Found: func(c *contract.Context, _ []byte) error {
			for _, key := range []string{"a/1", "a/2", "a/3", "a/4", "b/1"} {
				c.Put(key, []byte(key))
			}
			c.Tombstone("a/2")
			return nil
		},
		Answers: []contract.Answer{{Name: "page", Run: func(c *contract.Context, after []byte) (keys []byte, _ error) {
			for key, value := range c.Page("a/", string(after), 2) {
				if string(value) != key {
					return nil, contract.Refuse(ledger.CodeInvariant, "keys have their values", "%s has not", key)
				}
				keys = append(append(keys, key...), ' ')
			}
			return keys, nil
		}}}}
	set, err := contract.NewSet(pager)
	if err != nil {
		t.Fatal(err)
	}
	env, layer := contract.Env{Set: set}, contract.NewLayer(new(ledgertest.Memory))
	if err := env.Found(layer, nil); err != nil {
		t.Fatal(err)
	}
	for after, want := range map[string]string{"": "a/1 a/3 ", "a/1": "a/3 a/4 ", "a/2": "a/3 a/4 ", "a/3": "a/4 ", "a/4": "", "b": "", "A": "a/1 a/3 "} {
		if got, err := env.Ask(layer, "pager", "page", []byte(after)); err != nil || string(got) != want {
			t.Errorf("after %q: %q, %v, want %q", after, got, err, want)
		}
	}
}
