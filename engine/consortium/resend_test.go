package consortium

import (
	"bytes"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/inquiry"
)

// Asked twice, a holder posts the same commit and releases the same bytes; another request gets others.
func TestResentBytesAreTheSame(t *testing.T) {
	w := shared(t)
	key := w.consented(t, enterprise(11))
	first := w.requested(t, key)
	for range 2 {
		for _, party := range w.parties {
			if err := w.agents[party].Contribute(t.Context(), first, w.clock.now()); err != nil {
				t.Fatal(err)
			}
		}
	}
	responses := func(id engine.RequestID) map[engine.PartyID][]byte {
		got := map[engine.PartyID][]byte{}
		for _, party := range w.parties {
			for range 2 {
				if err := w.agents[party].Release(t.Context(), id); err != nil {
					t.Fatal(err)
				}
			}
			c := w.commitOf(t, id, party)
			got[party] = w.board().Contents[c.Commit.Response]
		}
		return got
	}
	before := w.blobCount()
	a := responses(first)
	if got := w.blobCount() - before; got != len(w.parties) {
		t.Errorf("%d contents released for %d parties", got, len(w.parties))
	}
	second := w.requestedFor(t, key, func(r *inquiry.Request) { r.Attempt = 1 })
	for _, party := range w.parties {
		if err := w.agents[party].Contribute(t.Context(), second, w.clock.now()); err != nil {
			t.Fatal(err)
		}
	}
	b := responses(second)
	for _, party := range w.parties {
		if len(a[party]) == 0 || bytes.Equal(a[party][1000:9000], b[party][1000:9000]) {
			t.Errorf("%s sent the same ciphertext under two labels, or nothing", party)
		}
		if w.commitOf(t, first, party).Commit.C == w.commitOf(t, second, party).Commit.C {
			t.Errorf("%s sent the same commitment under two labels", party)
		}
	}
	one, err := w.bank.Open(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	if two, err := w.bank.Open(t.Context(), first); err != nil || two.Sum != one.Sum || one.Sum != w.reference(t, enterprise(11)) {
		t.Errorf("opened twice: %v, %v, %v", one, two, err)
	}
}

// labelOf is the label of a request.
func (w *world) labelOf(t testing.TB, id engine.RequestID) engine.Digest {
	t.Helper()
	attempt, err := inquiry.FindAttempt(t.Context(), w.genesis, w.link("test"), id)
	if err != nil {
		t.Fatal(err)
	}
	return attempt.Label
}

func (w *world) commitOf(t testing.TB, id engine.RequestID, party engine.PartyID) *inquiry.Contributed {
	t.Helper()
	commits, err := inquiry.FindCommits(t.Context(), w.genesis, w.link("test"), w.labelOf(t, id), []engine.PartyID{party})
	if err != nil {
		t.Fatal(err)
	}
	return commits[party]
}

func flip(b []byte) []byte {
	out := bytes.Clone(b)
	out[len(out)/2] ^= 1
	return out
}

// A holder that is asked again in another month, under other keys, still resends what it committed to.
func TestResentInAnotherMonth(t *testing.T) {
	w := found(t, 2)
	id := engine.Identifier{Kind: engine.Opaque, Text: subjectName(2)}
	terms := w.terms()
	terms.NotAfter = w.clock.now().AddDate(0, 2, 0).Unix()
	key, err := w.wallet(t, id).Give(t.Context(), terms, w.parties, 0, w.clock.now())
	if err != nil {
		t.Fatal(err)
	}
	request := w.requested(t, key)
	contribute := func() {
		t.Helper()
		for _, party := range w.parties {
			if err := w.agents[party].Contribute(t.Context(), request, w.clock.now()); err != nil {
				t.Fatal(err)
			}
		}
	}
	contribute()
	before := w.commitOf(t, request, w.parties[0]).Commit
	w.clock.advance(20 * 24 * time.Hour)
	if err := w.pairUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	contribute()
	if !w.commitOf(t, request, w.parties[0]).Commit.Equal(before) {
		t.Error("another commit stands on the board")
	}
	for _, party := range w.parties {
		if err := w.agents[party].Release(t.Context(), request); err != nil {
			t.Fatal(err)
		}
	}
	if opened, err := w.bank.Open(t.Context(), request); err != nil || opened.Sum != w.reference(t, id) {
		t.Errorf("%v, %v", opened, err)
	}
}
