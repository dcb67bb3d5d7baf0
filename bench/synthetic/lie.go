package synthetic

import (
	"fmt"
	"io"
	"math/big"

	"weir/circuits/accusation"
	"weir/circuits/model/ring"
	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/pedersen"
	"weir/engine/seal"
)

// Accusation is a true statement of the accusation circuit: a response to the slice that opens to one point less than
// its party committed to. With the witness of the bank, and a digest of the statement.
func (s Seed) Accusation(slice *Slice) (*accusation.Statement, *accusation.Witness, engine.Digest, error) {
	response, err := s.response(slice)
	if err != nil {
		return nil, nil, engine.Digest{}, fmt.Errorf("synthetic response: %w", err)
	}
	opened := slice.Secret.Open(response)
	honest := pedersen.CommitSmall(opened.Groups, seal.Recompose(opened.Limbs))
	pairs := pedersen.TimesH(scalar(s.stream("accusation/pairs")))
	statement := &accusation.Statement{Label: engine.Digest{1}, Party: party, ModelDigest: slice.Digest(),
		ResponseDigest: canonical.DigestBytes("weir/bench/response/v1", response.Encode()),
		APrime:         residues(slice.Seed.APrime()), B: residues(&slice.Public.Polynomial), C1: new([ring.N]accusation.Rounded),
		Claimed: honest.Add(pedersen.ValueGenerator(0)).Sub(pairs), Pairs: pairs}
	for j, c := range response.C1() {
		copy(statement.C1[j][:], words(c.Rsh(c, roundBits)))
	}
	for l, c := range response.C0() {
		copy(statement.C0[l][:], words(c))
	}
	key := slice.Secret.Witness()
	digest := canonical.Digest("weir/bench/accusation/v1", []any{statement.ModelDigest, statement.ResponseDigest, statement.Claimed.Encode(), pairs.Encode()})
	return statement, &accusation.Witness{Secret: &key.SK, Key: &key.E}, digest, nil
}

// roundBits: a coefficient of c1 is read as h·2^58 + 2^57.
const roundBits = 58

func (s Seed) response(slice *Slice) (*seal.Response, error) {
	selector, err := seal.Prepare(slice.Seed, 0, slice.Sealed, slice.Public)
	if err != nil {
		return nil, err
	}
	rows, random := seal.Selection{}, s.random("accusation/rows")
	for l := range rows {
		rows[l] = seal.RowsPerLine*l + random.IntN(seal.RowsPerLine)
	}
	message := new(seal.Message)
	for j := range message.Limbs {
		message.Limbs[j] = random.Uint64N(seal.BlindLimit)
	}
	return selector.Select(rows, message, func(name string) io.Reader { return s.stream("accusation/" + name) })
}

// words are the 64-bit words of a number, lowest first.
func words(x *big.Int) []uint64 {
	b, list := x.Bytes(), []uint64(nil)
	for end := len(b); end > 0; end -= 8 {
		var word uint64
		for _, octet := range b[max(end-8, 0):end] {
			word = word<<8 | uint64(octet)
		}
		list = append(list, word)
	}
	return list
}
