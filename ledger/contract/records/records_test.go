package records_test

import (
	"testing"

	"weir/engine"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/ledger"
	"weir/ledger/contract/internal/scoringtest"
	"weir/ledger/contract/records"
)

const kind = message.KindRecords

func newest(t *testing.T, w *scoringtest.World) (r records.Committed) {
	t.Helper()
	w.Ask(t, records.Name, "newest", "tax/vat", &r)
	return r
}

func TestRecordsRefused(t *testing.T) {
	found := scoringtest.Found(t)
	for name, c := range map[string]struct {
		from   engine.Name
		spoil  func(r *offer.Records)
		code   ledger.Code
		clause string
	}{
		"by another holder": {"power", func(*offer.Records) {}, ledger.CodeUnauthorised, "a holder speaks for its own sources only"},
		"by a bank":         {"bank", func(*offer.Records) {}, ledger.CodeUnauthorised, "the sender's role allows the transaction"},
		"no party":          {"tax", func(r *offer.Records) { r.Party = "tax/" }, ledger.CodeMalformed, "a party is holder/source"},
		"root too large":    {"tax", func(r *offer.Records) { r.Root[0] = 0xff }, ledger.CodeMalformed, "a root is a canonical field element"},
		"no schema":         {"tax", func(r *offer.Records) { r.Schema = []byte{} }, ledger.CodeMalformed, "the schema is well-formed"},
		"another's schema":  {"tax", func(r *offer.Records) { r.Schema = scoringtest.Schema(t, "tax/x", "2026-10", 0).Encode() }, ledger.CodeMalformed, "the schema is that of the party's source"},
	} {
		t.Run(name, func(t *testing.T) {
			r := scoringtest.Records(t, "tax/vat", "2026-10", 0, 1)
			c.spoil(r)
			scoringtest.Refused(t, found.Fork().Send(t, c.from, kind, r), c.code, c.clause)
		})
	}
}

// A13: equivocation is refused and announced, corrections rise, the newest epoch counts.
func TestOneRootForEpochAndRevision(t *testing.T) {
	w := scoringtest.Found(t)
	send := func(epoch string, revision uint32, root byte) *ledger.Result {
		return w.Send(t, "tax", kind, scoringtest.Records(t, "tax/vat", epoch, revision, root))
	}
	first := scoringtest.Taken(t, send("2026-10", 2, 1))
	scoringtest.Refused(t, send("2026-10", 2, 1), ledger.CodeConflict, "records are published once")
	second := send("2026-10", 2, 9)
	scoringtest.Refused(t, second, ledger.CodeConflict, "an epoch and revision has one root")
	if len(second.Events) != 1 || second.Events[0].Kind != "equivocation" || second.Events[0].Key != "tax/vat" {
		t.Errorf("announced %+v", second.Events)
	}
	if r := newest(t, w); r.Tx != first.Tx || r.Root != scoringtest.Root(1) || r.Revision != 2 {
		t.Errorf("newest %+v", r)
	}
	scoringtest.Refused(t, send("2026-10", 1, 3), ledger.CodeConflict, "a correction has a higher revision than all before")
	scoringtest.Taken(t, send("2026-10", 5, 4))
	scoringtest.Refused(t, send("2026-10", 3, 4), ledger.CodeConflict, "a correction has a higher revision than all before")
	if r := newest(t, w); r.Root != scoringtest.Root(4) {
		t.Errorf("newest %+v", r)
	}
	scoringtest.Taken(t, send("2026-11", 0, 5))
	scoringtest.Taken(t, send("2026-10", 6, 6)) // a late correction of an older epoch
	if r := newest(t, w); r.Root != scoringtest.Root(5) || r.Epoch != "2026-11" {
		t.Errorf("newest %+v", r)
	}
}
