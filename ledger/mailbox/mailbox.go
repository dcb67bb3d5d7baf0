// Package mailbox keeps sealed letters between parties that only dial out, until their receivers fetch and delete them.
// It is for the node that carries them.
//
// A letter is durable when Put returns, has a number above those of all letters before it, and is given out until it is
// deleted or too old. All a mailbox knows of it is a hash of its address, its kind, its length and when it came: what it
// says is sealed before it gets here. It refuses letters beyond its bounds, for each address and in all; the same letter
// again, up to an hour after it was deleted, is the same letter.
package mailbox

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"weir/engine/message"
	"weir/engine/period"
)

// ErrFull is returned for a letter that would exceed a bound: the address's, or that of all addresses of its sort.
var ErrFull = errors.New("mailbox is full")

// ErrLetter is returned for a letter that no mailbox takes: a malformed address or kind, nothing in it, or too long.
var ErrLetter = errors.New("letter refused")

// MaxBody bounds one letter, in bytes.
const MaxBody = period.MaxSealed

// Limits bound what a mailbox holds for one sort of addresses.
type Limits struct {
	Letters int           // that wait under one address
	Bytes   int64         // of the letters that wait under one address
	Total   int64         // bytes of the letters that wait under all addresses of the sort
	Age     time.Duration // after which a letter is gone
}

// Config is what a mailbox runs with. Zero limits mean the defaults: 4,096 letters and 64 MiB for a member, 1 GiB and 30
// days for all of them; 16 letters and 1 MiB for a bare key, of which anybody makes as many as they like, 64 MiB and a day
// for all of them.
type Config struct {
	Members Limits // addresses that are names, or parties of a name
	Keys    Limits // addresses that are bare keys
	Clock   func() time.Time
}

func (l *Limits) fill(standard Limits) {
	if *l == (Limits{}) {
		*l = standard
	}
}

// Letter is a letter that waits.
type Letter struct {
	Number uint64 // above that of every letter before, from 1
	Kind   message.Kind
	Time   int64 // when it came, in Unix milliseconds
	Body   []byte
}

// Mailbox is a file of letters. It is safe for concurrent use.
type Mailbox struct {
	config Config
	db     *bbolt.DB

	mu    sync.Mutex
	moved [256]chan struct{} // closed and replaced when a letter came to one of the addresses that share it
}

// Open opens a mailbox, and makes it where there is none. One process at a time may have it open.
func Open(path string, config Config) (*Mailbox, error) {
	config.Members.fill(Limits{Letters: 4096, Bytes: 64 << 20, Total: 1 << 30, Age: 30 * 24 * time.Hour})
	config.Keys.fill(Limits{Letters: 16, Bytes: 1 << 20, Total: 64 << 20, Age: 24 * time.Hour})
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second})
	if err != nil {
		return nil, fmt.Errorf("open mailbox: %w", err)
	}
	db.MaxBatchDelay = 2 * time.Millisecond
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range tables {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open mailbox: %w", err), db.Close())
	}
	m := &Mailbox{config: config, db: db}
	for i := range m.moved {
		m.moved[i] = make(chan struct{})
	}
	return m, nil
}

// Close ends the mailbox. What was put is kept.
func (m *Mailbox) Close() error { return m.db.Close() }

// Put takes a letter in, durably when it returns, and gives its number. Errors wrap ErrLetter or ErrFull.
func (m *Mailbox) Put(address string, kind message.Kind, body []byte) (number uint64, err error) {
	if err := check(address, kind, body); err != nil {
		return 0, err
	}
	err = m.db.Batch(func(tx *bbolt.Tx) (err error) {
		s := m.shelf(tx, address)
		if err := m.prune(tx); err != nil {
			return err
		}
		number, err = s.put(kind, body)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("put letter: %w", err)
	}
	m.announce(address)
	return number, nil
}

// Letters gives the letters that wait under an address and have a number above after: in order, at most count of them and
// of about bytes together, but one where there is one.
func (m *Mailbox) Letters(address string, after uint64, count, bytes int) (found []Letter, err error) {
	err = m.db.View(func(tx *bbolt.Tx) (err error) {
		found, err = m.shelf(tx, address).letters(after, count, bytes)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("letters: %w", err)
	}
	return found, nil
}

// Delete ends all letters under an address up to a number; those that are gone already are no error.
func (m *Mailbox) Delete(address string, upTo uint64) error {
	err := m.db.Batch(func(tx *bbolt.Tx) error { return m.shelf(tx, address).delete(upTo) })
	if err != nil {
		return fmt.Errorf("delete letters: %w", err)
	}
	return nil
}

// Next is closed when a letter may have come to an address. It is to be taken before looking for one.
func (m *Mailbox) Next(address string) <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.moved[place(address)[0]]
}

func (m *Mailbox) announce(address string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := place(address)[0]
	close(m.moved[i])
	m.moved[i] = make(chan struct{})
}
