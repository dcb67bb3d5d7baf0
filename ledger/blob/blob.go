// Package blob keeps large byte strings beside a ledger, each in a file named by the digest it is fetched by. It is for
// nodes that hold ciphertexts whose digests stand on the ledger; the ledger never needs them to replay.
//
// A store takes only content that its digest names, in one atomic and durable step, and checks it again on the way out:
// what was damaged on disk is refused, never served. The word that it holds something is a proof.StorageReceipt.
package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/internal/durable"
)

// ErrNotFound is returned for content that the store does not hold.
var ErrNotFound = errors.New("content not found")

// ErrRefused is returned for content that is too long or that its digest does not name.
var ErrRefused = errors.New("content refused")

// Store is a folder of files. Its methods may be called by several goroutines.
type Store struct {
	folder string
	limit  int
	names  func(engine.Digest, []byte) bool
}

// SHA256 tells whether a digest is the content's SHA-256: the plainest way of naming.
func SHA256(digest engine.Digest, content []byte) bool { return digest == sha256.Sum256(content) }

// Open opens a store for contents of at most limit bytes each. names tells whether a digest names a content (SHA256, or
// a rule that knows more kinds of digests). What an interrupted Store left behind is removed.
func Open(folder string, limit int, names func(engine.Digest, []byte) bool) (*Store, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("open content store: %w", err)
	}
	if err := durable.Clean(folder); err != nil {
		return nil, fmt.Errorf("open content store: %w", err)
	}
	return &Store{folder: folder, limit: limit, names: names}, nil
}

// Store keeps content under its digest, durably when it returns. Content that is there already stays as it is.
func (s *Store) Store(_ context.Context, digest engine.Digest, content []byte) error {
	if len(content) > s.limit {
		return fmt.Errorf("%w: %d bytes, limit %d", ErrRefused, len(content), s.limit)
	}
	if !s.names(digest, content) {
		return fmt.Errorf("%w: %s does not name it", ErrRefused, digest.Short())
	}
	path := s.path(digest)
	if held, err := os.ReadFile(path); err == nil && bytes.Equal(held, content) {
		return nil
	}
	err := durable.MakeFolder(filepath.Dir(path))
	if err == nil {
		err = durable.Replace(path, content)
	}
	if err != nil {
		return fmt.Errorf("store %s: %w", digest.Short(), err)
	}
	return nil
}

// Fetch gives the content under a digest, or ErrNotFound. It refuses content above limit bytes before it is read, and
// content that was changed on disk with an error that wraps ledger.ErrDamaged.
func (s *Store) Fetch(_ context.Context, digest engine.Digest, limit int) ([]byte, error) {
	f, err := os.Open(s.path(digest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrNotFound, digest.Short())
	}
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", digest.Short(), err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, int64(min(limit, s.limit))+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("fetch %s: %w", digest.Short(), err)
	case len(content) > min(limit, s.limit):
		return nil, fmt.Errorf("%w: %s has more than %d bytes", ErrRefused, digest.Short(), min(limit, s.limit))
	case !s.names(digest, content):
		return nil, fmt.Errorf("%w: content %s", ledger.ErrDamaged, digest.Short())
	}
	return content, nil
}

// Scrub reads every content again and gives the names of the files that are damaged, or that no digest names. step, called
// after each, sets the pace.
func (s *Store) Scrub(ctx context.Context, step func()) (damaged []string, err error) {
	err = filepath.WalkDir(s.folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || d.IsDir() {
			return err
		}
		digest, err := engine.ParseDigest(d.Name())
		if err == nil {
			_, err = s.Fetch(ctx, digest, s.limit)
		}
		if err != nil {
			damaged = append(damaged, d.Name())
		}
		step()
		return nil
	})
	if err != nil {
		return damaged, fmt.Errorf("scrub contents: %w", err)
	}
	return damaged, nil
}

// path spreads the files over 256 folders.
func (s *Store) path(digest engine.Digest) string {
	name := digest.String()
	return filepath.Join(s.folder, name[:2], name)
}
