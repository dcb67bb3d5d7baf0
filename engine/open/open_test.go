package open_test

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"weir/engine"
	"weir/engine/inquiry"
	"weir/engine/internal/partytest"
	"weir/engine/open"
	"weir/engine/pedersen"
	"weir/engine/seal"
)

func ExampleSealing_Open() {
	attempt := partytest.New(2) // a sealed model, two holders, an enterprise that consents
	answers := attempt.Answers()
	score, err := attempt.Sealing.Open(attempt.Label(), answers)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(score.Sum == attempt.Reference())
	// Output: true
}

func TestOpenIsExact(t *testing.T) {
	for _, n := range []int{2, 3} {
		a := partytest.New(n)
		score, err := a.Sealing.Open(a.Label(), a.Answers())
		if err != nil {
			t.Fatal(err)
		}
		if score.Sum != a.Reference() || score.Sums[0] != a.Reference()-partytest.Base {
			t.Errorf("%d parties: score %d, plaintext %d", n, score.Sum, a.Reference())
		}
		if score.Sums[1] != 0 || score.Sums[2] != 0 || score.Sums[3] != 0 {
			t.Errorf("%d parties: sums of groups that are not in use: %v", n, score.Sums)
		}
		if !pedersen.CommitSmall(score.Sums, score.R).Equal(sumOfCommitments(a.Answers())) {
			t.Errorf("%d parties: the opening does not open Σ C_i", n)
		}
	}
}

func sumOfCommitments(answers map[engine.PartyID]open.Answer) pedersen.Point {
	sum := pedersen.Identity()
	for _, a := range answers {
		sum = sum.Add(a.Commit.C)
	}
	return sum
}

// The control of every fraud below: an unchanged Draft is an honest contribution.
func TestDraftIsHonest(t *testing.T) {
	a := partytest.New(3)
	for _, p := range a.Parties {
		answers := a.Answers()
		answers[p] = a.Answer(a.Draft(p).Finish())
		score, err := a.Sealing.Open(a.Label(), answers)
		if err != nil || score.Sum != a.Reference() {
			t.Errorf("%s: %v, %v", p, score, err)
		}
	}
}

// What one malicious holder can do to its contribution while the mask commitments stay those it agreed on: everything is
// computed for real and the commit is signed. Equation (1) must name exactly that holder, wherever it stands in order.
//
// Equation (1) alone cannot catch a lie that is the same in ciphertext and commitment: another record than the committed
// one, a record that is not there, an absence that is not true, rows that no single value selects, or points added to
// both (within the caps). Those wait for the contribution proof; no test here claims them.
func TestEquationNamesTheHolder(t *testing.T) {
	other := func(rows seal.Selection) seal.Selection {
		rows[5] = seal.RowsPerLine*5 + (rows[5]+1)%seal.RowsPerLine
		return rows
	}
	frauds := map[string]func(d *partytest.Draft){
		"encrypts another row than it commits to": func(d *partytest.Draft) { d.Encrypted = other(d.Encrypted) },
		"commits to another row than it encrypts": func(d *partytest.Draft) { d.Committed = other(d.Committed) },
		"adds a point to the ciphertext":          func(d *partytest.Draft) { d.Shift = 1 },
		"takes 2^57 points off the ciphertext":    func(d *partytest.Draft) { d.Shift = -(1 << 57) },
		"wrong μ in the ciphertext":               func(d *partytest.Draft) { d.Total.Mu[0]++ },
		"wrong μ of an unused group":              func(d *partytest.Draft) { d.Total.Mu[3]-- },
		"no masks in the ciphertext":              func(d *partytest.Draft) { clear(d.Total.Mu[:]) },
		"masks with the partner's sign":           func(d *partytest.Draft) { d.Total.Mu[0] = -d.Total.Mu[0] },
		"wrong ν in the blinding":                 func(d *partytest.Draft) { d.Rho.Add(d.Rho, big.NewInt(1)) },
		"no ν in the blinding":                    func(d *partytest.Draft) { d.Rho = seal.Recompose(d.Blinds) },
		"wrong blinding ρ":                        func(d *partytest.Draft) { d.Rho = big.NewInt(4711) },
		"another blinding limb than in ρ":         func(d *partytest.Draft) { d.Blinds[27] ^= 1 },
	}
	a := partytest.New(3)
	for name, fraud := range frauds {
		for _, liar := range a.Parties {
			t.Run(name+" by="+string(liar), func(t *testing.T) {
				d := a.Draft(liar)
				fraud(d)
				answers := a.Answers()
				answers[liar] = a.Answer(d.Finish())
				mustName(t, a, answers, liar, open.ErrEquation)
			})
		}
	}
}

// mustName opens and wants a finding against exactly this party, by this rule, and no number.
func mustName(t *testing.T, a *partytest.Attempt, answers map[engine.PartyID]open.Answer, liar engine.PartyID, rule error) {
	t.Helper()
	score, err := a.Sealing.Open(a.Label(), answers)
	var finding *open.Finding
	if !errors.As(err, &finding) || finding.Party != liar || !errors.Is(err, rule) {
		t.Fatalf("got %v, want %s to be named: %v", err, liar, rule)
	}
	if score != nil {
		t.Fatal("something was opened")
	}
}

// A holder that adds the same points to ciphertext and commitment satisfies equation (1); beyond the caps of the model the
// aggregate shows it, without telling who it was.
func TestSumBeyondTheCaps(t *testing.T) {
	a := partytest.New(2)
	for _, points := range []int64{5000, -5000} {
		d := a.Draft(a.Parties[0])
		d.Shift = points
		commit, file := d.Finish()
		commit.C = partytest.Shifted(commit.C, points)
		answers := a.Answers()
		answers[a.Parties[0]] = a.Answer(commit, file)
		if score, err := a.Sealing.Open(a.Label(), answers); !errors.Is(err, open.ErrAggregate) || score != nil {
			t.Errorf("%+d points: %v", points, err)
		}
	}
	d := a.Draft(a.Parties[0]) // one in a sum for reasons that the model does not have
	d.Total.Mu[2]++
	commit, file := d.Finish()
	c, err := pedersen.DecodePoint(commit.C[:])
	if err != nil {
		t.Fatal(err)
	}
	commit.C = c.Add(pedersen.CommitSmall([pedersen.Groups]int64{2: 1}, new(big.Int))).Encode()
	answers := a.Answers()
	answers[a.Parties[0]] = a.Answer(commit, file)
	if score, err := a.Sealing.Open(a.Label(), answers); !errors.Is(err, open.ErrAggregate) || score != nil {
		t.Errorf("group 2: %v", err)
	}
}

// Two parties that commit to different masks of their pair are named together, before anything is decrypted.
func TestPairIsNamed(t *testing.T) {
	a := partytest.New(3)
	x, y, z := a.Parties[0], a.Parties[1], a.Parties[2]
	for _, pair := range [][2]engine.PartyID{{x, y}, {x, z}, {y, z}} {
		for _, liar := range pair {
			d := a.Draft(liar)
			partner := pair[0]
			if partner == liar {
				partner = pair[1]
			}
			mask := d.Masks[partner]
			mask.Mu[0]++
			d.Masks[partner] = mask
			answers := a.Answers()
			answers[liar] = a.Answer(d.Finish())
			answers[z] = open.Answer{Commit: answers[z].Commit, Response: []byte("not even read")}
			score, err := a.Sealing.Open(a.Label(), answers)
			var named *inquiry.PairError
			if !errors.As(err, &named) || named.First != pair[0] || named.Second != pair[1] || score != nil {
				t.Errorf("%s lies to %s: %v", liar, partner, err)
			}
		}
	}
}

// Two holders that agree on a false P between them, so that no pair disagrees, are still each caught by equation (1).
func TestCollusionOnAMask(t *testing.T) {
	a := partytest.New(3)
	x, y := a.Parties[0], a.Parties[1]
	answers := a.Answers()
	for _, pair := range [][2]engine.PartyID{{x, y}, {y, x}} {
		d := a.Draft(pair[0])
		mask := d.Masks[pair[1]]
		mask.Mu[0]++
		d.Masks[pair[1]] = mask
		answers[pair[0]] = a.Answer(d.Finish())
	}
	mustName(t, a, answers, x, open.ErrEquation)
}

func TestMissingAnswer(t *testing.T) {
	a := partytest.New(3)
	for _, absent := range a.Parties {
		answers := a.Answers()
		delete(answers, absent)
		score, err := a.Sealing.Open(a.Label(), answers)
		if err == nil || score != nil || !strings.Contains(err.Error(), string(absent)) {
			t.Errorf("without %s: %v", absent, err)
		}
	}
}

// A holder takes over another's contribution under its own name, signed by itself: with the other's ciphertext in a file
// of its own, and with the other's file as it is. Masks have signs and pairs, so neither opens.
func TestCopiedContribution(t *testing.T) {
	a := partytest.New(3)
	for _, liar := range a.Parties {
		for _, victim := range a.Parties {
			if victim == liar {
				continue
			}
			honest := a.Answers()
			copied := a.Contribute(liar).Commit // with its own P_ij, or the pair would be named
			copied.C = honest[victim].Commit.Commit.C
			file := partytest.ResponseFile(a.Label(), liar, partytest.Encoded(honest[victim].Response))
			copied.Response = inquiry.ResponseDigest(file)
			answers := a.Answers()
			answers[liar] = a.Answer(copied, file)
			mustName(t, a, answers, liar, open.ErrEquation)

			copied.Response = honest[victim].Commit.Commit.Response
			answers[liar] = a.Answer(copied, honest[victim].Response)
			mustName(t, a, answers, liar, open.ErrResponse)
		}
	}
}

// A contribution to another label is none to this one.
func TestOtherLabel(t *testing.T) {
	a := partytest.New(3)
	liar := a.Parties[1]
	d := a.Draft(liar)
	d.Label[0] ^= 1
	answers := a.Answers()
	commit, file := d.Finish()
	answers[liar] = a.Answer(commit, file)
	mustName(t, a, answers, liar, open.ErrResponse)

	commit.Label = a.Label() // claims this label, with the other's response
	answers[liar] = a.Answer(commit, file)
	mustName(t, a, answers, liar, open.ErrResponse)
}

func TestSealRefuses(t *testing.T) {
	a := partytest.New(2)
	version := *a.Sealing.Sealed.Version
	if _, err := open.Seal(version, 0, a.Points[:1], partytest.Stream("x")); err == nil {
		t.Error("points for one slice of two were sealed")
	}
	if _, err := open.Seal(version, 0, a.Points, strings.NewReader("short")); err == nil {
		t.Error("sealed without randomness")
	}
	points := slices.Clone(a.Points)
	points[1][7] = [seal.Groups]uint16{seal.PointLimit}
	if _, err := open.Seal(version, 0, points, partytest.Stream("x")); !errors.Is(err, seal.ErrRange) {
		t.Errorf("points of 2^12: %v", err)
	}
}

// Two sealings of one version share nothing but the version's name; the same randomness gives the same sealing.
func TestSealIsFresh(t *testing.T) {
	a := partytest.New(2)
	version := *a.Sealing.Sealed.Version
	again, err := open.Seal(version, partytest.Base, a.Points, partytest.Stream("sealing"))
	if err != nil || again.Sealed.ModelDigest != a.Sealing.Sealed.ModelDigest {
		t.Fatalf("the same randomness gave another sealing: %v", err)
	}
	fresh, err := open.Seal(version, partytest.Base, a.Points, partytest.Stream("other"))
	if err != nil {
		t.Fatal(err)
	}
	if fresh.Sealed.ModelDigest == a.Sealing.Sealed.ModelDigest || fresh.Package.Slices[0].C0 == a.Sealing.Package.Slices[0].C0 ||
		fresh.Package.Slices[0].B == a.Sealing.Package.Slices[0].B || fresh.Package.Slices[0].W[0] == a.Sealing.Package.Slices[0].W[0] {
		t.Error("two sealings share a key, an encryption or a commitment")
	}
}
