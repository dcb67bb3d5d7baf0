package consortium

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"maps"
	"slices"
)

// InMemory is a folder with the given files by slash-separated name, held in memory alone: records that were made or read
// by a program never touch a disk on their way to Options.Data.
func InMemory(files map[string][]byte) (fs.FS, error) {
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			return nil, err
		}
		if _, err := f.Write(files[name]); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return zip.NewReader(bytes.NewReader(archive.Bytes()), int64(archive.Len()))
}
