package consortium

import (
	"testing"
	"testing/fstest"
	"time"

	"weir/engine/inquiry"
	"weir/engine/record"
)

// Two holders share no key of the month yet: declined(partners), and the score comes through once they do.
func TestPairKeysMissing(t *testing.T) {
	w := found(t, 3)
	w.clock.advance(20 * 24 * time.Hour) // another month
	for _, party := range w.parties {
		if err := w.agents[party].Register(t.Context(), w.clock.now()); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.bank.Register(t.Context(), w.clock.now()); err != nil {
		t.Fatal(err)
	}
	key := w.consented(t, enterprise(1))
	w.mustDecline(t, w.requested(t, key), inquiry.DeclinedPartners)
	if err := w.pairUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	opened, err := w.Ask(t.Context(), w.consented(t, enterprise(1)))
	if err != nil || opened.Sum != w.reference(t, enterprise(1)) {
		t.Errorf("after pairing: %v, %v", opened, err)
	}
}

// Records of a new epoch, and a correction: scores follow, and a request that names an old root is declined.
func TestEpochsAndRevisions(t *testing.T) {
	w := found(t, 2)
	id := enterprise(2)
	october := w.reference(t, id)
	opened, err := w.Ask(t.Context(), w.consented(t, id))
	if err != nil || opened.Sum != october {
		t.Fatalf("october: %v, %v", opened, err)
	}
	stale := w.requested(t, w.consented(t, id))

	for step, next := range []struct {
		epoch    string
		revision int
	}{{"2026-11", 0}, {"2026-11", 1}} {
		w.clock.advance(31 * 24 * time.Hour)
		w.replaceRecords(t, sources(2, next.epoch, next.revision, uint64(10+step)))
		w.declinedBy(t, stale, inquiry.DeclinedRecords, inquiry.DeclinedRecords)
		opened, err := w.Ask(t.Context(), w.consented(t, id))
		if want := w.reference(t, id); err != nil || opened.Sum != want {
			t.Errorf("%s revision %d: %v, %v, want %d", next.epoch, next.revision, opened, err, want)
		}
		stale = w.requested(t, w.consented(t, id))
	}
	if w.reference(t, id) == october {
		t.Error("the records of both epochs give the same score: the test shows nothing")
	}
}

// replaceRecords seats agents over new records, under new keys of a new month; the sealed model stays.
func (w *world) replaceRecords(t *testing.T, files fstest.MapFS) {
	t.Helper()
	for _, party := range w.parties {
		source, _, err := record.ReadFolder(t.Context(), files, string(party.Source()))
		if err != nil {
			t.Fatal(err)
		}
		w.sources[party.Source()] = source
		w.schemas[party.Source()] = source.Schema
	}
	if err := w.startAgents(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.approveModel(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.pairUp(t.Context()); err != nil {
		t.Fatal(err)
	}
}
