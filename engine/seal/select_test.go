package seal

import (
	"errors"
	"io"
	"math/big"
	"math/rand/v2"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

func TestSelectRefusesArgumentsOutOfRange(t *testing.T) {
	s := sealed()
	random := rand.New(rand.NewPCG(5, 6))
	good, message := randomSelection(random), randomMessage(random)
	for name, change := range map[string]func(*Selection, *Message){
		"row −1":                 func(r *Selection, _ *Message) { r[0] = -1 },
		"row 8 for line 0":       func(r *Selection, _ *Message) { r[0] = 8 },
		"row 7 for line 1":       func(r *Selection, _ *Message) { r[1] = 7 },
		"row 256":                func(r *Selection, _ *Message) { r[31] = Rows },
		"row 2^62":               func(r *Selection, _ *Message) { r[31] = 1 << 62 },
		"two lines exchanged":    func(r *Selection, _ *Message) { r[4], r[5] = r[5], r[4] },
		"mask t":                 func(_ *Selection, m *Message) { m.Groups[0] = T },
		"mask 2^64 − 1":          func(_ *Selection, m *Message) { m.Groups[3] = 1<<64 - 1 },
		"blinding t − 2^15":      func(_ *Selection, m *Message) { m.Limbs[0] = BlindLimit },
		"last blinding 2^64 − 1": func(_ *Selection, m *Message) { m.Limbs[27] = 1<<64 - 1 },
	} {
		rows, msg := good, *message
		change(&rows, &msg)
		if _, err := s.selector.Select(rows, &msg, streamsOf("x")); !errors.Is(err, ErrRange) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSelectEqualsTheDefinition recomputes c1 and c0 from the drawn noise by schoolbook multiplication.
func TestSelectEqualsTheDefinition(t *testing.T) {
	s := sealed()
	random := rand.New(rand.NewPCG(7, 8))
	rows, msg := randomSelection(random), randomMessage(random)
	response := must(s.selector.Select(rows, msg, streamsOf("holder")))(t)
	drawn := must(drawSelectionNoise(streamsOf("holder")))(t)
	a, aPrime := must(testSeed().A(testSlice))(t).Centred(), testSeed().APrime().Centred()
	b, c0 := s.public.Centred(), s.slice.Centred()
	q, tau := bigQ(), bigTau()

	read := response.C1()
	for _, i := range places {
		want := negacyclic(aPrime, drawn.u, i)
		want.Add(want, big.NewInt(int64(drawn.e1[i]))).Add(want, rotated(a, rows, i)).Mod(want, q)
		want.Rsh(want, 58).Lsh(want, 58).Add(want, new(big.Int).Lsh(big.NewInt(1), 57))
		if read[i].Cmp(want) != 0 {
			t.Errorf("coefficient %d of c1", i)
		}
	}
	for l, got := range response.C0() {
		want := negacyclic(b, drawn.u, l)
		want.Add(want, big.NewInt(int64(drawn.e0[l]))).Add(want, rotated(c0, rows, l))
		want.Add(want, new(big.Int).Mul(tau, new(big.Int).SetUint64(msg.coefficient(l))))
		want.Add(want, residueInteger(drawn.phi[l])).Mod(want, q)
		if got.Cmp(want) != 0 {
			t.Errorf("coefficient %d of c0", l)
		}
	}
}

// rotated is coefficient i of Σ_k X^(−32k) p.
func rotated(p []*big.Int, rows Selection, i int) *big.Int {
	sum := new(big.Int)
	for _, k := range rows {
		if place := i + rowStride*k; place < N {
			sum.Add(sum, p[place])
		} else {
			sum.Sub(sum, p[place-N])
		}
	}
	return sum
}

// TestOpenGivesTheMaskedSums is the property of the package: any rows, any selection, any masks, exact sums.
func TestOpenGivesTheMaskedSums(t *testing.T) {
	secret, public, err := NewKey(testSeed(), streamsOf("property"))
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		slice := rapid.IntRange(0, Slices-1).Draw(t, "slice")
		key := rapid.String().Draw(t, "key")
		rows, selected, msg := randomRows(random), randomSelection(random), randomMessage(random)
		if rapid.Bool().Draw(t, "extreme") {
			extreme(rows, msg)
		}
		c0, _, err := secret.Seal(slice, rows, streamsOf(key))
		if err != nil {
			t.Fatal(err)
		}
		selector, err := Prepare(testSeed(), slice, c0, public)
		if err != nil {
			t.Fatal(err)
		}
		response, err := selector.Select(selected, msg, streamsOf(key))
		if err != nil {
			t.Fatal(err)
		}
		checkOpened(t, secret.Open(response), rows, selected, msg)
	})
}

// extreme sets the greatest points, limbs and masks: sums that wrap around t in the groups and just do not in the limbs.
func extreme(rows *[Rows]Row, msg *Message) {
	for k := range rows {
		for g := range rows[k].Points {
			rows[k].Points[g] = PointLimit - 1
		}
		for j := range rows[k].Limbs {
			rows[k].Limbs[j] = LimbLimit - 1
		}
	}
	msg.Groups = [Groups]uint64{T - 1, (T - 1) / 2, (T + 1) / 2, 0}
	for j := range msg.Limbs {
		msg.Limbs[j] = BlindLimit - 1
	}
}

func checkOpened(t interface{ Fatalf(string, ...any) }, opened *Opened, rows *[Rows]Row, selected Selection, msg *Message) {
	groups, limbs := sums(rows, selected, msg)
	if opened.Limbs != limbs {
		t.Fatalf("limbs are not Σ z + r")
	}
	for g, d := range opened.Groups {
		if d < -(T-1)/2 || d > (T-1)/2 || uint64(d+T)%T != groups[g]%T {
			t.Fatalf("group %d is not Σ w + μ, centred", g)
		}
	}
}

func TestNegativeMasksOpenAsNegativeNumbers(t *testing.T) {
	s := sealed()
	rows := randomSelection(rand.New(rand.NewPCG(9, 10)))
	msg := &Message{Groups: [Groups]uint64{T - 1<<40, T - 1, 0, 1 << 40}}
	opened := s.secret.Open(must(s.selector.Select(rows, msg, streamsOf("negative")))(t))
	groups, _ := sums(s.rows, rows, new(Message))
	for g, mu := range []int64{-1 << 40, -1, 0, 1 << 40} {
		if want := int64(groups[g]) + mu; opened.Groups[g] != want {
			t.Errorf("group %d opens as %d, want %d", g, opened.Groups[g], want)
		}
	}
}

// TestGroupsAreCentredAtTheEnds lets the sums be (t − 1)/2 and the next number, which is −(t − 1)/2.
func TestGroupsAreCentredAtTheEnds(t *testing.T) {
	s := sealed()
	rows := randomSelection(rand.New(rand.NewPCG(18, 19)))
	groups, _ := sums(s.rows, rows, new(Message))
	msg := &Message{Groups: [Groups]uint64{T/2 - groups[0], T/2 + 1 - groups[1], T - groups[2], T - 1 - groups[3]}}
	opened := s.secret.Open(must(s.selector.Select(rows, msg, streamsOf("ends")))(t))
	if want := [Groups]int64{(T - 1) / 2, -(T - 1) / 2, 0, -1}; opened.Groups != want {
		t.Errorf("groups open as %d, want %d", opened.Groups, want)
	}
}

func TestWorkingSpaceIsForgotten(t *testing.T) {
	s := sealed()
	random := rand.New(rand.NewPCG(20, 21))
	must(s.selector.Select(randomSelection(random), randomMessage(random), streamsOf("forgotten")))(t)
	w := s.selector.scratch.Get().(*selection)
	zero := ringQ().NewPoly()
	if !ringQ().Equal(w.u, zero) || !ringQ().Equal(w.c1, zero) || !ringQ().Equal(w.c0, zero) {
		t.Error("working space kept for the next call still has numbers of the last")
	}
}

func TestSelectIsDeterministicAndReadsEachStream(t *testing.T) {
	s := sealed()
	random := rand.New(rand.NewPCG(11, 12))
	rows, msg := randomSelection(random), randomMessage(random)
	first := must(s.selector.Select(rows, msg, streamsOf("same")))(t).Encode()
	asked := map[string]int{}
	again := must(s.selector.Select(rows, msg, func(name string) io.Reader {
		asked[name]++
		return streamsOf("same")(name)
	}))(t).Encode()
	if string(first) != string(again) {
		t.Error("the same streams give other bytes")
	}
	names := []string{"select/u", "select/e0", "select/e1", "select/phi"}
	if len(asked) != len(names) {
		t.Errorf("%d streams read, want %d", len(asked), len(names))
	}
	for _, name := range names {
		if asked[name] != 1 {
			t.Errorf("stream %s opened %d times", name, asked[name])
		}
		changed := must(s.selector.Select(rows, msg, func(n string) io.Reader {
			if n == name {
				return streamsOf("another")(n)
			}
			return streamsOf("same")(n)
		}))(t).Encode()
		// e1 alone moves no rounding, but for a chance of N·2^-55; TestRoundingAddsTheError sees it.
		sameC1 := string(changed[:C1Size]) == string(first[:C1Size])
		sameC0 := string(changed[C1Size:]) == string(first[C1Size:])
		if sameC1 != (name != "select/u") || sameC0 != (name == "select/e1") {
			t.Errorf("stream %s: c1 equal %v, c0 equal %v", name, sameC1, sameC0)
		}
	}
}

// TestRoundingAddsTheError puts sums beside the borders of a rounding, where an error of one moves it.
func TestRoundingAddsTheError(t *testing.T) {
	greatest := new(big.Int).Sub(bigQ(), big.NewInt(1))
	step := new(big.Int).Lsh(big.NewInt(5), 58)
	below := new(big.Int).Sub(step, big.NewInt(1))
	half := new(big.Int).Lsh(big.NewInt(1), 57)
	for _, c := range []struct {
		sum  *big.Int
		e1   int8
		want *big.Int // h
	}{
		{below, 0, big.NewInt(4)}, {below, 1, big.NewInt(5)}, {step, 0, big.NewInt(5)}, {step, -1, big.NewInt(4)},
		{new(big.Int), -1, new(big.Int).Rsh(greatest, 58)}, {greatest, 1, new(big.Int)}, {greatest, 0, new(big.Int).Rsh(greatest, 58)},
	} {
		sum, e1 := ringQ().NewPoly(), make([]int8, N)
		for i, q := range primes {
			sum.Coeffs[i][7] = new(big.Int).Mod(c.sum, new(big.Int).SetUint64(q)).Uint64() + 31*q // not reduced, as after 32 rows
		}
		e1[7] = c.e1
		response := new(Response)
		response.round(sum, e1)
		read := response.C1()[7]
		if read.Sub(read, half).Rsh(read, 58).Cmp(c.want) != 0 {
			t.Errorf("%d with error %d rounds to %d, want %d", c.sum, c.e1, read, c.want)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	s := sealed()
	var wait sync.WaitGroup
	for worker := range uint64(8) {
		wait.Go(func() {
			random := rand.New(rand.NewPCG(worker, 13))
			for range 4 {
				rows, msg := randomSelection(random), randomMessage(random)
				response, err := s.selector.Select(rows, msg, streamsOf("concurrent"))
				if err != nil {
					t.Error(err)
					return
				}
				checkOpened(errorReporter{t}, s.secret.Open(response), s.rows, rows, msg)
			}
		})
	}
	wait.Wait()
}

// errorReporter lets a goroutine of a test report, where Fatalf is not allowed.
type errorReporter struct{ t *testing.T }

func (r errorReporter) Fatalf(format string, args ...any) { r.t.Errorf(format, args...) }
