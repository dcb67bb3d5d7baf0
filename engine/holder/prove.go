package holder

import (
	"context"

	"weir/engine/contribute"
	"weir/engine/holder/lease"
	"weir/engine/inquiry"
	"weir/engine/offer"
	"weir/engine/proof"
	"weir/engine/proof/proving"
	"weir/engine/record"
)

// honest answers a task from the committed records.
func (a *Agent) honest(ctx context.Context, task *contribute.Task, model *approved, secrets contribute.Secrets) (*contribute.Contribution, error) {
	values, _ := a.tree.Records().Values(task.Subject.Subject())
	c, err := contribute.Contribute(task, values, model.selector, secrets)
	if err != nil {
		return nil, err
	}
	return c, a.prove(ctx, task, c, model)
}

// prove completes a contribution with the proof that it answers from the committed records. Where the holder has workers, one
// of them may make it; it is verified before it is used.
func (a *Agent) prove(ctx context.Context, task *contribute.Task, c *contribute.Contribution, model *approved) error {
	if a.member.Verifier() == nil {
		return nil
	}
	read, err := c.Commit.Read()
	if err != nil {
		return err
	}
	path := a.tree.Witness(task.Subject.Subject())
	witness := a.proofWitness(task, c, &path)
	own := func() ([]byte, error) {
		return model.contributor.Prove(task.Sealed, task.Request, task.Tag, read, witness)
	}
	if a.Pool == nil {
		c.Commit.Proof, err = own()
		return err
	}
	c.Commit.Proof, err = a.Pool.Do(ctx, lease.Work{Own: own,
		Content: func() ([]byte, error) {
			circuit, claim, err := model.contributor.Claim(task.Sealed, task.Request, task.Tag, read)
			if err != nil {
				return nil, err
			}
			return proving.Encode(circuit, claim, witness), nil
		},
		Check: func(p []byte) error { return a.checkOwn(task, read, p) }})
	return err
}

// checkOwn judges a proof that a worker made of this party's contribution, as the others will: its length first.
func (a *Agent) checkOwn(task *contribute.Task, read *inquiry.Contributed, p []byte) error {
	commit, proven := *read.Commit, *read
	commit.Proof, proven.Commit = p, &commit
	return a.member.Verifier().VerifyContribution(task.Sealed, task.Request, task.Tag, &proven)
}

// proofWitness puts together what the proof is about and only this agent knows.
func (a *Agent) proofWitness(task *contribute.Task, c *contribute.Contribution, path *record.Witness) *proof.Witness {
	envelope := &task.Consent.Envelope
	w := &proof.Witness{Subject: path.Subject, Nonce1: envelope.Nonce1, Nonce2: envelope.Nonce2, Present: path.Present,
		Values: path.Values, Siblings: path.Siblings, Rho: c.Rho}
	salt := path.Salt.Bytes()
	copy(w.Salt[:], salt[1:]) // a salt has 31 bytes (protocol, section 3)
	for i, entry := range path.Bucket {
		w.Bucket[i].Subject, w.Bucket[i].Content = entry.Subject, entry.Content
	}
	return w
}

// checkProofs judges the other parties' proofs before anything of this party is released.
func (a *Agent) checkProofs(sealed *offer.Sealed, attempt *inquiry.Attempt, commits []*inquiry.Contributed) error {
	if a.member.Verifier() == nil {
		return nil
	}
	for _, c := range commits {
		if c.Party == a.Party {
			continue
		}
		if err := a.member.Verifier().VerifyContribution(sealed, &attempt.Request, attempt.Tag, c); err != nil {
			return err
		}
	}
	return nil
}
