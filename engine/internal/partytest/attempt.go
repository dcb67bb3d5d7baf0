package partytest

import (
	"crypto/ed25519"
	"fmt"
	"io"
	"maps"
	"math/big"
	"sync"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/contribute"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/open"
	"weir/engine/pedersen"
	"weir/engine/seal"
)

// Names of the members beside the holders.
const (
	Bank      engine.Name = "bank"
	OtherBank engine.Name = "other-bank"
	Registrar engine.Name = "registrar"
)

// Base is base' of every attempt's model.
const Base = 400

// Attempt is one request: a sealed model, an enterprise with a live consent, and everything each party needs to answer.
// Treat it as immutable.
type Attempt struct {
	Genesis   *message.Genesis
	Keys      map[engine.Name]ed25519.PrivateKey
	Parties   []engine.PartyID
	Sealing   *open.Sealing
	Points    []open.SlicePoints // by slice
	Selectors map[engine.PartyID]*seal.Selector
	Values    map[engine.PartyID][seal.Lines]uint32
	Roots     map[engine.PartyID][32]byte
	Secrets   map[engine.PartyID]contribute.Secrets
	Subject   engine.Identifier
	EK        ed25519.PrivateKey
	Cert      consent.Certificate
	Given     *consent.Given
	Public    *consent.Public
	Request   []byte
	Now       time.Time

	answered sync.Once
	answers  map[engine.PartyID]open.Answer
}

var attempts [model.MaxSlices + 1]struct {
	once sync.Once
	made *Attempt
}

// New is the attempt with so many parties, 2 to 8, made once a process.
func New(parties int) *Attempt {
	a := &attempts[parties]
	a.once.Do(func() { a.made = newAttempt(parties) })
	return a.made
}

func newAttempt(n int) *Attempt {
	a := &Attempt{Keys: map[engine.Name]ed25519.PrivateKey{}, Selectors: map[engine.PartyID]*seal.Selector{},
		Values: map[engine.PartyID][seal.Lines]uint32{}, Roots: map[engine.PartyID][32]byte{}, Secrets: map[engine.PartyID]contribute.Secrets{},
		Now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	for i := range n {
		a.Parties = append(a.Parties, engine.PartyID(fmt.Sprintf("h%d/s%d", i+1, i+1)))
	}
	a.found()
	a.seal()
	a.giveRecords()
	a.consent()
	a.Request = a.Sign(Bank, message.KindRequest, a.NewRequest())
	return a
}

// Stream is a named stream of the fixture: the same in every run.
func Stream(name string) io.Reader { return canonical.Stream([]byte("partytest"), name) }

// Terms allow one score for the attempt's bank and model.
func (a *Attempt) Terms() consent.Terms {
	return consent.Terms{Bank: Bank, Model: "card", Purpose: consent.PreLoan, Output: consent.OutputScore, Uses: 1, Resolution: 12,
		NotAfter: a.Now.Add(time.Hour).Unix()}
}

// Certificate is the registrar's, over any key.
func (a *Attempt) Certificate(id engine.Identifier, key ed25519.PrivateKey) consent.Certificate {
	c := consent.Certificate{Chain: a.Genesis.Chain, Serial: 7, Kind: id.Kind, Identifier: id.Text, Key: consent.Key(key.Public().(ed25519.PublicKey)),
		From: a.Now.Add(-time.Hour).Unix(), To: a.Now.Add(240 * time.Hour).Unix()}
	if err := c.Certify(a.Keys[Registrar]); err != nil {
		panic(err)
	}
	return c
}

// Consent gives a consent under a certificate, signed by a key that need not be the certified one.
func (a *Attempt) Consent(cert consent.Certificate, key ed25519.PrivateKey, terms consent.Terms) (*consent.Given, *consent.Public) {
	given := must(consent.Give(cert, key, terms, consent.Options{}, Stream("consent")))
	return given, must(consent.OpenPublic(given.Public, a.Genesis.Chain))
}

// NewRequest asks under the attempt's consent, over the parties' roots.
func (a *Attempt) NewRequest() inquiry.Request {
	r := inquiry.Request{Consent: a.Public.Key, Model: a.Sealing.Sealed.ModelDigest, Purpose: consent.PreLoan, Output: consent.OutputScore}
	for _, p := range a.Parties {
		r.Roots = append(r.Roots, inquiry.PartyRoot{Party: p, Root: a.Roots[p]})
	}
	return r
}

// Sign posts for a member.
func (a *Attempt) Sign(member engine.Name, kind message.Kind, body any) []byte {
	return message.Sign(a.Genesis.Chain, kind, member, a.Keys[member], 0, 1<<40, body)
}

// Duty is what one party knows when the request arrives; the caller may change it.
func (a *Attempt) Duty(p engine.PartyID) *contribute.Duty {
	registrar, _ := a.Genesis.Member(Registrar)
	return &contribute.Duty{Genesis: a.Genesis, Party: p, Request: [][]byte{a.Request}, Sealed: a.Sealing.Sealed, Root: a.Roots[p], Public: a.Public,
		Evidence: a.Given.Evidence, Authority: &consent.Authority{Chain: a.Genesis.Chain, Registrar: registrar.SigningKey}, Now: a.Now}
}

// Contribute is one party's honest step.
func (a *Attempt) Contribute(p engine.PartyID) *contribute.Contribution {
	task := must(a.Duty(p).Judge())
	return must(contribute.Contribute(task, a.Values[p], a.Selectors[p], a.Secrets[p]))
}

// Label is the request's.
func (a *Attempt) Label() engine.Digest { return must(a.Duty(a.Parties[0]).Judge()).Label }

// Draft is one party's contribution for a fraud to change.
func (a *Attempt) Draft(p engine.PartyID) *Draft {
	return NewDraft(a.Label(), p, a.Sealing.Sealed, a.Selectors[p], a.Values[p], a.Secrets[p].Pairs, 1)
}

// Answer is a commit and a response as the bank receives them, the commit signed by its party's holder and read back.
func (a *Attempt) Answer(commit inquiry.Commit, response []byte) open.Answer {
	post := a.Sign(commit.Party.Holder(), message.KindCommit, commit)
	return open.Answer{Commit: must(inquiry.OpenCommit(a.Genesis, post)), Response: response}
}

// Answers are those of all parties, honest, in a map that the caller may change.
func (a *Attempt) Answers() map[engine.PartyID]open.Answer {
	a.answered.Do(func() {
		a.answers = map[engine.PartyID]open.Answer{}
		for _, p := range a.Parties {
			c := a.Contribute(p)
			a.answers[p] = a.Answer(c.Commit, c.Response)
		}
	})
	return maps.Clone(a.answers)
}

// Reference is the plaintext score: base' + Σ points of the selected rows.
func (a *Attempt) Reference() int64 {
	sum := int64(Base)
	for i, p := range a.Parties {
		for _, k := range a.Sealing.Sealed.Version.Slices[i].Rows(a.Values[p]) {
			sum += int64(a.Points[i][k][0])
		}
	}
	return sum
}

// Shifted adds points to a commitment, as a party does that adds them to its ciphertext too.
func Shifted(c [pedersen.PointSize]byte, points int64) [pedersen.PointSize]byte {
	p := must(pedersen.DecodePoint(c[:]))
	return p.Add(pedersen.CommitSmall([pedersen.Groups]int64{points}, new(big.Int))).Encode()
}

func must[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}
