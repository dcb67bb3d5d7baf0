package holder_test

import (
	"bytes"
	"crypto/ed25519"
	"testing"
	"time"

	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/holder"
	"weir/engine/inquiry"
	"weir/engine/inquiry/reply"
	"weir/engine/internal/partytest"
	"weir/engine/member"
	"weir/engine/message"
	"weir/ledger"
)

// withReplyKey has the first agent know evidence that names a reply key.
func (w *world) withReplyKey(t *testing.T, key []byte) {
	t.Helper()
	var evidence consent.Evidence
	if err := canonical.Decode(w.Given.Evidence, 1<<20, &evidence); err != nil {
		t.Fatal(err)
	}
	evidence.Envelope.ReplyKey = key
	digest := evidence.Envelope.Digest()
	evidence.Signature = ed25519.Sign(w.EK, digest[:])
	w.remember(t, 0, member.Entry{Table: "holder/evidence", Key: message.ConsentKey(w.Public.Key), Value: canonical.Encode(evidence)})
}

// refusal is the one that stands on the ledger.
func (w *world) refusal(t *testing.T) *inquiry.Declined {
	t.Helper()
	entries := w.ledger.Of(message.KindDeclined)
	if len(entries) != 1 {
		t.Fatalf("%d refusals", len(entries))
	}
	d, err := inquiry.OpenDeclined(w.Genesis, entries[0].Tx)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Whatever an agent declines for, the enterprise reads why, and nobody without its reply key.
func TestTheEnterpriseIsToldWhy(t *testing.T) {
	secret, err := reply.NewKey(partytest.Stream("reply"))
	if err != nil {
		t.Fatal(err)
	}
	replyKey, terms := reply.PublicKey(secret), partytest.New(2).Terms()
	for want, scene := range map[reply.Reason]struct {
		rules holder.Rules
		spoil func(t *testing.T, w *world)
		at    time.Time
	}{
		reply.Paused: {spoil: func(t *testing.T, w *world) {
			if err := w.agent[0].Pause(); err != nil {
				t.Fatal(err)
			}
		}},
		reply.BitsSpent: {rules: holder.Rules{Bits: 11}},
		reply.BankQuota: {rules: holder.Rules{DefaultQuota: 1}, spoil: func(t *testing.T, w *world) {
			if err := w.contribute(t, w.ask(t, partytest.Bank, 0), now); err != nil {
				t.Fatal(err)
			}
		}},
		reply.NoPartners: {spoil: func(t *testing.T, w *world) {
			w.remember(t, 0, member.Entry{Table: "holder/pair", Key: "2026-11/h2/s2"})
		}},
		reply.NotApproved: {spoil: func(t *testing.T, w *world) {
			w.remember(t, 0, member.Entry{Table: "holder/model", Key: w.Sealing.Sealed.ModelDigest.String()})
		}},
		reply.TakenBack: {spoil: func(t *testing.T, w *world) {
			d := ledger.Draft{Chain: w.Genesis.Chain, Kind: message.KindRevocation, Sender: ledger.BareKey(w.Public.Key), Sequence: 1, Expiry: 1 << 40,
				Body: consent.Revoke(w.Genesis.Chain, w.Given.Key)}
			w.ledger.Put(message.KindRevocation, message.ConsentKey(w.Public.Key), d.Sign(w.Given.Key).Bytes())
		}},
		reply.OutsideTerms: {at: time.Unix(terms.NotAfter+1, 0)},
		reply.EvidenceRefused: {spoil: func(t *testing.T, w *world) {
			if err := w.contribute(t, w.ask(t, partytest.Bank, 0), now); err != nil {
				t.Fatal(err)
			}
			if err := w.deliver(t, w.notice(publicKey(w.EK), otherKey(1))); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		w := newWorld(t, scene.rules)
		w.withReplyKey(t, replyKey)
		if scene.spoil != nil {
			scene.spoil(t, w)
		}
		if scene.at.IsZero() {
			scene.at = now
		}
		if err := w.contribute(t, w.ask(t, partytest.Bank, 0), scene.at); err == nil {
			t.Errorf("%s: answered", want)
			continue
		}
		d := w.refusal(t)
		if got, err := reply.Open(w.Genesis.Chain, d, secret); err != nil || got != want || d.Code != want.Code() {
			t.Errorf("%s: told %q under %s, %v", want, got, d.Code, err)
		}
	}
}

// An agent that knows no evidence, or no key that anything can be sealed to, says the public code alone.
func TestNoReplyWithoutAKey(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, w *world){
		"no reply key": func(t *testing.T, w *world) { w.withReplyKey(t, []byte{}) },
		"no key":       func(t *testing.T, w *world) { w.withReplyKey(t, []byte("key")) },
		"no good key":  func(t *testing.T, w *world) { w.withReplyKey(t, bytes.Repeat([]byte{255}, 1216)) },
		"no evidence": func(t *testing.T, w *world) {
			w.remember(t, 0, member.Entry{Table: "holder/evidence", Key: message.ConsentKey(w.Public.Key)})
		},
	} {
		w := newWorld(t, holder.Rules{Bits: 11})
		prepare(t, w)
		if err := w.contribute(t, w.ask(t, partytest.Bank, 0), now); err == nil {
			t.Errorf("%s: answered", name)
		}
		if d := w.refusal(t); len(d.Reply) != 0 {
			t.Errorf("%s: a reply of %d bytes", name, len(d.Reply))
		}
	}
}
