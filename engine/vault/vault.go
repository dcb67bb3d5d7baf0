// Package vault is what a party must not forget, on its own disk: keys of months, evidence, contributions, requests. It is
// for agents and banks, through the interface member.Memory.
//
// Every value is encrypted and bound to its key, and the keys themselves are keyed digests of their parts, so that a copy
// of the file without the vault's own key tells how many entries there are and how long, and nothing else: no enterprise,
// no record, no score. A write is all or nothing and durable when it returns. What was changed on disk is refused
// (ErrDamaged), never served; that an entry was taken out, or the whole file put back to an older state, cannot be seen
// here. The file is opened by one process at a time.
package vault

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"weir/engine/member"
)

// ErrDamaged is returned for an entry that is not what was written, or was written under another key.
var ErrDamaged = errors.New("vault is damaged, or its key is another's")

// ErrLocked is returned when another process has the vault open.
var ErrLocked = errors.New("vault is in use by another process")

// ErrMode is returned when others can read the vault's key.
var ErrMode = errors.New("the vault's key must be readable by its owner alone")

// The files of a vault's folder.
const (
	KeyFile  = "vault.key" // 32 random bytes, mode 0600: back it up apart from the rest
	DataFile = "vault.db"
)

// MaxValue bounds one value, in bytes: a contribution with its response is below 80 KiB.
const MaxValue = 1 << 20

var (
	bucket = []byte("entries")
	// check names an entry that the vault's key opens and no other does. Other names are longer. It is also large enough for
	// bbolt to give the bucket a page of its own: a small bucket lies in its parent's page, is copied from there, and the
	// counts of a damaged one lead the library out of the copy.
	check      = []byte("check")
	checkValue = make([]byte, 4096)
)

// Vault is an open vault. It is safe for concurrent use.
type Vault struct {
	db    *bolt.DB
	aead  cipher.AEAD
	names []byte // the key of the keyed digests
}

// Open opens the vault in a folder, which is made where it is not there, with a fresh key.
func Open(folder string) (*Vault, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("open vault: %w", err)
	}
	key, err := readKey(filepath.Join(folder, KeyFile), filepath.Join(folder, DataFile))
	if err != nil {
		return nil, fmt.Errorf("open vault: %w", err)
	}
	db, err := openData(filepath.Join(folder, DataFile))
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("open vault: %w", ErrLocked)
	}
	if err != nil {
		return nil, fmt.Errorf("open vault: %w", err)
	}
	v, err := newVault(db, key)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open vault: %w", err), db.Close())
	}
	return v, nil
}

// openData opens the file of entries.
func openData(path string) (db *bolt.DB, err error) {
	err = guard(func() (err error) {
		db, err = bolt.Open(path, 0o600, &bolt.Options{Timeout: time.Second, FreelistType: bolt.FreelistMapType})
		return err
	})
	return db, err
}

// readKey reads the vault's key, or makes it where there is neither key nor data.
func readKey(path, data string) ([]byte, error) {
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s: %w: mode %04o, want 0600", KeyFile, ErrMode, info.Mode().Perm())
	}
	key, err := os.ReadFile(path)
	if err == nil && len(key) != 32 {
		return nil, fmt.Errorf("%s has %d bytes, want 32", KeyFile, len(key))
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if _, err := os.Stat(data); err == nil {
		return nil, fmt.Errorf("%s is gone: restore it from its backup", KeyFile)
	}
	key = make([]byte, 32)
	if _, err := io.ReadFull(rand.Reader, key); err != nil {
		return nil, err
	}
	return key, writeKey(path, key)
}

// writeKey writes a key file that a crash leaves whole or not at all.
func writeKey(path string, key []byte) error {
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(key)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func newVault(db *bolt.DB, key []byte) (*Vault, error) {
	keys := map[string][]byte{}
	for _, use := range []string{"values", "names"} {
		k, err := hkdf.Key(sha256.New, key, nil, "weir/vault/v1/"+use, 32)
		if err != nil {
			return nil, err
		}
		keys[use] = k
	}
	block, err := aes.NewCipher(keys["values"])
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	v := &Vault{db: db, aead: aead, names: keys["names"]}
	return v, guard(v.prepare)
}

// prepare makes the bucket of a new file, and finds out whether the file was written under this key.
func (v *Vault) prepare() error {
	made := false
	err := v.db.View(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucket)
		if made = b != nil; !made {
			return nil
		}
		if _, _, err := v.open(check, b.Get(check)); err != nil {
			return fmt.Errorf("%w: not written under this %s", ErrDamaged, KeyFile)
		}
		return nil
	})
	if err != nil || made {
		return err
	}
	return v.db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucket(bucket)
		if err != nil {
			return err
		}
		return b.Put(check, v.seal(check, "", checkValue))
	})
}

// guard runs something on the file. The library does not check the structure of what it reads, so that a damaged file
// makes it panic, or reach outside of the mapped file.
func guard(run func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, cause)
		}
	}()
	return run()
}

// view runs something that reads entries.
func (v *Vault) view(read func(*bolt.Bucket) error) error {
	return guard(func() error {
		return v.db.View(func(tx *bolt.Tx) error {
			b := tx.Bucket(bucket)
			if b == nil {
				return ErrDamaged
			}
			return read(b)
		})
	})
}

// Close closes the file. Calls after it fail.
func (v *Vault) Close() error { return guard(v.db.Close) }

// name is where an entry stands: the digest of its table, then that of its key in the table, both keyed.
func (v *Vault) name(table, key string) []byte {
	return append(v.prefix(table), v.digest("key", table, key)...)
}

func (v *Vault) prefix(table string) []byte { return v.digest("table", table)[:8] }

func (v *Vault) digest(parts ...string) []byte {
	h := hmac.New(sha256.New, v.names)
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return h.Sum(nil)
}

// Get is member.Memory's.
func (v *Vault) Get(table, key string) (value []byte, err error) {
	name := v.name(table, key)
	err = v.view(func(b *bolt.Bucket) error {
		sealed := b.Get(name)
		if sealed == nil {
			return nil
		}
		stored, opened, err := v.open(name, sealed)
		if err == nil && stored != key {
			err = ErrDamaged
		}
		if err == nil {
			value = opened
		}
		return err
	})
	return value, err
}

// Each is member.Memory's. The order is arbitrary, and the same for an unchanged vault. yield may write.
func (v *Vault) Each(table string, yield func(key string, value []byte) bool) error {
	prefix := v.prefix(table)
	var entries []member.Entry
	err := v.view(func(b *bolt.Bucket) error {
		c := b.Cursor()
		for name, sealed := c.Seek(prefix); bytes.HasPrefix(name, prefix); name, sealed = c.Next() {
			key, value, err := v.open(name, sealed)
			if err != nil {
				return err
			}
			entries = append(entries, member.Entry{Key: key, Value: value})
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !yield(e.Key, e.Value) {
			return nil
		}
	}
	return nil
}

// Put is member.Memory's.
func (v *Vault) Put(entries ...member.Entry) error {
	return guard(func() error {
		return v.db.Update(func(tx *bolt.Tx) error {
			for _, e := range entries {
				if err := v.put(tx.Bucket(bucket), e); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

func (v *Vault) put(b *bolt.Bucket, e member.Entry) error {
	name := v.name(e.Table, e.Key)
	if e.Value == nil {
		return b.Delete(name)
	}
	if len(e.Value) > MaxValue || len(e.Key) > maxKey {
		return fmt.Errorf("vault: entry of %d bytes under a key of %d, limits %d and %d", len(e.Value), len(e.Key), MaxValue, maxKey)
	}
	return b.Put(name, v.seal(name, e.Key, e.Value))
}

const maxKey = 1 << 10

// seal encrypts a key and its value, bound to where they stand: nonce ‖ ciphertext ‖ tag over 2 bytes of the key's length,
// the key, the value.
func (v *Vault) seal(name []byte, key string, value []byte) []byte {
	plain := append([]byte{byte(len(key) >> 8), byte(len(key))}, key...)
	return v.aead.Seal(nil, nil, append(plain, value...), name)
}

func (v *Vault) open(name, sealed []byte) (key string, value []byte, err error) {
	plain, err := v.aead.Open(nil, nil, sealed, name)
	if err != nil || len(plain) < 2 {
		return "", nil, ErrDamaged
	}
	n := int(plain[0])<<8 | int(plain[1])
	if len(plain) < 2+n {
		return "", nil, ErrDamaged
	}
	return string(plain[2 : 2+n]), plain[2+n:], nil
}
