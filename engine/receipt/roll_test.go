package receipt_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/engine/receipt"
	"weir/engine/receipt/receipttest"
	"weir/engine/receipt/roll"
	"weir/ledger"
	"weir/ledger/contract/registry"
	"weir/ledger/machine"
	"weir/ledger/merkle"
	"weir/ledger/proof"
)

// A holder and a supervisor that were admitted later, a bank and a holder that rotated their keys on the way, and a holder
// that was given another one by votes: the receipt shows all of it.
func TestReceiptsOfMembersThatCameLater(t *testing.T) {
	for _, holders := range []int{3, 8} {
		s := receipttest.Settle(t, receipttest.Options{Holders: holders, Later: true})
		s.Idle(t) // the last block is none of the receipt's
		r := s.Receipt(t)
		if r.Roll == nil || !bytes.HasPrefix(r.Encode(), []byte{0x87, receipt.FormatOfRoll}) {
			t.Fatal("no roll")
		}
		mustVerify(t, s, r, receipttest.Verifier)
		mustVerify(t, s, r.Close(), receipttest.Verifier)
		if r.Close().Digest() != r.Digest() {
			t.Error("closed, it is another receipt")
		}
		var keys []string
		for _, e := range r.Roll.Entries {
			keys = append(keys, string(e.Key))
		}
		want := "account/bank span/bank/0000000001 span/bank/0000000002 account/h1 span/h1/0000000001 span/h1/0000000002 span/h1/0000000003 " +
			"account/h2 span/h2/0000000001 span/h2/0000000002"
		if got := strings.Join(keys, " "); !strings.HasPrefix(got, want) || !strings.Contains(got, "account/second span/second/0000000001") {
			t.Errorf("the roll is of %s", got)
		}
	}
}

// A receipt without such members has the form that it always had; one that was made before a key changed verifies after, and
// one of the same score made after as well.
func TestReceiptsOutliveTheirKeys(t *testing.T) {
	s := receipttest.Settle(t, receipttest.Options{Holders: 2})
	before := s.Receipt(t)
	s.Rotate(t, receipttest.Bank, 1)
	s.Rotate(t, "h1", 1)
	after := s.Receipt(t)
	for name, r := range map[string]*receipt.Receipt{"before": before, "after": after} {
		mustVerify(t, s, r, receipttest.Verifier)
		if r.Roll != nil || !bytes.HasPrefix(r.Encode(), []byte{0x86, receipt.Format}) {
			t.Errorf("%s: a roll, or another form", name)
		}
	}
}

// Every byte of a roll is bound by a check.
func TestEveryFlippedByteOfARollFailsACheck(t *testing.T) {
	s := receipttest.Settle(t, receipttest.Options{Holders: 3, Later: true})
	s.Idle(t)
	b := s.Receipt(t).Encode()
	part := canonical.Encode(*s.Receipt(t).Roll)
	at := bytes.Index(b, part[:64])
	if at < 0 || len(b)-at > 20<<10 {
		t.Fatalf("the roll is at %d of %d", at, len(b))
	}
	step := 3
	if testing.Short() {
		step = 31
	}
	for ; at < len(b); at += step {
		flip(t, s, b, at, at%8, receipttest.Verifier)
	}
}

// entryOf is the place of a key in a roll.
func entryOf(r *receipt.Receipt, key string) int {
	i := slices.IndexFunc(r.Roll.Entries, func(e proof.StateEntry) bool { return string(e.Key) == key })
	if i < 0 {
		panic("no entry " + key)
	}
	return i
}

// shown are entries as the ledger shows them truly, after its last block.
func shown(t *testing.T, s *receipttest.Settled, keys ...string) *proof.StateBundle {
	t.Helper()
	var asked []machine.StateKey
	for _, key := range keys {
		asked = append(asked, machine.StateKey{Contract: registry.Name, Key: key})
	}
	b, err := s.Machine.State(asked...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Rolls that show too much, too little, something else, or an earlier state: all of their entries are true, or nearly so.
func TestForgedRolls(t *testing.T) {
	s := receipttest.Settle(t, receipttest.Options{Holders: 3, Later: true})
	early := shown(t, s, "account/bank", "span/bank/0000000001", "span/bank/0000000002")
	s.Idle(t)
	whole := s.Receipt(t)
	other := receipttest.Settle(t, receipttest.Options{Holders: 3, Later: true})
	other.Idle(t)
	foreign := other.Receipt(t)
	insert := func(r *receipt.Receipt, after string, keys ...string) {
		r.Roll.Entries = slices.Insert(r.Roll.Entries, entryOf(r, after)+1, shown(t, s, keys...).Entries...)
	}
	remove := func(r *receipt.Receipt, key string) {
		i := entryOf(r, key)
		r.Roll.Entries = slices.Delete(r.Roll.Entries, i, i+1)
	}
	for name, forge := range map[string]func(r *receipt.Receipt){
		"spans swapped": func(r *receipt.Receipt) {
			a, b := &r.Roll.Entries[entryOf(r, "span/h1/0000000001")], &r.Roll.Entries[entryOf(r, "span/h1/0000000003")]
			a.Entry, b.Entry = b.Entry, a.Entry
		},
		"spans swapped with their paths": func(r *receipt.Receipt) {
			a, b := &r.Roll.Entries[entryOf(r, "span/h1/0000000001")], &r.Roll.Entries[entryOf(r, "span/h1/0000000003")]
			a.Entry, a.Path, b.Entry, b.Path = b.Entry, b.Path, a.Entry, a.Path
		},
		"another order": func(r *receipt.Receipt) {
			i, j := entryOf(r, "span/h1/0000000001"), entryOf(r, "span/h1/0000000003")
			r.Roll.Entries[i], r.Roll.Entries[j] = r.Roll.Entries[j], r.Roll.Entries[i]
		},
		"another account's span": func(r *receipt.Receipt) {
			r.Roll.Entries[entryOf(r, "span/h1/0000000003")] = shown(t, s, "span/registrar/0000000001").Entries[0]
		},
		"another account's": func(r *receipt.Receipt) {
			r.Roll.Entries[entryOf(r, "account/h1")] = shown(t, s, "account/registrar").Entries[0]
		},
		"an account too many": func(r *receipt.Receipt) {
			r.Roll.Entries = append(r.Roll.Entries, shown(t, s, "account/supervisor", "span/supervisor/0000000001").Entries...)
		},
		"an account of nobody who signed":    func(r *receipt.Receipt) { insert(r, "span/bank/0000000002", "account/registrar") },
		"an entry twice":                     func(r *receipt.Receipt) { insert(r, "account/bank", "account/bank") },
		"something else of the registry":     func(r *receipt.Receipt) { insert(r, "account/bank", "supervisors") },
		"an absent entry":                    func(r *receipt.Receipt) { insert(r, "span/bank/0000000002", "span/bank/0000000003") },
		"an account less":                    func(r *receipt.Receipt) { remove(r, "account/h2") },
		"a span less":                        func(r *receipt.Receipt) { remove(r, "span/bank/0000000001") },
		"without the span that ends another": func(r *receipt.Receipt) { remove(r, "span/h1/0000000002") },
		"no entries":                         func(r *receipt.Receipt) { r.Roll.Entries = []proof.StateEntry{} },
		"too many entries": func(r *receipt.Receipt) {
			r.Roll.Entries = slices.Repeat(r.Roll.Entries[:1], roll.MaxEntries+1)
		},
		"of another contract": func(r *receipt.Receipt) { r.Roll.Entries[0].Contract = "board" },
		"of another ledger":   func(r *receipt.Receipt) { *r.Roll = *foreign.Roll },
		"of an earlier block": func(r *receipt.Receipt) {
			header, err := ledger.DecodeHeader(early.Header)
			if err != nil {
				t.Fatal(err)
			}
			r.Roll.Header = early.Header
			if r.Roll.LogPath, err = s.Machine.Log(header.Height + 2).Path(header.Height); err != nil {
				t.Fatal(err)
			}
			copy(r.Roll.Entries, early.Entries)
		},
		"no header":   func(r *receipt.Receipt) { r.Roll.Header = []byte{} },
		"no path":     func(r *receipt.Receipt) { r.Roll.LogPath = nil },
		"half a path": func(r *receipt.Receipt) { r.Roll.Entries[0].Path = merkle.Membership{} },
	} {
		forged, err := receipt.Decode(whole.Encode())
		if err != nil {
			t.Fatal(err)
		}
		forge(forged)
		report := receipt.Verify(forged.Encode(), s.Trust, receipttest.Verifier)
		mustFail(t, name, report, "accounts")
		if failed := report.Failed(); failed.Name != "accounts" {
			t.Errorf("%s: %s fails before", name, failed.Name)
		}
	}
	bare, err := receipt.Decode(whole.Encode())
	if err != nil {
		t.Fatal(err)
	}
	bare.Roll = nil
	mustFail(t, "no roll", receipt.Verify(bare.Encode(), s.Trust, receipttest.Verifier), "signatures")
	plain := receipttest.Settle(t, receipttest.Options{Holders: 2})
	needless := plain.Receipt(t)
	needless.Roll = &roll.Roll{Entries: shown(t, plain, "account/bank", "span/bank/0000000001").Entries}
	b := shown(t, plain, "account/bank")
	needless.Roll.Header, needless.Roll.LogPath = b.Header, b.LogPath
	mustFail(t, "a roll that nobody needs", receipt.Verify(needless.Encode(), plain.Trust, receipttest.Verifier), "accounts")
}

// A26: a sequencer writes a transaction under a key that spoke for its sender before or after, but not then.
func TestKeysOfAnotherTime(t *testing.T) {
	s := receipttest.Settle(t, receipttest.Options{Holders: 3, Later: true})
	whole := s.Receipt(t)
	if report := receipt.Verify(receipttest.Forge(t, whole).Sign(t), s.Trust, receipttest.Verifier); !report.Verified() {
		t.Fatalf("a ledger written anew does not verify: %+v", report.Failed())
	}
	for name, c := range map[string]struct {
		kind message.Kind
		n    int
		from engine.Name
		key  int
	}{
		"settled with the key before the rotation":  {message.KindSettlement, 0, "bank", 0},
		"asked with the key before the rotation":    {message.KindRequest, 0, "bank", 0},
		"offered with the key after it":             {message.KindModel, 0, "bank", 1},
		"committed with the first of three":         {message.KindCommit, 0, "h1", 0},
		"committed with the second of three":        {message.KindCommit, 0, "h1", 1},
		"approved with the last":                    {message.KindApproval, 0, "h1", 2},
		"released with the key that was lost":       {message.KindReleased, 1, "h2", 0},
		"committed with the key that came by votes": {message.KindCommit, 1, "h2", 1},
		"another's key":                             {message.KindSettlement, 0, "bank", 7},
	} {
		f := receipttest.Forge(t, whole)
		f.Resend(c.kind, c.n, ledger.Account(c.from), receipttest.LaterKey(c.from, c.key))
		report := receipt.Verify(f.Sign(t), s.Trust, receipttest.Verifier)
		if failed := report.Failed(); failed == nil || failed.Name != "signatures" && failed.Name != "accounts" {
			t.Errorf("%s: %+v", name, failed)
		}
	}
}

// Approvals: of supervisors that came later those count that are there, and nobody else passes for one.
func TestApprovalsOfLaterSupervisors(t *testing.T) {
	s := receipttest.Settle(t, receipttest.Options{Holders: 3, Later: true})
	whole := s.Receipt(t)
	f := receipttest.Forge(t, whole)
	f.Resend(message.KindApproval, 4, "h3", receipttest.LaterKey("h3", 0)) // the second supervisor's, sent by an admitted holder
	at := entryOf(f.Receipt, "account/second")
	f.Receipt.Roll.Entries = slices.Delete(f.Receipt.Roll.Entries, at, at+2)
	report := receipt.Verify(f.Sign(t), s.Trust, receipttest.Verifier)
	mustFail(t, "a holder as supervisor", report, "approvals")
	if failed := report.Failed(); failed.Name != "approvals" {
		t.Errorf("a holder as supervisor: %+v", failed)
	}
	f = receipttest.Forge(t, whole)
	f.Drop(message.KindApproval, 3)
	mustFail(t, "the founding supervisor's missing", receipt.Verify(f.Sign(t), s.Trust, receipttest.Verifier), "approvals")
}
