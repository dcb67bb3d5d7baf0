package contribute

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"math/big"
	"slices"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/inquiry"
	"weir/engine/inquiry/reply"
	"weir/engine/pedersen"
	"weir/engine/period"
	"weir/engine/seal"
)

// Secrets are what only this party, or this party and one partner, knows.
type Secrets struct {
	Period [32]byte                          // secret_period
	Pairs  map[engine.PartyID]period.PairKey // key_ij by partner
}

// Format keeps the keys out of every log line.
func (Secrets) Format(f fmt.State, _ rune) { io.WriteString(f, "[secrets of a party]") }

// Contribution is the answer to a task, with what its proof will need.
type Contribution struct {
	Commit   inquiry.Commit // goes on the board first
	Response []byte         // a inquiry.Response file; leaves only when everybody has committed
	Rows     [seal.Lines]int
	Rho      *big.Int // ρ_i mod ℓ: C_i = Σ W_k + ρ_i·H
}

// Format keeps the selected rows, which tell the record, and the blinding out of every log line.
func (c Contribution) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "[contribution of %s to %s]", c.Commit.Party, c.Commit.Label.Short())
}

// Contribute computes the answer to a task. values are the encoded features of the subject's record, all zero when the
// party holds none; selector is the prepared slice of the task's sealed model. The same inputs give the same bytes.
func Contribute(task *Task, values [32]uint32, selector *seal.Selector, secrets Secrets) (*Contribution, error) {
	rows := task.Sealed.Version.Slices[task.Slice].Rows(values)
	masks, err := pairMasks(task, secrets.Pairs)
	if err != nil {
		return nil, err
	}
	seed, err := seed(task, rows, masks, secrets.Period)
	if err != nil {
		return nil, err
	}
	streams := func(name string) io.Reader { return canonical.Stream(seed, name) }
	blinds := drawBlinds(streams("contribute/r"))
	total := period.Sum(task.Party, masks)
	response, err := selector.Select(rows, plaintext(total, blinds), streams)
	if err != nil {
		return nil, fmt.Errorf("select for %s: %w", task.Party, err)
	}
	encoded := response.Encode()
	file := inquiry.Response{Label: task.Label, Party: task.Party, C1: encoded[:seal.C1Size], C0: encoded[seal.C1Size:]}
	c := &Contribution{Rows: rows, Rho: blindingOf(blinds, total.Nu), Response: file.File()}
	c.Commit = inquiry.Commit{Label: task.Label, Party: task.Party, Masks: maskCommitments(masks), Proof: []byte{},
		C: commitRows(&task.Sealed.W[task.Slice], rows, c.Rho).Encode(), Response: inquiry.ResponseDigest(c.Response)}
	return c, nil
}

// pairMasks expands the pair keys for the task's label; every other party of the model must have one.
func pairMasks(task *Task, keys map[engine.PartyID]period.PairKey) (map[engine.PartyID]period.Mask, error) {
	masks := map[engine.PartyID]period.Mask{}
	for i := range task.Sealed.Version.Slices {
		partner := task.Sealed.Version.Slices[i].Party
		if partner == task.Party {
			continue
		}
		key, known := keys[partner]
		if !known {
			return nil, Refuse(reply.NoPartners, "no confirmed pair key with %s", partner)
		}
		masks[partner] = key.Mask(task.Label)
	}
	return masks, nil
}

// seed is seed_i = HKDF(secret_period, "weir/contribution/v1", enc[label, SHA-256(selected rows, masks, sliceDigest)])
// (RFC 5869 with that salt and info).
func seed(task *Task, rows [seal.Lines]int, masks map[engine.PartyID]period.Mask, secret [32]byte) ([]byte, error) {
	h := sha256.New()
	for _, k := range rows {
		binary.Write(h, binary.LittleEndian, uint32(k))
	}
	for _, partner := range slices.Sorted(maps.Keys(masks)) {
		m := masks[partner]
		h.Write(canonical.Encode([]any{partner, m.Mu, m.Nu.Bytes()}))
	}
	h.Write(task.Sealed.SliceDigests[task.Slice][:])
	info := canonical.Encode([]any{task.Label, h.Sum(nil)})
	key, err := hkdf.Key(sha256.New, secret[:], []byte("weir/contribution/v1"), string(info), 32)
	if err != nil {
		return nil, fmt.Errorf("seed of a contribution: %w", err)
	}
	return key, nil
}

// drawBlinds draws r_ij uniform in [0, t − 2^15), so that a limb slot never wraps mod t, by rejection from 61-bit words.
func drawBlinds(stream io.Reader) [seal.Limbs]uint64 {
	var r [seal.Limbs]uint64
	for j := range r {
		for {
			var b [8]byte
			if _, err := io.ReadFull(stream, b[:]); err != nil {
				panic(err) // an XOF does not end
			}
			if r[j] = binary.LittleEndian.Uint64(b[:]) & (1<<61 - 1); r[j] < seal.BlindLimit {
				break
			}
		}
	}
	return r
}

// plaintext is msg = ((μ_ig mod t)_g, (r_ij)_j).
func plaintext(total period.Total, blinds [seal.Limbs]uint64) *seal.Message {
	m := &seal.Message{Limbs: blinds}
	for g, mu := range total.Mu {
		if mu < 0 {
			m.Groups[g] = seal.T - uint64(-mu)
		} else {
			m.Groups[g] = uint64(mu)
		}
	}
	return m
}

// blindingOf is ρ_i = Σ_j 2^(9j) r_ij − ν_i mod ℓ.
func blindingOf(blinds [seal.Limbs]uint64, nu *big.Int) *big.Int {
	rho := seal.Recompose(blinds)
	rho.Sub(rho, nu)
	return rho.Mod(rho, pedersen.Order())
}

// commitRows is C_i = Σ W_k over the selected rows + ρ_i·H.
func commitRows(w *[seal.Rows]pedersen.Point, rows [seal.Lines]int, rho *big.Int) pedersen.Point {
	points := []pedersen.Point{pedersen.TimesH(rho)}
	for _, k := range rows {
		points = append(points, w[k])
	}
	return pedersen.Sum(points...)
}

func maskCommitments(masks map[engine.PartyID]period.Mask) []inquiry.PartnerMask {
	var list []inquiry.PartnerMask
	for _, partner := range slices.Sorted(maps.Keys(masks)) {
		list = append(list, inquiry.PartnerMask{Partner: partner, P: masks[partner].Commitment().Encode()})
	}
	return list
}
