package consortium

import (
	"context"
	"errors"
	"fmt"

	"weir/engine"
	"weir/engine/bank"
	"weir/engine/consent"
	"weir/engine/directory"
	"weir/engine/holder"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/engine/open"
	"weir/engine/proof"
	"weir/engine/seal"
)

// Fraud is one attempt to cheat, and what became of it.
type Fraud struct {
	Fraud       string `json:"fraud"`
	CommittedBy string `json:"committed_by"`
	Caught      bool   `json:"caught"`
	Named       string `json:"named"` // the culprit as the others found it
	By          string `json:"by"`    // which check caught it
	// Case is the file that proves an accusation's verdict to anybody; nil where no accusation was needed.
	Case []byte `json:"-"`
}

// ErrNotCaught is returned when a fraud went through.
var ErrNotCaught = errors.New("a fraud went through")

// Frauds has parties of this consortium cheat for real, one after the other, and tells how each was caught. id is the
// enterprise that is scored meanwhile; the first party commits the holders' frauds. step is told how many are done.
func (c *Consortium) Frauds(ctx context.Context, id engine.Identifier, step func(done, total int)) ([]Fraud, error) {
	attempts := []func(context.Context, engine.Identifier) (*Fraud, error){
		c.unprovable(holder.AnotherRecord), c.unprovable(holder.FalseAbsence), c.wrongCiphertext,
		c.falseAccusation, c.illFormedModel, c.zeroKey,
	}
	var frauds []Fraud
	for i, attempt := range attempts {
		f, err := attempt(ctx, id)
		if err != nil {
			return frauds, err
		}
		f.Caught = f.Named == f.CommittedBy
		frauds = append(frauds, *f)
		if !f.Caught {
			return frauds, fmt.Errorf("%w: %s by %s", ErrNotCaught, f.Fraud, f.CommittedBy)
		}
		step(i+1, len(attempts))
	}
	return frauds, nil
}

// cheat is the party that commits the holders' frauds, corrupted until the returned function is called.
func (c *Consortium) cheat(fraud holder.Fraud) (engine.PartyID, func(), error) {
	party := c.parties[0]
	agent, honest := c.agents[party].(*holder.Agent)
	if !honest {
		return party, nil, fmt.Errorf("the agent of %s cannot be corrupted", party)
	}
	if err := agent.Corrupt(fraud); err != nil {
		return party, nil, err
	}
	return party, func() { agent.Corrupt("") }, nil
}

// committed asks for a score and has every agent commit.
func (c *Consortium) committed(ctx context.Context, id engine.Identifier) (engine.RequestID, error) {
	key, err := c.Consent(ctx, id)
	if err != nil {
		return engine.RequestID{}, err
	}
	request, err := c.bank.Request(ctx, c.model, key, consent.PreLoan)
	if err != nil {
		return request, err
	}
	return request, c.everyAgent(ctx, func(ctx context.Context, a Agent) error { return a.Contribute(ctx, request, c.options.Now()) })
}

// unprovable is a fraud whose proof cannot hold: the ledger refuses the commit, which stands there under its sender's
// signature, so that nobody releases and the bank has nothing to open.
func (c *Consortium) unprovable(fraud holder.Fraud) func(context.Context, engine.Identifier) (*Fraud, error) {
	return func(ctx context.Context, id engine.Identifier) (*Fraud, error) {
		party, stop, err := c.cheat(fraud)
		if err != nil {
			return nil, err
		}
		defer stop()
		request, err := c.committed(ctx, id)
		refused, err := c.refusal(ctx, err)
		if err != nil {
			return nil, err
		}
		f := &Fraud{Fraud: string(fraud), CommittedBy: string(party), By: "contribution proof"}
		for _, other := range c.parties[1:] {
			if err := c.agents[other].Release(ctx, request); !errors.Is(err, message.ErrNotFound) {
				return f, fmt.Errorf("%w: %s released its response: %w", ErrNotCaught, other, err)
			}
		}
		var commit inquiry.Commit
		if _, err := message.OpenAs(c.genesis, message.KindCommit, refused, &commit); err != nil {
			return nil, err
		}
		f.Named = string(commit.Party)
		return f, nil
	}
}

// refusal is the transaction that the ledger refused because a proof does not hold, as anybody can fetch and check it.
func (c *Consortium) refusal(ctx context.Context, err error) ([]byte, error) {
	var refused *message.RefusedError
	if !errors.As(err, &refused) || !errors.Is(err, message.ErrUnproven) {
		return nil, fmt.Errorf("%w: the ledger did not refuse it: %w", ErrNotCaught, err)
	}
	anybody := c.link("anybody")
	newest, err := anybody.Checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	final, err := c.chain.trust.Open(newest)
	if err != nil {
		return nil, err
	}
	shown, err := directory.Shown(ctx, anybody, c.chain.trust, refused.Result.Tx, final)
	if err != nil {
		return nil, err
	}
	return shown.Tx.Bytes(), nil
}

// finding is the party that an error of the bank names, or nothing.
func finding(err error) string {
	var found *open.Finding
	if errors.As(err, &found) {
		return string(found.Party)
	}
	return ""
}

// wrongCiphertext passes every proof; equation (1) finds it, and the accusation shows it to everybody.
func (c *Consortium) wrongCiphertext(ctx context.Context, id engine.Identifier) (*Fraud, error) {
	party, stop, err := c.cheat(holder.WrongCiphertext)
	if err != nil {
		return nil, err
	}
	defer stop()
	request, err := c.released(ctx, id)
	if err != nil {
		return nil, err
	}
	_, err = c.bank.Open(ctx, request)
	if found := finding(err); found != string(party) || !errors.Is(err, open.ErrEquation) {
		return nil, fmt.Errorf("%w: the bank found %q: %w", ErrNotCaught, found, err)
	}
	if err := c.bank.Accuse(ctx, request, party); err != nil {
		return nil, err
	}
	f, err := c.judged(ctx, request, string(holder.WrongCiphertext), party, string(party), nil)
	if err != nil {
		return nil, err
	}
	return f, c.Reseal(ctx)
}

func (c *Consortium) released(ctx context.Context, id engine.Identifier) (engine.RequestID, error) {
	request, err := c.committed(ctx, id)
	if err != nil {
		return request, err
	}
	if err := c.bank.Anchor(ctx, request); err != nil {
		return request, err
	}
	return request, c.everyAgent(ctx, func(ctx context.Context, a Agent) error { return a.Release(ctx, request) })
}

// falseAccusation has the bank accuse an honest party with the best it can have: a proof that holds for another case.
func (c *Consortium) falseAccusation(ctx context.Context, id engine.Identifier) (*Fraud, error) {
	request, err := c.released(ctx, id)
	if err != nil {
		return nil, err
	}
	accused := c.parties[0]
	refused, err := c.refusal(ctx, c.bank.AccuseFalsely(ctx, request, accused))
	if err != nil {
		return nil, err
	}
	return c.judged(ctx, request, "false accusation", accused, string(BankName), refused)
}

// judged has anybody judge an accusation from what stands on the ledger alone. refused is its transaction where the ledger
// refused it.
func (c *Consortium) judged(ctx context.Context, id engine.RequestID, fraud string, accused engine.PartyID, culprit string, refused []byte) (*Fraud, error) {
	anybody := c.link("anybody")
	attempt, err := inquiry.FindAttempt(ctx, c.genesis, anybody, id)
	if err != nil {
		return nil, err
	}
	file, err := proof.FindCase(ctx, c.genesis, anybody, attempt, accused, refused)
	if err != nil {
		return nil, err
	}
	verdict, err := c.proofs.Judge(file, c.genesis.Digest())
	if err != nil {
		return nil, err
	}
	return &Fraud{Fraud: fraud, CommittedBy: culprit, Named: verdict.Culprit(), By: "accusation proof", Case: file.Encode()}, nil
}

// illFormedModel has the bank offer a sealing whose first slice encrypts the points of another one.
func (c *Consortium) illFormedModel(ctx context.Context, _ engine.Identifier) (*Fraud, error) {
	return c.badModel(ctx, "ill-formed model", func(s *open.Sealing) {
		s.Blobs[0] = s.Blobs[1]
		s.Package.Slices[0].C0 = message.Blob(s.Blobs[0])
	})
}

// zeroKey has the bank offer a sealing with b = 0, under which every holder's selection would be readable.
func (c *Consortium) zeroKey(ctx context.Context, _ engine.Identifier) (*Fraud, error) {
	return c.badModel(ctx, "key b = 0", func(s *open.Sealing) {
		zero := make([]byte, seal.PolynomialSize)
		s.Blobs[len(s.Blobs)-1] = zero
		for i := range s.Package.Slices {
			s.Package.Slices[i].B = message.Blob(zero)
		}
	})
}

// badModel spoils a well-proven sealing and offers it: every agent and the supervisor must refuse it for its proof.
func (c *Consortium) badModel(ctx context.Context, fraud string, spoil func(*open.Sealing)) (*Fraud, error) {
	sealing, err := c.wellProven()
	if err != nil {
		return nil, err
	}
	spoil(sealing)
	if sealing.Sealed, err = sealing.Package.Read(); err != nil {
		return nil, err
	}
	digest, err := c.bank.Offer(ctx, sealing)
	if err != nil {
		return nil, err
	}
	f := &Fraud{Fraud: fraud, CommittedBy: string(BankName), Named: string(sealing.Sealed.Version.Bank), By: "model proof"}
	if err := c.supervisor.Approve(ctx, digest, nil); !errors.Is(err, message.ErrUnproven) {
		return f, fmt.Errorf("%w: the supervisor approved: %w", ErrNotCaught, err)
	}
	for _, party := range c.parties {
		if err := c.agents[party].Approve(ctx, digest); !errors.Is(err, message.ErrUnproven) {
			return f, fmt.Errorf("%w: %s approved: %w", ErrNotCaught, party, err)
		}
	}
	return f, nil
}

// wellProven is a fresh sealing of the model with its proofs, under a version of its own, and not offered to anybody.
func (c *Consortium) wellProven() (*open.Sealing, error) {
	c.drafts++
	draft := *c.options.Model
	draft.Version = engine.Name(fmt.Sprintf("%s-draft-%d", draft.Version, c.drafts))
	compiled, err := draft.Compile(c.schemas)
	if err != nil {
		return nil, err
	}
	sealing, err := bank.Sealing(c.genesis, BankName, compiled, c.holders(), c.options.Random)
	if err != nil {
		return nil, err
	}
	proofs, err := c.proofs.ProveModel(sealing, c.options.Random, nil)
	if err != nil {
		return nil, err
	}
	sealing.Prove(proofs)
	return sealing, nil
}
