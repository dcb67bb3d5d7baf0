// Package partytest is what tests make honest and malicious parties of: one request of a small consortium at the level of
// messages (Attempt), and a contribution in pieces that a fraud may change before it is put together (Draft). What a
// Draft gives is computed for real — selected, encrypted, committed to — and is signed by whoever sends it.
//
// Only tests import it.
package partytest

import (
	"io"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/inquiry"
	"weir/engine/offer"
	"weir/engine/pedersen"
	"weir/engine/period"
	"weir/engine/seal"
)

// Draft is a contribution in pieces (protocol, section 5). NewDraft fills it honestly.
type Draft struct {
	Label     engine.Digest
	Party     engine.PartyID
	Sealed    *offer.Sealed
	Slice     int
	Selector  *seal.Selector
	Encrypted seal.Selection                 // rows in the ciphertext
	Committed seal.Selection                 // rows in C
	Masks     map[engine.PartyID]period.Mask // as announced by P_ij
	Total     period.Total                   // μ_i goes into the ciphertext, ν_i into ρ_i
	Blinds    [seal.Limbs]uint64             // r_ij of the ciphertext
	Rho       *big.Int                       // ρ_i of C
	Shift     int64                          // points added to the ciphertext
}

// NewDraft is the honest contribution of a party whose record has these encoded values, blinded from a seed.
func NewDraft(label engine.Digest, party engine.PartyID, sealed *offer.Sealed, selector *seal.Selector,
	values [seal.Lines]uint32, keys map[engine.PartyID]period.PairKey, seed uint64) *Draft {
	slice, _ := sealed.SliceOf(party)
	d := &Draft{Label: label, Party: party, Sealed: sealed, Slice: slice, Selector: selector, Masks: map[engine.PartyID]period.Mask{}}
	d.Encrypted = sealed.Version.Slices[slice].Rows(values)
	d.Committed = d.Encrypted
	for partner, key := range keys {
		d.Masks[partner] = key.Mask(label)
	}
	d.Total = period.Sum(party, d.Masks)
	random := rand.New(rand.NewPCG(seed, 7))
	for j := range d.Blinds {
		d.Blinds[j] = random.Uint64N(seal.BlindLimit)
	}
	d.Rho = new(big.Int).Sub(seal.Recompose(d.Blinds), d.Total.Nu)
	return d
}

// Finish computes the commit and the response's file.
func (d *Draft) Finish() (inquiry.Commit, []byte) {
	msg := &seal.Message{Limbs: d.Blinds}
	for g, mu := range d.Total.Mu {
		msg.Groups[g] = modT(mu)
	}
	msg.Groups[0] = (msg.Groups[0] + modT(d.Shift)) % seal.T
	streams := func(name string) io.Reader { return canonical.Stream(d.Label[:], string(d.Party)+name) }
	response, err := d.Selector.Select(d.Encrypted, msg, streams)
	if err != nil {
		panic(err)
	}
	file := ResponseFile(d.Label, d.Party, response.Encode())
	commit := inquiry.Commit{Label: d.Label, Party: d.Party, C: d.commitment().Encode(), Response: inquiry.ResponseDigest(file), Proof: []byte{}}
	for _, partner := range slices.Sorted(maps.Keys(d.Masks)) {
		commit.Masks = append(commit.Masks, inquiry.PartnerMask{Partner: partner, P: d.Masks[partner].Commitment().Encode()})
	}
	return commit, file
}

// commitment is Σ W_k + ρ·H.
func (d *Draft) commitment() pedersen.Point {
	c := pedersen.TimesH(d.Rho)
	for _, k := range d.Committed {
		c = c.Add(d.Sealed.W[d.Slice][k])
	}
	return c
}

// ResponseFile is the file of an encoded response.
func ResponseFile(label engine.Digest, party engine.PartyID, encoded []byte) []byte {
	r := inquiry.Response{Label: label, Party: party, C1: encoded[:seal.C1Size], C0: encoded[seal.C1Size:]}
	return r.File()
}

// Encoded is the encoded response in a file.
func Encoded(file []byte) []byte {
	var r inquiry.Response
	if err := canonical.Decode(file, inquiry.MaxResponse, &r); err != nil {
		panic(err)
	}
	return slices.Concat(r.C1, r.C0)
}

func modT(x int64) uint64 {
	if x < 0 {
		return seal.T - uint64(-x)
	}
	return uint64(x)
}
