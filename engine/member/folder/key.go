package folder

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// NextFile holds the key that is to speak for the member next. It is made, durably, before the ledger is told of it, and
// takes the place of KeyFile when the ledger shows that it speaks: at every moment the key that speaks is one of the two.
const NextFile = "signing.key.next"

// NextKey reads the key that is to speak next; nil where there is none.
func NextKey(path string) (ed25519.PrivateKey, error) {
	seed, err := readSecret(filepath.Join(path, NextFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return ed25519.NewKeyFromSeed(seed[:]), nil
}

// PrepareKey is the key that is to speak next: the one that is there, or a fresh one.
func PrepareKey(path string, random io.Reader) (ed25519.PrivateKey, error) {
	if next, err := NextKey(path); err != nil || next != nil {
		return next, err
	}
	temporary := filepath.Join(path, NextFile+".new") // what a crash left of it was never used
	if err := os.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("next key: %w", err)
	}
	if _, err := newKey(temporary, random); err != nil {
		return nil, fmt.Errorf("next key: %w", err)
	}
	if err := replace(temporary, filepath.Join(path, NextFile)); err != nil {
		return nil, fmt.Errorf("next key: %w", err)
	}
	return NextKey(path)
}

// PromoteKey makes the next key the signing key; the one before is gone then.
func PromoteKey(path string) error {
	if err := replace(filepath.Join(path, NextFile), filepath.Join(path, KeyFile)); err != nil {
		return fmt.Errorf("promote the next key: %w", err)
	}
	return nil
}

// replace moves a file, durably.
func replace(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(to))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
