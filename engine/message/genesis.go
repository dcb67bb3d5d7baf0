package message

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/model"
)

// Role is what a member may do; a member has one.
type Role string

// The roles.
const (
	RoleHolder     Role = "holder"     // keeps records and contributes
	RoleBank       Role = "bank"       // seals models and asks
	RoleRegistrar  Role = "registrar"  // certifies enterprises' keys
	RoleSupervisor Role = "supervisor" // approves models
)

// MaxMembers bounds a consortium.
const MaxMembers = 1024

// ErrGenesis is returned for a founding document that is malformed or contradicts itself.
var ErrGenesis = errors.New("founding document refused")

// Member is one registered participant with its Ed25519 signing key.
type Member struct {
	_          struct{} `cbor:",toarray"`
	Name       engine.Name
	Role       Role
	SigningKey [32]byte
}

// Circuit registers the verifying key that proofs of one statement are judged by: its SHA-256 before any folding, and
// where the key comes from ("ceremony:…" or "development").
type Circuit struct {
	_      struct{} `cbor:",toarray"`
	Name   string
	ID     engine.Digest
	Origin string
}

// Genesis is the founding document of a consortium: its chain id, its members ordered by name, its policy, and the
// verifying keys it accepts, ordered by name. Whoever starts from the same genesis judges every message alike.
type Genesis struct {
	_        struct{} `cbor:",toarray"`
	Chain    engine.Name
	Members  []Member
	Policy   model.Policy
	Circuits []Circuit
}

// Encode gives the canonical bytes.
func (g *Genesis) Encode() []byte { return canonical.Encode(g) }

// Digest identifies the founding document: H("weir/genesis/v1", its encoding). Whoever judges by a document from a stranger
// compares this with what it was told by somebody it trusts.
func (g *Genesis) Digest() engine.Digest { return canonical.Digest("weir/genesis/v1", g) }

// DecodeGenesis reads a founding document and checks it.
func DecodeGenesis(b []byte) (*Genesis, error) {
	var g Genesis
	if err := canonical.Decode(b, MaxPost, &g); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	if err := g.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	return &g, nil
}

func (g *Genesis) check() error {
	if _, err := engine.ParseName(string(g.Chain)); err != nil {
		return fmt.Errorf("chain id: %w", err)
	}
	if len(g.Members) > MaxMembers {
		return fmt.Errorf("%d members, limit %d", len(g.Members), MaxMembers)
	}
	for i, m := range g.Members {
		if _, err := engine.ParseName(string(m.Name)); err != nil {
			return fmt.Errorf("member %d: %w", i+1, err)
		}
		if i > 0 && g.Members[i-1].Name >= m.Name {
			return fmt.Errorf("member %s: members are not in order, or one stands twice", m.Name)
		}
		if !slices.Contains([]Role{RoleHolder, RoleBank, RoleRegistrar, RoleSupervisor}, m.Role) {
			return fmt.Errorf("member %s: unknown role", m.Name)
		}
		if m.SigningKey == [32]byte{} { // a point of order 4, under which signatures can be made without any secret
			return fmt.Errorf("member %s: no signing key", m.Name)
		}
	}
	if err := g.Policy.Check(); err != nil {
		return err
	}
	return g.checkCircuits()
}

func (g *Genesis) checkCircuits() error {
	for i, c := range g.Circuits {
		if c.Name == "" || len(c.Name) > engine.MaxNameLength || len(c.Origin) > 128 {
			return fmt.Errorf("circuit %d: malformed name or origin", i+1)
		}
		if i > 0 && g.Circuits[i-1].Name >= c.Name {
			return fmt.Errorf("circuit %s: circuits are not in order, or one stands twice", c.Name)
		}
	}
	return nil
}

// NoKeys is the origin of a circuit whose proofs nobody makes or checks: of a consortium that measures or tests encryption
// alone. Its scores are never verified.
const NoKeys = "none"

// Proven tells whether the consortium registers circuits whose proofs count.
func (g *Genesis) Proven() bool {
	return slices.ContainsFunc(g.Circuits, func(c Circuit) bool { return c.Origin != NoKeys })
}

// CircuitID is the registered verifying key of a circuit, or false when the consortium accepts no such proofs.
func (g *Genesis) CircuitID(name string) (engine.Digest, bool) {
	for _, c := range g.Circuits {
		if c.Name == name {
			return c.ID, true
		}
	}
	return engine.Digest{}, false
}

// Member finds a member by name.
func (g *Genesis) Member(name engine.Name) (Member, bool) {
	i, found := slices.BinarySearchFunc(g.Members, name, func(m Member, n engine.Name) int {
		return strings.Compare(string(m.Name), string(n))
	})
	if !found {
		return Member{}, false
	}
	return g.Members[i], true
}

// Registrar is the one member who certifies enterprises' keys; a consortium has exactly one.
func (g *Genesis) Registrar() (Member, error) {
	registrars := g.WithRole(RoleRegistrar)
	if len(registrars) != 1 {
		return Member{}, fmt.Errorf("%w: %d registrars, want one", ErrGenesis, len(registrars))
	}
	return registrars[0], nil
}

// WithRole lists the members of one role, in order.
func (g *Genesis) WithRole(role Role) []Member {
	var members []Member
	for _, m := range g.Members {
		if m.Role == role {
			members = append(members, m)
		}
	}
	return members
}
