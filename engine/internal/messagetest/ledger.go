package messagetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/engine/period"
	"weir/engine/schema"
	"weir/ledger"
)

// Ledger is a ledger in memory that judges nothing but signatures, as a hostile one would not: what members check for
// themselves is tested on it. It keeps one entry of a sender under a kind and key, and content that its digest names. It
// is a message.Ledger, Log (of nothing) and Blobs, and safe for concurrent use.
type Ledger struct {
	genesis *message.Genesis

	mu       sync.Mutex
	Entries  []Entry
	Contents map[engine.Digest][]byte
	Fails    error // what every call then gives
	next     map[ledger.Sender]uint64
	results  map[engine.Digest]*ledger.Result
}

// Entry is an accepted transaction.
type Entry struct {
	Kind   message.Kind
	Key    string
	Sender ledger.Sender
	Tx     []byte
	Body   []byte
}

// NewLedger is an empty ledger of a consortium.
func NewLedger(g *message.Genesis) *Ledger {
	return &Ledger{genesis: g, Contents: map[engine.Digest][]byte{}, next: map[ledger.Sender]uint64{}, results: map[engine.Digest]*ledger.Result{}}
}

// Next counts what was accepted.
func (l *Ledger) Next(_ context.Context, sender ledger.Sender) (sequence, height uint64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.next[sender], uint64(len(l.Entries)), l.Fails
}

// Submit takes what is signed, once.
func (l *Ledger) Submit(_ context.Context, b []byte) (*ledger.Result, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.Fails != nil {
		return nil, l.Fails
	}
	tx, err := l.signed(b)
	if err != nil {
		return nil, err
	}
	if r := l.results[tx.ID()]; r != nil {
		return r, nil
	}
	r := &ledger.Result{Tx: tx.ID(), Height: uint64(len(l.Entries)), Of: 1, Contract: "lenient@0", Code: ledger.CodeOK}
	key := keyOf(tx)
	for _, e := range l.Entries {
		if e.Kind == tx.Kind && e.Key == key && e.Sender == tx.Sender {
			r.Code, r.Clauses, r.Why = ledger.CodeConflict, []string{"a sender has one entry under a kind and key"}, "another stands there"
		}
	}
	if r.OK() {
		l.Put(tx.Kind, key, b)
	}
	l.next[tx.Sender]++
	l.results[tx.ID()] = r
	return r, nil
}

// Put places a transaction under any key, as a ledger that lies would. The caller has the ledger for itself.
func (l *Ledger) Put(kind message.Kind, key string, b []byte) {
	tx, err := ledger.DecodeTx(b)
	if err != nil {
		panic(err)
	}
	l.Entries = append(l.Entries, Entry{Kind: kind, Key: key, Sender: tx.Sender, Tx: bytes.Clone(b), Body: tx.Body})
}

func (l *Ledger) signed(b []byte) (*ledger.Tx, error) {
	tx, err := ledger.DecodeTx(b)
	if err != nil {
		return nil, err
	}
	if _, bare := tx.Sender.Key(); bare {
		_, _, err = l.genesis.OpenBare(tx.Kind, b)
	} else {
		_, err = l.genesis.OpenPost(b)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ledger.ErrSignature, err)
	}
	return tx, nil
}

// Find is message.Board's.
func (l *Ledger) Find(ctx context.Context, kind message.Kind, prefix string) ([][]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found [][]byte
	for _, e := range l.Entries {
		if e.Kind == kind && strings.HasPrefix(e.Key, prefix) {
			found = append(found, bytes.Clone(e.Tx))
		}
	}
	return found, errors.Join(l.Fails, ctx.Err())
}

// Of are the entries of a kind.
func (l *Ledger) Of(kind message.Kind) []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	var of []Entry
	for _, e := range l.Entries {
		if e.Kind == kind {
			of = append(of, e)
		}
	}
	return of
}

// Checkpoint gives bytes that are none.
func (l *Ledger) Checkpoint(context.Context) ([]byte, error) {
	return []byte("no checkpoint"), l.Fails
}

// Consistency has nothing to show.
func (l *Ledger) Consistency(context.Context, uint64, uint64) ([]engine.Digest, error) {
	return nil, message.ErrNotFound
}

// Bundle has nothing to show.
func (l *Ledger) Bundle(context.Context, engine.Digest, uint64) ([]byte, error) {
	return nil, message.ErrNotFound
}

// Header has nothing to show.
func (l *Ledger) Header(context.Context, uint64, uint64) ([]byte, []engine.Digest, error) {
	return nil, nil, message.ErrNotFound
}

// State has nothing to show.
func (l *Ledger) State(context.Context, engine.Name, []string) ([]byte, error) {
	return nil, message.ErrNotFound
}

// Store keeps content that its digest names; its receipt is none.
func (l *Ledger) Store(_ context.Context, digest engine.Digest, content []byte) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !inquiry.IsNamedBy(digest, content) {
		return nil, fmt.Errorf("content store: %d bytes are not what digest %s names", len(content), digest.Short())
	}
	if _, have := l.Contents[digest]; !have {
		l.Contents[digest] = bytes.Clone(content)
	}
	return []byte("no receipt"), l.Fails
}

// Fetch is message.Fetcher's.
func (l *Ledger) Fetch(_ context.Context, digest engine.Digest, limit int) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	content, have := l.Contents[digest]
	if !have {
		return nil, fmt.Errorf("%w: content %s", message.ErrNotFound, digest.Short())
	}
	if len(content) > limit {
		return nil, fmt.Errorf("content store: %s has %d bytes, limit %d", digest.Short(), len(content), limit)
	}
	return bytes.Clone(content), l.Fails
}

// keyOf is where readers look for a transaction: what the contracts note (ledger/contract/board). A body that is none of
// its kind stands under no key.
func keyOf(tx *ledger.Tx) string {
	switch tx.Kind {
	case message.KindConsent, message.KindRevocation:
		key, _ := tx.Sender.Key()
		return message.ConsentKey(key)
	case message.KindRequest:
		return engine.RequestID(tx.ID()).String()
	case message.KindRecords:
		if r := read[offer.Records](tx); r != nil {
			if s, err := schema.Decode(r.Schema); err == nil {
				return fmt.Sprintf("%s%s/%d", message.RecordsKey(r.Party), s.Epoch, s.Revision)
			}
		}
	case message.KindModel:
		if p := read[offer.Package](tx); p != nil {
			if s, err := p.Read(); err == nil {
				return message.ModelKey(s.ModelDigest)
			}
		}
	case message.KindApproval:
		if a := read[offer.Approval](tx); a != nil {
			return message.ModelKey(a.Model) + "/" + string(tx.Sender) + string(a.Party)
		}
	}
	return keyOfMonth(tx) + keyOfLabel(tx)
}

func keyOfMonth(tx *ledger.Tx) string {
	switch tx.Kind {
	case message.KindPeriodKey:
		if k := read[period.Key](tx); k != nil {
			return message.PeriodKey(string(k.Period), k.Owner)
		}
	case message.KindEncapsulation:
		if e := read[period.Encapsulation](tx); e != nil {
			return message.PairKey(string(e.Period), e.First, e.Second)
		}
	case message.KindPairConfirmed:
		if c := read[period.Confirmation](tx); c != nil {
			return message.PairKey(string(c.Period), c.First, c.Second) + "/" + string(c.From)
		}
	}
	return ""
}

func keyOfLabel(tx *ledger.Tx) string {
	switch tx.Kind {
	case message.KindCommit:
		if c := read[inquiry.Commit](tx); c != nil {
			return message.ContributionKey(c.Label, c.Party)
		}
	case message.KindDeclined:
		if d := read[inquiry.Declined](tx); d != nil {
			return message.ContributionKey(d.Label, d.Party)
		}
	case message.KindReleased:
		if r := read[inquiry.Released](tx); r != nil {
			return message.ContributionKey(r.Label, r.Party)
		}
	case message.KindAccusation:
		if a := read[inquiry.Accusation](tx); a != nil {
			return message.ContributionKey(a.Label, a.Accused)
		}
	case message.KindAnchor:
		if a := read[inquiry.Anchor](tx); a != nil {
			return a.Label.String()
		}
	case message.KindSettlement:
		if s := read[inquiry.Settlement](tx); s != nil {
			return s.Label.String()
		}
	}
	return ""
}

func read[T any](tx *ledger.Tx) *T {
	body := new(T)
	if canonical.Decode(tx.Body, ledger.MaxTx, body) != nil {
		return nil
	}
	return body
}
