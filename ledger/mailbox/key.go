package mailbox

import (
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"

	"weir/ledger"
)

// MaxKey bounds a mail key, in bytes.
const MaxKey = 2 << 10

// PutKey keeps what letters to a member's address are to be sealed to, made at a time in milliseconds. An older one does
// not replace a newer one: putting it changes nothing. What it is, is for those who use it to check; a bare key has none.
func (m *Mailbox) PutKey(address string, key []byte, made int64) error {
	if err := CheckAddress(address); err != nil {
		return err
	}
	if _, bare := ledger.Sender(address).Key(); bare || len(key) == 0 || len(key) > MaxKey {
		return fmt.Errorf("%w: mail key", ErrLetter)
	}
	return m.db.Update(func(tx *bbolt.Tx) error {
		held := tx.Bucket(keyTable).Get(place(address))
		if len(held) >= 8 && int64(binary.BigEndian.Uint64(held)) >= made {
			return nil
		}
		return tx.Bucket(keyTable).Put(place(address), join(be(uint64(made)), key))
	})
}

// Key is the newest of an address's keys, nil where there is none.
func (m *Mailbox) Key(address string) (key []byte, err error) {
	err = m.db.View(func(tx *bbolt.Tx) error {
		if held := tx.Bucket(keyTable).Get(place(address)); len(held) > 8 {
			key = join(held[8:])
		}
		return nil
	})
	return key, err
}
