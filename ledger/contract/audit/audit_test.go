package audit_test

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/contract/audit"
	"weir/ledger/contract/internal/scoringtest"
	"weir/ledger/contract/tasks"
)

// used is a ledger with a settled attempt under a, one that expired and was asked again under b, and one declined under c.
func used(t *testing.T) (*scoringtest.World, *scoringtest.World, engine.Digest) {
	t.Helper()
	w := scoringtest.Offered(t)
	model := scoringtest.Read(t, scoringtest.Package(t, 0)).ModelDigest
	settled := w.Open(t, model, "a", 2)
	w.Complete(t, settled)
	w.Release(t, settled)
	w.OK(t, "bank", message.KindSettlement, scoringtest.Settlement(t, settled, "bank", 0))
	before := w.Fork()
	expired := before.Open(t, model, "b", 1)
	before.Complete(t, expired)
	before.Later(scoringtest.Window)
	before.OK(t, "bank", message.KindRetry, inquiry.Retry{Label: expired, Model: model})
	declined := before.Open(t, model, "c", 1)
	before.OK(t, "tax", message.KindDeclined, []any{declined, engine.PartyID("tax/vat"), "records", []byte{}})
	return w, before, model
}

func collect(t *testing.T, w *scoringtest.World, of tasks.UsesOf) *audit.Report {
	t.Helper()
	r, err := audit.Collect(of, w.Query)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// blocks are what a world said, in one block.
func blocks(w *scoringtest.World) iter.Seq2[*ledger.Committed, error] {
	return func(yield func(*ledger.Committed, error) bool) { yield(&ledger.Committed{Results: w.Said}, nil) }
}

func TestAllUsesAreTold(t *testing.T) {
	_, w, model := used(t)
	r := collect(t, w, tasks.UsesOf{})
	version := scoringtest.Read(t, scoringtest.Package(t, 0)).VersionDigest
	key := func(name string) string { return fmt.Sprintf("%x", scoringtest.ConsentKey(name)) }
	consents := []audit.Total{{Of: key("a"), Requests: 1, Attempts: 1, Charged: 1, Bits: 10, Settled: 1}, {Of: key("b"), Requests: 1, Attempts: 2, Charged: 1, Bits: 10},
		{Of: key("c"), Requests: 1, Attempts: 1}}
	slices.SortFunc(consents, func(a, b audit.Total) int { return strings.Compare(a.Of, b.Of) })
	all := audit.Total{Requests: 3, Attempts: 4, Charged: 2, Bits: 20, Settled: 1}
	bank, versions := all, all
	bank.Of, versions.Of = "bank", version.String()
	if got := r.ByConsent(); !slices.Equal(got, consents) {
		t.Errorf("by consent %+v", got)
	}
	if got := r.ByBank(); !slices.Equal(got, []audit.Total{bank}) {
		t.Errorf("by bank %+v", got)
	}
	if got := r.ByModel(); !slices.Equal(got, []audit.Total{versions}) {
		t.Errorf("by model %+v", got)
	}
	if !slices.IsSortedFunc(r.Uses, func(a, b tasks.Use) int { return int(a.Opened - b.Opened) }) {
		t.Error("not by time")
	}
	for n, of := range map[int][]tasks.UsesOf{4: {{Bank: "bank"}, {Model: model}, {Model: version}}, 2: {{Consent: scoringtest.ConsentKey("b")}},
		0: {{Bank: "bank2"}, {Model: engine.Digest{1}}, {Consent: scoringtest.ConsentKey("b"), Bank: "bank2"}}} {
		for _, of := range of {
			if got := collect(t, w, of); len(got.Uses) != n {
				t.Errorf("%+v: %d uses, want %d", of, len(got.Uses), n)
			}
		}
	}
	var text strings.Builder
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"settled, 2026-11-05T12:00:00Z", "declined (records) tax/vat", "in phase commit", "by consent", "expired"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in\n%s", want, &text)
		}
	}
}

// A ledger that leaves out a use, or makes one up, is found by its blocks.
func TestAnswersAreHeldAgainstBlocks(t *testing.T) {
	earlier, w, _ := used(t)
	r := collect(t, w, tasks.UsesOf{})
	if err := r.Compare(blocks(w)); err != nil {
		t.Error(err)
	}
	without := func(skip int) *audit.Report {
		return &audit.Report{Uses: slices.Delete(slices.Clone(r.Uses), skip, skip+1)}
	}
	for i, u := range r.Uses {
		again := slices.ContainsFunc(r.Uses, func(o tasks.Use) bool { return o.Label != u.Label && o.Request == u.Request })
		if err := without(i).Compare(blocks(w)); u.Charged && !again && !errors.Is(err, audit.ErrReport) {
			t.Errorf("without use %d: %v", i, err)
		}
	}
	if err := r.Compare(blocks(earlier)); !errors.Is(err, audit.ErrReport) {
		t.Errorf("with a use that no block charged: %v", err)
	}
	broken := errors.New("disk")
	if err := r.Compare(func(yield func(*ledger.Committed, error) bool) { yield(nil, broken) }); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

// Many attempts come in pages, each once.
func TestPagesOfUses(t *testing.T) {
	w := scoringtest.Offered(t)
	model := scoringtest.Read(t, scoringtest.Package(t, 0)).ModelDigest
	w.Give(t, "many", 600)
	for range 600 {
		w.OK(t, "bank", message.KindRequest, scoringtest.Request(model, "many"))
	}
	asked := 0
	r, err := audit.Collect(tasks.UsesOf{}, func(name engine.Name, answer string, argument []byte) ([]byte, error) {
		asked++
		return w.Query(name, answer, argument)
	})
	if err != nil || len(r.Uses) != 600 || asked != 3 || r.ByBank()[0].Requests != 600 {
		t.Errorf("%d uses in %d answers, %v", len(r.Uses), asked, err)
	}
}

// A node that answers with nonsense, or without an end.
func TestAnswersRefused(t *testing.T) {
	for name, answer := range map[string][]byte{"nothing": nil, "nonsense": {1, 2, 3}, "the same again": canonical.Encode(tasks.Uses{Next: engine.Digest{5}})} {
		asked := 0
		_, err := audit.Collect(tasks.UsesOf{}, func(engine.Name, string, []byte) ([]byte, error) {
			if asked++; asked > 3 {
				t.Fatal("asks forever")
			}
			return answer, nil
		})
		if !errors.Is(err, audit.ErrReport) {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken := errors.New("network")
	if _, err := audit.Collect(tasks.UsesOf{}, func(engine.Name, string, []byte) ([]byte, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}
