package inquiry

import "weir/engine/offer"

// Verifier judges the proof of one contribution: that the party of the commit answered from the root that the request
// names, for the subject behind the tag, with rows of its slice of the sealed model. What a verifier accepts holds for
// everybody with the same genesis. An error wraps message.ErrUnproven.
type Verifier interface {
	VerifyContribution(s *offer.Sealed, r *Request, tag [32]byte, c *Contributed) error
}
