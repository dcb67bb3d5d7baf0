package message

import (
	"crypto/ed25519"
	"errors"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
)

func TestPostsRefused(t *testing.T) {
	g := testGenesis()
	for name, spoil := range map[string]func(*Post){
		"another chain":            func(p *Post) { p.Chain = "other"; resign(p, "tax") },
		"no chain":                 func(p *Post) { p.Chain = ""; resign(p, "tax") },
		"unknown signer":           func(p *Post) { p.Signer = "stranger"; resign(p, "stranger") },
		"no signer":                func(p *Post) { p.Signer = ""; resign(p, "tax") },
		"signed by another member": func(p *Post) { resign(p, "bank") },
		"signed by nobody":         func(p *Post) { p.Signature = nil },
		"half a signature":         func(p *Post) { p.Signature = p.Signature[:32] },
		"a longer signature":       func(p *Post) { p.Signature = append(p.Signature, 0) },
		"another signer's name":    func(p *Post) { p.Signer = "social" },
		"kind changed":             func(p *Post) { p.Kind = KindDeclined },
		"body changed":             func(p *Post) { p.Body = canonical.Encode(Approval{Model: hash("other")}) },
		"body emptied":             func(p *Post) { p.Body = nil },
		"signature of another body": func(p *Post) {
			p.Body[3] ^= 1
			resign(p, "tax")
			p.Body[3] ^= 1
		},
	} {
		p, err := g.OpenPost(sign(KindApproval, "tax", Approval{Model: hash("model")}))
		if err != nil {
			t.Fatal(err)
		}
		spoil(p)
		_, err = g.OpenPost(canonical.Encode(p))
		refused(t, name, err, ErrPost)
	}
}

// resign signs a post as it stands with the key of a name.
func resign(p *Post, name engine.Name) {
	digest := p.digest()
	p.Signature = ed25519.Sign(testKey(name), digest[:])
}

func TestEveryFlippedByteOfAPostIsRefused(t *testing.T) {
	g := testGenesis()
	flips(sign(KindApproval, "tax", Approval{Model: hash("model")}), func(spoiled []byte) {
		if _, _, err := g.OpenApproval(spoiled); !errors.Is(err, ErrPost) {
			t.Fatalf("accepted or untyped: %v", err)
		}
	})
	flips(sign(KindDeclined, "tax", Declined{Label: hash("label"), Party: "tax/vat", Code: DeclinedConsent}), func(spoiled []byte) {
		if _, err := g.OpenDeclined(spoiled); !errors.Is(err, ErrPost) {
			t.Fatalf("accepted or untyped: %v", err)
		}
	})
}

func TestPostsOverTheLimitAreNotRead(t *testing.T) {
	_, err := testGenesis().OpenPost(make([]byte, MaxPost+1))
	refused(t, "over the limit", err, ErrPost)
	refused(t, "over the limit", err, canonical.ErrTooLong)
}

// Bodies are read only as the kind that was signed, in their one form.
func TestBodiesAreOfTheSignedKind(t *testing.T) {
	g := testGenesis()
	approval := Approval{Model: hash("model")}
	_, _, err := g.OpenApproval(sign(KindDeclined, "tax", approval))
	refused(t, "another kind", err, ErrPost)
	_, _, err = g.OpenApproval(sign("approval2", "tax", approval))
	refused(t, "unknown kind", err, ErrPost)
	for name, body := range map[string]any{
		"another message": Declined{Label: hash("label"), Party: "tax/vat", Code: DeclinedTerms}, "nothing": nil, "no array": hash("model"),
		"an element more": []any{hash("model"), 1}, "short digest": []any{make([]byte, 31)}, "text for a digest": []any{string(make([]byte, 32))},
		"float": []any{1.5},
	} {
		_, _, err := g.OpenApproval(sign(KindApproval, "tax", body))
		refused(t, name, err, ErrPost)
	}
}

// Every message is taken from members of its role alone.
func TestEachKindNeedsItsRole(t *testing.T) {
	g := testGenesis()
	for name, c := range map[string]struct {
		may  []Role
		open func(signer engine.Name) error
	}{
		"records": {[]Role{RoleHolder}, func(signer engine.Name) error {
			r := testRecords(t)
			r.Party = engine.NewPartyID(signer, "vat")
			_, _, err := g.OpenRecords(sign(KindRecords, signer, r))
			return err
		}},
		"model": {[]Role{RoleBank}, func(signer engine.Name) error {
			p := testPackage()
			v := testVersion()
			v.Bank = signer
			p.Version = v.Encode()
			_, err := g.OpenPackage(sign(KindModel, signer, p))
			return err
		}},
		"approval": {[]Role{RoleHolder, RoleSupervisor}, func(signer engine.Name) error {
			approval, want := Approval{Model: hash("model")}, string(signer)
			if member, _ := g.Member(signer); member.Role == RoleHolder {
				approval.Party = engine.NewPartyID(signer, "vat")
				want = string(approval.Party)
			}
			who, digest, err := g.OpenApproval(sign(KindApproval, signer, approval))
			if err == nil && (who != want || digest != hash("model")) {
				t.Errorf("approval by %s of %s", who, digest)
			}
			return err
		}},
		"request": {[]Role{RoleBank}, func(signer engine.Name) error {
			_, _, bank, err := g.OpenRequest(sign(KindRequest, signer, testRequest()))
			if err == nil && bank != signer {
				t.Errorf("request by %s", bank)
			}
			return err
		}},
		"commit": {[]Role{RoleHolder}, func(signer engine.Name) error {
			c := testCommit("tax/vat")
			c.Party = engine.NewPartyID(signer, "other")
			_, err := g.OpenCommit(sign(KindCommit, signer, c))
			return err
		}},
		"declined": {[]Role{RoleHolder}, func(signer engine.Name) error {
			_, err := g.OpenDeclined(sign(KindDeclined, signer, Declined{Party: engine.NewPartyID(signer, "vat"), Code: DeclinedTerms}))
			return err
		}},
	} {
		for _, m := range members {
			may := false
			for _, role := range c.may {
				may = may || role == m.role
			}
			if err := c.open(m.name); (err == nil) != may || err != nil && !errors.Is(err, ErrPost) {
				t.Errorf("%s by %s, a %s: %v", name, m.name, m.role, err)
			}
		}
	}
}

// An approval speaks for a party of its signer, or for a supervisor; two agents of one holder approve apart.
func TestApprovalsNameWhoGivesThem(t *testing.T) {
	g := testGenesis()
	for name, post := range map[string][]byte{
		"holder for nobody":      sign(KindApproval, "tax", Approval{Model: hash("model")}),
		"holder for another":     sign(KindApproval, "tax", Approval{Model: hash("model"), Party: "social/staff"}),
		"supervisor for a party": sign(KindApproval, "supervisor", Approval{Model: hash("model"), Party: "tax/vat"}),
	} {
		if who, _, err := g.OpenApproval(post); !errors.Is(err, ErrPost) {
			t.Errorf("%s: approved by %q, %v", name, who, err)
		}
	}
}
