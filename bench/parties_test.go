package bench

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"testing"

	"weir/bench/synthetic"
	"weir/engine"
	"weir/engine/bank"
	"weir/engine/contribute"
	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/model/points"
	"weir/engine/open"
	"weir/engine/period"
	"weir/engine/record"
	"weir/engine/schema"
	"weir/engine/seal"
)

// attempt is one request to a consortium of which every line is in use, without proofs, board or consent: what the
// parties compute and nothing around it.
type attempt struct {
	compiled  *points.Compiled
	genesis   message.Genesis
	holders   map[engine.Name]engine.Name
	sealing   *open.Sealing
	tasks     []*contribute.Task
	secrets   []contribute.Secrets
	selectors []*seal.Selector
	values    [seal.Lines]uint32
}

func newAttempt(b *testing.B, holders int) *attempt {
	b.Helper()
	a := &attempt{holders: map[engine.Name]engine.Name{}, genesis: message.Genesis{Chain: "bench", Policy: model.DefaultPolicy()}}
	a.compile(b, holders)
	a.sealing = a.seal(b)
	parties := a.sealing.Sealed.Version.Parties()
	public, err := seal.DecodePublicKey(a.sealing.PublicKey())
	if err != nil {
		b.Fatal(err)
	}
	for i, party := range parties {
		a.tasks = append(a.tasks, &contribute.Task{Party: party, Sealed: a.sealing.Sealed, Slice: i, Label: engine.Digest{9}})
		secrets := contribute.Secrets{Period: [32]byte{byte(i)}, Pairs: map[engine.PartyID]period.PairKey{}}
		for j, partner := range parties {
			if j != i {
				secrets.Pairs[partner] = period.PairKey{byte(min(i, j)), byte(max(i, j))}
			}
		}
		a.secrets = append(a.secrets, secrets)
		c0, err := seal.DecodeSlice(a.sealing.Blobs[i])
		if err != nil {
			b.Fatal(err)
		}
		selector, err := seal.Prepare(seal.Seed(a.sealing.Sealed.Seed), i, c0, public)
		if err != nil {
			b.Fatal(err)
		}
		a.selectors = append(a.selectors, selector)
	}
	for l := range a.values {
		a.values[l] = uint32(l * 31_000)
	}
	return a
}

func (a *attempt) compile(b *testing.B, holders int) {
	b.Helper()
	inputs, err := synthetic.Seed(1).Consortium(synthetic.Shape{Holders: holders, Features: seal.Lines, Lines: seal.Lines, Enterprises: 1})
	if err != nil {
		b.Fatal(err)
	}
	schemas := map[engine.Name]*schema.Schema{}
	for name, text := range inputs.Files {
		if !bytes.HasSuffix([]byte(name), []byte(record.SchemaFile)) {
			continue
		}
		s, err := schema.Parse(bytes.NewReader(text), name)
		if err != nil {
			b.Fatal(err)
		}
		schemas[s.Source], a.holders[s.Source] = s, s.Source
	}
	card, err := points.Parse(bytes.NewReader(inputs.Model), "synthetic.weir.json")
	if err != nil {
		b.Fatal(err)
	}
	if a.compiled, err = card.Compile(schemas); err != nil {
		b.Fatal(err)
	}
}

func (a *attempt) seal(b *testing.B) *open.Sealing {
	b.Helper()
	sealing, err := bank.Sealing(&a.genesis, "bench-bank", a.compiled, a.holders, rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	return sealing
}

func (a *attempt) contribute(b *testing.B, i int) *contribute.Contribution {
	b.Helper()
	c, err := contribute.Contribute(a.tasks[i], a.values, a.selectors[i], a.secrets[i])
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// BenchmarkContribute is one holder's selection, encryption, masks, commitments and encoding, without its proof.
func BenchmarkContribute(b *testing.B) {
	for _, holders := range []int{2, 3, 8} {
		b.Run(fmt.Sprintf("holders=%d", holders), func(b *testing.B) {
			a := newAttempt(b, holders)
			b.ReportAllocs()
			stop := reportCPU(b, 1)
			for b.Loop() {
				a.contribute(b, 0)
			}
			stop()
			b.ReportMetric(float64(len(a.contribute(b, 0).Response)), "B/response")
		})
	}
}

// BenchmarkCheck is the bank's opening of all responses and every check but the proofs; the figure to compare is
// wall-ms/part, a part being one holder.
func BenchmarkCheck(b *testing.B) {
	for _, holders := range []int{2, 3, 8} {
		b.Run(fmt.Sprintf("holders=%d", holders), func(b *testing.B) {
			a, answers := newAttempt(b, holders), map[engine.PartyID]open.Answer{}
			for i := range a.tasks {
				c := a.contribute(b, i)
				read, err := c.Commit.Read()
				if err != nil {
					b.Fatal(err)
				}
				answers[a.tasks[i].Party] = open.Answer{Commit: read, Response: c.Response}
			}
			b.ReportAllocs()
			stop := reportCPU(b, holders)
			for b.Loop() {
				if _, err := a.sealing.Open(a.tasks[0].Label, answers); err != nil {
					b.Fatal(err)
				}
			}
			stop()
		})
	}
}

// BenchmarkSealing is sealing 0 of a model with its 256 commitments a slice, without model proofs; the figure to compare
// is wall-ms/part, a part being one slice.
func BenchmarkSealing(b *testing.B) {
	for _, slices := range []int{2, 3} {
		b.Run(fmt.Sprintf("slices=%d", slices), func(b *testing.B) {
			a := newAttempt(b, slices)
			b.ReportAllocs()
			stop := reportCPU(b, slices)
			for b.Loop() {
				a.seal(b)
			}
			stop()
		})
	}
}

// reportCPU reports processor and wall time for each part of an operation, from now until the returned function is
// called after the loop.
func reportCPU(b *testing.B, parts int) (stop func()) {
	b.ResetTimer()
	before := cpuTime()
	return func() {
		each := float64(b.N * parts)
		b.ReportMetric(milliseconds(cpuTime()-before)/each, "cpu-ms/part")
		b.ReportMetric(milliseconds(b.Elapsed())/each, "wall-ms/part")
	}
}
