package offer

import (
	"fmt"

	"weir/engine"
	"weir/engine/message"
)

// Approval is the word of a party's agent, or of a supervisor, that it verified a sealed model and accepts it.
type Approval struct {
	_     struct{}       `cbor:",toarray"`
	Model engine.Digest  // modelDigest
	Party engine.PartyID // empty for a supervisor
}

// OpenApproval reads an approval and says who gave it: a party's id, or a supervisor's name.
func OpenApproval(g message.Members, post []byte) (who string, model engine.Digest, err error) {
	var a Approval
	p, err := message.OpenAs(g, message.KindApproval, post, &a)
	if err != nil {
		return "", engine.Digest{}, err
	}
	if member, _ := g.Member(p.Signer); member.Role == message.RoleSupervisor {
		if a.Party != "" {
			return "", engine.Digest{}, fmt.Errorf("%w: supervisor %s approves for a party", message.ErrPost, p.Signer)
		}
		return string(p.Signer), a.Model, nil
	}
	return string(a.Party), a.Model, p.SpeaksFor(a.Party)
}
