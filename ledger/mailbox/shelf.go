package mailbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"weir/engine/canonical"
	"weir/engine/message"
	"weir/ledger"
)

// The tables of a mailbox's file. A place is the hash of an address, a number has eight bytes, big-endian.
var (
	letterTable = []byte("letters") // place ‖ number → letter
	digestTable = []byte("digests") // place ‖ digest of the letter → number: letters that wait, or were just deleted
	endTable    = []byte("ends")    // end in milliseconds ‖ place ‖ number → sort ‖ digest: when the two above forget it
	tallyTable  = []byte("tallies") // place, or sort → tally
	keyTable    = []byte("keys")    // place → time in milliseconds ‖ mail key

	tables = [][]byte{letterTable, digestTable, endTable, tallyTable, keyTable}
)

// remembered is how long a deleted letter is known, so that a sender who was not told asks again without harm; meanwhile
// it counts as residue bytes.
const (
	remembered = time.Hour
	residue    = 256
)

// stored is a letter as the file has it.
type stored struct {
	_    struct{} `cbor:",toarray"`
	Kind message.Kind
	Time int64
	End  int64
	Body []byte
}

// tally is what waits in one place, or in all places of one sort.
type tally struct {
	_       struct{} `cbor:",toarray"`
	Letters int64
	Bytes   int64 // with the residue of deleted letters
}

// shelf is one address's part of a mailbox, within a transaction.
type shelf struct {
	tx     *bbolt.Tx
	place  []byte
	sort   []byte
	limits Limits
	now    int64
}

// The two sorts of addresses.
var (
	members = []byte("m")
	keys    = []byte("k")
)

func (m *Mailbox) shelf(tx *bbolt.Tx, address string) shelf {
	s := shelf{tx: tx, place: place(address), sort: members, limits: m.config.Members, now: m.config.Clock().UnixMilli()}
	if _, bare := ledger.Sender(address).Key(); bare {
		s.sort, s.limits = keys, m.config.Keys
	}
	return s
}

func (s shelf) put(kind message.Kind, body []byte) (uint64, error) {
	digest := letterDigest(kind, body)
	if held := s.tx.Bucket(digestTable).Get(join(s.place, digest)); held != nil {
		return binary.BigEndian.Uint64(held), nil
	}
	if err := s.room(int64(len(body))); err != nil {
		return 0, err
	}
	number, err := s.tx.Bucket(letterTable).NextSequence()
	if err != nil {
		return 0, err
	}
	letter := stored{Kind: kind, Time: s.now, End: s.now + s.limits.Age.Milliseconds(), Body: body}
	n := be(number)
	return number, first(
		s.tx.Bucket(letterTable).Put(join(s.place, n), canonical.Encode(letter)),
		s.tx.Bucket(digestTable).Put(join(s.place, digest), n),
		s.tx.Bucket(endTable).Put(join(be(uint64(letter.End)), s.place, n), join(s.sort, digest)),
		count(s.tx, s.place, s.sort, 1, int64(len(body))))
}

// room is ErrFull when there is no room for so many bytes more.
func (s shelf) room(size int64) error {
	here, err := readTally(s.tx, s.place)
	if err != nil {
		return err
	}
	all, err := readTally(s.tx, s.sort)
	if err != nil {
		return err
	}
	switch {
	case here.Letters >= int64(s.limits.Letters):
		return fmt.Errorf("%w: %d letters wait under the address", ErrFull, here.Letters)
	case here.Bytes+size > s.limits.Bytes:
		return fmt.Errorf("%w: %d bytes wait under the address, limit %d", ErrFull, here.Bytes, s.limits.Bytes)
	case all.Bytes+size > s.limits.Total:
		return fmt.Errorf("%w: %d bytes wait under all addresses, limit %d", ErrFull, all.Bytes, s.limits.Total)
	}
	return nil
}

func (s shelf) letters(after uint64, limit, size int) (found []Letter, err error) {
	c := s.tx.Bucket(letterTable).Cursor()
	from := join(s.place, be(after))
	for k, v := c.Seek(from); bytes.HasPrefix(k, s.place) && len(found) < limit; k, v = c.Next() {
		number := binary.BigEndian.Uint64(k[len(s.place):])
		letter, err := readStored(v)
		if err != nil {
			return nil, err
		}
		if number <= after || letter.End <= s.now {
			continue
		}
		if size -= len(letter.Body); size < 0 && len(found) > 0 {
			break
		}
		found = append(found, Letter{Number: number, Kind: letter.Kind, Time: letter.Time, Body: letter.Body})
	}
	return found, nil
}

// delete ends letters and remembers their digests a little longer.
func (s shelf) delete(upTo uint64) error {
	c := s.tx.Bucket(letterTable).Cursor()
	for k, v := c.Seek(s.place); bytes.HasPrefix(k, s.place); k, v = c.Seek(s.place) {
		number := bytes.Clone(k[len(s.place):])
		if binary.BigEndian.Uint64(number) > upTo {
			return nil
		}
		letter, err := readStored(v)
		if err != nil {
			return err
		}
		digest := letterDigest(letter.Kind, letter.Body)
		end := min(letter.End, s.now+remembered.Milliseconds())
		if err := first(
			s.tx.Bucket(letterTable).Delete(join(s.place, number)),
			s.tx.Bucket(endTable).Delete(join(be(uint64(letter.End)), s.place, number)),
			s.tx.Bucket(endTable).Put(join(be(uint64(end)), s.place, number), join(s.sort, digest)),
			count(s.tx, s.place, s.sort, -1, residue-int64(len(letter.Body)))); err != nil {
			return err
		}
	}
	return nil
}

func letterDigest(kind message.Kind, body []byte) []byte {
	h := sha256.New()
	h.Write([]byte{byte(len(kind))})
	h.Write([]byte(kind))
	h.Write(body)
	return h.Sum(nil)
}

func readStored(b []byte) (*stored, error) {
	var s stored
	if err := canonical.Decode(b, MaxBody+512, &s); err != nil {
		return nil, fmt.Errorf("%w: mailbox: %w", ledger.ErrDamaged, err)
	}
	return &s, nil
}

func readTally(tx *bbolt.Tx, key []byte) (t tally, err error) {
	if b := tx.Bucket(tallyTable).Get(key); b != nil {
		if err := canonical.Decode(b, 64, &t); err != nil {
			return t, fmt.Errorf("%w: mailbox: %w", ledger.ErrDamaged, err)
		}
	}
	return t, nil
}

// count changes the tallies of a place and of its sort. One that is back at nothing is gone.
func count(tx *bbolt.Tx, place, sort []byte, letters, bytes int64) error {
	for _, key := range [][]byte{place, sort} {
		t, err := readTally(tx, key)
		if err != nil {
			return err
		}
		t.Letters += letters
		t.Bytes += bytes
		if t == (tally{}) {
			err = tx.Bucket(tallyTable).Delete(key)
		} else {
			err = tx.Bucket(tallyTable).Put(key, canonical.Encode(t))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func be(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// first is the first error.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
