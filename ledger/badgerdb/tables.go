package badgerdb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/fb"
	"github.com/dgraph-io/badger/v4/table"

	"weir/ledger"
)

// checkTables reads every table of a database and compares each block, and the index, with its checksum. Badger can do the
// same when it opens a table, but ends the process in a goroutine of its own where it finds damage: this says which file,
// and leaves the decision to the caller. A file that the manifest does not list is one that a crash left half made, or one
// that was replaced: Badger removes it.
func checkTables(folder string) error {
	tables, err := listed(folder)
	if err != nil {
		return err
	}
	for _, name := range tables {
		b, err := os.ReadFile(filepath.Join(folder, name))
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w: table %s is gone", ledger.ErrDamaged, name)
		}
		if err != nil {
			return err
		}
		if err := checkTable(b); err != nil {
			return fmt.Errorf("%w: table %s: %w", ledger.ErrDamaged, name, err)
		}
	}
	return nil
}

// listed are the names of the tables in the manifest; none for a database that is not begun.
func listed(folder string) ([]string, error) {
	f, err := os.Open(filepath.Join(folder, badger.ManifestFilename))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	manifest, _, err := badger.ReplayManifestFile(f, 0, badgerOptions(folder))
	if err != nil {
		return nil, fmt.Errorf("%w: list of tables: %w", ledger.ErrDamaged, err)
	}
	var names []string
	for id := range manifest.Tables {
		names = append(names, table.IDToFilename(id))
	}
	return names, nil
}

// A table is blocks ‖ index ‖ 4-byte length of the index ‖ checksum ‖ 4-byte length of the checksum. The index is a
// flatbuffer; it is read only once its checksum holds.
func checkTable(b []byte) (err error) {
	defer func() {
		if r := recover(); r != nil { // a flatbuffer with a right checksum and wrong content
			err = errors.New("index is not readable")
		}
	}()
	rest, sum, err := cutChecksum(b)
	if err != nil {
		return fmt.Errorf("index: %w", err)
	}
	rest, index, err := cutCounted(rest)
	if err != nil || len(index) == 0 || crc32c(index) != sum {
		return errors.New("index does not fit its checksum")
	}
	root := fb.GetRootAsTableIndex(index, 0)
	var at fb.BlockOffset
	for i := range root.OffsetsLength() {
		if !root.Offsets(&at, i) || uint64(at.Offset())+uint64(at.Len()) > uint64(len(rest)) {
			return fmt.Errorf("block %d is outside the file", i)
		}
		if err := checkBlock(rest[at.Offset() : at.Offset()+at.Len()]); err != nil {
			return fmt.Errorf("block %d: %w", i, err)
		}
	}
	return nil
}

// A block is content ‖ checksum ‖ 4-byte length of the checksum.
func checkBlock(b []byte) error {
	content, sum, err := cutChecksum(b)
	if err == nil && (len(content) == 0 || crc32c(content) != sum) {
		err = errors.New("content does not fit its checksum")
	}
	return err
}

// cutChecksum takes a checksum and its length off the end. It is a protobuf message with a CRC-32C in field 2, and
// nothing for a sum of 0.
func cutChecksum(b []byte) (rest []byte, sum uint32, err error) {
	rest, message, err := cutCounted(b)
	if err != nil || len(message) == 0 {
		return rest, 0, err
	}
	const field2 = 0x10
	value, n := binary.Uvarint(message[1:])
	if message[0] != field2 || n != len(message)-1 || value > 1<<32-1 {
		return nil, 0, errors.New("checksum is not readable")
	}
	return rest, uint32(value), nil
}

// cutCounted takes some bytes and their 4-byte length off the end.
func cutCounted(b []byte) (rest, counted []byte, err error) {
	if len(b) < 4 {
		return nil, nil, errors.New("too short")
	}
	n := uint64(binary.BigEndian.Uint32(b[len(b)-4:]))
	b = b[:len(b)-4]
	if n > uint64(len(b)) {
		return nil, nil, errors.New("a length leads outside")
	}
	return b[:len(b)-int(n)], b[len(b)-int(n):], nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func crc32c(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }
