package proving_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"

	"weir/bench/synthetic"
	"weir/circuits"
	"weir/circuits/contribution"
	"weir/circuits/keycache"
	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/model"
	"weir/engine/proof"
	"weir/engine/proof/proving"
	"weir/ledger/contract"
	"weir/ledger/contract/models"
	"weir/ledger/contract/tasks"
)

// bench is a worker, the judge of its proofs, and two true answers.
type bench struct {
	worker     *proving.Worker
	judge      contract.Verifier
	statements [2]tasks.ContributionStatement
	witnesses  [2]*proof.Witness
}

var workbench = sync.OnceValues(func() (*bench, error) {
	dir, err := keycache.DefaultDir()
	if err != nil {
		return nil, err
	}
	b := new(bench)
	if b.worker, err = proving.LoadWorker(context.Background(), keycache.Open(dir, nil), nil); err != nil {
		return nil, err
	}
	loaded, err := keycache.Open(dir, nil).Keys(context.Background(), circuits.Contribution, contribution.Compile)
	if err != nil {
		return nil, err
	}
	key, err := circuits.EncodeVerifyingKey(loaded.VerifyingKey())
	if err != nil {
		return nil, err
	}
	if b.judge, err = proof.ContributionJudge(b.worker.Circuit(), key); err != nil {
		return nil, err
	}
	slice, err := synthetic.Seed(7).Slice()
	if err != nil {
		return nil, err
	}
	answers, err := synthetic.Seed(7).Answers(context.Background(), slice)
	if err != nil {
		return nil, err
	}
	table := models.Table{Digest: engine.Digest{1}, Slice: model.Slice{Edges: slice.Table.Edges, Map: slice.Table.Map}}
	for k, w := range slice.Table.W {
		table.W[k] = w.Encode()
	}
	for i := range b.statements {
		s, w := answers.Answer(i)
		b.statements[i] = tasks.ContributionStatement{Table: canonical.Encode(table), Root: s.Root, Tag: s.Tag, C: s.C.Encode()}
		copy(b.statements[i].Context[:], s.Context[1:])
		b.witnesses[i] = w
	}
	return b, nil
})

func open(t *testing.T) *bench {
	t.Helper()
	b, err := workbench()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) job(i int) proving.Job {
	return proving.Encode(b.worker.Circuit(), &b.statements[i], b.witnesses[i])
}

// What a worker proves from the bytes is what the ledger judges; a proof of one job is none of another.
func TestJobsAreProvenElsewhere(t *testing.T) {
	b := open(t)
	for i := range b.statements {
		p, err := b.worker.Prove(b.job(i))
		if err != nil {
			t.Fatal(err)
		}
		if err := b.judge.Verify(b.worker.Circuit(), canonical.Encode(b.statements[i]), p); err != nil {
			t.Error(err)
		}
		if err := b.judge.Verify(b.worker.Circuit(), canonical.Encode(b.statements[1-i]), p); err == nil {
			t.Error("a proof of another job")
		}
		if size := len(b.job(i)); size > proving.MaxJob || size < 8<<10 {
			t.Errorf("a job of %d bytes, limit %d", size, proving.MaxJob)
		}
	}
}

func TestBadJobsAreRefused(t *testing.T) {
	b := open(t)
	changed := func(change func(*tasks.ContributionStatement, *proof.Witness)) proving.Job {
		s, w := b.statements[0], *b.witnesses[0]
		change(&s, &w)
		return proving.Encode(b.worker.Circuit(), &s, &w)
	}
	for name, c := range map[string]struct {
		job  proving.Job
		want error
	}{
		"nothing":                  {nil, proving.ErrJob},
		"garbage":                  {bytes.Repeat([]byte{0xff}, 100), proving.ErrJob},
		"an end too many":          {append(b.job(0), 0), proving.ErrJob},
		"a half":                   {b.job(0)[:len(b.job(0))/2], proving.ErrJob},
		"oversized":                {make([]byte, proving.MaxJob+1), proving.ErrJob},
		"another circuit":          {proving.Encode(engine.Digest{9}, &b.statements[0], b.witnesses[0]), proving.ErrJob},
		"no table":                 {changed(func(s *tasks.ContributionStatement, _ *proof.Witness) { s.Table = []byte{} }), proving.ErrJob},
		"no point":                 {changed(func(s *tasks.ContributionStatement, _ *proof.Witness) { s.C = [32]byte{1, 2, 3} }), proving.ErrJob},
		"a blinding of a kilobyte": {changed(func(_ *tasks.ContributionStatement, w *proof.Witness) { w.Rho = new(big.Int).Lsh(big.NewInt(1), 8000) }), proving.ErrJob},
		"another value":            {changed(func(_ *tasks.ContributionStatement, w *proof.Witness) { w.Values[0]++ }), contribution.ErrWitness},
		"a root above the field": {changed(func(s *tasks.ContributionStatement, _ *proof.Witness) {
			s.Root = [32]byte(bytes.Repeat([]byte{0xff}, 32))
		}), contribution.ErrStatement},
	} {
		if p, err := b.worker.Prove(c.job); !errors.Is(err, c.want) || p != nil {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// A field element that is not in its one form is refused before it is used: 32 bytes of 0xff in the place of the last sibling.
func TestFieldElementsAreCanonical(t *testing.T) {
	b := open(t)
	encoded := bytes.Clone(b.job(0))
	rho := b.witnesses[0].Rho.Bytes()
	at := bytes.LastIndex(encoded, rho) - 2 - 32 // before the head of the blinding
	copy(encoded[at:at+32], bytes.Repeat([]byte{0xff}, 32))
	if _, err := b.worker.Prove(encoded); !errors.Is(err, proving.ErrJob) || !strings.Contains(err.Error(), "canonical") {
		t.Errorf("%v", err)
	}
}

// A01: a job prints as nothing.
func TestJobsAreNotPrinted(t *testing.T) {
	b := open(t)
	j := b.job(0)
	for _, format := range []string{"%v", "%+v", "%#v", "%x", "%s", "%q"} {
		if text := fmt.Sprintf(format, j); text != "[proving job]" {
			t.Errorf("%s: %d characters", format, len(text))
		}
	}
}
