package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"weir/engine/consortium"
	"weir/engine/receipt"
)

// The tax card has 7 and −5 (missing 1, half way 1), the social one 0 and 8 (half way 4), both by hand below.
const reasonCard = `{ "name": "card", "version": "1", "base": 100, "range": [0, 200],
  "sources": {
    "tax": [ {"feature": "sales", "missing": 1, "bins": [{"below": 10, "points": -5}, {"points": 7}]},
             {"feature": "rating", "missing": 0, "absent": -2, "categories": {"A": 6, "B": 3, "C": 0}} ],
    "social": [ {"feature": "staff", "missing": 0, "bins": [{"below": 3, "points": 0}, {"points": 8}]} ] },
  "groups": [
    {"name": "people", "characteristics": ["social/staff"]},
    {"name": "taxes", "characteristics": ["tax/sales", "tax/rating"]} ] }`

// A model with groups from its file to receipts, with real proofs: every sum is the plaintext one, is shown by an open receipt and
// by no closed one, and a band over the score holds beside it.
func TestReasonsFromModelToReceipt(t *testing.T) {
	if testing.Short() {
		t.Skip("real proofs")
	}
	dir := t.TempDir()
	card, policy := write(t, reasonCard, dir, "card.weir.json"), write(t, `{"max_resolution": 10, "min_features": 3}`, dir, "policy.json")
	write(t, `{"source": "tax", "epoch": "2026-10", "subjects": "opaque", "features": [{"name": "sales", "scale": 0, "min": 0, "max": 1000}, {"name": "rating", "categories": ["A", "B", "C"]}]}`, dir, "data", "tax", "schema.json")
	write(t, "subject,sales,rating\na,5,C\nb,12,A\n", dir, "data", "tax", "records.csv")
	write(t, `{"source": "social", "epoch": "2026-10", "subjects": "opaque", "features": [{"name": "staff", "scale": 0, "min": 0, "max": 1000}]}`, dir, "data", "social", "schema.json")
	write(t, "subject,staff\na,2\nc,3\n", dir, "data", "social", "records.csv")
	receipts := filepath.Join(dir, "receipts")
	weir := func(want int, args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		if code := run(t.Context(), args, strings.NewReader(""), &out, &errs); code != want {
			t.Fatalf("weir %v: exit status %d, want %d\n%s%s", args, code, want, out.String(), errs.String())
		}
		return out.String()
	}
	var result struct {
		Scores   []consortium.Score `json:"scores"`
		AllEqual bool               `json:"all_equal"`
		Verified bool               `json:"all_verified"`
		Trust    string             `json:"trust"`
	}
	text := weir(0, "demo", "--data", filepath.Join(dir, "data"), "--model", card, "--policy", policy, "--receipts", receipts, "--json", "--progress", "none")
	if err := json.Unmarshal([]byte(text), &result); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{ // score, reasons
		"a": "95 [{1 taxes adverse 2 2} {2 people adverse 1 1}]",  // −5 + 0 + 0
		"b": "113 [{1 people adverse 1 1} {0 taxes adverse 0 2}]", // 7 + 6 + 0: unknown to social
		"c": "107 [{1 taxes adverse 1 2} {0 people adverse 0 1}]", // 1 − 2 + 8: unknown to tax, where sales misses 1 and half way is 1
	}
	if len(result.Scores) != len(want) || !result.AllEqual || !result.Verified {
		t.Fatalf("%d scores, equal %v, verified %v:\n%s", len(result.Scores), result.AllEqual, result.Verified, text)
	}
	for _, s := range result.Scores {
		if got := fmt.Sprintf("%d %v", s.Score, s.Reasons); got != want[s.Subject] || fmt.Sprint(s.Reasons) != fmt.Sprint(s.ReasonsReference) {
			t.Errorf("%s: %s, want %s; reference %v", s.Subject, got, want[s.Subject], s.ReasonsReference)
		}
	}
	first := result.Scores[0]
	if shown := weir(0, "receipt", "show", first.Receipt); first.Subject != "a" || !strings.Contains(shown, "Beside it        group 1: 1 of at most 1; group 2: 2 of at most 2; which") {
		t.Errorf("shown of %s:\n%s", first.Subject, shown)
	}
	closed, band := filepath.Join(dir, "closed.receipt"), filepath.Join(dir, "at-least-90.band")
	weir(0, "receipt", "close", first.Receipt, closed)
	if shown := weir(0, "receipt", "show", closed); !strings.Contains(shown, "Beside it        reasons, not shown: the receipt is closed") {
		t.Errorf("shown of a closed receipt:\n%s", shown)
	}
	var facts receipt.Facts
	if err := json.Unmarshal([]byte(weir(0, "receipt", "show", closed, "--json")), &facts); err != nil || len(facts.Sums) != 0 || facts.Output != "score-and-reasons" {
		t.Errorf("facts %+v, %v", facts, err)
	}
	weir(0, "receipt", "prove-band", first.Receipt, "--at-least", "90", "--for", "other", "--out", band)
	weir(0, "receipt", "verify", closed, "--trust", result.Trust, "--allow-development-keys", "--band", band)
	weir(1, "receipt", "prove-band", first.Receipt, "--at-least", "96", "--for", "other", "--out", band)
}
