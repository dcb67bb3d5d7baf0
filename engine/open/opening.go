// Package open is the bank's step (protocol, sections 4 and 5): seal a version of its model, and open the one number
// that the holders' responses add up to — after checking, holder by holder, that it is what was committed to.
//
// It does no I/O; randomness is an argument. What it returns beside public messages is the bank's secret.
package open

import (
	"errors"
	"fmt"
	"math/big"
	"slices"

	"weir/engine"
	"weir/engine/inquiry"
	"weir/engine/pedersen"
	"weir/engine/period"
	"weir/engine/seal"
)

// The rules whose breach names a party.
var (
	// ErrEquation: a response does not open to what its party committed to (equation (1) of protocol section 5).
	ErrEquation = errors.New("the response is not what was committed to")
	// ErrResponse: a response is malformed or not the one whose digest was committed to.
	ErrResponse = errors.New("the response is not the one announced")
	// ErrAggregate: the sum over all parties contradicts the commitments; no single party can be named.
	ErrAggregate = errors.New("the sum of all responses contradicts the commitments")
)

// Finding names the party whose message breaks a rule. It carries nothing that was opened.
type Finding struct {
	Party engine.PartyID
	Err   error // ErrEquation or ErrResponse, wrapped
}

// Error names the party and the rule.
func (f *Finding) Error() string { return fmt.Sprintf("%s: %v", f.Party, f.Err) }

// Unwrap is the rule.
func (f *Finding) Unwrap() error { return f.Err }

// Answer is one party's contribution as the bank received it.
type Answer struct {
	Commit   *inquiry.Contributed
	Response []byte // a inquiry.Response file
}

// Score is what the bank learns: S_g for each group, and the opening (base' + S_0, R) of what was committed to.
type Score struct {
	Sums [pedersen.Groups]int64
	Sum  int64    // base' + S_0, the score, unclamped
	R    *big.Int // R mod ℓ: Σ S_g·G_g + R·H = Σ C_i
}

// Open decrypts the answers of all parties of a model to one label and checks them: the pairs' masks, each response
// against its announced digest, equation (1) for each party, and the aggregate. The first party that breaks a rule is a
// *Finding, a disagreeing pair a *inquiry.PairError. Nothing of a sum is returned unless all checks pass.
func (s *Sealing) Open(label engine.Digest, answers map[engine.PartyID]Answer) (*Score, error) {
	parties := s.Sealed.Version.Parties()
	commits := map[engine.PartyID]*inquiry.Contributed{}
	for party, a := range answers {
		commits[party] = a.Commit
	}
	if err := inquiry.CheckPairs(parties, commits); err != nil {
		return nil, err
	}
	score := &Score{R: new(big.Int)}
	total := pedersen.Identity()
	for _, party := range parties {
		opened, err := s.openOne(label, party, answers[party])
		if err != nil {
			return nil, &Finding{Party: party, Err: err}
		}
		for g := range score.Sums {
			score.Sums[g] += opened.Groups[g]
		}
		score.R.Add(score.R, seal.Recompose(opened.Limbs))
		total = total.Add(answers[party].Commit.C)
	}
	score.R.Mod(score.R, pedersen.Order())
	if !pedersen.CommitSmall(score.Sums, score.R).Equal(total) || !s.reachable(score.Sums) {
		return nil, ErrAggregate
	}
	score.Sum = s.Base + score.Sums[0]
	return score, nil
}

// openOne decrypts one response and checks equation (1): Σ_g D_g·G_g + R_i·H = C_i + P_i.
func (s *Sealing) openOne(label engine.Digest, party engine.PartyID, a Answer) (*seal.Opened, error) {
	if a.Commit.Commit.Label != label || a.Commit.Party != party {
		return nil, fmt.Errorf("%w: committed under another label or party", ErrResponse)
	}
	file, err := inquiry.OpenResponse(a.Response, a.Commit.Commit)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrResponse, err)
	}
	response, err := seal.DecodeResponse(slices.Concat(file.C1, file.C0))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrResponse, err)
	}
	opened := s.Key.Open(response)
	left := pedersen.CommitSmall(opened.Groups, seal.Recompose(opened.Limbs))
	right := a.Commit.C.Add(period.SumCommitments(party, a.Commit.Masks))
	if !left.Equal(right) {
		return nil, ErrEquation
	}
	return opened, nil
}

// reachable tells whether every sum lies within what the version's caps allow.
func (s *Sealing) reachable(sums [pedersen.Groups]int64) bool {
	for g, sum := range sums {
		var cap int64
		for i := range s.Sealed.Version.Slices {
			cap += int64(s.Sealed.Version.Slices[i].Caps[g])
		}
		if sum < 0 || sum > cap {
			return false
		}
	}
	return true
}
