package vault_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"weir/engine/vault"
)

// A key that others can read opens nothing.
func TestAReadableKeyIsRefused(t *testing.T) {
	folder := t.TempDir()
	v, err := vault.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o666} {
		if err := os.Chmod(filepath.Join(folder, vault.KeyFile), mode); err != nil {
			t.Fatal(err)
		}
		if v, err := vault.Open(folder); !errors.Is(err, vault.ErrMode) {
			t.Errorf("mode %o: %v", mode, err)
			v.Close()
		}
	}
	if err := os.Chmod(filepath.Join(folder, vault.KeyFile), 0o600); err != nil {
		t.Fatal(err)
	}
	if v, err = vault.Open(folder); err != nil {
		t.Fatal(err)
	}
	v.Close()
}
