package message

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
)

func TestGenesisRefused(t *testing.T) {
	for name, spoil := range map[string]func(*Genesis){
		"no chain":            func(g *Genesis) { g.Chain = "" },
		"chain with a slash":  func(g *Genesis) { g.Chain = "a/b" },
		"long chain":          func(g *Genesis) { g.Chain = engine.Name(strings.Repeat("c", 65)) },
		"member without name": func(g *Genesis) { g.Members[0].Name = "" },
		"name with a slash":   func(g *Genesis) { g.Members[6].Name = "tax/vat" },
		"out of order":        func(g *Genesis) { g.Members[0], g.Members[1] = g.Members[1], g.Members[0] },
		"member twice":        func(g *Genesis) { g.Members[1] = g.Members[0] },
		"name twice":          func(g *Genesis) { g.Members[1].Name = g.Members[0].Name },
		"no role":             func(g *Genesis) { g.Members[2].Role = "" },
		"unknown role":        func(g *Genesis) { g.Members[2].Role = "admin" },
		"no signing key":      func(g *Genesis) { g.Members[2].SigningKey = [32]byte{} },
		"1025 members": func(g *Genesis) {
			key := g.Members[0].SigningKey
			g.Members = nil
			for i := range MaxMembers + 1 {
				g.Members = append(g.Members, Member{Name: engine.Name(fmt.Sprintf("m%04d", i)), Role: RoleHolder, SigningKey: key})
			}
		},
		"circuit without name":  func(g *Genesis) { g.Circuits = []Circuit{{ID: hash("key")}} },
		"circuit twice":         func(g *Genesis) { g.Circuits = []Circuit{{Name: "a"}, {Name: "a"}} },
		"circuits out of order": func(g *Genesis) { g.Circuits = []Circuit{{Name: "b"}, {Name: "a"}} },
		"origin too long":       func(g *Genesis) { g.Circuits = []Circuit{{Name: "a", Origin: strings.Repeat("o", 129)}} },
	} {
		g := testGenesis()
		spoil(g)
		read, err := DecodeGenesis(g.Encode())
		refused(t, name, err, ErrGenesis)
		if read != nil {
			t.Errorf("%s: a document comes with the error", name)
		}
	}
	good := testGenesis().Encode()
	for name, b := range map[string][]byte{
		"empty": nil, "truncated": good[:len(good)-1], "extended": append(bytes.Clone(good), 0), "over the limit": make([]byte, MaxPost+1),
		"a post": sign(KindApproval, "tax", Approval{}),
	} {
		_, err := DecodeGenesis(b)
		refused(t, name, err, ErrGenesis)
	}
}

func TestGenesisRoundTrips(t *testing.T) {
	g := testGenesis()
	g.Circuits = []Circuit{{Name: "accusation", ID: hash("a"), Origin: "development"}, {Name: "contribution", ID: hash("c"), Origin: "ceremony:1"}}
	read, err := DecodeGenesis(g.Encode())
	if err != nil || !reflect.DeepEqual(read, g) {
		t.Fatalf("%+v, %v", read, err)
	}
	if id, known := read.CircuitID("contribution"); !known || id != hash("c") {
		t.Errorf("circuit %s, %v", id, known)
	}
	if _, known := read.CircuitID("other"); known {
		t.Error("an unknown circuit has a key")
	}
}

func TestMembersAreFoundByName(t *testing.T) {
	g := testGenesis()
	for i, m := range members {
		found, known := g.Member(m.name)
		if !known || found != g.Members[i] {
			t.Errorf("%s: %v, %v", m.name, found, known)
		}
	}
	for _, name := range []engine.Name{"", "a", "ban", "bank1", "bank3", "tax0", "z"} {
		if found, known := g.Member(name); known || found != (Member{}) {
			t.Errorf("%q is %v", name, found)
		}
	}
	var names []engine.Name
	for _, m := range g.WithRole(RoleHolder) {
		names = append(names, m.Name)
	}
	if fmt.Sprint(names) != "[power social tax]" || len(g.WithRole(RoleRegistrar)) != 1 || g.WithRole("admin") != nil {
		t.Errorf("holders %v", names)
	}
}

// Every member can be in a document that is still read: the largest consortium with the longest names.
func TestTheLargestGenesisCanBeRead(t *testing.T) {
	g := testGenesis()
	key := g.Members[0].SigningKey
	g.Members = nil
	for i := range MaxMembers {
		name := fmt.Sprintf("m%04d%s", i, strings.Repeat("x", engine.MaxNameLength-5))
		g.Members = append(g.Members, Member{Name: engine.Name(name), Role: RoleSupervisor, SigningKey: key})
	}
	if _, err := DecodeGenesis(g.Encode()); err != nil {
		t.Errorf("%d bytes: %v", len(canonical.Encode(g)), err)
	}
}
