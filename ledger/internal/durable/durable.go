// Package durable replaces whole files so that a crash leaves the old one or the new one, and never half of either. It is
// for the parts of a ledger that live beside its database.
package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Replace writes a file beside its place, syncs it, moves it there and syncs the folder.
func Replace(path string, content []byte) error {
	if err := put(path, content, true); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(path))
}

// Put is Replace for what can be made again: readers see all of the file or nothing, but a crash may take it away.
func Put(path string, content []byte) error { return put(path, content, false) }

func put(path string, content []byte, sync bool) error {
	f, err := os.CreateTemp(filepath.Dir(path), tempPrefix+"*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // no file of that name is left when all went well
	_, err = f.Write(content)
	if err == nil && sync {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

const tempPrefix = "new-"

// Clean removes what interrupted calls left in a folder and those below it.
func Clean(folder string) error {
	return filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || len(d.Name()) < len(tempPrefix) || d.Name()[:len(tempPrefix)] != tempPrefix {
			return err
		}
		return os.Remove(path)
	})
}

// MakeFolder makes one folder that is there when it returns, and stays.
func MakeFolder(folder string) error {
	err := os.Mkdir(folder, 0o700)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(folder))
}

// SyncFolder makes names that were changed in a folder durable.
func SyncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
