package messagetest

import (
	"crypto/ed25519"
	"strings"
	"sync"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/model"
	"weir/engine/offer"
	"weir/engine/pedersen"
	"weir/engine/period"
	"weir/engine/schema"
)

// Version is a model of bank over one slice for each party.
func Version() *model.Version {
	v := &model.Version{Params: model.ParameterSet, Chain: Chain, Bank: "bank", Name: "sme", Version: "2026.1", Groups: 1,
		Resolution: 10, Range: [2]int64{300, 850}, BaseC: Point(5)}
	for i, party := range Parties {
		s := model.Slice{Party: party, Schema: Hash("schema of " + string(party))}
		for line := range s.Edges {
			for b := range s.Edges[line] {
				s.Edges[line][b] = model.TopEdge
			}
			if line < 4 {
				s.Map[line], s.Edges[line][0], s.Edges[line][1] = uint8(line), 2, uint64(100*(i+1))
			}
		}
		s.Caps[0] = 300
		v.Slices = append(v.Slices, s)
	}
	return v
}

// commitments are W_0..W_255 of each slice: the points n·H, each once.
var commitments = sync.OnceValue(func() [3][model.Rows][pedersen.PointSize]byte {
	var w [3][model.Rows][pedersen.PointSize]byte
	next := pedersen.Identity()
	for i := range w {
		for k := range w[i] {
			next = next.Add(pedersen.BlindingGenerator())
			w[i][k] = next.Encode()
		}
	}
	return w
})

// Package is the first sealing of Version, without proofs.
func Package() *offer.Package {
	p := &offer.Package{Version: Version().Encode(), Sealing: 0, Proofs: [][]byte{}, Same: [][]byte{}}
	for i, w := range commitments() {
		p.Slices = append(p.Slices, offer.SealedSlice{C0: Hash("c0 of " + string(Parties[i])), B: Hash("b"), W: w})
	}
	return p
}

// Schema is the encoded schema of a source with one feature.
func Schema(t testing.TB, source engine.Name, epoch string, revision uint32) []byte {
	text := `{"source": "` + string(source) + `", "epoch": "` + epoch + `", "features": [{"name": "sales", "scale": 0, "min": 0, "max": 100}]}`
	read, err := schema.Parse(strings.NewReader(text), "schema.json")
	if err != nil {
		t.Fatal(err)
	}
	read.Revision = revision
	return read.Encode()
}

// Records are the records of tax/vat for October.
func Records(t testing.TB) *offer.Records {
	return &offer.Records{Party: "tax/vat", Schema: Schema(t, "vat", "2026-10", 0), Root: [32]byte{31: 7}}
}

// GiveConsent is a consent of an enterprise certified on the test chain, and what judges it.
func GiveConsent(t testing.TB) (*consent.Given, *consent.Authority) {
	registrar, enterprise := Key("registrar"), Key("enterprise")
	certificate := consent.Certificate{Chain: Chain, Serial: 1, Kind: engine.USCC, Identifier: "91440300708461136T",
		Key: consent.Key(enterprise.Public().(ed25519.PublicKey)), From: At.Unix(), To: At.AddDate(1, 0, 0).Unix()}
	if err := certificate.Certify(registrar); err != nil {
		t.Fatal(err)
	}
	terms := consent.Terms{Bank: "bank", Model: "sme-working-capital", Purpose: consent.PreLoan, Output: consent.OutputScore, Uses: 1,
		Resolution: 10, NotAfter: At.AddDate(0, 1, 0).Unix()}
	given, err := consent.Give(certificate, enterprise, terms, consent.Options{}, canonical.Stream([]byte("weir/test"), "consent"))
	if err != nil {
		t.Fatal(err)
	}
	return given, &consent.Authority{Chain: Chain, Registrar: consent.Key(registrar.Public().(ed25519.PublicKey))}
}

// ConsentKey is the key under which a consent stands.
func ConsentKey(g *consent.Given) consent.Key { return consent.Key(g.Key.Public().(ed25519.PublicKey)) }

// Secret is a period secret made from a name.
func Secret(t testing.TB, name string) *period.Secret {
	s, err := period.NewSecret(Month, canonical.Stream([]byte("weir/test"), name))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
