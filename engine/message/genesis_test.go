package message_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/internal/messagetest"
	"weir/engine/message"
	"weir/engine/offer"
)

func TestGenesisRefused(t *testing.T) {
	for name, spoil := range map[string]func(*message.Genesis){
		"no chain":            func(g *message.Genesis) { g.Chain = "" },
		"chain with a slash":  func(g *message.Genesis) { g.Chain = "a/b" },
		"long chain":          func(g *message.Genesis) { g.Chain = engine.Name(strings.Repeat("c", 65)) },
		"member without name": func(g *message.Genesis) { g.Members[0].Name = "" },
		"name with a slash":   func(g *message.Genesis) { g.Members[6].Name = "tax/vat" },
		"out of order":        func(g *message.Genesis) { g.Members[0], g.Members[1] = g.Members[1], g.Members[0] },
		"member twice":        func(g *message.Genesis) { g.Members[1] = g.Members[0] },
		"name twice":          func(g *message.Genesis) { g.Members[1].Name = g.Members[0].Name },
		"no role":             func(g *message.Genesis) { g.Members[2].Role = "" },
		"unknown role":        func(g *message.Genesis) { g.Members[2].Role = "admin" },
		"no signing key":      func(g *message.Genesis) { g.Members[2].SigningKey = [32]byte{} },
		"1025 members": func(g *message.Genesis) {
			key := g.Members[0].SigningKey
			g.Members = nil
			for i := range message.MaxMembers + 1 {
				g.Members = append(g.Members, message.Member{Name: engine.Name(fmt.Sprintf("m%04d", i)), Role: message.RoleHolder, SigningKey: key})
			}
		},
		"circuit without name":  func(g *message.Genesis) { g.Circuits = []message.Circuit{{ID: messagetest.Hash("key")}} },
		"circuit twice":         func(g *message.Genesis) { g.Circuits = []message.Circuit{{Name: "a"}, {Name: "a"}} },
		"circuits out of order": func(g *message.Genesis) { g.Circuits = []message.Circuit{{Name: "b"}, {Name: "a"}} },
		"origin too long": func(g *message.Genesis) {
			g.Circuits = []message.Circuit{{Name: "a", Origin: strings.Repeat("o", 129)}}
		},
	} {
		g := messagetest.Genesis()
		spoil(g)
		read, err := message.DecodeGenesis(g.Encode())
		messagetest.Refused(t, name, err, message.ErrGenesis)
		if read != nil {
			t.Errorf("%s: a document comes with the error", name)
		}
	}
	good := messagetest.Genesis().Encode()
	for name, b := range map[string][]byte{
		"empty": nil, "truncated": good[:len(good)-1], "extended": append(bytes.Clone(good), 0), "over the limit": make([]byte, message.MaxPost+1),
		"a post": messagetest.Sign(message.KindApproval, "tax", offer.Approval{}),
	} {
		_, err := message.DecodeGenesis(b)
		messagetest.Refused(t, name, err, message.ErrGenesis)
	}
}

func TestGenesisRoundTrips(t *testing.T) {
	g := messagetest.Genesis()
	g.Circuits = []message.Circuit{{Name: "accusation", ID: messagetest.Hash("a"), Origin: "development"},
		{Name: "contribution", ID: messagetest.Hash("c"), Origin: "ceremony:1"}}
	read, err := message.DecodeGenesis(g.Encode())
	if err != nil || !reflect.DeepEqual(read, g) {
		t.Fatalf("%+v, %v", read, err)
	}
	if id, known := read.CircuitID("contribution"); !known || id != messagetest.Hash("c") {
		t.Errorf("circuit %s, %v", id, known)
	}
	if _, known := read.CircuitID("other"); known {
		t.Error("an unknown circuit has a key")
	}
}

func TestMembersAreFoundByName(t *testing.T) {
	g := messagetest.Genesis()
	for i, m := range messagetest.Members {
		found, known := g.Member(m.Name)
		if !known || found != g.Members[i] {
			t.Errorf("%s: %v, %v", m.Name, found, known)
		}
	}
	for _, name := range []engine.Name{"", "a", "ban", "bank1", "bank3", "tax0", "z"} {
		if found, known := g.Member(name); known || found != (message.Member{}) {
			t.Errorf("%q is %v", name, found)
		}
	}
	var names []engine.Name
	for _, m := range g.WithRole(message.RoleHolder) {
		names = append(names, m.Name)
	}
	if fmt.Sprint(names) != "[power social tax]" || len(g.WithRole(message.RoleRegistrar)) != 1 || g.WithRole("admin") != nil {
		t.Errorf("holders %v", names)
	}
}

// Every member can be in a document that is still read: the largest consortium with the longest names.
func TestTheLargestGenesisCanBeRead(t *testing.T) {
	g := messagetest.Genesis()
	key := g.Members[0].SigningKey
	g.Members = nil
	for i := range message.MaxMembers {
		name := fmt.Sprintf("m%04d%s", i, strings.Repeat("x", engine.MaxNameLength-5))
		g.Members = append(g.Members, message.Member{Name: engine.Name(name), Role: message.RoleSupervisor, SigningKey: key})
	}
	if _, err := message.DecodeGenesis(g.Encode()); err != nil {
		t.Errorf("%d bytes: %v", len(canonical.Encode(g)), err)
	}
}

func FuzzDecodeGenesis(f *testing.F) {
	f.Add(messagetest.Genesis().Encode())
	f.Add((&message.Genesis{Chain: "c"}).Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		g, err := message.DecodeGenesis(b)
		if err != nil {
			if !errors.Is(err, message.ErrGenesis) || g != nil {
				t.Fatalf("untyped error, or a document beside it: %v", err)
			}
			return
		}
		if !bytes.Equal(g.Encode(), b) {
			t.Fatal("accepted bytes that are not its encoding")
		}
		for _, m := range g.Members {
			if found, known := g.Member(m.Name); !known || found != m {
				t.Fatal("a member cannot be found")
			}
		}
	})
}
