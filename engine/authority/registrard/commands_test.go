package registrard

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"weir/engine"
)

// do has the daemon do something, as its operator's command does.
func do[T any](t *testing.T, d *daemon, name string, argument any) (result T, err error) {
	t.Helper()
	b, err := json.Marshal(argument)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := d.commands()[name](t.Context(), b)
	if err != nil {
		return result, err
	}
	if b, err = json.Marshal(answer); err != nil || len(b) > 4<<20 { // what an operator's command reads at most
		t.Fatalf("an answer of %d bytes, %v", len(b), err)
	}
	return result, json.Unmarshal(b, &result)
}

func newDaemon(t *testing.T) *daemon {
	teller, _, _ := newTeller(t)
	return &daemon{registrar: teller.registrar, teller: teller, log: teller.log}
}

// identified are so many enterprises with keys of their own, from a number on.
func identified(from, count int) IdentifyArgument {
	var a IdentifyArgument
	for i := range count {
		var key engine.Digest
		copy(key[:], fmt.Sprintf("key %d", from+i))
		a.Enterprises = append(a.Enterprises, Enterprise{Kind: engine.Opaque, Subject: fmt.Sprintf("enterprise-%06d", from+i), Key: &key})
	}
	return a
}

// A register of more enterprises than one answer holds is read in parts, each enterprise once.
func TestListByParts(t *testing.T) {
	d := newDaemon(t) // which knows acme
	if done, err := do[Identified](t, d, "identify", identified(0, MaxIdentified)); err != nil || done.Identified != MaxIdentified {
		t.Fatalf("%+v, %v", done, err)
	}
	if _, err := do[Identified](t, d, "identify", identified(MaxIdentified, MaxIdentified+1)); err == nil {
		t.Error("more than at once")
	}
	seen := map[string]string{}
	for {
		part, err := do[List](t, d, "list", ListArgument{After: len(seen)})
		if err != nil || part.Total != MaxIdentified+1 {
			t.Fatalf("of %d, %v", part.Total, err)
		}
		if len(part.Enterprises) == 0 {
			break
		}
		for _, e := range part.Enterprises {
			seen[e.Subject] = e.State
		}
	}
	if len(seen) != MaxIdentified+1 || seen["acme-4711"] != "over" && seen["acme-4711"] != "certified" || seen["enterprise-009999"] != "identified" {
		t.Errorf("%d enterprises", len(seen))
	}
	for _, after := range []int{-1, 1 << 62, math.MaxInt64} {
		if part, err := do[List](t, d, "list", ListArgument{After: after}); (err == nil) != (after > 0) || len(part.Enterprises) != 0 {
			t.Errorf("after %d: %v", after, err)
		}
	}
}

// What an operator mistypes is refused as a whole, and the answer repeats no code.
func TestMistypedCommands(t *testing.T) {
	d := newDaemon(t)
	zero, good := engine.Digest{}, identified(0, 1).Enterprises[0]
	for name, bad := range map[string]Enterprise{
		"no key, not open": {Kind: engine.Opaque, Subject: "secret-1"},
		"a key of zeros":   {Kind: engine.Opaque, Subject: "secret-1", Key: &zero},
		"a key, and open":  {Kind: engine.Opaque, Subject: "secret-1", Key: good.Key, Open: true},
		"no kind":          {Subject: "secret-1", Key: good.Key},
		"another key":      {Kind: acme.Kind, Subject: acme.Text, Key: good.Key},
	} {
		_, err := do[Identified](t, d, "identify", IdentifyArgument{[]Enterprise{good, bad}})
		if err == nil || strings.Contains(err.Error(), "secret-1") || !strings.Contains(err.Error(), "identification 2") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, bad := range map[string]any{"a list": []int{1}, "no code": Enterprise{Kind: engine.Opaque}, "nobody": Enterprise{Kind: engine.Opaque, Subject: "secret-1"}} {
		if _, err := do[Revoked](t, d, "revoke", bad); err == nil || strings.Contains(err.Error(), "secret-1") {
			t.Errorf("revoke %s: %v", name, err)
		}
	}
	if part, err := do[List](t, d, "list", ListArgument{}); err != nil || part.Total != 1 {
		t.Errorf("something was taken: %d, %v", part.Total, err)
	}
}
