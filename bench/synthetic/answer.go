package synthetic

import (
	"context"
	"fmt"
	"io"

	"weir/circuits/contribution"
	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/record"
	"weir/engine/schema"
)

// treeRecords is how many enterprises the committed tree of the answers has.
const treeRecords = 1000

// party is whose answers these are.
const party engine.PartyID = "holder/source"

// Answers are true statements of the contribution circuit over one committed tree and one slice, with their witnesses.
type Answers struct {
	seed  Seed
	slice *Slice
	tree  *record.Tree
}

// Answers commits to synthetic records for answers to a slice.
func (s Seed) Answers(ctx context.Context, slice *Slice) (*Answers, error) {
	random, rows := s.random("answers/records"), make([]record.Row, treeRecords)
	for i := range rows {
		rows[i].Subject = subject(i)
		for f := range rows[i].Values {
			rows[i].Values[f] = random.Uint32()
		}
	}
	records, err := record.NewRecords(schema.MaxFeatures, rows)
	if err != nil {
		return nil, err
	}
	var key record.Key
	io.ReadFull(s.stream("answers/key"), key[:])
	tree, err := record.Build(ctx, key, party, records, nil)
	if err != nil {
		return nil, fmt.Errorf("answers: %w", err)
	}
	return &Answers{seed: s, slice: slice, tree: tree}, nil
}

func subject(i int) engine.Subject {
	return engine.Identifier{Kind: engine.Opaque, Text: fmt.Sprintf("enterprise-%06d", i)}.Subject()
}

// Answer is number i, about another enterprise each up to a thousand; every twentieth is about one without a record.
func (a *Answers) Answer(i int) (*contribution.Statement, *contribution.Witness) {
	of := i % treeRecords
	if i%absence == absence-1 {
		of += treeRecords
	}
	path := a.tree.Witness(subject(of))
	w := &contribution.Witness{Subject: path.Subject, Present: path.Present, Values: path.Values, Siblings: path.Siblings}
	salt := path.Salt.Bytes()
	copy(w.Salt[:], salt[1:]) // a salt has 31 bytes
	for j, entry := range path.Bucket {
		w.Bucket[j] = contribution.Entry{Subject: entry.Subject, Content: entry.Content}
	}
	stream := a.seed.stream(fmt.Sprintf("answers/%d", i))
	statement := &contribution.Statement{Root: a.tree.Root()}
	for _, to := range [][]byte{w.Nonce1[:], w.Nonce2[:], statement.Context[1:]} {
		io.ReadFull(stream, to)
	}
	w.Rho = scalar(stream)
	statement.Tag = consent.Tag(w.Subject, w.Nonce1, w.Nonce2)
	statement.C = a.slice.Table.Commit(&w.Values, w.Rho)
	return statement, w
}

// Digest identifies all answers: the slice, the root, and the first answer.
func (a *Answers) Digest() engine.Digest {
	first, _ := a.Answer(0)
	return canonical.Digest("weir/bench/answers/v1", []any{a.slice.Digest(), first.Root, first.Tag, first.Context, first.C.Encode()})
}
