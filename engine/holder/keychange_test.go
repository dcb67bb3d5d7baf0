package holder_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"testing"

	"weir/engine"
	"weir/engine/consent"
	"weir/engine/contribute"
	"weir/engine/holder"
	"weir/engine/inquiry"
	"weir/engine/internal/partytest"
	"weir/engine/member"
	"weir/engine/message"
	"weir/engine/period"
)

func publicKey(k ed25519.PrivateKey) consent.Key { return consent.Key(k.Public().(ed25519.PublicKey)) }

// otherKey is a long-term key, another one for each number.
func otherKey(n byte) consent.Key {
	return publicKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize)))
}

// notice is the registrar's, of a key change of the attempt's enterprise.
func (w *world) notice(from, to consent.Key) []byte {
	return consent.ChangeKey(w.Genesis.Chain, w.Subject, from, to, now, w.Keys[partytest.Registrar])
}

// deliver seals a notice to the first agent and hands it over, after a restart.
func (w *world) deliver(t *testing.T, notice []byte) error {
	t.Helper()
	key, err := member.FindPeriodKey(t.Context(), w.Genesis, w.ledger, string(w.Parties[0]), period.Of(now))
	if err != nil || key == nil {
		t.Fatal(err)
	}
	sealed, err := period.SealTo(key, string(message.KindKeyChange), notice)
	if err != nil {
		t.Fatal(err)
	}
	w.restart(t, 0)
	_, err = w.agent[0].Receive(t.Context(), message.KindKeyChange, sealed, now)
	return err
}

func withoutConsent(err error) bool {
	var refusal *contribute.Refusal
	return errors.As(err, &refusal) && refusal.Code == inquiry.DeclinedConsent
}

// Which key an agent that answered for EK counts as the enterprise's after some notices. It restarts between all steps.
func TestAKeyChangeIsFollowed(t *testing.T) {
	ek := publicKey(partytest.New(2).EK)
	b, c := otherKey(1), otherKey(2)
	type change struct{ from, to consent.Key }
	for name, scene := range map[string]struct {
		changes []change
		known   bool // EK is the known key at the end
	}{
		"away": {[]change{{ek, b}}, false}, "away, and again": {[]change{{ek, b}, {ek, b}}, false},
		"of a key that is not known": {[]change{{b, c}}, true}, "to the known key, from another": {[]change{{b, ek}}, true},
		"away and back":                         {[]change{{ek, b}, {b, ek}}, true},
		"the old notice after a second change":  {[]change{{ek, b}, {b, c}, {ek, b}}, false},
		"a notice that starts from the old key": {[]change{{ek, b}, {b, c}, {b, ek}}, false},
		"a later notice without the one before": {[]change{{b, c}, {ek, b}}, false},
	} {
		w := newWorld(t, holder.Rules{})
		if err := w.contribute(t, w.ask(t, partytest.Bank, 0), now); err != nil {
			t.Fatal(err)
		}
		for _, change := range scene.changes {
			if err := w.deliver(t, w.notice(change.from, change.to)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		err := w.contribute(t, w.ask(t, partytest.Bank, 1), now)
		if scene.known && err != nil || !scene.known && !withoutConsent(err) {
			t.Errorf("%s: evidence under the first key: %v", name, err)
		}
	}
}

// An enterprise that the agent never answered for needs no notice, and leaves no trace by one.
func TestAKeyChangeOfAnUnknownEnterprise(t *testing.T) {
	w := newWorld(t, holder.Rules{})
	if err := w.deliver(t, w.notice(publicKey(w.EK), otherKey(1))); err != nil {
		t.Fatal(err)
	}
	if err := w.config[0].Memory.Each("holder/enterprise", func(string, []byte) bool { t.Error("it was remembered"); return false }); err != nil {
		t.Fatal(err)
	}
	if err := w.contribute(t, w.ask(t, partytest.Bank, 0), now); err != nil {
		t.Error(err)
	}
}

// Notices that are not the registrar's, or not about this enterprise on this chain, move nothing.
func TestForgedKeyChanges(t *testing.T) {
	w := newWorld(t, holder.Rules{})
	if err := w.contribute(t, w.ask(t, partytest.Bank, 0), now); err != nil {
		t.Fatal(err)
	}
	ek, to, registrar := publicKey(w.EK), otherKey(1), w.Keys[partytest.Registrar]
	flipped := w.notice(ek, to)
	flipped[len(flipped)-1] ^= 1
	for name, notice := range map[string][]byte{
		"signed by the bank":       consent.ChangeKey(w.Genesis.Chain, w.Subject, ek, to, now, w.Keys[partytest.Bank]),
		"signed by the old key":    consent.ChangeKey(w.Genesis.Chain, w.Subject, ek, to, now, w.EK),
		"for another chain":        consent.ChangeKey("other", w.Subject, ek, to, now, registrar),
		"an altered signature":     flipped,
		"to the same key":          w.notice(ek, ek),
		"nothing":                  nil,
		"the evidence of the same": w.Given.Evidence,
	} {
		if err := w.deliver(t, notice); !errors.Is(err, consent.ErrCertificate) {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := engine.Identifier{Kind: w.Subject.Kind, Text: w.Subject.Text + "-2"}
	if err := w.deliver(t, consent.ChangeKey(w.Genesis.Chain, other, ek, to, now, registrar)); err != nil {
		t.Errorf("of another enterprise: %v", err)
	}
	if err := w.contribute(t, w.ask(t, partytest.Bank, 1), now); err != nil {
		t.Errorf("with the key that is known: %v", err)
	}
}

// late is a memory that does something once, when an answer is first looked for: the evidence has then been judged.
type late struct {
	member.Memory
	event func()
}

func (l *late) Get(table, key string) ([]byte, error) {
	if event := l.event; table == "holder/answer" && event != nil {
		l.event = nil
		event()
	}
	return l.Memory.Get(table, key)
}

// A notice that arrives while an answer under the old key is computed is not undone by it, and the answer does not leave.
func TestAKeyChangeDuringAnAnswer(t *testing.T) {
	w := newWorld(t, holder.Rules{})
	if err := w.contribute(t, w.ask(t, partytest.Bank, 0), now); err != nil {
		t.Fatal(err)
	}
	memory := &late{Memory: w.config[0].Memory}
	w.config[0].Memory = memory
	id := w.ask(t, partytest.Bank, 1)
	w.restart(t, 0)
	asked := w.agent[0]
	memory.event = func() {
		if err := w.deliver(t, w.notice(publicKey(w.EK), otherKey(1))); err != nil {
			t.Error(err)
		}
	}
	// The notice reaches the agent's other instance over the same memory: the one that answers has to look there.
	if err := asked.Contribute(context.Background(), id, now); !withoutConsent(err) {
		t.Errorf("answered under a key given up meanwhile: %v", err)
	}
	subject := w.Subject.Subject()
	known, err := w.config[0].Memory.Get("holder/enterprise", hex.EncodeToString(subject[:]))
	if next := otherKey(1); err != nil || !bytes.Equal(known, next[:]) {
		t.Errorf("the key given up is known again: %v", err)
	}
	if n := len(w.ledger.Of(message.KindCommit)); n != 1 {
		t.Errorf("%d commits", n)
	}
}
