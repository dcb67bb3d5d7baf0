package inquiry_test

import (
	"reflect"
	"strings"
	"testing"

	"weir/engine"
	"weir/engine/inquiry"
	"weir/engine/internal/messagetest"
	"weir/engine/internal/plain"
	"weir/engine/message"
)

func TestCommitsRefused(t *testing.T) {
	g := messagetest.Genesis()
	for name, spoil := range map[string]func(*inquiry.Commit){
		"another holder's party": func(c *inquiry.Commit) { c.Party = "social/staff" },
		"party without source":   func(c *inquiry.Commit) { c.Party = "tax" },
		"no party":               func(c *inquiry.Commit) { c.Party = "" },
		"C not a point":          func(c *inquiry.Commit) { c.C = [32]byte(messagetest.Hash("no point")) },
		"C of order 2":           func(c *inquiry.Commit) { c.C = messagetest.OrderTwo() },
		"C of zeros":             func(c *inquiry.Commit) { c.C = [32]byte{} },
		"P not a point":          func(c *inquiry.Commit) { c.Masks[1].P = [32]byte(messagetest.Hash("no point")) },
		"P of order 2":           func(c *inquiry.Commit) { c.Masks[0].P = messagetest.OrderTwo() },
		"P not canonical":        func(c *inquiry.Commit) { c.Masks[0].P = [32]byte([]byte(strings.Repeat("\xff", 32))) },
		"partners out of order":  func(c *inquiry.Commit) { c.Masks[0], c.Masks[1] = c.Masks[1], c.Masks[0] },
		"partner twice":          func(c *inquiry.Commit) { c.Masks[1] = c.Masks[0] },
		"partner of no source":   func(c *inquiry.Commit) { c.Masks[0].Partner = "power" },
		"partner of much text":   func(c *inquiry.Commit) { c.Masks[0].Partner = engine.PartyID(strings.Repeat("p", 1000)) + "/x" },
		"its own partner": func(c *inquiry.Commit) {
			c.Masks = append(c.Masks, inquiry.PartnerMask{Partner: c.Party, P: messagetest.Point(1)})
		},
		"eight partners": func(c *inquiry.Commit) {
			c.Masks = nil
			for _, source := range "abcdefgh" {
				c.Masks = append(c.Masks, inquiry.PartnerMask{Partner: "power/" + engine.PartyID(source), P: messagetest.Point(1)})
			}
		},
		"proof too long": func(c *inquiry.Commit) { c.Proof = make([]byte, inquiry.MaxProof+1) },
	} {
		c := messagetest.Commit("tax/vat")
		spoil(c)
		read, err := inquiry.OpenCommit(g, messagetest.Sign(message.KindCommit, "tax", c))
		messagetest.Refused(t, name, err, message.ErrPost)
		if read != nil {
			t.Errorf("%s: a commit comes with the error", name)
		}
		if err != nil && len(err.Error()) > 300 {
			t.Errorf("%s: the error repeats foreign text: %d bytes", name, len(err.Error()))
		}
	}
	_, err := inquiry.OpenCommit(g, messagetest.Sign(message.KindCommit, "social", messagetest.Commit("tax/vat")))
	messagetest.Refused(t, "posted by another holder", err, message.ErrPost)
}

func TestCommitOpens(t *testing.T) {
	want := messagetest.Commit("tax/vat")
	want.Proof = make([]byte, inquiry.MaxProof)
	read, err := inquiry.OpenCommit(messagetest.Genesis(), messagetest.Sign(message.KindCommit, "tax", want))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(read.Commit, want) || !read.Commit.Equal(want) || read.Party != "tax/vat" ||
		read.C.Encode() != want.C || len(read.Masks) != 2 {
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
	proven := messagetest.Commit("tax/vat")
	proven.Proof = []byte("proof")
	if !proven.Equal(messagetest.Commit("tax/vat")) {
		t.Error("the proof was compared")
	}
	for name, change := range map[string]func(*inquiry.Commit){
		"label": func(c *inquiry.Commit) { c.Label[0] ^= 1 }, "party": func(c *inquiry.Commit) { c.Party = "tax/x" },
		"C":        func(c *inquiry.Commit) { c.C = messagetest.Point(1) },
		"response": func(c *inquiry.Commit) { c.Response[31] ^= 1 }, "P": func(c *inquiry.Commit) { c.Masks[1].P = messagetest.Point(1) },
		"partner": func(c *inquiry.Commit) { c.Masks[1].Partner = "x/y" }, "a mask less": func(c *inquiry.Commit) { c.Masks = c.Masks[:1] },
	} {
		c := messagetest.Commit("tax/vat")
		change(c)
		if c.Equal(messagetest.Commit("tax/vat")) {
			t.Errorf("another %s is the same", name)
		}
	}
}

func TestContext(t *testing.T) {
	c, circuit := messagetest.Commit("social/staff"), messagetest.Hash("circuit")
	var points [][]byte
	for _, m := range c.Masks {
		points = append(points, plain.Bytes(m.P[:]))
	}
	want := plain.Digest("weir/context/v1", plain.Array(plain.Bytes(c.Label[:]), plain.Text(c.Party), plain.Bytes(c.Response[:]),
		plain.Array(points...), plain.Bytes(circuit[:])))
	messagetest.Pinned(t, "context", inquiry.Context(c, circuit), want, "591cadb008fbc4843345b18d3e00a57a51725dc9361f760b3adf72ee70d61442")
}

func TestEveryFieldEntersTheContext(t *testing.T) {
	seen := map[engine.Digest]string{}
	for name, change := range map[string]func(*inquiry.Commit){
		"as it is": func(*inquiry.Commit) {}, "label": func(c *inquiry.Commit) { c.Label = messagetest.Hash("label2") },
		"party":           func(c *inquiry.Commit) { c.Party = "power/x" },
		"response":        func(c *inquiry.Commit) { c.Response = messagetest.Hash("response2") },
		"a mask":          func(c *inquiry.Commit) { c.Masks[1].P = messagetest.Point(9) },
		"masks exchanged": func(c *inquiry.Commit) { c.Masks[0].P, c.Masks[1].P = c.Masks[1].P, c.Masks[0].P },
		"a mask less":     func(c *inquiry.Commit) { c.Masks = c.Masks[:1] },
	} {
		c := messagetest.Commit("power/meter")
		change(c)
		for suffix, circuit := range map[string]engine.Digest{"": messagetest.Hash("circuit"), " under another circuit": messagetest.Hash("circuit2")} {
			d := inquiry.Context(c, circuit)
			if other, twice := seen[d]; twice {
				t.Errorf("%s and %s give one context", name+suffix, other)
			}
			seen[d] = name + suffix
		}
	}
}

func TestCommitsOfALabelAreFound(t *testing.T) {
	g, label := messagetest.Genesis(), messagetest.Hash("label")
	board := new(messagetest.Bulletin)
	all := func() error {
		found, err := inquiry.FindCommits(t.Context(), g, board, label, messagetest.Parties)
		if err == nil {
			err = inquiry.CheckPairs(messagetest.Parties, found)
		}
		return err
	}
	for _, party := range messagetest.Parties {
		messagetest.Refused(t, "before the commit of "+string(party), all(), message.ErrNotFound)
		key := message.ContributionKey(label, party)
		other := messagetest.Commit(party)
		other.Label = messagetest.Hash("label2")
		board.Put(t, message.KindCommit, key, messagetest.Sign(message.KindCommit, party.Holder(), other)) // of another label
		board.Put(t, message.KindCommit, key, messagetest.Sign(message.KindCommit, "bank", messagetest.Commit(party)))
		sibling := messagetest.Commit(party + "2") // its key begins with this party's
		board.Put(t, message.KindCommit, message.ContributionKey(label, party+"2"), messagetest.Sign(message.KindCommit, party.Holder(), sibling))
		messagetest.Refused(t, "only others' commits", all(), message.ErrNotFound)
		board.Put(t, message.KindCommit, key, messagetest.Sign(message.KindCommit, party.Holder(), messagetest.Commit(party)))
	}
	if err := all(); err != nil {
		t.Error(err)
	}
}
