package message

import "errors"

// ErrUnproven is returned for a commit, model or accusation whose proof does not hold.
var ErrUnproven = errors.New("proof does not hold")

// Verifier judges the proof of one contribution: that the party of the commit answered from the root that the request
// names, for the subject behind the tag, with rows of its slice of the sealed model. What a verifier accepts holds for
// everybody with the same genesis. An error wraps ErrUnproven.
type Verifier interface {
	VerifyContribution(s *Sealed, r *Request, tag [32]byte, c *Contributed) error
}
