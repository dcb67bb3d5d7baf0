package ledger

import (
	"crypto/sha256"

	"weir/engine"
	"weir/engine/canonical"
)

// StateTree says where the entries of one ledger's state stand in its tree (ledger/merkle, Sparse):
//
//	salt  = H("weir/state/v1", chain)
//	key   = SHA-256(salt ‖ contract ‖ 0x00 ‖ the contract's key)
//	value = SHA-256(key ‖ entry)
//
// An entry is 1 ‖ value, or the single byte 0 for a tombstone. A neighbour that shows in somebody else's proof is two
// digests: neither its key nor a value that others share can be told from it without guessing the key.
type StateTree struct{ salt engine.Digest }

// NewStateTree is that of the ledger with a chain id.
func NewStateTree(chain engine.Name) StateTree {
	return StateTree{salt: canonical.Digest("weir/state/v1", chain)}
}

// StateKey is the key of one contract's entry in the whole state: contract ‖ 0x00 ‖ key.
func StateKey(contract engine.Name, key string) []byte {
	return []byte(string(contract) + "\x00" + key)
}

// Key is where an entry stands. The key is that of the whole state.
func (t StateTree) Key(key []byte) engine.Digest {
	b := make([]byte, 0, 160)
	return sha256.Sum256(append(append(b, t.salt[:]...), key...))
}

// Value commits to an entry that stands at a key of the tree.
func (t StateTree) Value(at engine.Digest, entry []byte) engine.Digest {
	b := make([]byte, 0, 160)
	return sha256.Sum256(append(append(b, at[:]...), entry...))
}
