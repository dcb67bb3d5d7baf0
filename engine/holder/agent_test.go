package holder_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/fstest"
	"time"

	"weir/engine"
	"weir/engine/contribute"
	"weir/engine/holder"
	"weir/engine/inquiry"
	"weir/engine/internal/messagetest"
	"weir/engine/internal/partytest"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/engine/record"
	"weir/engine/vault"
	"weir/ledger"
)

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// final takes every attempt for final.
type final struct{}

func (final) Final(context.Context, *inquiry.Attempt, map[engine.PartyID]*inquiry.Contributed) error {
	return nil
}

func newLedger() *messagetest.Ledger { return messagetest.NewLedger(partytest.New(2).Genesis) }

// source are the records of a source of two enterprises.
func source(name string) *record.Source {
	files := fstest.MapFS{
		name + "/schema.json": {Data: []byte(`{"source": "` + name + `", "epoch": "2026-10", "subjects": "opaque", "features": [{"name": "a", "scale": 0, "min": 0, "max": 9}]}`)},
		name + "/records.csv": {Data: []byte("subject,a\nx,1\ny,\n")},
	}
	s, _, err := record.ReadFolder(context.Background(), files, name)
	if err != nil {
		panic(err)
	}
	return s
}

func config(l *messagetest.Ledger) holder.Config {
	a := partytest.New(2)
	return holder.Config{Genesis: a.Genesis, Party: a.Parties[0], Key: a.Keys[a.Parties[0].Holder()], Source: source("s1"), RecordKey: record.Key{1},
		Random: partytest.Stream("agent"), Ledger: l, Blobs: l, Memory: new(vault.Transient), Finality: final{}}
}

func agent(l *messagetest.Ledger) *holder.Agent {
	a, err := holder.New(context.Background(), config(l), nil)
	if err != nil {
		panic(err)
	}
	return a
}

func ExampleAgent_Publish() {
	b := newLedger()
	a := agent(b)
	if err := a.Publish(context.Background()); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a, "posted", len(b.Of(message.KindRecords)), "commitment to its records")
	// Output: [agent of h1/s1] posted 1 commitment to its records
}

func TestNewRefuses(t *testing.T) {
	c := config(newLedger())
	genesis := *c.Genesis.Founding()
	c.Genesis = &genesis
	genesis.Members = nil
	if _, err := holder.New(t.Context(), c, nil); err == nil {
		t.Error("an agent started without a registrar to believe")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := holder.New(ended, config(newLedger()), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("building the tree after the end: %v", err)
	}
}

// What was published says whose it is, and the same records under the same key have the same root and stand once.
func TestPublish(t *testing.T) {
	b := newLedger()
	for range 2 {
		if err := agent(b).Publish(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	a := partytest.New(2)
	posts := b.Of(message.KindRecords)
	if len(posts) != 1 {
		t.Fatalf("the same records were posted %d times", len(posts))
	}
	records, schema, err := offer.FindRecords(t.Context(), a.Genesis, b, a.Parties[0])
	if err != nil || records.Root == [32]byte{} || schema.Source != "s1" || posts[0].Key != "h1/s1/2026-10/0" {
		t.Errorf("%v %v %v at %s", records, schema, err, posts[0].Key)
	}
	elsewhere := newLedger() // the same root on another ledger: nothing but the records and their key enters
	if err := agent(elsewhere).Publish(t.Context()); err != nil || string(elsewhere.Of(message.KindRecords)[0].Body) != string(posts[0].Body) {
		t.Errorf("the same records gave another root: %v", err)
	}
	other := config(b)
	other.RecordKey = record.Key{2}
	second, err := holder.New(t.Context(), other, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Publish(t.Context()); !errors.Is(err, holder.ErrOtherRecords) { // this ledger keeps one of an epoch
		t.Errorf("another root for the same epoch: %v", err)
	}
	other.Ledger = newLedger()
	if second, err = holder.New(t.Context(), other, nil); err != nil || second.Publish(t.Context()) != nil {
		t.Fatal(err)
	}
	if last := other.Ledger.(*messagetest.Ledger).Of(message.KindRecords)[0]; string(last.Body) == string(posts[0].Body) {
		t.Error("another record key gave the same root: records could be guessed from it")
	}
}

// Messages that are not for this agent, or come before it is ready.
func TestReceiveRefuses(t *testing.T) {
	a := agent(newLedger())
	if _, err := a.Receive(t.Context(), message.KindEvidence, nil, now); err == nil {
		t.Error("evidence was taken without a key for the month")
	}
	if err := a.Register(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []message.Kind{message.KindEnrolment, message.KindRequest, message.KindCertificate, ""} {
		if _, err := a.Receive(t.Context(), kind, nil, now); err == nil {
			t.Errorf("a message of kind %q was taken", kind)
		}
	}
	for _, body := range [][]byte{nil, {0}, make([]byte, 1119), make([]byte, 1120), make([]byte, 2000), make([]byte, 1<<20)} {
		if _, err := a.Receive(t.Context(), message.KindEvidence, body, now); err == nil {
			t.Errorf("%d zeros were taken as evidence", len(body))
		}
	}
}

// A month's key is made once, and none is there for pairing before that.
func TestRegister(t *testing.T) {
	b := newLedger()
	a := agent(b)
	if _, err := a.Pair(t.Context(), []engine.PartyID{"h2/s2"}, now); err == nil {
		t.Error("paired without a key")
	}
	for range 3 {
		if err := a.Register(t.Context(), now); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(b.Of(message.KindPeriodKey)); n != 1 {
		t.Errorf("%d keys for one month", n)
	}
	waiting, err := a.Pair(t.Context(), []engine.PartyID{"h1/s1", "h2/s2"}, now)
	if err != nil || len(waiting) != 1 || waiting[0] != "h2/s2" {
		t.Errorf("waiting for %v, %v", waiting, err)
	}
}

// Requests that are not there, and a board that fails.
func TestContributeWithoutRequest(t *testing.T) {
	b := newLedger()
	a := agent(b)
	if err := a.Contribute(t.Context(), engine.RequestID{1}, now); !errors.Is(err, message.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if err := a.Release(t.Context(), engine.RequestID{1}); err == nil {
		t.Error("released what was never asked")
	}
	b.Fails = errors.New("the board is down")
	if err := a.Contribute(t.Context(), engine.RequestID{1}, now); !errors.Is(err, b.Fails) {
		t.Errorf("got %v", err)
	}
	if err := a.Publish(t.Context()); !errors.Is(err, b.Fails) {
		t.Errorf("got %v", err)
	}
	if err := a.Approve(t.Context(), engine.Digest{}); !errors.Is(err, b.Fails) {
		t.Errorf("got %v", err)
	}
}

// A holder that first finds no model and then, asked again, still none, has declined once: the first code stands on the
// ledger, and the agent's own reason is the newer one.
func TestDeclinedTwice(t *testing.T) {
	b, id := newLedger(), idOf(partytest.New(2).Request)
	a := agent(b)
	b.Put(message.KindRequest, id.String(), partytest.New(2).Request)
	for range 2 {
		err := a.Contribute(t.Context(), id, now)
		var refusal *contribute.Refusal
		if !errors.As(err, &refusal) || refusal.Code != inquiry.DeclinedModel {
			t.Fatalf("got %v", err)
		}
	}
	if n := len(b.Of(message.KindDeclined)); n != 1 {
		t.Errorf("%d refusals on the ledger", n)
	}
}

// idOf is the id of a request's transaction.
func idOf(post []byte) engine.RequestID {
	tx, err := ledger.DecodeTx(post)
	if err != nil {
		panic(err)
	}
	return engine.RequestID(tx.ID())
}

// An agent never prints what it keeps.
func TestAgentDoesNotPrint(t *testing.T) {
	a := agent(newLedger())
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		for _, thing := range []any{a, a.Config} {
			if shown := fmt.Sprintf(verb, thing); shown != "[agent of h1/s1]" {
				t.Errorf("%s shows %.80s", verb, shown)
			}
		}
	}
}
