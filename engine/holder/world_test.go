package holder_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/holder"
	"weir/engine/internal/messagetest"
	"weir/engine/internal/partytest"
	"weir/engine/member"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/engine/vault"
	"weir/ledger"
)

// world is a ledger on which two agents share a key and have approved the attempt's model, and its enterprise consented.
type world struct {
	*partytest.Attempt
	ledger *messagetest.Ledger
	config [2]holder.Config
	agent  [2]*holder.Agent
	asked  uint64
}

func newWorld(t *testing.T, rules holder.Rules) *world {
	t.Helper()
	w := &world{Attempt: partytest.New(2), ledger: newLedger()}
	sealed := w.Sealing.Sealed
	w.ledger.Put(message.KindModel, message.ModelKey(sealed.ModelDigest), w.Sign(partytest.Bank, message.KindModel, w.Sealing.Package))
	for _, blob := range w.Sealing.Blobs {
		w.ledger.Contents[message.Blob(blob)] = blob
	}
	consented := ledger.Draft{Chain: w.Genesis.Chain, Kind: message.KindConsent, Sender: ledger.BareKey(w.Public.Key), Expiry: 1 << 40, Body: w.Given.Public}
	w.ledger.Put(message.KindConsent, message.ConsentKey(w.Public.Key), consented.Sign(w.Given.Key).Bytes())
	for i, party := range w.Parties {
		w.config[i] = config(w.ledger)
		w.config[i].Party, w.config[i].Key, w.config[i].Rules = party, w.Keys[party.Holder()], rules
		w.config[i].Source = source(string(party.Source()))
		w.config[i].Random, w.config[i].Memory = partytest.Stream("agent of "+string(party)), new(vault.Transient)
		w.remember(t, i, member.Entry{Table: "holder/model", Key: sealed.ModelDigest.String(), Value: sealed.VersionDigest[:]},
			member.Entry{Table: "holder/evidence", Key: message.ConsentKey(w.Public.Key), Value: w.Given.Evidence})
		w.restart(t, i)
	}
	for _, a := range w.agent {
		if err := errors.Join(a.Publish(t.Context()), a.Register(t.Context(), now)); err != nil {
			t.Fatal(err)
		}
	}
	w.pair(t)
	return w
}

func (w *world) pair(t *testing.T) {
	t.Helper()
	var waiting []engine.PartyID
	for range 3 {
		waiting = nil
		for _, a := range w.agent {
			still, err := a.Pair(t.Context(), w.Parties, now)
			if err != nil {
				t.Fatal(err)
			}
			waiting = append(waiting, still...)
		}
	}
	if len(waiting) > 0 {
		t.Fatalf("still waiting for %v", waiting)
	}
}

func (w *world) remember(t *testing.T, i int, entries ...member.Entry) {
	t.Helper()
	if err := w.config[i].Memory.Put(entries...); err != nil {
		t.Fatal(err)
	}
}

// restart starts an agent, again, over what it remembers.
func (w *world) restart(t *testing.T, i int) {
	t.Helper()
	a, err := holder.New(context.Background(), w.config[i], nil)
	if err != nil {
		t.Fatal(err)
	}
	w.agent[i] = a
}

// ask puts a request on the ledger; other, unless it is 0, is the root of the second party that it names in place of its own.
func (w *world) ask(t *testing.T, bank engine.Name, other byte) engine.RequestID {
	t.Helper()
	r := w.NewRequest()
	for i, party := range w.Parties {
		records, _, err := offer.FindRecords(t.Context(), w.Genesis, w.ledger, party)
		if err != nil {
			t.Fatal(err)
		}
		r.Roots[i].Root = records.Root
	}
	if other != 0 {
		r.Roots[1].Root = [32]byte{other}
	}
	post := message.Sign(w.Genesis.Chain, message.KindRequest, bank, w.Keys[bank], w.asked, 1<<40, r)
	w.asked++
	w.ledger.Put(message.KindRequest, idOf(post).String(), post)
	return idOf(post)
}

// contribute has the first agent answer, after a restart.
func (w *world) contribute(t *testing.T, id engine.RequestID, at time.Time) error {
	t.Helper()
	w.restart(t, 0)
	return w.agent[0].Contribute(t.Context(), id, at)
}
