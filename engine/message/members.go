package message

import (
	"context"
	"fmt"
	"slices"

	"weir/engine"
	"weir/engine/canonical"
)

// Members are who takes part, to whoever reads what they said. A *Genesis is the members as they were founded; what has
// become of them since, a ledger shows (package directory).
type Members interface {
	// Founding is the founding document.
	Founding() *Genesis
	// Member finds a member by name, with the key that speaks for it.
	Member(name engine.Name) (Member, bool)
	// WithRole lists the members of one role, in order.
	WithRole(role Role) []Member
	// Since is the first block in which a member could speak: 0 for a founding one, and for a stranger.
	Since(name engine.Name) uint64
	// Refresh has the ledger show anew how members stand; without names, all that are known. It is for what must not rest on
	// something seen a while ago, such as whom a secret is sealed to.
	Refresh(ctx context.Context, names ...engine.Name) error
	// OpenPost reads a foreign post and checks it: its chain, its signer's membership, and that a key signed it that spoke for
	// the signer when it was posted. It asks nobody.
	OpenPost(b []byte) (*Post, error)
}

var _ Members = (*Genesis)(nil)

// Founding is g itself.
func (g *Genesis) Founding() *Genesis { return g }

// Since is 0: the document knows nobody who came later.
func (g *Genesis) Since(engine.Name) uint64 { return 0 }

// Refresh has nothing to ask.
func (g *Genesis) Refresh(context.Context, ...engine.Name) error { return nil }

// OpenAs is OpenPost for a post that must be of the wanted kind, by a member whose role allows it; body receives its
// content, which is not looked at before.
func OpenAs(g Members, kind Kind, b []byte, body any) (*Post, error) {
	p, err := g.OpenPost(b)
	if err != nil {
		return nil, err
	}
	if p.Kind != kind {
		return nil, fmt.Errorf("%w: of another kind than %s", ErrPost, kind)
	}
	if member, _ := g.Member(p.Signer); !slices.Contains(mayPost[kind], member.Role) {
		return nil, fmt.Errorf("%w: %s by %s, who is a %s", ErrPost, kind, p.Signer, member.Role)
	}
	if err := canonical.Decode(p.Body, MaxPost, body); err != nil {
		return nil, fmt.Errorf("%w: %s by %s: %w", ErrPost, kind, p.Signer, err)
	}
	return p, nil
}
