//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package keycache

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"weir/circuits"
)

// pollLock is how often a held lock is tried again.
const pollLock = 50 * time.Millisecond

// acquire makes the folder and takes the circuit's lock. The lock ends with the process that holds it, however that
// ends; its file stays.
func (c *Cache) acquire(ctx context.Context, circuit circuits.Name) (unlock func(), err error) {
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(c.dir, string(circuit)+".lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	tick := c.ticking()
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			f.Close()
			return nil, &os.PathError{Op: "lock", Path: f.Name(), Err: err}
		}
		tick(Progress{Circuit: circuit, Step: Waiting})
		select {
		case <-ctx.Done():
			f.Close()
			return nil, ctx.Err()
		case <-time.After(pollLock):
		}
	}
}
