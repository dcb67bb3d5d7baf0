// Package roll shows, offline, which key spoke for an account at the height of each of its transactions, where the founding
// document does not say: for members that were admitted later, rotated their key, or were given another one by votes. It is
// the part of a receipt that is about keys: banks Assemble it, and whoever verifies a receipt has it Checked.
//
// A roll is entries of the registry contract's state after the last block under the receipt's checkpoint. It holds exactly
// what the transactions need, in one order: no entry can be added, left out or exchanged. Format: wire, "Accounts".
package roll

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/directory"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/contract/registry"
	"weir/ledger/proof"
)

// Bounds of a roll.
const (
	MaxEntries = 512 // accounts and spans together
	MaxSpans   = 64  // of one account
)

// ErrRoll is returned for a roll that does not show what its transactions need.
var ErrRoll = errors.New("accounts refused")

// Roll is the entries, and the block that they are shown by.
type Roll struct {
	_       struct{}           `cbor:",toarray"`
	Header  []byte             // of the last block under the checkpoint
	LogPath []engine.Digest    // from it to the checkpoint
	Entries []proof.StateEntry // of each account, by name, itself and then its spans, by number
}

// Signed is a transaction of an account, as it stands on the ledger.
type Signed struct {
	Account engine.Name
	Height  uint64
	Tx      *ledger.Tx
}

// Unfounded are the accounts, by name, of which a transaction is not signed by the key in the founding document, or that
// stand there not at all: those that a roll is about.
func Unfounded(g *message.Genesis, all []Signed) []engine.Name {
	var names []engine.Name
	for _, s := range all {
		if m, known := g.Member(s.Account); !known || !message.SignedBy(s.Tx, m.SigningKey) {
			names = append(names, s.Account)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Account is one of a roll.
type Account struct {
	registry.Account
	spans map[uint32]registry.Span // those that are shown
}

// At is the number of the span of a height. The one after it has to be shown as well, or it is the account's last.
func (a *Account) At(height uint64) (uint32, bool) {
	for number, s := range a.spans {
		if s.From > height {
			continue
		}
		next, shown := a.spans[number+1]
		if number == a.Keys || shown && next.From > height {
			return number, true
		}
	}
	return 0, false
}

// Signed tells whether the key that spoke for the account at the height of a transaction signed it.
func (a *Account) Signed(s Signed) bool {
	number, shown := a.At(s.Height)
	return shown && message.SignedBy(s.Tx, a.spans[number].Key)
}

// Check reads a foreign roll: every entry stands in the state after the last block under the checkpoint, by the trust, and
// the entries are exactly those that the transactions need. Errors wrap ErrRoll.
func (r *Roll) Check(trust *proof.Trust, checkpoint *proof.Checkpoint, g *message.Genesis, all []Signed) (map[engine.Name]*Account, error) {
	if n := len(r.Entries); n == 0 || n > MaxEntries {
		return nil, fmt.Errorf("%w: %d entries, want 1 to %d", ErrRoll, n, MaxEntries)
	}
	header, err := ledger.DecodeHeader(r.Header)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRoll, err)
	}
	if header.Height+1 != checkpoint.Size {
		return nil, fmt.Errorf("%w: shown after block %d, want the last of %d", ErrRoll, header.Height, checkpoint.Size)
	}
	var held []proof.Held
	for page := range slices.Chunk(r.Entries, proof.MaxStateEntries) {
		bundle := proof.StateBundle{Entries: page, Header: r.Header, LogPath: r.LogPath, Checkpoint: checkpoint.Note}
		shown, err := trust.VerifyState(bundle.Encode())
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrRoll, err)
		}
		held = append(held, shown.Entries...)
	}
	names := Unfounded(g, all)
	accounts, err := read(held, names)
	if err != nil {
		return nil, err
	}
	return accounts, exactly(held, accounts, names, all)
}

// read gives what the entries say of the accounts. Each has to be live, and of the registry.
func read(held []proof.Held, names []engine.Name) (map[engine.Name]*Account, error) {
	byKey := map[string]*proof.Held{}
	for i := range held {
		if held[i].Contract != registry.Name || held[i].Standing != proof.Live {
			return nil, fmt.Errorf("%w: entry %d is no live entry of %s", ErrRoll, i+1, registry.Name)
		}
		byKey[held[i].Key] = &held[i]
	}
	accounts := map[engine.Name]*Account{}
	for _, name := range names {
		a := &Account{spans: map[uint32]registry.Span{}}
		if err := decode(byKey[directory.AccountKey(name)], &a.Account); err != nil {
			return nil, fmt.Errorf("%w: account %s: %w", ErrRoll, name, err)
		}
		accounts[name] = a
	}
	for _, h := range held {
		name, number, is := spanOf(h.Key, accounts)
		if !is {
			continue
		}
		var s registry.Span
		if err := decode(&h, &s); err != nil {
			return nil, fmt.Errorf("%w: span %d of %s: %w", ErrRoll, number, name, err)
		}
		accounts[name].spans[number] = s
	}
	return accounts, nil
}

func decode(h *proof.Held, into any) error {
	if h == nil {
		return errors.New("it is not shown")
	}
	return canonical.Decode(h.Value, contract.MaxValue, into)
}

// spanOf reads the key of a span of one of the accounts.
func spanOf(key string, accounts map[engine.Name]*Account) (name engine.Name, number uint32, is bool) {
	for name := range accounts {
		if n, err := fmt.Sscanf(key, "span/"+string(name)+"/%010d", &number); err == nil && n == 1 && key == directory.SpanKey(name, number) {
			return name, number, true
		}
	}
	return "", 0, false
}

// exactly compares the entries with what the transactions need, key by key.
func exactly(held []proof.Held, accounts map[engine.Name]*Account, names []engine.Name, all []Signed) error {
	wanted, err := keys(accounts, names, all)
	if err != nil {
		return err
	}
	if !slices.EqualFunc(held, wanted, func(h proof.Held, key string) bool { return h.Key == key }) {
		return fmt.Errorf("%w: %d entries, not the %d that the transactions rest on", ErrRoll, len(held), len(wanted))
	}
	return nil
}

// keys are where everything stands that the transactions need: each account, and of it the span of each transaction with
// the one after it.
func keys(accounts map[engine.Name]*Account, names []engine.Name, all []Signed) ([]string, error) {
	var list []string
	for _, name := range names {
		a := accounts[name]
		var numbers []uint32
		for _, s := range all {
			if s.Account != name {
				continue
			}
			number, shown := a.At(s.Height)
			if !shown {
				return nil, fmt.Errorf("%w: which key spoke for %s in block %d is not shown", ErrRoll, name, s.Height)
			}
			numbers = append(numbers, number)
			if number < a.Keys {
				numbers = append(numbers, number+1)
			}
		}
		slices.SortFunc(numbers, cmp.Compare)
		numbers = slices.Compact(numbers)
		if len(numbers) > MaxSpans {
			return nil, fmt.Errorf("%w: %d keys of %s, limit %d", ErrRoll, len(numbers), name, MaxSpans)
		}
		list = append(list, directory.AccountKey(name))
		for _, number := range numbers {
			list = append(list, directory.SpanKey(name, number))
		}
	}
	if len(list) > MaxEntries {
		return nil, fmt.Errorf("%w: %d entries, limit %d", ErrRoll, len(list), MaxEntries)
	}
	return list, nil
}
