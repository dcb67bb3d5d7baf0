// Package messagetest is what the tests of messages share: a consortium of seven members with keys made from their names,
// one message of each sort that opens, a board in memory, and the canonical encoding written out by hand. It is for tests
// only, and knows no more than a reader of the protocol's section 2 does.
package messagetest

import (
	"crypto/ed25519"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/internal/plain"
	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/period"
)

// The chain and the month of the tests.
const (
	Chain = engine.Name("weir-test")
	Month = period.Period("2026-11")
)

// At is a time within the month.
var At = time.Date(2026, 11, 5, 12, 0, 0, 0, time.UTC)

// Parties are the parties of the tests, in their order.
var Parties = []engine.PartyID{"power/meter", "social/staff", "tax/vat"}

// Members are all members, in their order.
var Members = []struct {
	Name engine.Name
	Role message.Role
}{
	{"bank", message.RoleBank}, {"bank2", message.RoleBank}, {"power", message.RoleHolder}, {"registrar", message.RoleRegistrar},
	{"social", message.RoleHolder}, {"supervisor", message.RoleSupervisor}, {"tax", message.RoleHolder},
}

// Key is a signing key made from a name.
func Key(name engine.Name) ed25519.PrivateKey {
	var seed [ed25519.SeedSize]byte
	copy(seed[:], name)
	return ed25519.NewKeyFromSeed(seed[:])
}

// Genesis is the founding document of the members, without circuits.
func Genesis() *message.Genesis {
	g := &message.Genesis{Chain: Chain, Policy: model.DefaultPolicy(), Circuits: []message.Circuit{}}
	for _, m := range Members {
		g.Members = append(g.Members, message.Member{Name: m.Name, Role: m.Role, SigningKey: [32]byte(Key(m.Name).Public().(ed25519.PublicKey))})
	}
	return g
}

// Sign is a post by a member with its own key.
func Sign(kind message.Kind, signer engine.Name, body any) []byte {
	return message.Sign(Chain, kind, signer, Key(signer), body)
}

// SignBody is a post by a member over a body as it stands, whether it encodes anything or not.
func SignBody(kind message.Kind, signer engine.Name, body []byte) []byte {
	p := &message.Post{Chain: Chain, Kind: kind, Signer: signer, Body: body}
	Resign(p, signer)
	return canonical.Encode(p)
}

// Resign signs a post as it stands with the key of a name.
func Resign(p *message.Post, name engine.Name) {
	digest := SignedDigest(p)
	p.Signature = ed25519.Sign(Key(name), digest[:])
}

// SignedDigest is what the signature of a post is over, by its formula.
func SignedDigest(p *message.Post) engine.Digest {
	return plain.Digest("weir/post/v1", plain.Array(plain.Text(p.Chain), plain.Text(p.Kind), plain.Text(p.Signer), plain.Bytes(p.Body)))
}
