package consortium

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"weir/engine"
	"weir/engine/authority"
	"weir/engine/consent"
	"weir/engine/holder"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/offer"
	"weir/engine/open"
	"weir/engine/seal"
)

// A model that a holder has not approved, or should not: each by its reason, and nothing is contributed under it.
func TestModelNotApproved(t *testing.T) {
	w := found(t, 2)
	key := w.consented(t, enterprise(1))
	other := parseModel(t, strings.Replace(card(2), `"version": "1"`, `"version": "2"`, 1))
	digest, err := w.bank.Seal(t.Context(), other, w.holders(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.bank.CheckApprovals(t.Context(), digest); err == nil {
		t.Fatal("the bank takes a model for approved that nobody approved")
	}
	if _, err := w.bank.Request(t.Context(), digest, key, consent.PreLoan); err == nil {
		t.Fatal("the bank asks with a model that nobody approved")
	}
	id := w.requestedFor(t, key, func(r *inquiry.Request) { r.Model = digest })
	w.declinedBy(t, id, inquiry.DeclinedModel, inquiry.DeclinedModel)
	if err := w.agents[w.parties[0]].Approve(t.Context(), digest); err != nil {
		t.Fatal(err)
	}
	if err := w.bank.CheckApprovals(t.Context(), digest); err == nil || !strings.Contains(err.Error(), "no approval by") {
		t.Errorf("with one approval of three: %v", err)
	}
	if err := w.agents[w.parties[0]].Approve(t.Context(), engine.Digest{5}); !errors.Is(err, message.ErrNotFound) {
		t.Errorf("a model that is not on the board: %v", err)
	}
}

// sealed is a package that the bank signs although its own runtime would not make it.
func (w *world) sealed(t *testing.T, change func(v *model.Version)) engine.Digest {
	t.Helper()
	compiled, err := w.options.Model.Compile(w.schemas)
	if err != nil {
		t.Fatal(err)
	}
	version, err := compiled.Version(w.genesis.Chain, BankName, w.holders(), [32]byte{})
	if err != nil {
		t.Fatal(err)
	}
	change(version)
	points := make([]open.SlicePoints, len(version.Slices))
	sealing, err := open.Seal(*version, 0, points, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, blob := range sealing.Blobs {
		if _, err := w.link("bank").Store(t.Context(), message.Blob(blob), blob); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.post(t.Context(), BankName, message.KindModel, sealing.Package); err != nil {
		t.Fatal(err)
	}
	return sealing.Sealed.ModelDigest
}

func TestModelThatMustNotBeApproved(t *testing.T) {
	w := found(t, 2)
	tests := map[string]struct {
		change func(v *model.Version)
		rule   model.Rule
	}{
		"cut for another schema":            {func(v *model.Version) { v.Slices[0].Schema[0] ^= 1 }, model.RuleSchema},
		"reads a feature that is not there": {func(v *model.Version) { v.Slices[0].Map[0] = 5 }, model.RuleSchema},
		"tells more bits than the policy":   {func(v *model.Version) { v.Resolution = 11 }, model.RuleMaxResolution},
		"uses too few features": {func(v *model.Version) {
			for i := range v.Slices[1].Edges {
				for b := range v.Slices[1].Edges[i] {
					v.Slices[1].Edges[i][b] = model.TopEdge
				}
			}
		}, model.RuleMinFeatures},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			digest := w.sealed(t, test.change)
			if err := w.agents[w.parties[0]].Approve(t.Context(), digest); !breaks(test.rule)(err) {
				t.Errorf("agent: %v", err)
			}
			if err := w.supervisor.Approve(t.Context(), digest, nil); !breaks(test.rule)(err) {
				t.Errorf("supervisor: %v", err)
			}
		})
	}
}

// A sealed model whose polynomials are missing, or not what the package names.
func TestModelWithoutItsPolynomials(t *testing.T) {
	w := found(t, 2)
	digest := w.sealed(t, func(*model.Version) {})
	sealed, err := offer.FindPackage(t.Context(), w.genesis, w.link("test"), digest)
	if err != nil {
		t.Fatal(err)
	}
	contents := w.board().Contents
	c0 := contents[sealed.Slices[0].C0]
	for name, content := range map[string][]byte{"missing": nil, "truncated": c0[:len(c0)-1], "extended": append(bytes.Clone(c0), 0), "altered": flip(c0)} {
		contents[sealed.Slices[0].C0] = content
		if content == nil {
			delete(contents, sealed.Slices[0].C0)
		}
		if err := w.agents[w.parties[0]].Approve(t.Context(), digest); err == nil {
			t.Errorf("approved although a polynomial is %s", name)
		}
	}
	contents[sealed.Slices[0].C0] = c0
	if err := w.agents[w.parties[0]].Approve(t.Context(), digest); err != nil {
		t.Errorf("the control: %v", err)
	}
}

// A bank that commits to a polynomial with a coefficient of q: refused when the agent fetches it.
func TestModelWithCoefficientOutOfBounds(t *testing.T) {
	w := found(t, 2)
	digest := w.sealed(t, func(*model.Version) {})
	sealed, err := offer.FindPackage(t.Context(), w.genesis, w.link("test"), digest)
	if err != nil {
		t.Fatal(err)
	}
	bad := bytes.Clone(w.board().Contents[sealed.Slices[0].C0])
	for i := range 6 {
		bad[i] = 0xff
	}
	package2 := offer.Package{Version: sealed.Version.Encode(), Slices: append([]offer.SealedSlice{}, sealed.Slices...)}
	package2.Slices[0].C0 = message.Blob(bad)
	read, err := package2.Read()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.link("bank").Store(t.Context(), message.Blob(bad), bad); err != nil {
		t.Fatal(err)
	}
	if _, err := w.post(t.Context(), BankName, message.KindModel, package2); err != nil {
		t.Fatal(err)
	}
	if err := w.agents[w.parties[0]].Approve(t.Context(), read.ModelDigest); !errors.Is(err, seal.ErrCoefficient) {
		t.Errorf("got %v", err)
	}
}

// One sealing 0 of a version is approved, and later ones only adopted: another could carry other points under the same name.
func TestOneFirstSealingOfAVersion(t *testing.T) {
	w := found(t, 2)
	if _, err := w.bank.Reseal(t.Context(), w.model, 1, nil); err != nil {
		t.Fatal(err)
	}
	first, err := offer.FindPackage(t.Context(), w.genesis, w.link("test"), w.model)
	if err != nil {
		t.Fatal(err)
	}
	posts, err := w.link("test").Find(t.Context(), message.KindModel, "")
	if err != nil {
		t.Fatal(err)
	}
	later, err := offer.OpenPackage(w.genesis, posts[len(posts)-1])
	if err != nil || later.VersionDigest != first.VersionDigest || later.Number != 1 {
		t.Fatalf("sealing %d: %v", later.Number, err)
	}
	again := offer.Package{Version: later.Version.Encode(), Slices: later.Slices}
	post, err := w.post(t.Context(), BankName, message.KindModel, again)
	if err != nil {
		t.Fatal(err)
	}
	second, err := offer.OpenPackage(w.genesis, post)
	if err != nil {
		t.Fatal(err)
	}
	for name, digest := range map[string]engine.Digest{"a later sealing": later.ModelDigest, "a second sealing 0": second.ModelDigest} {
		if err := w.agents[w.parties[0]].Approve(t.Context(), digest); !errors.Is(err, holder.ErrSealing) {
			t.Errorf("%s: agent: %v", name, err)
		}
		if err := w.supervisor.Approve(t.Context(), digest, nil); !errors.Is(err, authority.ErrSealing) {
			t.Errorf("%s: supervisor: %v", name, err)
		}
	}
	if err := w.agents[w.parties[0]].Approve(t.Context(), w.model); err != nil {
		t.Errorf("the approved sealing once more: %v", err)
	}
}
