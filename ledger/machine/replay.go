package machine

import (
	"fmt"

	"weir/ledger"
)

// Replay executes every block of a ledger again, into an empty store: the same headers must come out, byte for byte. It
// gives the machine at the last block of from. Whatever the source's store was made to say, only what follows from the
// founding document and the signed transactions gets through; errors about a difference wrap ledger.ErrDamaged.
func Replay(from *Machine, into Config) (*Machine, error) {
	first, err := from.Header(0)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	document, err := from.Founding()
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	m, err := Found(into, Founding{Chain: first.Chain, Time: first.At(), Proposer: first.Proposer, Document: document})
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	if m.head.Load().digest != first.Digest() {
		return nil, fmt.Errorf("replay: %w: the founding block differs", ledger.ErrDamaged)
	}
	for height := uint64(1); height <= from.Head().Height; height++ {
		if err := m.repeat(from, height); err != nil {
			return nil, fmt.Errorf("replay block %d: %w", height, err)
		}
	}
	return m, nil
}

func (m *Machine) repeat(from *Machine, height uint64) error {
	block, err := from.Block(height)
	if err != nil {
		return err
	}
	o, err := m.Execute(block.Block())
	if err != nil {
		return fmt.Errorf("%w: %w", ledger.ErrDamaged, err)
	}
	if o.digest != block.Header.Digest() {
		return fmt.Errorf("%w: what follows from the transactions is another header", ledger.ErrDamaged)
	}
	return m.Commit(o, nil)
}
