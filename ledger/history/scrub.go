package history

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/merkle"
	"weir/ledger/proof"
)

// maxDamages bounds a report: what is wrong in more places is wrong enough.
const maxDamages = 100

// Report is what a scrub saw. Each damage says where and what, in one sentence.
type Report struct {
	Blocks       uint64
	Transactions uint64
	Entries      uint64 // of the state
	Damages      []string
}

func (r *Report) add(format string, arguments ...any) bool {
	r.Damages = append(r.Damages, fmt.Sprintf(format, arguments...))
	return len(r.Damages) < maxDamages
}

// Err is nil for a sound ledger, else wraps ledger.ErrDamaged and tells the first damage.
func (r *Report) Err() error {
	if len(r.Damages) == 0 {
		return nil
	}
	return fmt.Errorf("%w in %d places, the first: %s", ledger.ErrDamaged, len(r.Damages), r.Damages[0])
}

// Scrub reads every block up to the head and compares all that is stored of it: chain of headers, transactions, results
// and their places, index of ids, log and checkpoint. With still the store must not change meanwhile, and the whole state
// and what belongs to nothing are looked at too. It holds nothing up; step, called after each block, may, and so sets the
// pace. An error means that the scrub could not go on; what is damaged is in the report.
func (r Reader) Scrub(ctx context.Context, still bool, step func(done, total uint64)) (*Report, error) {
	head, begun := r.Store.Head()
	if !begun {
		return nil, fmt.Errorf("scrub: %w", ErrNotFound)
	}
	s := &scrub{Reader: r, head: head, report: new(Report)}
	for height := uint64(0); height <= head.Height; height++ {
		if err := ctx.Err(); err != nil {
			return s.report, err
		}
		if err := s.block(height); err != nil && !s.report.add("block %d: %v", height, err) {
			return s.report, nil
		}
		step(height+1, head.Height+1)
	}
	if s.last != nil && s.last.Digest() != head.Header {
		s.report.add("block %d is not the one that was acknowledged last", head.Height)
	}
	s.checkpoint()
	if still {
		return s.report, errors.Join(s.state(), s.strays())
	}
	return s.report, nil
}

type scrub struct {
	Reader
	head   ledger.Head
	last   *ledger.Header // the block before, if it could be read
	report *Report
}

func (s *scrub) block(height uint64) error {
	h, err := s.Header(height)
	if err != nil {
		s.last = nil
		return err
	}
	before := s.last
	s.last = h
	s.report.Blocks++
	if err := s.chained(h, before); err != nil {
		return err
	}
	if err := s.logged(h); err != nil {
		return err
	}
	txs, outcomes, err := s.Records(h)
	if err != nil {
		return err
	}
	for i := range txs {
		s.report.Transactions++
		if err := s.place(h, i, len(txs), txs[i], outcomes[i]); err != nil {
			return fmt.Errorf("transaction %d: %w", i, err)
		}
	}
	return nil
}

// chained compares a header with the one before, which is unknown after a damaged one.
func (s *scrub) chained(h, before *ledger.Header) error {
	switch {
	case h.Height == 0:
		document, err := s.Founding()
		if err == nil && h.Previous != ledger.FoundingDigest(document) {
			err = errors.New("the founding document is another one")
		}
		return err
	case before == nil:
		return nil
	case h.Previous != before.Digest() || h.Chain != before.Chain:
		return errors.New("it does not continue the block before")
	case h.Time <= before.Time:
		return errors.New("its time is not after that of the block before")
	}
	return nil
}

// logged compares the stored hashes of the log that a header added.
func (s *scrub) logged(h *ledger.Header) error {
	added, err := s.Log(h.Height).Append(h.Encode())
	if err != nil {
		return err
	}
	for i, want := range added.Hashes {
		got, err := s.readHash(added.First + uint64(i))
		if err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("hash %d of the log differs", added.First+uint64(i))
		}
	}
	return nil
}

func (s *scrub) place(h *ledger.Header, index, of int, encodedTx, encodedResult []byte) error {
	tx, err := ledger.DecodeTx(encodedTx)
	if err != nil {
		return err
	}
	result, err := ledger.DecodeResult(encodedResult)
	if err != nil {
		return err
	}
	if tx.Chain != h.Chain || result.Tx != tx.ID() || result.Height != h.Height || int(result.Index) != index || int(result.Of) != of {
		return errors.New("transaction, result and place do not belong together")
	}
	at, n, err := s.Place(tx.ID())
	if err == nil && (at != h.Height || n != index) {
		err = errors.New("the index of ids leads elsewhere")
	}
	return err
}

func (s *scrub) checkpoint() {
	b, err := s.Checkpoint()
	if errors.Is(err, ErrNotFound) {
		return
	}
	var c *proof.Checkpoint
	if err == nil {
		c, err = proof.ReadCheckpoint(b)
	}
	var root engine.Digest
	if err == nil {
		root, err = s.Log(c.Size).Root()
	}
	if err != nil {
		s.report.add("checkpoint: %v", err)
	} else if root != c.Root {
		s.report.add("checkpoint: of %d headers, it is not of this log", c.Size)
	}
}

// state compares all entries with the root in the last header.
func (s *scrub) state() error {
	if s.last == nil {
		return nil // reported already
	}
	at := ledger.NewStateTree(s.last.Chain)
	var list []merkle.Entry
	err := s.Store.Range(StatePrefix, nil, func(key, value []byte) bool {
		k := at.Key(key[len(StatePrefix):])
		list = append(list, merkle.Entry{Key: k, Value: at.Value(k, value)})
		return true
	})
	s.report.Entries = uint64(len(list))
	if err == nil && (merkle.Sparse{}).With(list).Root() != s.last.State {
		s.report.add("the state is not that of block %d", s.last.Height)
	}
	return err
}

// strays looks for what no block accounts for.
func (s *scrub) strays() error {
	known := uint64(0)
	err := s.Store.Range([]byte{ids}, nil, func(_, _ []byte) bool { known++; return true })
	if err == nil && known != s.report.Transactions && len(s.report.Damages) == 0 {
		s.report.add("%d ids for %d transactions", known, s.report.Transactions)
	}
	next := binary.BigEndian.AppendUint64(nil, s.head.Height+1)
	for _, table := range []byte{headers, transactions, results} {
		err = errors.Join(err, s.Store.Range([]byte{table}, append([]byte{table}, next...), func(key, _ []byte) bool {
			return s.report.add("beyond the last block there is %q", key[:1])
		}))
	}
	return err
}
