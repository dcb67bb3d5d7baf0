package badgerdb

import (
	"os"
	"syscall"
)

// syncData makes what was written to a file durable; its length did not change.
func syncData(f *os.File) error {
	for {
		if err := syscall.Fdatasync(int(f.Fd())); err != syscall.EINTR {
			return err
		}
	}
}

// inUse tells whether another process has a database open: Badger locks its folder. It is asked before anything is read,
// because files of a database that is being written look damaged.
func inUse(folder string) bool {
	f, err := os.Open(folder)
	if err != nil {
		return false
	}
	defer f.Close() // and the lock with it
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == syscall.EWOULDBLOCK
}
