package bench

import (
	"context"

	"weir/bench/load"
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

// proofs are judged by a ledger of their own for every number of them on their way, because a ledger remembers its verdicts.
func (o *LedgerOptions) proofs(ctx context.Context, folder string, r *LedgerResult) error {
	if o.Proofs == 0 {
		return nil
	}
	p, err := o.prepare(ctx)
	if err != nil {
		return err
	}
	r.Origin = string(p.keys.Origin)
	for _, window := range []int{1, o.Proofs} {
		judge, err := p.judge()
		if err != nil {
			return err
		}
		rate, err := run(ctx, folder, judge, load.Proofs(p.table, p.claims, window), 1)
		if err != nil {
			return err
		}
		r.Proofs = append(r.Proofs, rate)
	}
	return nil
}

// proven are contributions to one slice with their proofs, as the tasks contract puts them to the ledger's judge.
type proven struct {
	keys   *keycache.Keys
	table  []byte // an encoded models.Table
	claims []load.Proof
}

func (o *LedgerOptions) prepare(ctx context.Context) (*proven, error) {
	keys, err := o.Keys.Load(ctx, circuits.Contribution, o.Registry[circuits.Contribution], contribution.Compile)
	if err != nil {
		return nil, err
	}
	slice, err := synthetic.Seed(o.Seed).Slice()
	if err != nil {
		return nil, err
	}
	table := models.Table{Digest: engine.Digest{1}, Slice: model.Slice{Edges: slice.Table.Edges, Map: slice.Table.Map}}
	for k, w := range slice.Table.W {
		table.W[k] = w.Encode()
	}
	p := &proven{keys: keys, table: canonical.Encode(table)}
	return p, p.prove(ctx, o, slice)
}

func (p *proven) prove(ctx context.Context, o *LedgerOptions, slice *synthetic.Slice) error {
	answers, err := synthetic.Seed(o.Seed).Answers(ctx, slice)
	if err != nil {
		return err
	}
	prover, err := contribution.NewProver(p.keys, &slice.Table)
	if err != nil {
		return err
	}
	for i := 0; i < o.Proofs && ctx.Err() == nil; i++ {
		statement, witness := answers.Answer(i)
		b, err := prover.Prove(statement, witness)
		if err != nil {
			return err
		}
		s := tasks.ContributionStatement{Root: statement.Root, Tag: statement.Tag, C: statement.C.Encode()}
		copy(s.Context[:], statement.Context[1:])
		p.claims = append(p.claims, load.Proof{Circuit: p.keys.ID, Statement: s, Proof: b})
		o.Report.Step(i+1, o.Proofs)
	}
	return ctx.Err()
}

// judge is a ledger's, which has the slice's key folded already.
func (p *proven) judge() (contract.Verifier, error) {
	key, err := circuits.EncodeVerifyingKey(p.keys.VerifyingKey())
	if err != nil {
		return nil, err
	}
	judge, err := proof.ContributionJudge(p.keys.ID, key)
	if err != nil {
		return nil, err
	}
	first := p.claims[0]
	first.Statement.Table = p.table
	return judge, judge.Verify(p.keys.ID, canonical.Encode(first.Statement), first.Proof)
}
