package vault_test

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"weir/engine/member"
	"weir/engine/vault"
)

var canaries = []member.Entry{
	{Table: "canary-table", Key: "canary-key-4711", Value: []byte("canary-value-one")},
	{Table: "canary-table", Key: "canary-key-4712", Value: []byte("canary-value-two")},
	{Table: "canary-other", Key: "canary-key-4711", Value: []byte("canary-value-thr")},
}

// written is the folder of a vault with the canaries, closed again.
func written(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "vault")
	v, err := vault.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	put(t, v, canaries...)
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestWhatWasPutComesBack(t *testing.T) {
	folder := written(t)
	for range 2 {
		v, err := vault.Open(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range canaries {
			if value, err := v.Get(e.Table, e.Key); err != nil || !bytes.Equal(value, e.Value) {
				t.Errorf("%s/%s is %q, %v", e.Table, e.Key, value, err)
			}
		}
		want := map[string]string{"canary-key-4711": "canary-value-one", "canary-key-4712": "canary-value-two"}
		if found := all(t, v, "canary-table"); !maps.Equal(found, want) {
			t.Errorf("found %v", found)
		}
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := v.Get("canary-table", "canary-key-4711"); err == nil {
			t.Error("a closed vault answers")
		}
	}
}

func TestFilesAreTheOwnersAlone(t *testing.T) {
	folder := written(t)
	for name, want := range map[string]fs.FileMode{vault.KeyFile: 0o600, vault.DataFile: 0o600, ".": 0o700} {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if left, _ := os.ReadDir(folder); len(left) != 2 {
		t.Errorf("the folder holds %v", left)
	}
}

func TestNothingIsReadableOnDisk(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(written(t), vault.DataFile))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(content, []byte("canary")) || bytes.Contains(content, []byte("4711")) || bytes.Contains(content, []byte("value-one")) {
		t.Error("the file tells what was put")
	}
}

func TestTheSameValueIsStoredDifferently(t *testing.T) {
	folder := written(t)
	v := open(t, folder)
	put(t, v, member.Entry{Table: "t", Key: "a", Value: []byte("same")}, member.Entry{Table: "t", Key: "b", Value: []byte("same")})
	v.Close()
	seen := map[string]bool{}
	entries(t, folder, func(b *bolt.Bucket, names [][]byte) {
		for _, name := range names {
			sealed := b.Get(name)
			if nonce := string(sealed[:12]); seen[nonce] {
				t.Error("a nonce was used twice")
			} else {
				seen[nonce] = true
			}
		}
	})
}

// entries lets a test at what is in the file, as whoever has the disk is.
func entries(t *testing.T, folder string, change func(b *bolt.Bucket, names [][]byte)) {
	t.Helper()
	db, err := bolt.Open(filepath.Join(folder, vault.DataFile), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte("entries"))
		var names [][]byte
		err := b.ForEach(func(name, _ []byte) error {
			if string(name) != "check" { // the vault's own entry: TestAnotherKeyOpensNothing
				names = append(names, bytes.Clone(name))
			}
			return nil
		})
		if err != nil {
			return err
		}
		change(b, names)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSwappedValuesAreRefused(t *testing.T) {
	folder := written(t)
	entries(t, folder, func(b *bolt.Bucket, names [][]byte) {
		if len(names) != len(canaries) {
			t.Fatalf("%d entries", len(names))
		}
		first := bytes.Clone(b.Get(names[0]))
		for i, name := range names {
			next := first
			if i+1 < len(names) {
				next = bytes.Clone(b.Get(names[i+1]))
			}
			if err := b.Put(name, next); err != nil {
				t.Fatal(err)
			}
		}
	})
	v := open(t, folder)
	for _, e := range canaries {
		if value, err := v.Get(e.Table, e.Key); !errors.Is(err, vault.ErrDamaged) || value != nil {
			t.Errorf("%s/%s is %q, %v", e.Table, e.Key, value, err)
		}
		if err := v.Each(e.Table, func(string, []byte) bool { t.Error("served"); return true }); !errors.Is(err, vault.ErrDamaged) {
			t.Errorf("table %s: %v", e.Table, err)
		}
	}
}

func TestValuesOfAnotherFormAreRefused(t *testing.T) {
	for _, length := range []int{0, 1, 27, 28, 29, 1000} {
		folder := written(t)
		entries(t, folder, func(b *bolt.Bucket, names [][]byte) {
			for _, name := range names {
				if err := b.Put(name, make([]byte, length)); err != nil {
					t.Fatal(err)
				}
			}
		})
		if value, err := open(t, folder).Get(canaries[0].Table, canaries[0].Key); !errors.Is(err, vault.ErrDamaged) || value != nil {
			t.Errorf("%d zeros are %q, %v", length, value, err)
		}
	}
}

// Whatever byte of the file is changed, nothing is served that was not put: the vault is refused, or the entry is, or the
// change did not matter. An entry that is not found any more cannot be told from one that never was.
func TestAChangedByteIsNeverServed(t *testing.T) {
	folder := written(t)
	path := filepath.Join(folder, vault.DataFile)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for i := range good {
		if good[i] == 0 && i%61 != 0 { // most of the file is empty
			continue
		}
		spoiled := bytes.Clone(good)
		spoiled[i] ^= 1 << (i % 8)
		replace(t, path, spoiled)
		if err := onlyWhatWasPut(t, folder); err != nil {
			refused++
		}
	}
	if refused < 100 {
		t.Errorf("only %d changes were noticed", refused)
	}
}

// replace puts a new file in the place of one that this process may not have let go of, after it was found damaged.
func replace(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := errors.Join(os.Remove(path), os.WriteFile(path, content, 0o600)); err != nil {
		t.Fatal(err)
	}
}

// onlyWhatWasPut reads a vault and gives its refusal.
func onlyWhatWasPut(t *testing.T, folder string) (refusal error) {
	v, err := vault.Open(folder)
	if err != nil {
		return err
	}
	defer v.Close()
	for _, e := range canaries {
		value, err := v.Get(e.Table, e.Key)
		if value != nil && (err != nil || !bytes.Equal(value, e.Value)) {
			t.Fatalf("served %q, %v", value, err)
		}
		err = errors.Join(err, v.Each(e.Table, func(key string, value []byte) bool {
			for _, put := range canaries {
				if put.Table == e.Table && put.Key == key && bytes.Equal(put.Value, value) {
					return true
				}
			}
			t.Fatalf("served %q under %q", value, key)
			return false
		}))
		refusal = errors.Join(refusal, err)
	}
	return refusal
}

func TestCutFilesAreRefused(t *testing.T) {
	folder := written(t)
	path := filepath.Join(folder, vault.DataFile)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, length := range []int{1, 100, 4096, 8192, 8193, 12288} {
		replace(t, path, good[:min(length, len(good))])
		if err := onlyWhatWasPut(t, folder); err == nil {
			t.Errorf("%d bytes of %d were read", length, len(good))
		}
	}
}

func TestAnotherKeyOpensNothing(t *testing.T) {
	folder := written(t)
	if err := os.WriteFile(filepath.Join(folder, vault.KeyFile), bytes.Repeat([]byte{1}, 32), 0o600); err != nil {
		t.Fatal(err)
	}
	if v, err := vault.Open(folder); !errors.Is(err, vault.ErrDamaged) {
		t.Errorf("another key opened the vault: %v", err)
		_ = v.Close()
	}
}

func TestAKeyFileThatIsNoneIsRefused(t *testing.T) {
	for _, length := range []int{0, 31, 33} {
		folder := written(t)
		if err := os.WriteFile(filepath.Join(folder, vault.KeyFile), make([]byte, length), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := vault.Open(folder); err == nil {
			t.Errorf("a key of %d bytes was taken", length)
		}
	}
}

// A key that is gone is not made anew: everything in the vault would be lost, and nobody would have been told.
func TestAMissingKeyIsNotMadeAnew(t *testing.T) {
	folder := written(t)
	key := filepath.Join(folder, vault.KeyFile)
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.Open(folder); err == nil || !strings.Contains(err.Error(), "backup") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(key); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a key was made: %v", err)
	}
}

func TestOneProcessAtATime(t *testing.T) {
	folder := written(t)
	first := open(t, folder)
	if _, err := vault.Open(folder); !errors.Is(err, vault.ErrLocked) {
		t.Errorf("opened twice: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, folder)
}

func TestPutIsAllOrNothing(t *testing.T) {
	v := open(t, written(t))
	for name, bad := range map[string]member.Entry{
		"a value too long": {Table: "t", Key: "long", Value: make([]byte, vault.MaxValue+1)},
		"a key too long":   {Table: "t", Key: strings.Repeat("k", 1025), Value: []byte{1}},
	} {
		err := v.Put(member.Entry{Table: "t", Key: "before", Value: []byte("1")}, member.Entry{Table: canaries[0].Table, Key: canaries[0].Key}, bad,
			member.Entry{Table: "t", Key: "after", Value: []byte("1")})
		if err == nil {
			t.Errorf("%s: taken", name)
		}
		if found := all(t, v, "t"); len(found) != 0 {
			t.Errorf("%s: a part was written: %v", name, found)
		}
		if value, err := v.Get(canaries[0].Table, canaries[0].Key); err != nil || value == nil {
			t.Errorf("%s: a part was forgotten: %v", name, err)
		}
	}
	put(t, v, member.Entry{Table: "t", Key: strings.Repeat("k", 1024), Value: make([]byte, vault.MaxValue)})
}
