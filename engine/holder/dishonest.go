package holder

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"weir/engine/consent"
	"weir/engine/contribute"
	"weir/engine/inquiry"
	"weir/engine/proof"
	"weir/engine/record"
)

// Fraud is a rule that a corrupt agent breaks with every answer.
type Fraud string

// The frauds of a holder. Each computes what it sends for real, as well as a cheat can.
const (
	AnotherRecord   Fraud = "another record"   // answers from another enterprise's record, with a proof about that enterprise
	FalseAbsence    Fraud = "false absence"    // answers as if it had no record, with a proof for a tree without it
	WrongCiphertext Fraud = "wrong ciphertext" // commits to the right rows, with a right proof, and encrypts others
)

var errNoOther = errors.New("the party has no record that falls into other bins")

// Corrupt makes the agent commit a fraud with every later answer, or answer honestly again after the empty fraud: for
// demonstrations and tests that must see it caught. No configuration or message reaches it. It needs a consortium with
// proofs.
func (a *Agent) Corrupt(fraud Fraud) error {
	if a.member == nil || a.member.Verifier() == nil {
		return fmt.Errorf("corrupt agent of %s: %w: none", a.Party, proof.ErrKeys)
	}
	responders := map[Fraud]responder{"": a.honest, AnotherRecord: a.anotherRecord, FalseAbsence: a.falseAbsence,
		WrongCiphertext: a.wrongCiphertext}
	chosen, exists := responders[fraud]
	if !exists {
		return fmt.Errorf("corrupt agent of %s: no fraud %q", a.Party, fraud)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.respond = chosen
	return nil
}

// anotherRecord answers from a record that falls into other bins, and proves it for a tag that it makes itself over that
// record's subject.
func (a *Agent) anotherRecord(_ context.Context, task *contribute.Task, model *approved, secrets contribute.Secrets) (*contribute.Contribution, error) {
	other, err := a.otherRecord(task)
	if err != nil {
		return nil, err
	}
	c, err := contribute.Contribute(task, other.Values, model.selector, secrets)
	if err != nil {
		return nil, err
	}
	path, envelope := a.tree.Witness(other.Subject), &task.Consent.Envelope
	tag := consent.Tag(other.Subject, envelope.Nonce1, envelope.Nonce2)
	return c, a.proveAs(task, c, model, &path, a.tree.Root(), tag)
}

// falseAbsence answers as if the record were not there, and proves it for a tree from which the record was taken.
func (a *Agent) falseAbsence(ctx context.Context, task *contribute.Task, model *approved, secrets contribute.Secrets) (*contribute.Contribution, error) {
	subject, all := task.Subject.Subject(), a.tree.Records()
	var rows []record.Row
	for i := range all.Len() {
		if r := all.Row(i); r.Subject != subject {
			rows = append(rows, r)
		}
	}
	without, err := record.NewRecords(len(a.Source.Schema.Features), rows)
	if err != nil {
		return nil, err
	}
	forged, err := a.tree.Update(ctx, without, nil)
	if err != nil {
		return nil, err
	}
	c, err := contribute.Contribute(task, [32]uint32{}, model.selector, secrets)
	if err != nil {
		return nil, err
	}
	path := forged.Witness(subject)
	return c, a.proveAs(task, c, model, &path, forged.Root(), task.Tag)
}

// wrongCiphertext commits to the right rows and encrypts others; the proof is right, for the digest of that response.
func (a *Agent) wrongCiphertext(ctx context.Context, task *contribute.Task, model *approved, secrets contribute.Secrets) (*contribute.Contribution, error) {
	other, err := a.otherRecord(task)
	if err != nil {
		return nil, err
	}
	values, _ := a.tree.Records().Values(task.Subject.Subject())
	c, err := contribute.Contribute(task, values, model.selector, secrets)
	if err != nil {
		return nil, err
	}
	wrong, err := contribute.Contribute(task, other.Values, model.selector, secrets)
	if err != nil {
		return nil, err
	}
	c.Response, c.Commit.Response = wrong.Response, wrong.Commit.Response
	return c, a.prove(ctx, task, c, model)
}

// otherRecord is a record of this party that selects other rows than the task's subject.
func (a *Agent) otherRecord(task *contribute.Task) (record.Row, error) {
	slice, all := &task.Sealed.Version.Slices[task.Slice], a.tree.Records()
	values, _ := all.Values(task.Subject.Subject())
	for i := range all.Len() {
		if r := all.Row(i); slice.Rows(r.Values) != slice.Rows(values) {
			return r, nil
		}
	}
	return record.Row{}, errNoOther
}

// proveAs attaches a valid proof of a statement with another root or tag than the request's.
func (a *Agent) proveAs(task *contribute.Task, c *contribute.Contribution, model *approved, path *record.Witness, root, tag [32]byte) error {
	request := *task.Request
	request.Roots = slices.Clone(request.Roots)
	request.Roots[task.Slice] = inquiry.PartyRoot{Party: a.Party, Root: root}
	read, err := c.Commit.Read()
	if err != nil {
		return err
	}
	c.Commit.Proof, err = model.contributor.Prove(task.Sealed, &request, tag, read, a.proofWitness(task, c, path))
	return err
}
