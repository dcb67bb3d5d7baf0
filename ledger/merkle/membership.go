package merkle

import (
	"errors"
	"fmt"

	"weir/engine"
)

// ErrMembership is returned for a membership proof that does not show what it should.
var ErrMembership = errors.New("state path does not lead to the root")

// maxDepth is the longest path of a sparse tree: one step for each bit of a key.
const maxDepth = 8 * len(engine.Digest{})

// Membership shows what stands under one key of a Sparse, or that nothing does. An absent key's path ends in an empty
// subtree, or at the leaf of the one other key that stands in its place. Specification: sparse.md.
type Membership struct {
	_         struct{}        `cbor:",toarray"`
	Siblings  []engine.Digest // from the root down; zeros for an empty subtree
	Neighbour []Entry         // that other key's, at most one
}

// Prove makes the proof for a key, present or not.
func (s Sparse) Prove(key engine.Digest) *Membership {
	m := new(Membership)
	b := s.root
	for depth := 0; b != nil && b.entry == nil; depth++ {
		next, sibling := b.left, b.right
		if bit(key, depth) == 1 {
			next, sibling = sibling, next
		}
		m.Siblings = append(m.Siblings, sibling.digest())
		b = next
	}
	if b != nil && b.entry.Key != key {
		m.Neighbour = []Entry{*b.entry}
	}
	return m
}

// CheckPresent tells whether the proof shows that an entry stands in the tree with this root. Errors wrap ErrMembership.
func (m *Membership) CheckPresent(root engine.Digest, e Entry) error {
	if len(m.Neighbour) != 0 {
		return fmt.Errorf("%w: a neighbour where the entry itself stands", ErrMembership)
	}
	return m.climb(root, e.Key, leaf(e).hash)
}

// CheckAbsent tells whether the proof shows that nothing stands under a key. Errors wrap ErrMembership.
func (m *Membership) CheckAbsent(root, key engine.Digest) error {
	switch len(m.Neighbour) {
	case 0:
		return m.climb(root, key, engine.Digest{})
	case 1:
		n := m.Neighbour[0]
		if n.Key == key {
			return fmt.Errorf("%w: the key is its own neighbour", ErrMembership)
		}
		if len(m.Siblings) > maxDepth || shared(n.Key, key) < len(m.Siblings) {
			return fmt.Errorf("%w: the neighbour stands elsewhere", ErrMembership)
		}
		return m.climb(root, key, leaf(n).hash)
	}
	return fmt.Errorf("%w: %d neighbours", ErrMembership, len(m.Neighbour))
}

// climb hashes from the end of a key's path to the root.
func (m *Membership) climb(root, key, hash engine.Digest) error {
	if len(m.Siblings) > maxDepth {
		return fmt.Errorf("%w: %d steps, limit %d", ErrMembership, len(m.Siblings), maxDepth)
	}
	for depth := len(m.Siblings) - 1; depth >= 0; depth-- {
		left, right := hash, m.Siblings[depth]
		if bit(key, depth) == 1 {
			left, right = right, left
		}
		hash = join(left, right)
	}
	if hash != root {
		return ErrMembership
	}
	return nil
}

// shared is how many leading bits two keys have in common.
func shared(a, b engine.Digest) int {
	depth := 0
	for depth < maxDepth && bit(a, depth) == bit(b, depth) {
		depth++
	}
	return depth
}
