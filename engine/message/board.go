package message

import (
	"context"
	"crypto/sha256"
	"errors"

	"weir/engine"
)

// ErrNotFound is returned for what is not on the board or in the content store.
var ErrNotFound = errors.New("not on the board")

// ErrConflict is returned by Board.Post when the author already put other bytes under the same kind and key.
var ErrConflict = errors.New("another entry of this author stands there already")

// Board is where public entries stand until the ledger takes its place: signed posts, and under KindConsent and
// KindRevocation the entries that a consent key signs. A board accepts only what the genesis accepts, keeps one entry of
// an author under a kind and key, and never changes or removes one: the same bytes again change nothing, other bytes are
// ErrConflict. Readers check what they read; a board is not trusted.
type Board interface {
	// Post appends an entry under a key.
	Post(ctx context.Context, kind Kind, key string, entry []byte) error
	// Find gives the entries of one kind whose keys begin with prefix, oldest first; none is no error.
	Find(ctx context.Context, kind Kind, prefix string) ([][]byte, error)
}

// Blobs is the content store beside the board: large byte strings under the digest that names them, which is responseDig
// for a response and Blob for everything else.
type Blobs interface {
	Fetcher
	Store(ctx context.Context, digest engine.Digest, content []byte) error
}

// Fetcher reads a content store.
type Fetcher interface {
	// Fetch gives the content under a digest, at most limit bytes, or ErrNotFound. The caller compares the digest.
	Fetch(ctx context.Context, digest engine.Digest, limit int) ([]byte, error)
}

// Mail carries private messages between parties. Whatever needs secrecy is sealed before it is sent.
type Mail interface {
	// Send delivers a message and gives the receiver's answer, which may be empty.
	Send(ctx context.Context, to string, kind Kind, message []byte) ([]byte, error)
}

// Blob is where a polynomial stands in a content store: under its SHA-256.
func Blob(content []byte) engine.Digest { return sha256.Sum256(content) }
