package member

// Entry is one thing to remember: a value under a key of a table. A nil value forgets it.
type Entry struct {
	Table, Key string
	Value      []byte
}

// Memory is what a party must not forget. Implementations are safe for concurrent use, and keep it secret.
type Memory interface {
	// Get is the value under a key, nil where there is none.
	Get(table, key string) ([]byte, error)
	// Each gives all entries of a table, in some order, until yield answers false.
	Each(table string, yield func(key string, value []byte) bool) error
	// Put remembers all entries or none, durably when it returns.
	Put(entries ...Entry) error
}

// tableLog holds the last checkpoint accepted, under "". Agents were the first to follow, hence its name.
const tableLog = "holder/log"

// LogMemory is the part of a memory that holds how far a party has followed the ledger's log: a directory.Memory.
type LogMemory struct{ Memory }

// Last is the last checkpoint accepted, nil before the first.
func (m LogMemory) Last() ([]byte, error) { return m.Get(tableLog, "") }

// Keep remembers it.
func (m LogMemory) Keep(checkpoint []byte) error {
	return m.Put(Entry{Table: tableLog, Value: checkpoint})
}
