package receipt

import (
	"cmp"
	"fmt"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/offer"
	"weir/ledger"
)

// story is what a receipt tells, read but not yet believed: every transaction by its kind, with its body.
type story struct {
	*Receipt
	genesis *message.Genesis
	headers []*ledger.Header
	all     []*entry // in the order of the ledger

	consent    part[consent.Public]
	request    part[inquiry.Request]
	retries    []part[inquiry.Retry] // in the order of attempts
	models     []part[offer.Package]
	approvals  []part[offer.Approval]
	records    []part[offer.Records]
	commits    []part[inquiry.Commit]
	anchor     part[inquiry.Anchor]
	released   []part[inquiry.Released]
	settlement part[inquiry.Settlement]
}

// entry is one transaction, read.
type entry struct {
	*Entry
	header *ledger.Header
	tx     *ledger.Tx
	result *ledger.Result
}

// part is a transaction with its body.
type part[T any] struct {
	*entry
	body *T
}

// before tells whether a transaction stands before another on the ledger.
func (e *entry) before(other *entry) bool {
	return cmp.Or(cmp.Compare(e.result.Height, other.result.Height), cmp.Compare(e.result.Index, other.result.Index)) < 0
}

// account is who sent the transaction, "" for a bare key.
func (e *entry) account() engine.Name {
	name, _ := e.tx.Sender.Account()
	return name
}

// read decodes everything in a receipt. It refuses transactions that no check would look at, and any other order than the
// ledger's.
func read(b []byte) (*story, error) {
	r, err := Decode(b)
	if err != nil {
		return nil, err
	}
	s := &story{Receipt: r}
	if s.genesis, err = message.DecodeGenesis(r.Document); err != nil {
		return nil, err
	}
	for i := range r.Blocks {
		if err := s.readBlock(i); err != nil {
			return nil, fmt.Errorf("block %d: %w", i, err)
		}
	}
	return s, s.sort()
}

func (s *story) readBlock(i int) error {
	block := &s.Blocks[i]
	header, err := ledger.DecodeHeader(block.Header)
	if err != nil {
		return err
	}
	if i > 0 && s.headers[i-1].Height >= header.Height || (i == 0) != (len(block.Entries) == 0) {
		return fmt.Errorf("%w: blocks are by height, the founding one first and alone without transactions", ErrReceipt)
	}
	s.headers = append(s.headers, header)
	for j := range block.Entries {
		e := &entry{Entry: &block.Entries[j], header: header}
		if e.tx, err = ledger.DecodeTx(e.Tx); err != nil {
			return err
		}
		if e.result, err = ledger.DecodeResult(e.Result); err != nil {
			return err
		}
		if j > 0 && s.all[len(s.all)-1].result.Index >= e.result.Index {
			return fmt.Errorf("%w: transactions of a block are by place", ErrReceipt)
		}
		s.all = append(s.all, e)
	}
	return nil
}

// sort reads each transaction's body, by its kind. How many there are of a kind is bounded here; whether they are the
// right ones is for the checks.
func (s *story) sort() error {
	taken := 0
	count := func(n int, err error) error { taken += n; return err }
	const most = model.MaxSlices
	var consents []part[consent.Public]
	var requests []part[inquiry.Request]
	var anchors []part[inquiry.Anchor]
	var settlements []part[inquiry.Settlement]
	for _, err := range []error{
		count(bodies(s, message.KindConsent, 1, 1, &consents)),
		count(bodies(s, message.KindRequest, 1, 1, &requests)),
		count(bodies(s, message.KindRetry, 0, maxEntries, &s.retries)),
		count(bodies(s, message.KindModel, 1, 2, &s.models)),
		count(bodies(s, message.KindApproval, 1, maxEntries, &s.approvals)),
		count(bodies(s, message.KindRecords, model.MinSlices, most, &s.records)),
		count(bodies(s, message.KindCommit, model.MinSlices, most, &s.commits)),
		count(bodies(s, message.KindAnchor, 1, 1, &anchors)),
		count(bodies(s, message.KindReleased, 0, most, &s.released)),
		count(bodies(s, message.KindSettlement, 1, 1, &settlements)),
	} {
		if err != nil {
			return err
		}
	}
	if taken != len(s.all) {
		return fmt.Errorf("%w: a transaction of a kind that no score rests on", ErrReceipt)
	}
	s.consent, s.request, s.anchor, s.settlement = consents[0], requests[0], anchors[0], settlements[0]
	return nil
}

// bodies are the transactions of one kind.
func bodies[T any](s *story, kind message.Kind, least, most int, into *[]part[T]) (int, error) {
	for _, e := range s.all {
		if e.tx.Kind != kind {
			continue
		}
		p := part[T]{e, new(T)}
		if err := canonical.Decode(e.tx.Body, ledger.MaxTx, p.body); err != nil {
			return 0, fmt.Errorf("%w: %s: %w", ErrReceipt, kind, err)
		}
		*into = append(*into, p)
	}
	if n := len(*into); n < least || n > most {
		return 0, fmt.Errorf("%w: %d transactions of kind %s, want %d to %d", ErrReceipt, n, kind, least, most)
	}
	return len(*into), nil
}

// completing is the last commit, which completed the attempt.
func (s *story) completing() *entry { return s.commits[len(s.commits)-1].entry }
