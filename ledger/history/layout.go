package history

import (
	"encoding/binary"
	"errors"

	"weir/engine"
	"weir/ledger"
)

// The store's keys. Heights, indexes and log indexes are big-endian, so that they sort.
//
//	'h' height         header
//	't' height index   a page of transactions, the first of which has that index
//	'r' height index   a page of results
//	'i' transaction id height ‖ index
//	'l' log index      stored hash of the header log
//	's' state key      entry of the state
//	'c'                last signed checkpoint
//	'f'                1 ‖ founding document
var (
	checkpointKey = []byte{'c'}
	foundingKey   = []byte{'f'}
)

const (
	headers      = 'h'
	transactions = 't'
	results      = 'r'
	ids          = 'i'
	logHashes    = 'l'
	entries      = 's'
)

// StatePrefix goes before every key of the state.
var StatePrefix = []byte{entries}

func headerKey(height uint64) []byte { return binary.BigEndian.AppendUint64([]byte{headers}, height) }
func hashKey(index uint64) []byte    { return binary.BigEndian.AppendUint64([]byte{logHashes}, index) }
func idKey(id engine.Digest) []byte  { return append([]byte{ids}, id[:]...) }
func blockKey(table byte, height uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{table}, height)
}

// StateKey is where an entry of the state is stored.
func StateKey(key []byte) []byte {
	return append(append(make([]byte, 0, len(StatePrefix)+len(key)), StatePrefix...), key...)
}

func place(height uint64, index int) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(nil, height), uint32(index))
}

// pageSize is from how many bytes on a page is full. A page is a sequence of records, each after its length in 4 bytes.
// Few long entries cost the store less than many short ones.
const pageSize = 64 << 10

// paged makes the pages of one table of a block.
func paged(table byte, height uint64, records [][]byte) []ledger.Write {
	var writes []ledger.Write
	var page []byte
	first, rest := 0, 0
	for _, record := range records {
		rest += 4 + len(record)
	}
	for i, record := range records {
		if page == nil {
			page = make([]byte, 0, min(rest, pageSize+4<<10))
		}
		rest -= 4 + len(record)
		page = append(binary.BigEndian.AppendUint32(page, uint32(len(record))), record...)
		if len(page) >= pageSize || i == len(records)-1 {
			writes = append(writes, ledger.Write{Key: append([]byte{table}, place(height, first)...), Value: page})
			page, first = nil, i+1
		}
	}
	return writes
}

var errPage = errors.New("page is not readable")

// split reads a page. The records share its memory.
func split(page []byte) ([][]byte, error) {
	var records [][]byte
	for len(page) > 0 {
		if len(page) < 4 || uint64(binary.BigEndian.Uint32(page)) > uint64(len(page)-4) {
			return nil, errPage
		}
		end := 4 + int(binary.BigEndian.Uint32(page))
		records = append(records, page[4:end:end])
		page = page[end:]
	}
	return records, nil
}

// Block is everything that one block adds to a store.
type Block struct {
	Header     *ledger.Header
	Txs        []*ledger.Tx
	Results    [][]byte        // encoded
	State      []ledger.Write  // entries of the state that changed
	FirstHash  uint64          // log index of the first of
	Hashes     []engine.Digest // the hashes that the log grows by
	Checkpoint []byte          // signed note; none: nil
	Founding   []byte          // document, of block 0
}

// Writes are the keys and values to be committed, all or nothing.
func (b *Block) Writes() []ledger.Write {
	height := b.Header.Height
	txs := make([][]byte, len(b.Txs))
	writes := make([]ledger.Write, 0, len(b.Txs)+len(b.State)+len(b.Hashes)+16)
	writes = append(writes, ledger.Write{Key: headerKey(height), Value: b.Header.Encode()})
	for i, tx := range b.Txs {
		txs[i] = tx.Bytes()
		writes = append(writes, ledger.Write{Key: idKey(tx.ID()), Value: place(height, i)})
	}
	writes = append(writes, paged(transactions, height, txs)...)
	writes = append(writes, paged(results, height, b.Results)...)
	for i, hash := range b.Hashes {
		writes = append(writes, ledger.Write{Key: hashKey(b.FirstHash + uint64(i)), Value: hash[:]})
	}
	for _, w := range b.State {
		writes = append(writes, ledger.Write{Key: StateKey(w.Key), Value: w.Value})
	}
	if height == 0 {
		writes = append(writes, ledger.Write{Key: foundingKey, Value: append([]byte{1}, b.Founding...)})
	}
	if b.Checkpoint != nil {
		writes = append(writes, ledger.Write{Key: checkpointKey, Value: b.Checkpoint})
	}
	return writes
}

// HeaderAt reads a header out of an entry of a store: isHeader tells whether it is one's place, and h is nil where what
// stands there is not readable.
func HeaderAt(key, value []byte) (h *ledger.Header, isHeader bool) {
	if len(key) != 9 || key[0] != headers {
		return nil, false
	}
	h, err := ledger.DecodeHeader(value)
	if err != nil || h.Height != binary.BigEndian.Uint64(key[1:]) {
		return nil, true
	}
	return h, true
}
