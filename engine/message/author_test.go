package message_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/internal/messagetest"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/ledger"
)

// ordered is a ledger that takes a transaction only at its sender's next sequence number, as a real one does. before, which
// may be nil, runs between an author's look at the number and its transaction.
type ordered struct {
	*messagetest.Ledger
	mu     sync.Mutex
	before func(tx *ledger.Tx) error
}

func newOrdered() *ordered { return &ordered{Ledger: messagetest.NewLedger(messagetest.Genesis())} }

func (o *ordered) Submit(ctx context.Context, b []byte) (*ledger.Result, error) {
	tx, err := ledger.DecodeTx(b)
	if err == nil && o.before != nil {
		err = o.before(tx)
	}
	if err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	next, height, err := o.Next(ctx, tx.Sender)
	if err != nil {
		return nil, err
	}
	if tx.Sequence != next {
		return nil, ledger.ErrSequence
	}
	if tx.Expiry <= height {
		return nil, ledger.ErrExpired
	}
	return o.Ledger.Submit(ctx, b)
}

func author(l message.Ledger) *message.Author {
	return message.NewAuthor(l, messagetest.Chain, "tax", messagetest.Key("tax"))
}

func approval(n int) offer.Approval {
	return offer.Approval{Model: messagetest.Hash(fmt.Sprint("model ", n)), Party: "tax/vat"}
}

func TestAnAuthorNumbersWhatItWrites(t *testing.T) {
	l := newOrdered()
	a := author(l)
	for n := range 3 {
		result, err := a.Write(t.Context(), message.KindApproval, approval(n))
		if err != nil || !result.OK() {
			t.Fatal(err)
		}
	}
	for n, entry := range l.Of(message.KindApproval) {
		p, err := messagetest.Genesis().OpenPost(entry.Tx)
		if err != nil || p.Signer != "tax" || p.Sequence != uint64(n) || !bytes.Equal(p.Body, canonical.Encode(approval(n))) {
			t.Errorf("transaction %d: %+v, %v", n, p, err)
		}
	}
}

// A number that another instance took meanwhile, and a transaction that expired in the queue, are signed again.
func TestAnAuthorSignsAgain(t *testing.T) {
	for _, reason := range []error{ledger.ErrSequence, ledger.ErrExpired, fmt.Errorf("node: %w", ledger.ErrSequence)} {
		l, tries := newOrdered(), 0
		l.before = func(*ledger.Tx) error {
			if tries++; tries < 4 {
				return reason
			}
			return nil
		}
		if _, err := author(l).Write(t.Context(), message.KindApproval, approval(0)); err != nil || tries != 4 {
			t.Errorf("%v: %v after %d tries", reason, err, tries)
		}
	}
	l := newOrdered()
	l.before = func(tx *ledger.Tx) error {
		if tx.Sequence > 0 {
			return nil
		}
		_, err := l.Ledger.Submit(t.Context(), messagetest.Sign(message.KindApproval, "tax", approval(1)))
		return err
	}
	if _, err := author(l).Write(t.Context(), message.KindApproval, approval(0)); err != nil || len(l.Of(message.KindApproval)) != 2 {
		t.Errorf("after another author: %v, %d entries", err, len(l.Of(message.KindApproval)))
	}
}

func TestAnAuthorGivesUp(t *testing.T) {
	l, tries := newOrdered(), 0
	l.before = func(*ledger.Tx) error { tries++; return ledger.ErrSequence }
	if _, err := author(l).Write(t.Context(), message.KindApproval, approval(0)); !errors.Is(err, ledger.ErrSequence) || tries != 32 {
		t.Errorf("always taken: %v after %d tries", err, tries)
	}
	tries = 0
	l.before = func(*ledger.Tx) error { tries++; return ledger.ErrSender }
	if _, err := author(l).Write(t.Context(), message.KindApproval, approval(0)); !errors.Is(err, ledger.ErrSender) || tries != 1 {
		t.Errorf("not let in: %v after %d tries", err, tries)
	}
	l.Fails, l.before = errors.New("the ledger is down"), nil
	if _, err := author(l).Write(t.Context(), message.KindApproval, approval(0)); !errors.Is(err, l.Fails) {
		t.Errorf("a ledger that is down: %v", err)
	}
	if len(l.Entries) != 0 {
		t.Errorf("%d entries", len(l.Entries))
	}
}

// refusing is a ledger on which everything stands as refused.
type refusing struct {
	*messagetest.Ledger
	code ledger.Code
}

func (r *refusing) Submit(_ context.Context, b []byte) (*ledger.Result, error) {
	tx, err := ledger.DecodeTx(b)
	if err != nil {
		return nil, err
	}
	return &ledger.Result{Tx: tx.ID(), Contract: "models@1", Code: r.code, Clauses: []string{"it is well-formed", "the model is known"}, Why: "no such model"}, nil
}

func TestARefusalNamesItsRule(t *testing.T) {
	for code, is := range map[ledger.Code]error{ledger.CodeConflict: message.ErrConflict, ledger.CodeUnproven: message.ErrUnproven,
		ledger.CodeUnknown: nil, ledger.CodePhase: nil} {
		l := &refusing{Ledger: messagetest.NewLedger(messagetest.Genesis()), code: code}
		tx := messagetest.Draft(message.KindPeriodKey, "tax", nil).Sign(messagetest.Key("tax"))
		for name, write := range map[string]func() (*ledger.Result, error){
			"written": func() (*ledger.Result, error) {
				return author(l).Write(t.Context(), message.KindPeriodKey, approval(0))
			},
			"resubmitted": func() (*ledger.Result, error) { return message.Resubmit(t.Context(), l, tx) },
		} {
			result, err := write()
			var refused *message.RefusedError
			if !errors.As(err, &refused) || refused.Result != result || result.Code != code {
				t.Fatalf("%s, %s: %v", name, code, err)
			}
			for _, sentinel := range []error{message.ErrConflict, message.ErrUnproven} {
				if errors.Is(err, sentinel) != (sentinel == is) {
					t.Errorf("%s, %s: is it %v? %v", name, code, sentinel, errors.Is(err, sentinel))
				}
			}
			want := "period key refused by models@1 as " + string(code) + ": not so: the model is known: no such model"
			if err.Error() != want {
				t.Errorf("%s: %v, want %s", name, err, want)
			}
		}
	}
	if bare := (&message.RefusedError{Result: &ledger.Result{Code: ledger.CodeLimit}}).Error(); !strings.Contains(bare, "limit") {
		t.Errorf("a refusal without clauses: %s", bare)
	}
}

// What must be known before it is sent is known before it is sent, each time that it is signed; the last one stands.
func TestWhatIsKeptCanStand(t *testing.T) {
	l := newOrdered()
	var kept []engine.Digest
	l.before = func(tx *ledger.Tx) error {
		if len(kept) == 0 || kept[len(kept)-1] != tx.ID() {
			t.Fatal("sent before it was kept")
		}
		if len(kept) == 1 {
			_, err := l.Ledger.Submit(t.Context(), messagetest.Sign(message.KindApproval, "tax", approval(9)))
			return err
		}
		return nil
	}
	result, err := author(l).WriteAs(t.Context(), message.KindApproval, approval(0), func(tx *ledger.Tx) error {
		kept = append(kept, tx.ID())
		return nil
	})
	if err != nil || len(kept) != 2 || result.Tx != kept[1] || kept[0] == kept[1] {
		t.Fatalf("kept %v, stands %v, %v", kept, result, err)
	}
	for _, entry := range l.Of(message.KindApproval) {
		if p, err := messagetest.Genesis().OpenPost(entry.Tx); err != nil || p.ID() == kept[0] {
			t.Errorf("the one that was given up stands: %v", err)
		}
	}
	full := errors.New("disk full")
	l = newOrdered()
	_, err = author(l).WriteAs(t.Context(), message.KindApproval, approval(0), func(*ledger.Tx) error { return full })
	if !errors.Is(err, full) || len(l.Entries) != 0 {
		t.Errorf("sent although it could not be kept: %v, %d entries", err, len(l.Entries))
	}
}

// The same transaction again is applied once and has the same result.
func TestResubmit(t *testing.T) {
	l := messagetest.NewLedger(messagetest.Genesis())
	tx := messagetest.Draft(message.KindApproval, "tax", canonical.Encode(approval(0))).Sign(messagetest.Key("tax"))
	first, err := message.Resubmit(t.Context(), l, tx)
	again, errAgain := message.Resubmit(t.Context(), l, tx)
	if err != nil || errAgain != nil || first.Tx != tx.ID() || again.Tx != first.Tx || len(l.Entries) != 1 {
		t.Errorf("%v, %v, %d entries", err, errAgain, len(l.Entries))
	}
}

// Many authors of one sender, each writing at once, all get what they have to say onto the ledger, once.
func TestAuthorsOfOneSender(t *testing.T) {
	l := newOrdered()
	authors := []*message.Author{author(l), author(l)}
	var group sync.WaitGroup
	for n := range 16 {
		group.Go(func() {
			if _, err := authors[n%2].Write(t.Context(), message.KindApproval, approval(n)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	said := map[string]bool{}
	for _, entry := range l.Of(message.KindApproval) {
		said[string(entry.Body)] = true
	}
	if len(said) != 16 || len(l.Entries) != 16 {
		t.Errorf("%d messages in %d entries, want 16", len(said), len(l.Entries))
	}
}

func TestABareAuthor(t *testing.T) {
	l, key := newOrdered(), messagetest.Key("consent")
	body := []byte("\x45signed")
	if _, err := message.NewBareAuthor(l, messagetest.Chain, key).Write(t.Context(), message.KindRevocation, message.Encoded(body)); err != nil {
		t.Fatal(err)
	}
	tx, _, err := messagetest.Genesis().OpenBare(message.KindRevocation, l.Entries[0].Tx)
	if err != nil || !bytes.Equal(tx.Body, body) {
		t.Errorf("an encoded body went as %x: %v", tx.Body, err)
	}
}

func TestAnAuthorPrintsNoKey(t *testing.T) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		if got := fmt.Sprintf(verb, author(newOrdered())); got != "[author tax]" {
			t.Errorf("%s shows %.60s", verb, got)
		}
	}
}
