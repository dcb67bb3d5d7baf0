package scoringtest

import (
	"bytes"
	"math/big"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/engine/pedersen"
	"weir/engine/period"
	"weir/ledger"
	"weir/ledger/contract/models"
	"weir/ledger/contract/tasks"
	"weir/ledger/ledgertest"
	"weir/ledger/proof"
)

// Request asks all parties under a consent.
func Request(model engine.Digest, name string) *inquiry.Request {
	r := &inquiry.Request{Consent: ConsentKey(name), Model: model, Purpose: consent.PreLoan, Output: consent.OutputScore}
	for i, party := range Parties {
		r.Roots = append(r.Roots, inquiry.PartyRoot{Party: party, Root: Root(byte(i + 1))})
	}
	return r
}

// Task is the task of a label as it is now.
func (w *World) Task(t testing.TB, label engine.Digest) *tasks.Task {
	t.Helper()
	task := new(tasks.Task)
	w.Ask(t, tasks.Name, "task", label, task)
	return task
}

// Label is the newest attempt of a request.
func (w *World) Label(t testing.TB, id engine.Digest) (label engine.Digest) {
	t.Helper()
	w.Ask(t, tasks.Name, "latest", engine.RequestID(id), &label)
	return label
}

// Response is a party's response to a label.
func Response(label engine.Digest, party engine.PartyID) []byte {
	return (&inquiry.Response{Label: label, Party: party, C1: make([]byte, 75_776), C0: make([]byte, 544)}).File()
}

// value of a party's commitment: points 10, 20, 30 with blindings 1, 2, 3.
func value(party engine.PartyID) (points [pedersen.Groups]*big.Int, blinding *big.Int) {
	var n int64
	for i, p := range Parties {
		if p == party {
			n = int64(i + 1)
		}
	}
	return pedersen.Integers([pedersen.Groups]int64{10 * n}), big.NewInt(n)
}

// Commit is a party's commit without its proof; the masks of all parties agree in pairs.
func Commit(label engine.Digest, party engine.PartyID) *inquiry.Commit {
	points, blinding := value(party)
	c := &inquiry.Commit{Label: label, Party: party, C: pedersen.Commit(points, blinding).Encode(),
		Response: inquiry.ResponseDigest(Response(label, party)), Proof: []byte{}}
	for _, partner := range Parties {
		if partner != party {
			c.Masks = append(c.Masks, inquiry.PartnerMask{Partner: partner, P: pedersen.TimesH(big.NewInt(int64(len(party) * len(partner)))).Encode()})
		}
	}
	return c
}

// Proven completes a commit with the proof for everything that it and its task say.
func (w *World) Proven(t testing.TB, c *inquiry.Commit) *inquiry.Commit {
	t.Helper()
	task := w.Task(t, c.Label)
	var table models.Table
	w.Ask(t, models.Name, "table", models.TableOf{Model: task.Request.Model, Party: c.Party}, &table)
	s := tasks.ContributionStatement{Table: canonical.Encode(table), Tag: task.Tag, Context: inquiry.Context(c, Contribution), C: c.C}
	for _, r := range task.Request.Roots {
		if r.Party == c.Party {
			s.Root = r.Root
		}
	}
	proven := *c
	proven.Proof = Prove(Contribution, canonical.Encode(s))
	return &proven
}

// Commit sends a party's commit.
func (w *World) Commit(t testing.TB, label engine.Digest, party engine.PartyID) *ledger.Result {
	t.Helper()
	return w.Send(t, party.Holder(), message.KindCommit, w.Proven(t, Commit(label, party)))
}

// Anchor is a checkpoint of so many records, by signers of these names.
func Anchor(t testing.TB, label engine.Digest, size uint64, signers ...string) *inquiry.Anchor {
	t.Helper()
	var text, lines []byte
	for _, name := range signers {
		signer, err := proof.NewSigner(name, ledgertest.Key(name))
		if err != nil {
			t.Fatal(err)
		}
		c, err := proof.SignCheckpoint(ledgertest.Origin, size, Hash("root of the log"), signer)
		if err != nil {
			t.Fatal(err)
		}
		at := bytes.Index(c.Note, []byte("\n\n")) + 2
		line := c.Note[at:]
		if name == "witness" {
			line = cosigned(t, c, name)
		}
		text, lines = c.Note[:at], append(lines, line...)
	}
	return &inquiry.Anchor{Label: label, Checkpoint: append(bytes.Clone(text), lines...)}
}

func cosigned(t testing.TB, c *proof.Checkpoint, name string) []byte {
	t.Helper()
	cosigner, err := proof.NewCosigner(name, ledgertest.Key(name))
	if err != nil {
		t.Fatal(err)
	}
	line, err := cosigner.Cosign(c, ledgertest.Began)
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// Released is a node's receipt for a party's response.
func (w *World) Released(label engine.Digest, party engine.PartyID, node engine.Name) *inquiry.Released {
	file := Response(label, party)
	receipt := proof.SignStorage(Chain, node, ledgertest.Key(string(node)), inquiry.ResponseDigest(file), len(file), w.Time)
	return &inquiry.Released{Label: label, Party: party, Receipt: receipt.Encode()}
}

// Settlement proves the sum of all values, moved by off, which has to be 0.
func Settlement(t testing.TB, label engine.Digest, bank engine.Name, off int64) *inquiry.Settlement {
	t.Helper()
	total := pedersen.Commit(pedersen.Integers([pedersen.Groups]int64{60}), big.NewInt(6))
	p, err := pedersen.ProveOpening(pedersen.Integers([pedersen.Groups]int64{60 + off}), big.NewInt(6),
		inquiry.SettlementChallenge(Chain, label, bank, total), canonical.Stream([]byte("settle"), "proof"))
	if err != nil {
		t.Fatal(err)
	}
	return &inquiry.Settlement{Label: label, Proof: p.Encode()}
}

// Accuse is an accusation of a party with the proof that Verifier accepts.
func (w *World) Accuse(t testing.TB, label engine.Digest, party engine.PartyID) *inquiry.Accusation {
	t.Helper()
	return w.AccuseUnder(t, label, party, B)
}

// AccuseUnder is Accuse with a key that need not be the sealing's.
func (w *World) AccuseUnder(t testing.TB, label engine.Digest, party engine.PartyID, b []byte) *inquiry.Accusation {
	t.Helper()
	task, commit := w.Task(t, label), Commit(label, party)
	read, err := commit.Read()
	if err != nil {
		t.Fatal(err)
	}
	var m models.Status
	w.Ask(t, models.Name, "sealing", task.Request.Model, &m)
	a := &inquiry.Accusation{Label: label, Accused: party, Response: Response(label, party), B: b}
	a.Proof = Prove(Accusation, canonical.Encode(tasks.AccusationStatement{Label: label, Accused: party, Model: task.Request.Model,
		Seed: m.Sealing.Seed, ResponseDigest: commit.Response, Response: a.Response, B: b, C: commit.C,
		Pairs: period.SumCommitments(party, read.Masks).Encode()}))
	return a
}

// Open asks under a new consent of so many uses and gives the label.
func (w *World) Open(t testing.TB, model engine.Digest, name string, uses uint32) engine.Digest {
	t.Helper()
	w.Give(t, name, uses)
	return w.Label(t, w.OK(t, "bank", message.KindRequest, Request(model, name)).Tx)
}

// Complete sends every commit.
func (w *World) Complete(t testing.TB, label engine.Digest) {
	t.Helper()
	for _, party := range Parties {
		Taken(t, w.Commit(t, label, party))
	}
}

// Release anchors a complete task and releases every response.
func (w *World) Release(t testing.TB, label engine.Digest) {
	t.Helper()
	w.OK(t, "tax", message.KindAnchor, Anchor(t, label, w.Height+1, ledgertest.Sequencer, "witness"))
	for _, party := range Parties {
		w.OK(t, party.Holder(), message.KindReleased, w.Released(label, party, ledgertest.Sequencer))
	}
}
