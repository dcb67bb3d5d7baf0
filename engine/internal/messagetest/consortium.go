// Package messagetest is what the tests of messages share: a consortium of seven members with keys made from their names,
// one message of each sort that opens, a board in memory, and the canonical encoding written out by hand. It is for tests
// only, and knows no more than a reader of the protocol's section 2 does.
package messagetest

import (
	"crypto/ed25519"
	"time"

	"weir/engine"
	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/period"
	"weir/ledger"
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

// Expiry of the tests' transactions.
const Expiry = 1 << 40

// Sign is a post by a member with its own key: the first transaction that it ever sends.
func Sign(kind message.Kind, signer engine.Name, body any) []byte {
	return message.Sign(Chain, kind, signer, Key(signer), 0, Expiry, body)
}

// SignBody is a post by a member over a body as it stands, whether it encodes anything or not.
func SignBody(kind message.Kind, signer engine.Name, body []byte) []byte {
	return Draft(kind, signer, body).Sign(Key(signer)).Bytes()
}

// Draft is a post before it is signed.
func Draft(kind message.Kind, signer engine.Name, body []byte) ledger.Draft {
	return ledger.Draft{Chain: Chain, Kind: kind, Sender: ledger.Account(signer), Expiry: Expiry, Body: body}
}

// Bare is a transaction of a bare key.
func Bare(kind message.Kind, key ed25519.PrivateKey, body []byte) []byte {
	sender := ledger.BareKey([32]byte(key.Public().(ed25519.PublicKey)))
	return ledger.Draft{Chain: Chain, Kind: kind, Sender: sender, Expiry: Expiry, Body: body}.Sign(key).Bytes()
}
