package vault_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"weir/engine/member"
	"weir/engine/vault"
)

// open opens a vault in a folder until the test ends.
func open(t *testing.T, folder string) *vault.Vault {
	t.Helper()
	v, err := vault.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

func put(t *testing.T, m member.Memory, entries ...member.Entry) {
	t.Helper()
	if err := m.Put(entries...); err != nil {
		t.Fatal(err)
	}
}

// all are the entries of a table.
func all(t *testing.T, m member.Memory, table string) map[string]string {
	t.Helper()
	found := map[string]string{}
	if err := m.Each(table, func(key string, value []byte) bool { found[key] = string(value); return true }); err != nil {
		t.Fatal(err)
	}
	return found
}

// Both memories keep what member.Memory says.
func TestMemories(t *testing.T) {
	for name, made := range map[string]func(t *testing.T) member.Memory{
		"transient": func(*testing.T) member.Memory { return new(vault.Transient) },
		"vault":     func(t *testing.T) member.Memory { return open(t, t.TempDir()) },
	} {
		for what, check := range map[string]func(t *testing.T, m member.Memory){
			"remembers": remembers, "forgets": forgets, "tables": keepsTablesApart, "stops": stopsWhenTold, "copies": givesCopies,
			"writes within Each": writesWithinEach, "at once": servesManyAtOnce,
		} {
			t.Run(name+"/"+what, func(t *testing.T) { check(t, made(t)) })
		}
	}
}

func remembers(t *testing.T, m member.Memory) {
	if value, err := m.Get("t", "k"); value != nil || err != nil {
		t.Errorf("an empty memory gives %q, %v", value, err)
	}
	long := bytes.Repeat([]byte{7}, 100_000)
	put(t, m, member.Entry{Table: "t", Key: "k", Value: []byte("v")}, member.Entry{Table: "t", Key: "", Value: []byte{}}, member.Entry{Table: "t", Key: "long", Value: long})
	put(t, m, member.Entry{Table: "t", Key: "k", Value: []byte("w")})
	put(t, m)
	for key, want := range map[string][]byte{"k": []byte("w"), "": {}, "long": long} {
		if value, err := m.Get("t", key); err != nil || value == nil || !bytes.Equal(value, want) {
			t.Errorf("%q is %d bytes, %v", key, len(value), err)
		}
	}
	if found := all(t, m, "t"); !maps.Equal(found, map[string]string{"k": "w", "": "", "long": string(long)}) {
		t.Errorf("keys %v", slices.Collect(maps.Keys(found)))
	}
}

func forgets(t *testing.T, m member.Memory) {
	put(t, m, member.Entry{Table: "t", Key: "a", Value: []byte("1")}, member.Entry{Table: "t", Key: "b", Value: []byte("2")})
	put(t, m, member.Entry{Table: "t", Key: "a"}, member.Entry{Table: "t", Key: "never"}, member.Entry{Table: "t", Key: "c", Value: []byte("3")})
	if found := all(t, m, "t"); !maps.Equal(found, map[string]string{"b": "2", "c": "3"}) {
		t.Errorf("left: %v", found)
	}
	if value, err := m.Get("t", "a"); value != nil || err != nil {
		t.Errorf("forgotten, and yet %q, %v", value, err)
	}
	put(t, m, member.Entry{Table: "t", Key: "b", Value: []byte("4")}, member.Entry{Table: "t", Key: "b"}) // the last word counts
	if value, err := m.Get("t", "b"); value != nil || err != nil {
		t.Errorf("written and forgotten at once: %q, %v", value, err)
	}
}

func keepsTablesApart(t *testing.T, m member.Memory) {
	put(t, m, member.Entry{Table: "a", Key: "bc", Value: []byte("1")}, member.Entry{Table: "ab", Key: "c", Value: []byte("2")},
		member.Entry{Table: "a/b", Key: "c", Value: []byte("3")}, member.Entry{Table: "a", Key: "b/c", Value: []byte("4")}, member.Entry{Table: "", Key: "abc", Value: []byte("5")})
	for table, want := range map[string]map[string]string{"a": {"bc": "1", "b/c": "4"}, "ab": {"c": "2"}, "a/b": {"c": "3"}, "": {"abc": "5"}, "b": {}} {
		if found := all(t, m, table); !maps.Equal(found, want) {
			t.Errorf("table %q: %v", table, found)
		}
	}
}

func stopsWhenTold(t *testing.T, m member.Memory) {
	put(t, m, member.Entry{Table: "t", Key: "a", Value: []byte("1")}, member.Entry{Table: "t", Key: "b", Value: []byte("2")})
	calls := 0
	if err := m.Each("t", func(string, []byte) bool { calls++; return false }); err != nil || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

func givesCopies(t *testing.T, m member.Memory) {
	given := []byte("value")
	put(t, m, member.Entry{Table: "t", Key: "k", Value: given})
	given[0] = 'x'
	got, err := m.Get("t", "k")
	if err != nil {
		t.Fatal(err)
	}
	got[1] = 'x'
	if err := m.Each("t", func(_ string, value []byte) bool { value[2] = 'x'; return true }); err != nil {
		t.Fatal(err)
	}
	if value, err := m.Get("t", "k"); string(value) != "value" || err != nil {
		t.Errorf("a caller changed what is remembered: %q, %v", value, err)
	}
}

func writesWithinEach(t *testing.T, m member.Memory) {
	put(t, m, member.Entry{Table: "t", Key: "a", Value: []byte("1")}, member.Entry{Table: "t", Key: "b", Value: []byte("2")})
	err := m.Each("t", func(key string, _ []byte) bool {
		put(t, m, member.Entry{Table: "t", Key: key}, member.Entry{Table: "u", Key: key, Value: make([]byte, 200_000)})
		return true
	})
	if err != nil || len(all(t, m, "t")) != 0 || len(all(t, m, "u")) != 2 {
		t.Errorf("%v, %v", err, all(t, m, "t"))
	}
}

func servesManyAtOnce(t *testing.T, m member.Memory) {
	var group sync.WaitGroup
	for n := range 8 {
		group.Go(func() {
			key := fmt.Sprint(n)
			err := m.Put(member.Entry{Table: "t", Key: key, Value: []byte(key)})
			value, errGet := m.Get("t", key)
			if errors.Join(err, errGet) != nil || string(value) != key {
				t.Errorf("%s is %q, %v, %v", key, value, err, errGet)
			}
		})
	}
	group.Wait()
	if found := all(t, m, "t"); len(found) != 8 {
		t.Errorf("%d entries", len(found))
	}
}
