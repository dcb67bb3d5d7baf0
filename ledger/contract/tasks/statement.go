package tasks

import (
	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/inquiry"
	"weir/engine/pedersen"
	"weir/engine/period"
	"weir/ledger/contract"
	"weir/ledger/contract/models"
	"weir/ledger/contract/registry"
)

// The names that circuits bear in the founding document.
const (
	circuitContribution = "contribution"
	circuitAccusation   = "accusation"
)

// ContributionStatement is what a contract.Verifier gets for the proof of a commit, in canonical encoding: all that the
// verifying key is folded with, and the four public inputs (protocol, section 6).
type ContributionStatement struct {
	_       struct{}      `cbor:",toarray"`
	Table   []byte        // models.Table of the party's slice, encoded; its Digest names what was folded
	Root    [32]byte      // canonical field element
	Tag     [32]byte      // of the consent
	Context engine.Digest // inquiry.Context; its field element is canonical.Field
	C       [pedersen.PointSize]byte
}

// AccusationStatement is what a contract.Verifier gets for the proof of an accusation, in canonical encoding (protocol,
// section 5b). The digests in it have been compared: Response is the file under ResponseDigest and B the sealing's key.
// The proof is inquiry.Accusation.Proof, which begins with Z. A response whose coefficients are out of their bounds speaks
// against the accused whatever the proof: the verifier accepts.
type AccusationStatement struct {
	_              struct{} `cbor:",toarray"`
	Label          engine.Digest
	Accused        engine.PartyID
	Model          engine.Digest // modelDigest
	Seed           engine.Digest // of the sealing: a' comes from it
	ResponseDigest engine.Digest
	Response       []byte // the response's file
	B              []byte
	C              [pedersen.PointSize]byte // of the accused
	Pairs          [pedersen.PointSize]byte // P_i
}

// requireProof judges a commit's proof.
func requireProof(c *contract.Context, t *Task, commit *inquiry.Commit) error {
	circuit, err := registry.Circuit(c, circuitContribution)
	if err != nil {
		return err
	}
	table, err := models.FindTable(c, t.Request.Model, commit.Party)
	if err != nil {
		return err
	}
	s := ContributionStatement{Table: table, Tag: t.Tag, Context: inquiry.Context(commit, circuit), C: commit.C}
	for _, r := range t.Request.Roots {
		if r.Party == commit.Party {
			s.Root = r.Root
		}
	}
	return c.VerifyProof("the contribution fits the committed records, the consent and the model", circuit, canonical.Encode(s), commit.Proof)
}

// requireGuilt judges the proof of an accusation whose bytes were compared with the digests.
func requireGuilt(c *contract.Context, t *Task, a *inquiry.Accusation, s *models.Sealing, commit *inquiry.Contributed) error {
	circuit, err := registry.Circuit(c, circuitAccusation)
	if err != nil {
		return err
	}
	return c.VerifyProof("the response does not open what its party committed to", circuit, canonical.Encode(AccusationStatement{
		Label: t.Label, Accused: a.Accused, Model: t.Request.Model, Seed: s.Seed, ResponseDigest: commit.Commit.Response,
		Response: a.Response, B: a.B, C: commit.Commit.C, Pairs: period.SumCommitments(a.Accused, commit.Masks).Encode()}), a.Proof)
}
