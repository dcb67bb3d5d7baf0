package contribute_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"weir/engine"
	"weir/engine/contribute"
	"weir/engine/inquiry"
	"weir/engine/internal/partytest"
	"weir/engine/pedersen"
	"weir/engine/period"
	"weir/engine/seal"
)

func ExampleContribute() {
	attempt := partytest.New(2) // a sealed model, two holders, an enterprise that consents
	party := attempt.Parties[0]
	task, err := attempt.Duty(party).Judge()
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := contribute.Contribute(task, attempt.Values[party], attempt.Selectors[party], attempt.Secrets[party])
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Commit.Party, "commits to", len(c.Commit.Masks), "pair mask; the response waits:", len(c.Response) > seal.ResponseSize)
	// Output: h1/s1 commits to 1 pair mask; the response waits: true
}

// A contribution is a function of its inputs: the same give the same bytes, and each one that matters gives others.
func TestContributeIsDeterministic(t *testing.T) {
	a := partytest.New(3)
	p := a.Parties[1]
	task, err := a.Duty(p).Judge()
	if err != nil {
		t.Fatal(err)
	}
	contributeWith := func(change func(task *contribute.Task, values *[seal.Lines]uint32, secrets *contribute.Secrets)) *contribute.Contribution {
		its, values := *task, a.Values[p]
		secrets := contribute.Secrets{Period: a.Secrets[p].Period, Pairs: map[engine.PartyID]period.PairKey{}}
		for partner, key := range a.Secrets[p].Pairs {
			secrets.Pairs[partner] = key
		}
		change(&its, &values, &secrets)
		c, err := contribute.Contribute(&its, values, a.Selectors[p], secrets)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	honest := a.Contribute(p)
	again := contributeWith(func(*contribute.Task, *[seal.Lines]uint32, *contribute.Secrets) {})
	if !bytes.Equal(honest.Response, again.Response) || !honest.Commit.Equal(&again.Commit) || honest.Rho.Cmp(again.Rho) != 0 {
		t.Fatal("the same inputs gave another contribution")
	}
	changes := map[string]func(task *contribute.Task, values *[seal.Lines]uint32, secrets *contribute.Secrets){
		"label":         func(task *contribute.Task, _ *[seal.Lines]uint32, _ *contribute.Secrets) { task.Label[31] ^= 1 },
		"record":        func(_ *contribute.Task, values *[seal.Lines]uint32, _ *contribute.Secrets) { values[4] += 20 },
		"period secret": func(_ *contribute.Task, _ *[seal.Lines]uint32, s *contribute.Secrets) { s.Period[0] ^= 1 },
		"pair key": func(_ *contribute.Task, _ *[seal.Lines]uint32, s *contribute.Secrets) {
			s.Pairs[a.Parties[0]] = period.PairKey{1}
		},
	}
	for name, change := range changes {
		other := contributeWith(change)
		if bytes.Equal(honest.Response[1000:2000], other.Response[1000:2000]) {
			t.Errorf("another %s left c1 as it was", name)
		}
		if honest.Commit.C == other.Commit.C || honest.Commit.Response == other.Commit.Response {
			t.Errorf("another %s left C or the response's digest as it was", name)
		}
	}
	// Within a bin the contribution tells nothing: another value that selects the same rows gives the same bytes.
	same := contributeWith(func(_ *contribute.Task, values *[seal.Lines]uint32, _ *contribute.Secrets) { values[31] += 2 })
	rows := task.Sealed.Version.Slices[task.Slice]
	moved := a.Values[p]
	moved[31] += 2
	if rows.Rows(moved) == rows.Rows(a.Values[p]) && !bytes.Equal(same.Response, honest.Response) {
		t.Error("two values of one bin gave different responses")
	}
}

// C is Σ W_k + ρ·H over the rows that the bins give, for any record.
func TestCommitment(t *testing.T) {
	a := partytest.New(2)
	p := a.Parties[0]
	task, err := a.Duty(p).Judge()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		values := [seal.Lines]uint32(rapid.SliceOfN(rapid.Uint32Max(90), seal.Lines, seal.Lines).Draw(t, "values"))
		c, err := contribute.Contribute(task, values, a.Selectors[p], a.Secrets[p])
		if err != nil {
			t.Fatal(err)
		}
		want := pedersen.TimesH(c.Rho)
		for line, v := range values {
			bin := 0
			for _, edge := range a.Sealing.Sealed.Version.Slices[0].Edges[line] {
				if uint64(v) >= edge {
					bin++
				}
			}
			if k := seal.RowsPerLine*line + bin; c.Rows[line] != k {
				t.Fatalf("line %d: row %d, want %d", line, c.Rows[line], k)
			}
			want = want.Add(a.Sealing.Sealed.W[0][c.Rows[line]])
		}
		if c.Commit.C != want.Encode() {
			t.Fatal("C is not the sum of the selected commitments")
		}
		if c.Rho.Sign() < 0 || c.Rho.Cmp(pedersen.Order()) >= 0 {
			t.Fatal("ρ is not reduced")
		}
	})
}

// The announced masks of a pair are equal at both ends and cancel in the sum over all parties.
func TestMasksCancel(t *testing.T) {
	for _, n := range []int{2, 3} {
		a := partytest.New(n)
		commits := map[engine.PartyID]*inquiry.Contributed{}
		sum := pedersen.Identity()
		for _, p := range a.Parties {
			c := a.Contribute(p)
			commits[p] = a.Answer(c.Commit, c.Response).Commit
			sum = sum.Add(period.SumCommitments(p, commits[p].Masks))
		}
		if err := inquiry.CheckPairs(a.Parties, commits); err != nil {
			t.Error(err)
		}
		if !sum.IsIdentity() {
			t.Errorf("%d parties: Σ P_i is not the identity", n)
		}
	}
}

func TestContributeWithoutPairKey(t *testing.T) {
	a := partytest.New(3)
	task, err := a.Duty(a.Parties[0]).Judge()
	if err != nil {
		t.Fatal(err)
	}
	secrets := contribute.Secrets{Pairs: map[engine.PartyID]period.PairKey{a.Parties[1]: {}}}
	_, err = contribute.Contribute(task, a.Values[a.Parties[0]], a.Selectors[a.Parties[0]], secrets)
	var refusal *contribute.Refusal
	if !errors.As(err, &refusal) || refusal.Code != inquiry.DeclinedPartners {
		t.Errorf("got %v, want declined (%s)", err, inquiry.DeclinedPartners)
	}
}
