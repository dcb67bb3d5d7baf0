package message_test

import (
	"errors"
	"testing"

	"weir/engine"
	"weir/engine/inquiry"
	"weir/engine/internal/messagetest"
	"weir/engine/message"
	"weir/engine/offer"
)

// Every message is taken from members of its role alone.
func TestEachKindNeedsItsRole(t *testing.T) {
	g := messagetest.Genesis()
	for name, c := range map[string]struct {
		may  []message.Role
		open func(signer engine.Name) error
	}{
		"records": {[]message.Role{message.RoleHolder}, func(signer engine.Name) error {
			r := messagetest.Records(t)
			r.Party = engine.NewPartyID(signer, "vat")
			_, _, err := offer.OpenRecords(g, messagetest.Sign(message.KindRecords, signer, r))
			return err
		}},
		"model": {[]message.Role{message.RoleBank}, func(signer engine.Name) error {
			p := messagetest.Package()
			v := messagetest.Version()
			v.Bank = signer
			p.Version = v.Encode()
			_, err := offer.OpenPackage(g, messagetest.Sign(message.KindModel, signer, p))
			return err
		}},
		"approval": {[]message.Role{message.RoleHolder, message.RoleSupervisor}, func(signer engine.Name) error {
			approval, want := offer.Approval{Model: messagetest.Hash("model")}, string(signer)
			if member, _ := g.Member(signer); member.Role == message.RoleHolder {
				approval.Party = engine.NewPartyID(signer, "vat")
				want = string(approval.Party)
			}
			who, digest, err := offer.OpenApproval(g, messagetest.Sign(message.KindApproval, signer, approval))
			if err == nil && (who != want || digest != messagetest.Hash("model")) {
				t.Errorf("approval by %s of %s", who, digest)
			}
			return err
		}},
		"request": {[]message.Role{message.RoleBank}, func(signer engine.Name) error {
			_, _, bank, err := inquiry.OpenRequest(g, messagetest.Sign(message.KindRequest, signer, messagetest.Request()))
			if err == nil && bank != signer {
				t.Errorf("request by %s", bank)
			}
			return err
		}},
		"commit": {[]message.Role{message.RoleHolder}, func(signer engine.Name) error {
			c := messagetest.Commit("tax/vat")
			c.Party = engine.NewPartyID(signer, "other")
			_, err := inquiry.OpenCommit(g, messagetest.Sign(message.KindCommit, signer, c))
			return err
		}},
		"declined": {[]message.Role{message.RoleHolder}, func(signer engine.Name) error {
			declined := inquiry.Declined{Party: engine.NewPartyID(signer, "vat"), Code: inquiry.DeclinedTerms}
			_, err := inquiry.OpenDeclined(g, messagetest.Sign(message.KindDeclined, signer, declined))
			return err
		}},
	} {
		for _, m := range messagetest.Members {
			may := false
			for _, role := range c.may {
				may = may || role == m.Role
			}
			if err := c.open(m.Name); (err == nil) != may || err != nil && !errors.Is(err, message.ErrPost) {
				t.Errorf("%s by %s, a %s: %v", name, m.Name, m.Role, err)
			}
		}
	}
}
