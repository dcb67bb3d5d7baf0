package messagetest

import (
	"weir/engine"
	"weir/engine/consent"
	"weir/engine/inquiry"
)

// Request asks all parties for a score; it is of bank, unsigned.
func Request() *inquiry.Request {
	r := &inquiry.Request{Consent: consent.Key(Hash("pk_c")), Model: Hash("model"), Purpose: consent.PreLoan, Output: consent.OutputScore, Attempt: 1}
	for _, party := range Parties {
		r.Roots = append(r.Roots, inquiry.PartyRoot{Party: party, Root: Hash("root of " + string(party))})
	}
	return r
}

// Commit is a party's commit, without a proof; the commits of all parties agree in pairs.
func Commit(party engine.PartyID) *inquiry.Commit {
	c := &inquiry.Commit{Label: Hash("label"), Party: party, C: Point(1000 + int64(len(party))), Response: Hash("response"), Proof: []byte{}}
	for _, partner := range Parties {
		if partner != party {
			c.Masks = append(c.Masks, inquiry.PartnerMask{Partner: partner, P: Point(int64(len(party) * len(partner)))})
		}
	}
	return c
}

// Response is a response of one party, and the commit that announced it.
func Response() (*inquiry.Response, *inquiry.Commit) {
	r := &inquiry.Response{Label: Hash("label"), Party: "tax/vat", C1: make([]byte, 75776), C0: make([]byte, 544)}
	c := Commit("tax/vat")
	c.Response = inquiry.ResponseDigest(r.File())
	return r, c
}
