package ledger

import (
	"errors"

	"weir/engine"
)

// ErrDamaged is returned where a ledger's stored bytes contradict each other: blocks that were acknowledged are gone, or
// something was changed. A node that sees it stops; it never serves what it cannot vouch for.
var ErrDamaged = errors.New("stored ledger is damaged")

// Head names the last block of a store.
type Head struct {
	Height uint64
	Header engine.Digest // digest of its header
}

// Write is one key with its new value, at least one byte long. There is no deletion.
type Write struct{ Key, Value []byte }

// Store is an ordered map of byte strings that changes by whole blocks. Get and Range may be called by several
// goroutines, also during a Commit, and see either all or nothing of it; Commit by one goroutine at a time.
type Store interface {
	// Head is the last block committed, or false for a store that nothing was ever committed to.
	Head() (Head, bool)
	// Get is the value under a key, the caller's own copy; nil where there is none.
	Get(key []byte) ([]byte, error)
	// Range calls yield for the keys that begin with prefix and are not below from, in order of their bytes, until it
	// answers false. The slices are valid during the call only.
	Range(prefix, from []byte, yield func(key, value []byte) bool) error
	// Commit writes everything and moves the head, all or nothing, durably before it returns. After an error, what was
	// committed is unknown and the store must be opened again.
	Commit(head Head, writes []Write) error
}
