package message

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger"
)

// ErrConflict is wrapped by a RefusedError when another entry stands already where a message would.
var ErrConflict = errors.New("another entry stands there already")

// RefusedError says that a transaction stands on the ledger as refused: which rule did not hold, and how.
type RefusedError struct{ Result *ledger.Result }

// Error names the rule.
func (e *RefusedError) Error() string {
	clause := ""
	if n := len(e.Result.Clauses); n > 0 {
		clause = e.Result.Clauses[n-1]
	}
	return fmt.Sprintf("refused by %s as %s: not so: %s: %s", e.Result.Contract, e.Result.Code, clause, e.Result.Why)
}

// Is makes a refusal as CodeConflict an ErrConflict, and one as CodeUnproven an ErrUnproven.
func (e *RefusedError) Is(target error) bool {
	return target == ErrConflict && e.Result.Code == ledger.CodeConflict || target == ErrUnproven && e.Result.Code == ledger.CodeUnproven
}

// validFor is how many blocks after the last one a transaction may still enter: long enough for a queue, short enough that
// one that was lost is soon known to be lost.
const validFor = 10_000

// Encoded is a body that is encoded already, such as a consent, which its own key signed.
type Encoded []byte

// Author writes the transactions of one sender, one after the other. It is safe for concurrent use; several authors of one
// sender get in each other's way and try again.
type Author struct {
	chain  engine.Name
	sender ledger.Sender
	ledger Ledger

	mu  sync.Mutex
	key ed25519.PrivateKey
}

// NewAuthor is a member who signs with its key.
func NewAuthor(l Ledger, chain, name engine.Name, key ed25519.PrivateKey) *Author {
	return &Author{chain: chain, sender: ledger.Account(name), key: key, ledger: l}
}

// NewBareAuthor is a key that speaks for itself alone.
func NewBareAuthor(l Ledger, chain engine.Name, key ed25519.PrivateKey) *Author {
	return &Author{chain: chain, sender: ledger.BareKey([32]byte(key.Public().(ed25519.PublicKey))), key: key, ledger: l}
}

// Format keeps the key out of every log line.
func (a *Author) Format(f fmt.State, _ rune) { io.WriteString(f, "[author "+string(a.sender)+"]") }

// attempts is how often a transaction is signed again because its sequence number was taken meanwhile.
const attempts = 32

// Write signs a message of a kind and hands it over until its result is durable. A refusal is a *RefusedError. When ctx
// ends or the ledger cannot be reached, the message may or may not stand on the ledger.
func (a *Author) Write(ctx context.Context, kind Kind, body any) (*ledger.Result, error) {
	return a.WriteAs(ctx, kind, body, nil)
}

// WriteAs is Write for a message that must be known before it is sent: keep is given each signed transaction before it is
// handed over, and stores it durably; only the last one given can stand on the ledger.
func (a *Author) WriteAs(ctx context.Context, kind Kind, body any, keep func(*ledger.Tx) error) (*ledger.Result, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.write(ctx, kind, body, keep)
}

// WriteLast is Write for the last message that this key signs: when the ledger took it, next signs from then on. Nothing else
// is written meanwhile. With any error the key stays; the caller finds out which one speaks, and says so with Use.
func (a *Author) WriteLast(ctx context.Context, kind Kind, body any, next ed25519.PrivateKey) (*ledger.Result, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	result, err := a.write(ctx, kind, body, nil)
	if err == nil {
		a.key = next
	}
	return result, err
}

// Use has another key of the sender sign from here on.
func (a *Author) Use(key ed25519.PrivateKey) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.key = key
}

// write writes one message; the caller holds a.mu.
func (a *Author) write(ctx context.Context, kind Kind, body any, keep func(*ledger.Tx) error) (*ledger.Result, error) {
	encoded, is := body.(Encoded)
	if !is {
		encoded = canonical.Encode(body)
	}
	for range attempts {
		sequence, height, err := a.ledger.Next(ctx, a.sender)
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", kind, err)
		}
		tx := ledger.Draft{Chain: a.chain, Kind: kind, Sender: a.sender, Sequence: sequence, Expiry: height + validFor, Body: encoded}.Sign(a.key)
		if keep != nil {
			if err := keep(tx); err != nil {
				return nil, fmt.Errorf("write %s: %w", kind, err)
			}
		}
		result, err := a.ledger.Submit(ctx, tx.Bytes())
		if errors.Is(err, ledger.ErrSequence) || errors.Is(err, ledger.ErrExpired) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", kind, err)
		}
		return result, verdict(kind, result)
	}
	return nil, fmt.Errorf("write %s: %w, %d times: who else writes as %s?", kind, ledger.ErrSequence, attempts, a.sender)
}

// Resubmit hands over a transaction that was signed earlier and may stand on the ledger already; it is applied once.
func Resubmit(ctx context.Context, l Ledger, tx *ledger.Tx) (*ledger.Result, error) {
	result, err := l.Submit(ctx, tx.Bytes())
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", tx.Kind, err)
	}
	return result, verdict(tx.Kind, result)
}

func verdict(kind Kind, result *ledger.Result) error {
	if result.OK() {
		return nil
	}
	return fmt.Errorf("%s %w", strings.ReplaceAll(string(kind), "-", " "), &RefusedError{Result: result})
}
