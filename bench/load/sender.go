package load

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"

	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger"
	"weir/ledger/deposit"
)

// NoteSize is the length of a note's transaction, in bytes.
const NoteSize = 500

// Sender signs transactions one after another.
type Sender struct {
	name ledger.Sender
	key  ed25519.PrivateKey
	next uint64
}

// Member is one of the ledger's accounts, from 0.
func Member(i int) *Sender { return &Sender{name: ledger.Account(member(i)), key: seeded("member", i)} }

// Stranger is a bare key.
func Stranger(i int) *Sender {
	key := seeded("stranger", i)
	return &Sender{name: ledger.BareKey([32]byte(key.Public().(ed25519.PublicKey))), key: key}
}

func (s *Sender) sign(kind ledger.Kind, body []byte) *ledger.Tx {
	d := ledger.Draft{Chain: Chain, Kind: kind, Sender: s.name, Sequence: s.next, Expiry: 1 << 62, Body: body}
	s.next++
	return d.Sign(s.key)
}

// Note is a transaction of NoteSize bytes.
func (s *Sender) Note() *ledger.Tx {
	rest := NoteSize - (len(canonical.Encode(ledger.Draft{Chain: Chain, Kind: kindNote, Sender: s.name, Sequence: s.next, Expiry: 1 << 62})) + 1 + 2 + 64 + 2)
	return s.sign(kindNote, make([]byte, rest))
}

// Deposit is one document's, through the evidence contract; with a count above 1, the root of so many documents'.
func (s *Sender) Deposit(count uint64) *ledger.Tx {
	digest := engine.Digest(sha256.Sum256(fmt.Appendf(nil, "%s %d", s.name, s.next)))
	return s.sign(deposit.KindDeposit, canonical.Encode(deposit.Deposit{Digest: digest, Count: count}))
}

// Table is what the statements of proofs are about, an encoded models.Table.
func (s *Sender) Table(table []byte) *ledger.Tx { return s.sign(kindTable, table) }

// Proof is a claim that the ledger's verifier judges.
func (s *Sender) Proof(p Proof) *ledger.Tx { return s.sign(kindProof, canonical.Encode(p)) }

// Fill gives the state more entries, a thousand at a time.
func Fill(ctx context.Context, l *Ledger, entries int) error {
	s := Stranger(-1)
	for range entries / perFill {
		if err := l.Submit(ctx, s.sign(kindFill, []byte("entry"))); err != nil {
			return err
		}
	}
	return nil
}
