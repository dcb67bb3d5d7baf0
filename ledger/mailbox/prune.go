package mailbox

import (
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"

	"weir/ledger"
)

// pruned is how many ended letters a new one takes out at most, so that none has to wait long.
const pruned = 64

// prune forgets letters that are too old, and deleted ones that were remembered long enough.
func (m *Mailbox) prune(tx *bbolt.Tx) error {
	now := uint64(m.config.Clock().UnixMilli())
	c := tx.Bucket(endTable).Cursor()
	for range pruned {
		k, v := c.First()
		if k == nil || len(k) >= 8 && binary.BigEndian.Uint64(k) > now {
			return nil
		}
		if len(k) != 8+32+8 || len(v) != 1+32 {
			return fmt.Errorf("%w: mailbox: an end", ledger.ErrDamaged)
		}
		if err := forget(tx, join(k[:8]), join(k[8:40]), join(k[40:]), join(v[:1]), join(v[1:])); err != nil {
			return err
		}
	}
	return nil
}

func forget(tx *bbolt.Tx, end, place, number, sort, digest []byte) error {
	letters, bytes := int64(0), int64(-residue)
	if held := tx.Bucket(letterTable).Get(join(place, number)); held != nil {
		letter, err := readStored(held)
		if err != nil {
			return err
		}
		letters, bytes = -1, -int64(len(letter.Body))
	}
	return first(
		tx.Bucket(letterTable).Delete(join(place, number)),
		tx.Bucket(digestTable).Delete(join(place, digest)),
		tx.Bucket(endTable).Delete(join(end, place, number)),
		count(tx, place, sort, letters, bytes))
}
