package scoringtest

import (
	"crypto/ed25519"
	"math/big"
	"strings"
	"sync"
	"testing"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/offer"
	"weir/engine/pedersen"
	"weir/engine/schema"
	"weir/ledger"
	"weir/ledger/ledgertest"
)

// Hash is a digest made from a name.
func Hash(name string) (d engine.Digest) {
	copy(d[:], name)
	return d
}

// Schema is the schema of a party for an epoch and revision.
func Schema(t testing.TB, party engine.PartyID, epoch string, revision uint32) *schema.Schema {
	text := `{"source": "` + string(party.Source()) + `", "epoch": "` + epoch + `", "features": [{"name": "sales", "scale": 0, "min": 0, "max": 100}]}`
	s, err := schema.Parse(strings.NewReader(text), "schema.json")
	if err != nil {
		t.Fatal(err)
	}
	s.Revision = revision
	return s
}

// Records is a commitment with the root n.
func Records(t testing.TB, party engine.PartyID, epoch string, revision uint32, n byte) *offer.Records {
	return &offer.Records{Party: party, Schema: Schema(t, party, epoch, revision).Encode(), Root: Root(n)}
}

// Root is a field element.
func Root(n byte) [32]byte { return [32]byte{31: n} }

// Version is a model of bank over one slice for each party.
func Version(t testing.TB) *model.Version {
	v := &model.Version{Params: model.ParameterSet, Chain: Chain, Bank: "bank", Name: "sme", Version: "2026.1", Groups: 1,
		Resolution: 10, Range: [2]int64{300, 850}, BaseC: pedersen.TimesH(big.NewInt(5)).Encode()}
	for i, party := range Parties {
		s := model.Slice{Party: party, Schema: Schema(t, party, "2026-10", 0).Digest()}
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

// points are 3·256 multiples of H, each once, from 1 + shift on.
func points(shift int64) (w [3][model.Rows][pedersen.PointSize]byte) {
	next := pedersen.TimesH(big.NewInt(shift))
	for i := range w {
		for k := range w[i] {
			next = next.Add(pedersen.BlindingGenerator())
			w[i][k] = next.Encode()
		}
	}
	return w
}

var pointsOf = [2]func() [3][model.Rows][pedersen.PointSize]byte{sync.OnceValue(func() [3][model.Rows][pedersen.PointSize]byte { return points(0) }),
	sync.OnceValue(func() [3][model.Rows][pedersen.PointSize]byte { return points(1000) })}

// B is the sealing's key, in bytes.
var B = []byte("the public key of the sealing")

// Package is sealing 0 or 1 of Version; the later one proves that it has the points of the first.
func Package(t testing.TB, sealing uint32) *offer.Package {
	p := &offer.Package{Version: Version(t).Encode(), Sealing: sealing, Proofs: [][]byte{}, Same: [][]byte{}}
	for i, w := range pointsOf[min(sealing, 1)]() {
		p.Slices = append(p.Slices, offer.SealedSlice{C0: Hash("c0 of " + string(Parties[i])), B: message.Blob(B), W: w})
	}
	if sealing > 0 {
		prove(t, p)
	}
	return p
}

func prove(t testing.TB, p *offer.Package) {
	first, later := Read(t, Package(t, 0)), Read(t, p)
	for i := range p.Slices {
		x := new(big.Int)
		for _, psi := range offer.SameWeights(first, later, i) {
			x.Add(x, psi)
		}
		x.Mul(x, big.NewInt(1000)).Mod(x, pedersen.Order())
		same, err := pedersen.ProveBlinding(x, offer.SameChallenge(first, later, i), canonical.Stream([]byte("same"), "proof"))
		if err != nil {
			t.Fatal(err)
		}
		p.Same = append(p.Same, same.Encode())
	}
}

// Read is the package as it is read.
func Read(t testing.TB, p *offer.Package) *offer.Sealed {
	t.Helper()
	s, err := p.Read()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Terms of the tests' consents: bank may ask sme, for a loan, so often, for a day.
func (w *World) Terms(uses uint32) consent.Terms {
	return consent.Terms{Bank: "bank", Model: "sme", Purpose: consent.PreLoan, Output: consent.OutputScore, Uses: uses, Resolution: 10,
		NotAfter: w.Time.Unix() + 86_400}
}

// Tag of the tests' consents, which is no enterprise's.
var Tag = [32]byte{31: 9}

// Consent is a signed entry under a key made from a name, and its sender.
func Consent(name string, terms consent.Terms) ([]byte, ledger.Sender) {
	key := ledgertest.Key("consent " + name)
	p := consent.Public{Chain: Chain, Tag: Tag, Terms: terms}
	p.Sign(key)
	return canonical.Encode(p), ledger.BareKey(p.Key)
}

// ConsentKey is the key of that name.
func ConsentKey(name string) consent.Key { return consent.Key(ledgertest.Public("consent " + name)) }

// Give publishes a consent of so many uses.
func (w *World) Give(t testing.TB, name string, uses uint32) {
	t.Helper()
	body, from := Consent(name, w.Terms(uses))
	Taken(t, w.As(t, from, message.KindConsent, body))
}

// Revoke takes a consent back.
func (w *World) Revoke(t testing.TB, name string) *ledger.Result {
	key := ledgertest.Key("consent " + name)
	return w.As(t, ledger.BareKey([32]byte(key.Public().(ed25519.PublicKey))), message.KindRevocation, consent.Revoke(Chain, key))
}

// Offered is a world in which the records of all parties and an approved model stand.
func Offered(t testing.TB) *World {
	t.Helper()
	w := Found(t)
	for i, party := range Parties {
		w.OK(t, party.Holder(), message.KindRecords, Records(t, party, "2026-10", 0, byte(i+1)))
	}
	p := Package(t, 0)
	w.OK(t, "bank", message.KindModel, p)
	w.Approve(t, Read(t, p).ModelDigest)
	return w
}

// Approve gives all approvals of a model.
func (w *World) Approve(t testing.TB, model engine.Digest) {
	t.Helper()
	for _, party := range Parties {
		w.OK(t, party.Holder(), message.KindApproval, offer.Approval{Model: model, Party: party})
	}
	w.OK(t, "supervisor", message.KindApproval, offer.Approval{Model: model})
}
