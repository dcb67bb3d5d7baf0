package offer_test

import (
	"errors"
	"testing"

	"weir/engine/internal/messagetest"
	"weir/engine/message"
	"weir/engine/offer"
)

// An approval speaks for a party of its signer, or for a supervisor; two agents of one holder approve apart.
func TestApprovalsNameWhoGivesThem(t *testing.T) {
	g := messagetest.Genesis()
	for name, post := range map[string][]byte{
		"holder for nobody":      messagetest.Sign(message.KindApproval, "tax", offer.Approval{Model: messagetest.Hash("model")}),
		"holder for another":     messagetest.Sign(message.KindApproval, "tax", offer.Approval{Model: messagetest.Hash("model"), Party: "social/staff"}),
		"supervisor for a party": messagetest.Sign(message.KindApproval, "supervisor", offer.Approval{Model: messagetest.Hash("model"), Party: "tax/vat"}),
	} {
		if who, _, err := offer.OpenApproval(g, post); !errors.Is(err, message.ErrPost) {
			t.Errorf("%s: approved by %q, %v", name, who, err)
		}
	}
}
