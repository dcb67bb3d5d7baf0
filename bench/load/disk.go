package load

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"weir/ledger"
	"weir/ledger/badgerdb"
)

// Sync writes a page to a file in the folder and syncs it, again and again, and gives how long each took. A file that grows
// has its length to be synced as well.
func Sync(folder string, count int, grows bool) (times []time.Duration, err error) {
	path := filepath.Join(folder, "sync")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(path)) }()
	page := make([]byte, 4096)
	for n := range int64(count) {
		began := time.Now()
		at := n * int64(len(page))
		if !grows {
			at = 0
		}
		if _, err := f.WriteAt(page, at); err != nil {
			return nil, err
		}
		if err := f.Sync(); err != nil {
			return nil, err
		}
		times = append(times, time.Since(began))
	}
	return times, nil
}

// perBlock is how many transactions a block of Store has.
const perBlock = 1000

// Store is the database's own ceiling: blocks of 1,000 times NoteSize bytes, with an id, a count and an entry for each,
// written to an empty folder and synced, with nothing judged.
func Store(folder string, blocks int) (r *Rate, err error) {
	db, err := badgerdb.Open(folder)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	r = &Rate{Transactions: blocks * perBlock, Blocks: blocks}
	for n := range blocks {
		writes := blockOf(n)
		began := time.Now()
		if err := db.Commit(ledger.Head{Height: uint64(n)}, writes); err != nil {
			return nil, err
		}
		r.Took += time.Since(began)
	}
	return r, nil
}

func blockOf(n int) (writes []ledger.Write) {
	for i := range perBlock {
		id := sha256.Sum256(fmt.Appendf(nil, "%d/%d", n, i))
		writes = append(writes, ledger.Write{Key: append([]byte{'i'}, id[:]...), Value: id[:12]},
			ledger.Write{Key: append([]byte("snotes"), id[:]...), Value: id[:9]},
			ledger.Write{Key: fmt.Appendf(nil, "ssequence/%x", i), Value: id[:3]})
	}
	const pages = 10
	for i := range pages {
		page := make([]byte, perBlock*NoteSize/pages)
		writes = append(writes, ledger.Write{Key: fmt.Appendf(nil, "t%08d/%d", n, i), Value: page},
			ledger.Write{Key: fmt.Appendf(nil, "r%08d/%d", n, i), Value: page[:len(page)/2]})
	}
	return writes
}
