package contract

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"weir/engine"
	"weir/ledger"
)

// hostName is the part of the state that the host itself keeps: how many transactions each sender has had, and which
// versions of contracts judge from which height on.
const hostName = engine.Name("ledger")

// Env is what transactions are judged in: the contracts, a verifier for proofs, and the block.
type Env struct {
	Set      *Set
	Verifier Verifier // nil: no proof holds
	Height   uint64
	Time     time.Time
}

// Found writes down the set, and lets every contract write its first entries into the layer, in the order of the set.
func (e Env) Found(layer *Layer, document []byte) error {
	e.Set.schedule(layer)
	for _, c := range e.Set.order {
		if c.Found == nil {
			continue
		}
		ctx := e.context(layer, c, nil)
		ctx.run.maxKeys, ctx.run.maxWrites, ctx.run.maxTold = ledger.MaxBlockKeys, ledger.MaxBlockWrites, ledger.MaxBlockWrites
		refusal, err := guard(func() error { return c.Found(ctx, document) })
		if err == nil && refusal != nil {
			err = refusal
		}
		if err != nil {
			return fmt.Errorf("found %s: %w", c.id(), err)
		}
	}
	return nil
}

// Apply judges one admitted transaction. What it writes, and one more in the sender's count, goes into the layer; of a
// refused one only the count. The result lacks its place in the block. An error means that the state could not be read.
func (e Env) Apply(layer *Layer, tx *ledger.Tx) (*ledger.Result, error) {
	m, known := e.Set.methods[tx.Kind]
	if !known {
		return nil, fmt.Errorf("%w: %s", ledger.ErrKind, tx.Kind)
	}
	own := NewLayer(layer)
	ctx := e.context(own, m.contract, tx)
	refusal, err := guard(func() error { return m.Run(ctx, tx.Body) })
	if err != nil {
		return nil, err
	}
	result := ctx.run.result
	if refusal == nil {
		result.Clauses = nil // a result lists the clauses only for who was refused
		layer.Merge(own)
	} else {
		result = &ledger.Result{Tx: tx.ID(), Contract: m.contract.id(), Code: refusal.Code, Why: clip(refusal.Why),
			Clauses: append(result.Clauses, clip(refusal.Clause)), Events: refusal.Evidence}
	}
	return result, e.count(layer, tx.Sender)
}

// Ask puts a reader's question to a contract, over a state that stays as it is.
func (e Env) Ask(state View, name engine.Name, answer string, argument []byte) ([]byte, error) {
	a := e.Set.answer(name, answer)
	if a == nil {
		return nil, Refuse(ledger.CodeUnknown, "a contract answers the question", "%s does not answer %q", name, answer)
	}
	ctx := e.context(NewLayer(state), e.Set.contracts[name], nil)
	var told []byte
	refusal, err := guard(func() (err error) {
		told, err = a.Run(ctx, argument)
		return err
	})
	if err == nil && refusal != nil {
		err = refusal
	}
	if err != nil {
		return nil, err
	}
	return told, nil
}

// Key is the key that a sender's signature is judged by. Errors wrap ledger.ErrSender, or say that the state could not
// be read.
func (e Env) Key(state View, sender ledger.Sender) (key [32]byte, err error) {
	if bare, isKey := sender.Key(); isKey {
		return bare, nil
	}
	account, _ := sender.Account()
	active := false
	ctx := e.context(NewLayer(state), e.Set.accounts, nil)
	refusal, err := guard(func() error {
		key, active = e.Set.accounts.KeyOf(ctx, account)
		return nil
	})
	if err == nil && (refusal != nil || !active) {
		err = fmt.Errorf("%w: %s", ledger.ErrSender, sender)
	}
	return key, err
}

// Sequence is how many transactions of a sender stand on the ledger: the sequence number of its next one.
func Sequence(state View, sender ledger.Sender) (uint64, error) {
	entry, err := state.Get(sequenceKey(sender))
	if err != nil {
		return 0, err
	}
	text, known := content(entry)
	if !known {
		return 0, nil
	}
	count, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: sequence number of a sender", ledger.ErrDamaged)
	}
	return count, nil
}

func sequenceKey(sender ledger.Sender) []byte {
	return []byte(string(hostName) + "\x00sequence/" + string(sender))
}

func (e Env) count(layer *Layer, sender ledger.Sender) error {
	n, err := Sequence(layer, sender)
	if err == nil {
		layer.Put(string(sequenceKey(sender)), live(strconv.AppendUint(nil, n+1, 10)))
	}
	return err
}

func (e Env) context(layer *Layer, c *Contract, tx *ledger.Tx) *Context {
	r := &run{set: e.Set, layer: layer, verifier: e.Verifier, height: e.Height, time: e.Time, maxKeys: MaxKeys, maxWrites: MaxWrites, maxTold: maxEvents,
		result: &ledger.Result{Contract: c.id(), Code: ledger.CodeOK}}
	if r.verifier == nil {
		r.verifier = noVerifier{}
	}
	if tx != nil {
		r.sender, r.tx, r.result.Tx = tx.Sender, tx.ID(), tx.ID()
	}
	return &Context{run: r, contract: c}
}

func (s *Set) answer(name engine.Name, answer string) *Answer {
	c := s.contracts[name]
	if c == nil {
		return nil
	}
	for i := range c.Answers {
		if c.Answers[i].Name == answer {
			return &c.Answers[i]
		}
	}
	return nil
}

type noVerifier struct{}

func (noVerifier) Verify(engine.Digest, []byte, []byte) error { return errors.New("no verifier") }

// guard runs a contract. It gives the refusal that it ended with, if any, and an error only when the state could not be
// read. A contract that panics on its input is a fault of the program, but must not stop every node of the ledger: the
// transaction is refused like any other broken invariant.
func guard(f func() error) (refusal *Refusal, err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case abort:
			refusal = r.refusal
		case broken:
			err = r.err
		default:
			refusal = &Refusal{Code: ledger.CodeInvariant, Clause: "a contract does not fail on any input", Why: "it did"}
		}
	}()
	failed := f()
	if failed == nil || errors.As(failed, &refusal) {
		return refusal, nil
	}
	return &Refusal{Code: ledger.CodeInvariant, Clause: "a contract says why it refuses", Why: "it failed without a reason"}, nil
}

// clip bounds a sentence of a refusal, so that every result is within its size.
func clip(text string) string {
	const limit = 1024
	if len(text) > limit {
		text = text[:limit] + "…"
	}
	return strings.ToValidUTF8(text, "?")
}
