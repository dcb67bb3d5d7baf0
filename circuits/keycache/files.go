package keycache

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"weir/circuits"
	"weir/engine"
)

var errDamaged = errors.New("file does not match its record")

// readFile reads a file of at most limit bytes.
func (c *Cache) readFile(name string, limit int64) ([]byte, error) {
	f, err := os.Open(filepath.Join(c.dir, name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > limit {
		return nil, fmt.Errorf("%s: not a regular file of at most %d bytes", name, limit)
	}
	b := make([]byte, info.Size())
	if _, err := io.ReadFull(f, b); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return b, nil
}

// readStored reads a whole file into memory, checks its length before and its digest after, and gives the very bytes
// that were checked.
func (c *Cache) readStored(name string, want stored) ([]byte, error) {
	if want.Bytes < 0 || want.Bytes > maxFileBytes {
		return nil, fmt.Errorf("%s: %w: recorded length of %d bytes", name, errRecord, want.Bytes)
	}
	b, err := c.readFile(name, want.Bytes)
	if err != nil {
		return nil, err
	}
	if storedOf(b) != want {
		return nil, fmt.Errorf("%s: %w", name, errDamaged)
	}
	return b, nil
}

func storedOf(b []byte) stored {
	return stored{SHA256: sha256.Sum256(b), Bytes: int64(len(b))}
}

// statStored describes a compiled system that saveSystem has just written or found whole.
func (c *Cache) statStored(system engine.Digest) (stored, error) {
	info, err := os.Stat(filepath.Join(c.dir, system.String()+".system"))
	if err != nil {
		return stored{}, err
	}
	return stored{SHA256: system, Bytes: info.Size()}, nil
}

// writeFile writes a temporary file, syncs it, renames it and syncs the folder; it tells what it wrote.
func (c *Cache) writeFile(circuit circuits.Name, name string, write func(io.Writer) error) (stored, error) {
	f, err := os.CreateTemp(c.dir, leftovers(circuit))
	if err != nil {
		return stored{}, fmt.Errorf("key cache: %w", err)
	}
	s, err := writeSynced(f, write)
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(c.dir, name))
	}
	if err != nil {
		os.Remove(f.Name())
		return stored{}, fmt.Errorf("key cache: write %s: %w", name, err)
	}
	return s, c.syncDir()
}

func writeSynced(f *os.File, write func(io.Writer) error) (stored, error) {
	defer f.Close()
	buffer, hash, count := bufio.NewWriterSize(f, 1<<20), sha256.New(), new(counter)
	if err := write(io.MultiWriter(buffer, hash, count)); err != nil {
		return stored{}, err
	}
	if err := buffer.Flush(); err != nil {
		return stored{}, err
	}
	if err := f.Sync(); err != nil {
		return stored{}, err
	}
	return stored{SHA256: engine.Digest(hash.Sum(nil)), Bytes: int64(*count)}, nil
}

type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

func (c *Cache) syncDir() error {
	d, err := os.Open(c.dir)
	if err != nil {
		return fmt.Errorf("key cache: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("key cache: sync folder: %w", err)
	}
	return nil
}

// leftovers is the pattern of a circuit's temporary files. A name has no "~", so no other circuit's files match.
func leftovers(circuit circuits.Name) string { return ".writing~" + string(circuit) + "~*" }

// removeLeftovers deletes temporary files of a process that was killed. It is called under the lock only, so none of
// them is being written.
func (c *Cache) removeLeftovers(circuit circuits.Name) {
	names, err := filepath.Glob(filepath.Join(c.dir, leftovers(circuit)))
	if err != nil {
		panic(fmt.Sprintf("keycache: pattern of temporary files: %v", err))
	}
	for _, name := range names {
		os.Remove(name)
	}
}

func checkName(circuit circuits.Name) error {
	if _, err := engine.ParseName(string(circuit)); err != nil {
		return fmt.Errorf("key cache: circuit: %w", err)
	}
	return nil
}

// executableDigest is the SHA-256 of the running program's file: another build may compile another circuit under the
// same name. It is "" where the file cannot be read; then every process compiles.
var executableDigest = sync.OnceValue(func() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
})
