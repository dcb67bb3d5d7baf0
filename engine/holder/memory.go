package holder

import (
	"context"
	"encoding/hex"
	"fmt"
	"math/big"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/contribute"
	"weir/engine/inquiry"
	"weir/engine/member"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/engine/period"
)

// The tables of an agent's memory. Everything in them is secret.
const (
	tablePairs       = "holder/pair"       // rememberedPair by month and partner
	tableModels      = "holder/model"      // versionDigest by modelDigest: approved or adopted here
	tableVersions    = "holder/version"    // modelDigest of the approved sealing 0 by versionDigest
	tableEvidence    = "holder/evidence"   // consent.Evidence by pk_c
	tableEnterprises = "holder/enterprise" // EK by subject
	tableAnswers     = "holder/answer"     // rememberedAnswer by label
	tableBits        = "holder/bits/"      // and the subject: question by its digest
	tableAsked       = "holder/asked/"     // and the bank: Unix seconds by label
	tableRejected    = "holder/rejected"   // by modelDigest: this party will not approve it
	tableInquiries   = "holder/inquiry"    // rememberedInquiry by label
	tableRequests    = "holder/request"    // request id by label of each attempt that was answered
	tableRules       = "holder/rules"      // rulePaused and ruleHalted, where they are in force
)

const (
	rulePaused = "paused"
	ruleHalted = "halted"
)

func subjectKey(s engine.Subject) string { return hex.EncodeToString(s[:]) }

// maxRemembered bounds what is read back, in bytes: a response and its commit.
const maxRemembered = 1 << 20

// rememberedPair is a pair key and whether the partner confirmed it.
type rememberedPair struct {
	_         struct{} `cbor:",toarray"`
	Month     string
	Partner   engine.PartyID
	Key       [32]byte
	Sent      []byte // the ciphertext that carries it, where this party is the first
	Confirmed bool
}

func (a *Agent) rememberPair(m *month, partner engine.PartyID) error {
	current := string(m.secret.Period())
	value := canonical.Encode(rememberedPair{Month: current, Partner: partner, Key: m.keys[partner], Sent: m.sent[partner],
		Confirmed: m.confirmed[partner]})
	return a.Memory.Put(member.Entry{Table: tablePairs, Key: current + "/" + string(partner), Value: value})
}

// rememberPairs takes up the pair keys of all months.
func (a *Agent) rememberPairs() error {
	var bad error
	err := a.Memory.Each(tablePairs, func(_ string, value []byte) bool {
		var p rememberedPair
		if bad = canonical.Decode(value, maxRemembered, &p); bad != nil {
			return false
		}
		if m := a.monthOf(period.Period(p.Month)); m != nil {
			m.keys[p.Partner], m.sent[p.Partner] = p.Key, p.Sent
			if p.Confirmed {
				m.confirmed[p.Partner] = true
			}
		}
		return true
	})
	if err == nil {
		err = bad
	}
	return err
}

func (a *Agent) rememberModel(model, version engine.Digest, first bool) error {
	entries := []member.Entry{{Table: tableModels, Key: model.String(), Value: version[:]}}
	if first {
		entries = append(entries, member.Entry{Table: tableVersions, Key: version.String(), Value: model[:]})
	}
	return a.Memory.Put(entries...)
}

// firstSealing is the modelDigest of the sealing 0 of a version that was approved here.
func (a *Agent) firstSealing(version engine.Digest) (model engine.Digest, seen bool, err error) {
	b, err := a.Memory.Get(tableVersions, version.String())
	if err != nil || len(b) != len(model) {
		return model, false, err
	}
	return engine.Digest(b), true, nil
}

// model is a sealing that was approved or adopted here, ready for selecting; nil for any other. After a restart it is
// prepared again from what the ledger and the content store hold; its proofs were judged when it was approved.
func (a *Agent) model(ctx context.Context, digest engine.Digest) (*approved, error) {
	a.mu.Lock()
	model := a.models[digest]
	a.mu.Unlock()
	if model != nil {
		return model, nil
	}
	version, err := a.Memory.Get(tableModels, digest.String())
	if err != nil || version == nil {
		return nil, err
	}
	sealed, err := offer.FindPackage(ctx, a.Genesis, a.Ledger, digest)
	if err != nil {
		return nil, err
	}
	index, named := sealed.SliceOf(a.Party)
	if !named {
		return nil, fmt.Errorf("model %s does not name this party", digest.Short())
	}
	if model, err = a.prepare(ctx, sealed, index); err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.models[digest] = model
	return model, nil
}

// known is the enterprise key seen earlier for a subject. A memory that cannot be read knows another key than any: the
// evidence is then refused.
func (a *Agent) known(subject engine.Subject) (consent.Key, bool) {
	key, seen, err := a.enterpriseKey(subject)
	return key, seen || err != nil
}

func (a *Agent) enterpriseKey(subject engine.Subject) (key consent.Key, seen bool, err error) {
	b, err := a.Memory.Get(tableEnterprises, subjectKey(subject))
	if err != nil || len(b) != len(key) {
		return key, false, err
	}
	return consent.Key(b), true, nil
}

// follow takes a notice of a key change: the enterprise's new key is the known one from then on, exactly if the key given up
// was. About an enterprise that is not known there is nothing to remember, and nothing is.
func (a *Agent) follow(subject engine.Subject, change *consent.KeyChange) error {
	a.judging.Lock()
	defer a.judging.Unlock()
	known, seen, err := a.enterpriseKey(subject)
	next := change.Follow(known)
	if err != nil || !seen || next == known {
		return err
	}
	return a.Memory.Put(member.Entry{Table: tableEnterprises, Key: subjectKey(subject), Value: next[:]})
}

// rememberedAnswer is a contribution as it was computed, once for each label.
type rememberedAnswer struct {
	_        struct{} `cbor:",toarray"`
	Commit   inquiry.Commit
	Response []byte
	Rho      []byte
}

func encodeAnswer(c *contribute.Contribution) []byte {
	return canonical.Encode(rememberedAnswer{Commit: c.Commit, Response: c.Response, Rho: c.Rho.Bytes()})
}

// answer is the contribution that was remembered for a label; nil where there is none.
func (a *Agent) answer(label engine.Digest) (*contribute.Contribution, error) {
	b, err := a.Memory.Get(tableAnswers, label.String())
	if err != nil || b == nil {
		return nil, err
	}
	var r rememberedAnswer
	if err := canonical.Decode(b, maxRemembered, &r); err != nil {
		return nil, fmt.Errorf("remembered answer to %s: %w", label.Short(), err)
	}
	return &contribute.Contribution{Commit: r.Commit, Response: r.Response, Rho: new(big.Int).SetBytes(r.Rho)}, nil
}

// requestOf is the request whose attempt bears a label, false where this party did not answer it.
func (a *Agent) requestOf(label engine.Digest) (id engine.RequestID, known bool, err error) {
	b, err := a.Memory.Get(tableRequests, label.String())
	if err != nil || len(b) != len(id) {
		return id, false, err
	}
	return engine.RequestID(b), true, nil
}

// partners are the parties that registered a key for a month.
func (a *Agent) partners(ctx context.Context, month period.Period) ([]engine.PartyID, error) {
	posts, err := a.Ledger.Find(ctx, message.KindPeriodKey, string(month)+"/")
	if err != nil {
		return nil, err
	}
	var partners []engine.PartyID
	for _, post := range posts {
		var key period.Key
		p, err := message.OpenAs(a.Genesis, message.KindPeriodKey, post, &key)
		if err != nil {
			continue
		}
		if party, err := engine.ParsePartyID(key.Owner); err == nil && p.SpeaksFor(party) == nil && party != a.Party {
			partners = append(partners, party)
		}
	}
	return partners, nil
}
