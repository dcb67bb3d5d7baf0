package archive_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"weir/ledger"
	"weir/ledger/archive"
	"weir/ledger/history"
	"weir/ledger/ledgertest"
	"weir/ledger/machine"
)

func grown(t testing.TB, blocks uint64) (*ledgertest.Memory, *machine.Machine) {
	t.Helper()
	store := new(ledgertest.Memory)
	m := ledgertest.Found(t, store)
	for n := range blocks {
		ledgertest.Run(t, m, ledgertest.Tx("alice", n, "count/add", "apples 1"), ledgertest.Tx("bob", n, "count/fill", "10"))
	}
	return store, m
}

func nothing()             {}
func steps(uint64, uint64) {}

func backup(t testing.TB, store ledger.Store) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := archive.Backup(store, &b, nothing); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What was backed up is the ledger again, and goes on.
func TestBackupIsTheLedger(t *testing.T) {
	store, m := grown(t, 4)
	b := backup(t, store)
	head, err := archive.Check(bytes.NewReader(b))
	if want, _ := store.Head(); err != nil || head != want {
		t.Fatalf("%v, %v", head, err)
	}
	into := new(ledgertest.Memory)
	report, err := archive.Restore(t.Context(), bytes.NewReader(b), into, steps)
	if err != nil || report.Blocks != 5 {
		t.Fatalf("%+v, %v", report, err)
	}
	again, err := machine.Open(ledgertest.Config(t, into))
	if err != nil || again.Head().Digest() != m.Head().Digest() {
		t.Fatalf("%v", err)
	}
	ledgertest.Run(t, m, ledgertest.Tx("alice", 4, "count/add", "apples 1"))
	if err := again.Extend(m.Reader, m.Head().Height); err != nil || again.Head().Digest() != m.Head().Digest() {
		t.Errorf("does not catch up: %v", err)
	}
	if !bytes.Equal(backup(t, into), backup(t, store)) {
		t.Error("a backup of the copy differs")
	}
	if _, err := archive.Restore(t.Context(), bytes.NewReader(b), into, steps); err == nil {
		t.Error("restored over a ledger")
	}
	if _, err := archive.Backup(new(ledgertest.Memory), new(bytes.Buffer), nothing); !errors.Is(err, history.ErrNotFound) {
		t.Errorf("backup of nothing: %v", err)
	}
}

// A15, A18: no byte of a file can be changed, and no length makes a reader hold much.
func TestEveryByteOfAnArchiveCounts(t *testing.T) {
	store, _ := grown(t, 2)
	whole := backup(t, store)
	var snapshot bytes.Buffer
	if _, err := archive.Snapshot(store, &snapshot, nothing); err != nil {
		t.Fatal(err)
	}
	check := func(b []byte) error { _, err := archive.Check(bytes.NewReader(b)); return err }
	read := func(b []byte) error { _, err := archive.Read(bytes.NewReader(b), func(_, _ []byte) {}); return err }
	for name, c := range map[string]struct {
		b    []byte
		read func([]byte) error
	}{"backup": {whole, check}, "snapshot": {snapshot.Bytes(), read}} {
		if err := c.read(c.b); err != nil || archive.Kind(c.b) != name {
			t.Errorf("%s: %v", name, err)
		}
		for i := 0; i < len(c.b); i += 1 + i%53 {
			changed := bytes.Clone(c.b)
			changed[i] ^= 0x80
			if err := c.read(changed); !errors.Is(err, archive.ErrArchive) {
				t.Errorf("%s, byte %d: %v", name, i, err)
			}
			if err := c.read(c.b[:i]); !errors.Is(err, archive.ErrArchive) {
				t.Errorf("%s, cut at %d: %v", name, i, err)
			}
		}
		if err := c.read(append(bytes.Clone(c.b), 0)); !errors.Is(err, archive.ErrArchive) {
			t.Errorf("%s, one byte more: %v", name, err)
		}
	}
}

// A backup that is whole, of a ledger that was not, is not taken up.
func TestDamageIsNotRestored(t *testing.T) {
	store, _ := grown(t, 3)
	store.Damage([]byte("scounter\x00count/apples"), []byte("\x01999"))
	_, err := archive.Restore(t.Context(), bytes.NewReader(backup(t, store)), new(ledgertest.Memory), steps)
	if !errors.Is(err, ledger.ErrDamaged) {
		t.Errorf("%v", err)
	}
}

// A snapshot is the state, shown to whoever trusts the log.
func TestSnapshotIsTheState(t *testing.T) {
	store, m := grown(t, 3)
	var b bytes.Buffer
	if _, err := archive.Snapshot(store, &b, nothing); err != nil {
		t.Fatal(err)
	}
	apples := ""
	s, err := archive.Read(bytes.NewReader(b.Bytes()), func(key, value []byte) {
		if string(key) == "counter\x00count/apples" {
			apples = string(value)
		}
	})
	if err != nil || apples != "\x013" || s.Of.Height != 3 {
		t.Fatalf("%+v, %q, %v", s, apples, err)
	}
	if err := s.Verify(ledgertest.Trust(t)); err != nil {
		t.Error(err)
	}
	other := ledgertest.Trust(t)
	other.CheckpointKeys = nil
	if s.Verify(other) == nil {
		t.Error("nobody signed, and it is believed")
	}
	s.LogPath = nil
	if s.Verify(ledgertest.Trust(t)) == nil {
		t.Error("no path, and it is believed")
	}
	if o, err := m.Execute(ledgertest.Propose(m)); err != nil {
		t.Fatal(err)
	} else if err := m.Commit(o, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := archive.Snapshot(store, &b, nothing); !errors.Is(err, history.ErrNotFound) {
		t.Errorf("without a checkpoint: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	store, _ := grown(f, 1)
	f.Add(backup(f, store))
	var b bytes.Buffer
	if _, err := archive.Snapshot(store, &b, nothing); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		archive.Check(bytes.NewReader(b)) // must return
		archive.Read(bytes.NewReader(b), func(_, _ []byte) {})
	})
}

func Example() {
	store, _ := grown(new(testing.T), 2)
	var file bytes.Buffer
	head, err := archive.Backup(store, &file, func() {})
	fmt.Println(head.Height, err)
	// Output: 2 <nil>
}
