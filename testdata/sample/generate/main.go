// Command generate writes the sample records again: go run ./testdata/sample/generate, from the root of the repository.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"weir/testdata/sample/synthetic"
)

func main() {
	folder := filepath.Join("testdata", "sample", "records")
	for name, content := range synthetic.Files() {
		path := filepath.Join(folder, filepath.FromSlash(name))
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil {
			err = os.WriteFile(path, content, 0o644)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "generate:", err)
			os.Exit(1)
		}
	}
}
