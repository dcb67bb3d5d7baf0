package messagetest

import (
	"context"
	"strings"
	"testing"

	"weir/engine/message"
)

// Bulletin is a board in memory that checks nothing.
type Bulletin []struct {
	kind  message.Kind
	key   string
	entry []byte
}

// Put appends an entry.
func (b *Bulletin) Put(_ testing.TB, kind message.Kind, key string, entry []byte) {
	*b = append(*b, struct {
		kind  message.Kind
		key   string
		entry []byte
	}{kind, key, entry})
}

// Find gives the entries of a kind under a prefix, oldest first, or the context's error.
func (b *Bulletin) Find(ctx context.Context, kind message.Kind, prefix string) ([][]byte, error) {
	var found [][]byte
	for _, e := range *b {
		if e.kind == kind && strings.HasPrefix(e.key, prefix) {
			found = append(found, e.entry)
		}
	}
	return found, ctx.Err()
}
