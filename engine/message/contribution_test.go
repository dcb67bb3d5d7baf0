package message

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"weir/engine"
	"weir/engine/pedersen"
)

func TestCommitsRefused(t *testing.T) {
	g := testGenesis()
	for name, spoil := range map[string]func(*Commit){
		"another holder's party": func(c *Commit) { c.Party = "social/staff" },
		"party without source":   func(c *Commit) { c.Party = "tax" },
		"no party":               func(c *Commit) { c.Party = "" },
		"C not a point":          func(c *Commit) { c.C = [32]byte(hash("no point")) },
		"C of order 2":           func(c *Commit) { c.C = orderTwo() },
		"C of zeros":             func(c *Commit) { c.C = [32]byte{} },
		"P not a point":          func(c *Commit) { c.Masks[1].P = [32]byte(hash("no point")) },
		"P of order 2":           func(c *Commit) { c.Masks[0].P = orderTwo() },
		"P not canonical":        func(c *Commit) { c.Masks[0].P = [32]byte([]byte(strings.Repeat("\xff", 32))) },
		"partners out of order":  func(c *Commit) { c.Masks[0], c.Masks[1] = c.Masks[1], c.Masks[0] },
		"partner twice":          func(c *Commit) { c.Masks[1] = c.Masks[0] },
		"partner of no source":   func(c *Commit) { c.Masks[0].Partner = "power" },
		"partner of much text":   func(c *Commit) { c.Masks[0].Partner = engine.PartyID(strings.Repeat("p", 1000)) + "/x" },
		"its own partner":        func(c *Commit) { c.Masks = append(c.Masks, PartnerMask{Partner: c.Party, P: point(1)}) },
		"eight partners": func(c *Commit) {
			c.Masks = nil
			for _, source := range "abcdefgh" {
				c.Masks = append(c.Masks, PartnerMask{Partner: "power/" + engine.PartyID(source), P: point(1)})
			}
		},
		"proof too long": func(c *Commit) { c.Proof = make([]byte, MaxProof+1) },
	} {
		c := testCommit("tax/vat")
		spoil(c)
		read, err := g.OpenCommit(sign(KindCommit, "tax", c))
		refused(t, name, err, ErrPost)
		if read != nil {
			t.Errorf("%s: a commit comes with the error", name)
		}
		if err != nil && len(err.Error()) > 300 {
			t.Errorf("%s: the error repeats foreign text: %d bytes", name, len(err.Error()))
		}
	}
	_, err := g.OpenCommit(sign(KindCommit, "social", testCommit("tax/vat")))
	refused(t, "posted by another holder", err, ErrPost)
}

func TestCommitOpens(t *testing.T) {
	want := testCommit("tax/vat")
	want.Proof = make([]byte, MaxProof)
	read, err := testGenesis().OpenCommit(sign(KindCommit, "tax", want))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(read.Commit, want) || !read.Commit.Equal(want) || read.Party != "tax/vat" || read.C.Encode() != want.C || len(read.Masks) != 2 {
		t.Errorf("read %+v", read)
	}
	for _, m := range want.Masks {
		if read.Masks[m.Partner].Encode() != m.P {
			t.Errorf("P with %s differs", m.Partner)
		}
	}
}

// Two commits are equal when they say the same, whatever their proofs; an agent halts on any other difference.
func TestEqualComparesAllButTheProof(t *testing.T) {
	proven := testCommit("tax/vat")
	proven.Proof = []byte("proof")
	if !proven.Equal(testCommit("tax/vat")) {
		t.Error("the proof was compared")
	}
	for name, change := range map[string]func(*Commit){
		"label": func(c *Commit) { c.Label[0] ^= 1 }, "party": func(c *Commit) { c.Party = "tax/x" }, "C": func(c *Commit) { c.C = point(1) },
		"response": func(c *Commit) { c.Response[31] ^= 1 }, "P": func(c *Commit) { c.Masks[1].P = point(1) },
		"partner": func(c *Commit) { c.Masks[1].Partner = "x/y" }, "a mask less": func(c *Commit) { c.Masks = c.Masks[:1] },
	} {
		c := testCommit("tax/vat")
		change(c)
		if c.Equal(testCommit("tax/vat")) {
			t.Errorf("another %s is the same", name)
		}
	}
}

// commits are commits of all parties whose pairs agree.
func commits(t *testing.T) map[engine.PartyID]*Contributed {
	read := map[engine.PartyID]*Contributed{}
	for _, party := range parties {
		c, err := testCommit(party).Read()
		if err != nil {
			t.Fatal(err)
		}
		read[party] = c
	}
	return read
}

func TestCheckPairs(t *testing.T) {
	other := pedersen.BlindingGenerator()
	if err := CheckPairs(parties, commits(t)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		spoil func(map[engine.PartyID]*Contributed)
		named string // the party at fault, or "" where it cannot be told
	}{
		"a commit missing":  {func(c map[engine.PartyID]*Contributed) { delete(c, "social/staff") }, "social/staff"},
		"a commit nil":      {func(c map[engine.PartyID]*Contributed) { c["tax/vat"] = nil }, "tax/vat"},
		"a commit too many": {func(c map[engine.PartyID]*Contributed) { c["bank/x"] = c["tax/vat"] }, ""},
		"a mask missing":    {func(c map[engine.PartyID]*Contributed) { delete(c["power/meter"].Masks, "tax/vat") }, "power/meter"},
		"a mask too many":   {func(c map[engine.PartyID]*Contributed) { c["tax/vat"].Masks["x/y"] = other }, "tax/vat"},
		"a stranger's mask": {func(c map[engine.PartyID]*Contributed) {
			delete(c["social/staff"].Masks, "power/meter")
			c["social/staff"].Masks["x/y"] = other
		}, "social/staff"},
	} {
		spoiled := commits(t)
		c.spoil(spoiled)
		err := CheckPairs(parties, spoiled)
		refused(t, name, err, ErrPost)
		if err != nil && !strings.Contains(err.Error(), "commit of "+c.named) && c.named != "" {
			t.Errorf("%s: %v does not name %s", name, err, c.named)
		}
		if errors.Is(err, ErrPair) {
			t.Errorf("%s: another party is blamed as well: %v", name, err)
		}
	}
}

// A12: a disagreement names the pair, whichever end differs.
func TestDisagreementNamesThePair(t *testing.T) {
	for a, i := range parties {
		for _, j := range parties[a+1:] {
			for _, liar := range [][2]engine.PartyID{{i, j}, {j, i}} {
				spoiled := commits(t)
				spoiled[liar[0]].Masks[liar[1]] = pedersen.BlindingGenerator()
				err := CheckPairs(parties, spoiled)
				var pair *PairError
				if !errors.As(err, &pair) || pair.First != i || pair.Second != j || !errors.Is(err, ErrPair) {
					t.Errorf("%s and %s: %v", i, j, err)
				}
			}
		}
	}
}

func TestDeclinedRefused(t *testing.T) {
	g := testGenesis()
	for name, d := range map[string]Declined{
		"no code": {Party: "tax/vat"}, "unknown code": {Party: "tax/vat", Code: "tired"}, "text as a code": {Party: "tax/vat", Code: "91440300708461136T has a low score"},
		"code in capitals": {Party: "tax/vat", Code: "Consent"}, "another holder's party": {Party: "social/staff", Code: DeclinedConsent},
		"no party": {Code: DeclinedConsent}, "party without source": {Party: "tax", Code: DeclinedConsent},
	} {
		read, err := g.OpenDeclined(sign(KindDeclined, "tax", d))
		refused(t, name, err, ErrPost)
		if read != nil || err != nil && strings.Contains(err.Error(), "91440300708461136T") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, code := range []DeclineCode{"consent", "terms", "model", "records", "partners", "revocation"} {
		want := Declined{Label: hash("label"), Party: "tax/vat", Code: code}
		if d, err := g.OpenDeclined(sign(KindDeclined, "tax", want)); err != nil || *d != want {
			t.Errorf("%s: %v", code, err)
		}
	}
}
