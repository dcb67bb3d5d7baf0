package blob_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/blob"
)

const limit = 1000

func open(t testing.TB, folder string) *blob.Store {
	t.Helper()
	s, err := blob.Open(folder, limit, blob.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func content(n int) (engine.Digest, []byte) {
	b := bytes.Repeat([]byte{byte(n)}, n)
	return sha256.Sum256(b), b
}

func TestStoreAndFetch(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	for _, n := range []int{0, 1, limit - 1, limit} {
		digest, b := content(n)
		if _, err := s.Fetch(t.Context(), digest, limit); !errors.Is(err, blob.ErrNotFound) {
			t.Errorf("before it is stored: %v", err)
		}
		for range 2 { // the second time changes nothing
			if err := s.Store(t.Context(), digest, b); err != nil {
				t.Fatal(err)
			}
		}
		got, err := open(t, folder).Fetch(t.Context(), digest, limit)
		if err != nil || !bytes.Equal(got, b) {
			t.Errorf("%d bytes: %v", n, err)
		}
		if n > 0 {
			if _, err := s.Fetch(t.Context(), digest, n-1); !errors.Is(err, blob.ErrRefused) {
				t.Errorf("above the reader's limit: %v", err)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	s := open(t, t.TempDir())
	digest, b := content(limit + 1)
	if err := s.Store(t.Context(), digest, b); !errors.Is(err, blob.ErrRefused) {
		t.Errorf("too long: %v", err)
	}
	if err := s.Store(t.Context(), digest, b[:5]); !errors.Is(err, blob.ErrRefused) {
		t.Errorf("another digest: %v", err)
	}
	if _, err := s.Fetch(t.Context(), digest, limit); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("a refused content is there: %v", err)
	}
}

// A18: content that was changed on disk is refused; storing it again heals it.
func TestDamage(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	digest, b := content(100)
	if err := s.Store(t.Context(), digest, b); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, digest.String()[:2], digest.String())
	for name, damaged := range map[string][]byte{"flipped": append([]byte{b[0] ^ 1}, b[1:]...), "half": b[:50], "empty": nil, "zeroed": make([]byte, 100)} {
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Fetch(t.Context(), digest, limit); !errors.Is(err, ledger.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
		if err := s.Store(t.Context(), digest, b); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Fetch(t.Context(), digest, limit); err != nil {
			t.Errorf("%s, stored again: %v", name, err)
		}
	}
	if err := os.WriteFile(path, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Fetch(t.Context(), digest, limit); !errors.Is(err, blob.ErrRefused) {
		t.Errorf("grown: %v", err)
	}
}

// What an interrupted Store left is removed when the store is opened; many at a time do not disturb each other.
func TestInterruptedAndConcurrent(t *testing.T) {
	folder := t.TempDir()
	digest, b := content(7)
	half := filepath.Join(folder, digest.String()[:2], "new-123")
	if err := os.MkdirAll(filepath.Dir(half), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(half, b[:3], 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, folder)
	if _, err := os.Stat(half); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("left over: %v", err)
	}
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			digest, b := content(i % 5)
			if err := s.Store(t.Context(), digest, b); err != nil {
				t.Error(err)
			}
			if got, err := s.Fetch(t.Context(), digest, limit); err != nil || !bytes.Equal(got, b) {
				t.Errorf("%v", err)
			}
		})
	}
	all.Wait()
	if left, _ := filepath.Glob(filepath.Join(folder, "*", "new-*")); len(left) != 0 {
		t.Errorf("left over: %v", left)
	}
}

func Example() {
	folder, err := os.MkdirTemp("", "blobs")
	if err != nil {
		return
	}
	defer os.RemoveAll(folder)
	s, _ := blob.Open(folder, 1<<20, blob.SHA256)
	digest := engine.Digest(sha256.Sum256([]byte("ciphertext")))
	fmt.Println(s.Store(context.Background(), digest, []byte("ciphertext")))
	content, err := s.Fetch(context.Background(), digest, 100)
	fmt.Println(string(content), err)
	// Output:
	// <nil>
	// ciphertext <nil>
}
