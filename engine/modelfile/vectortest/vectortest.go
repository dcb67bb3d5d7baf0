// Package vectortest finds the open test vectors, which lie in a folder shared beside the repository and are no part of
// it. It is for tests only: they are skipped, and fuzzing is seeded without them, where the folder is absent.
package vectortest

import (
	"os"
	"path/filepath"
	"testing"
)

// Dir is the folder of vectors. The test is skipped where there is none.
func Dir(t testing.TB) string {
	t.Helper()
	dir, found := find(t)
	if !found {
		t.Skip("no folder shared/vectors beside the repository")
	}
	return dir
}

// Files are the contents of the vectors that some patterns name, none where the folder is absent.
func Files(t testing.TB, patterns ...string) (files [][]byte) {
	t.Helper()
	dir, found := find(t)
	for _, pattern := range patterns {
		paths, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
		if err != nil || found && len(paths) == 0 {
			t.Fatalf("no vector is named %s: %v", pattern, err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, text)
		}
	}
	return files
}

func find(t testing.TB) (dir string, found bool) {
	t.Helper()
	at, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; at != filepath.Dir(at); at = filepath.Dir(at) {
		dir := filepath.Join(at, "shared", "vectors")
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return dir, true
		}
	}
	return "", false
}
