package merkle

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"weir/engine"
)

// The open vectors of transparency-dev: most of them wrong in one place.
func TestOpenVectors(t *testing.T) {
	root := sharedFolder(t, "crypto/merkle/testdata")
	counted := map[string]int{}
	for _, kind := range []string{"inclusion", "consistency"} {
		err := filepath.WalkDir(filepath.Join(root, kind), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			var v vector
			if err := json.Unmarshal(b, &v); err != nil {
				return err
			}
			counted[kind]++
			err = v.check(kind)
			if errors.Is(err, errShape) && !v.WantErr {
				return nil // roots of 12 bytes, which our types do not have
			}
			if got := err != nil; got != v.WantErr {
				t.Errorf("%s: refused %v, want %v", path, got, v.WantErr)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if counted["inclusion"] < 50 || counted["consistency"] < 50 {
		t.Errorf("only %v vectors", counted)
	}
	t.Logf("%v vectors", counted)
}

// errShape is the refusal of a vector that our types cannot even carry.
var errShape = errors.New("not 32 bytes")

func digest(b []byte) (engine.Digest, error) {
	if len(b) != 32 {
		return engine.Digest{}, errShape
	}
	return engine.Digest(b), nil
}

func (v *vector) check(kind string) error {
	var path []engine.Digest
	for _, b := range v.Proof {
		d, err := digest(b)
		if err != nil {
			return err
		}
		path = append(path, d)
	}
	pair := [2][]byte{v.Root, v.LeafHash}
	if kind == "consistency" {
		pair = [2][]byte{v.Root1, v.Root2}
	}
	first, err1 := digest(pair[0])
	second, err2 := digest(pair[1])
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	if kind == "consistency" {
		return CheckConsistency(v.Size1, first, v.Size2, second, path)
	}
	return checkLeaf(first, v.TreeSize, v.LeafIdx, second, path)
}

type vector struct {
	LeafIdx, TreeSize, Size1, Size2 uint64
	Root, LeafHash, Root1, Root2    []byte
	Proof                           [][]byte
	WantErr                         bool
}

func sharedFolder(t *testing.T, name string) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; folder != filepath.Dir(folder); folder = filepath.Dir(folder) {
		found := filepath.Join(folder, "shared", "vectors", name)
		if _, err := os.Stat(found); err == nil {
			return found
		}
	}
	t.Skipf("no ../shared/vectors/%s", name)
	return ""
}
