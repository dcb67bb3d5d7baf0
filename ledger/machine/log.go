package machine

import "weir/ledger/merkle"

// Log is the log of the first size headers, at most as many as there are.
func (m *Machine) Log(size uint64) merkle.Log { return m.log(size) }
