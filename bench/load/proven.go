package load

import (
	"context"

	"weir/bench/synthetic"
	"weir/circuits"
	"weir/circuits/contribution"
	"weir/circuits/keycache"
	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/model"
	"weir/engine/proof"
	"weir/ledger/contract"
	"weir/ledger/contract/models"
	"weir/ledger/contract/tasks"
)

// Proven are contributions to one slice with their proofs, as the tasks contract puts them to the ledger's judge.
type Proven struct {
	Table  []byte // an encoded models.Table
	Claims []Proof
	keys   *keycache.Keys
}

// Prove makes so many contributions, at least one, that follow from the seed, and says how far it is.
func Prove(ctx context.Context, keys *keycache.Keys, seed synthetic.Seed, count int, step func(done, total int)) (*Proven, error) {
	slice, err := seed.Slice()
	if err != nil {
		return nil, err
	}
	table := models.Table{Digest: engine.Digest{1}, Slice: model.Slice{Edges: slice.Table.Edges, Map: slice.Table.Map}}
	for k, w := range slice.Table.W {
		table.W[k] = w.Encode()
	}
	p := &Proven{keys: keys, Table: canonical.Encode(table)}
	return p, p.prove(ctx, seed, slice, count, step)
}

func (p *Proven) prove(ctx context.Context, seed synthetic.Seed, slice *synthetic.Slice, count int, step func(done, total int)) error {
	answers, err := seed.Answers(ctx, slice)
	if err != nil {
		return err
	}
	prover, err := contribution.NewProver(p.keys, &slice.Table)
	if err != nil {
		return err
	}
	for i := 0; i < count && ctx.Err() == nil; i++ {
		statement, witness := answers.Answer(i)
		b, err := prover.Prove(statement, witness)
		if err != nil {
			return err
		}
		s := tasks.ContributionStatement{Root: statement.Root, Tag: statement.Tag, C: statement.C.Encode()}
		copy(s.Context[:], statement.Context[1:])
		p.Claims = append(p.Claims, Proof{Circuit: p.keys.ID, Statement: s, Proof: b})
		step(i+1, count)
	}
	return ctx.Err()
}

// Judge is a ledger's, which has the slice's key folded already.
func (p *Proven) Judge() (contract.Verifier, error) {
	key, err := circuits.EncodeVerifyingKey(p.keys.VerifyingKey())
	if err != nil {
		return nil, err
	}
	judge, err := proof.ContributionJudge(p.keys.ID, key)
	if err != nil {
		return nil, err
	}
	first := p.Claims[0]
	first.Statement.Table = p.Table
	return judge, judge.Verify(p.keys.ID, canonical.Encode(first.Statement), first.Proof)
}
