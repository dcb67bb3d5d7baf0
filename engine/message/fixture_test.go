package message

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/consent"
	"weir/engine/model"
	"weir/engine/pedersen"
	"weir/engine/period"
	"weir/engine/schema"
)

const (
	testChain = engine.Name("weir-test")
	month     = period.Period("2026-11")
)

var at = time.Date(2026, 11, 5, 12, 0, 0, 0, time.UTC)

// The parties of the tests, in their order, and the members that are none.
var parties = []engine.PartyID{"power/meter", "social/staff", "tax/vat"}

var members = []struct {
	name engine.Name
	role Role
}{
	{"bank", RoleBank}, {"bank2", RoleBank}, {"power", RoleHolder}, {"registrar", RoleRegistrar}, {"social", RoleHolder},
	{"supervisor", RoleSupervisor}, {"tax", RoleHolder},
}

// testKey is a signing key made from a name.
func testKey(name engine.Name) ed25519.PrivateKey {
	var seed [ed25519.SeedSize]byte
	copy(seed[:], name)
	return ed25519.NewKeyFromSeed(seed[:])
}

func testGenesis() *Genesis {
	g := &Genesis{Chain: testChain, Policy: model.DefaultPolicy(), Circuits: []Circuit{}}
	for _, m := range members {
		g.Members = append(g.Members, Member{Name: m.name, Role: m.role, SigningKey: [32]byte(testKey(m.name).Public().(ed25519.PublicKey))})
	}
	return g
}

// sign is a post by a member with its own key.
func sign(kind Kind, signer engine.Name, body any) []byte {
	return Sign(testChain, kind, signer, testKey(signer), body)
}

// hash is a digest made from a name, for places where only its being another one matters.
func hash(name string) (d engine.Digest) {
	copy(d[:], name)
	return d
}

func point(n int64) [pedersen.PointSize]byte { return pedersen.TimesH(big.NewInt(n)).Encode() }

func testCommit(party engine.PartyID) *Commit {
	c := &Commit{Label: hash("label"), Party: party, C: point(1000 + int64(len(party))), Response: hash("response"), Proof: []byte{}}
	for _, partner := range parties {
		if partner != party {
			c.Masks = append(c.Masks, PartnerMask{Partner: partner, P: point(int64(len(party) * len(partner)))})
		}
	}
	return c
}

func testVersion() *model.Version {
	v := &model.Version{Params: model.ParameterSet, Chain: testChain, Bank: "bank", Name: "sme", Version: "2026.1", Groups: 1,
		Resolution: 10, Range: [2]int64{300, 850}, BaseC: point(5)}
	for i, party := range parties {
		s := model.Slice{Party: party, Schema: hash("schema of " + string(party))}
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

func testPackage() *Package {
	p := &Package{Version: testVersion().Encode(), Sealing: 0, Proofs: [][]byte{}, Same: [][]byte{}}
	for i, w := range commitments() {
		p.Slices = append(p.Slices, SealedSlice{C0: hash("c0 of " + string(parties[i])), B: hash("b"), W: w})
	}
	return p
}

func testRequest() *Request {
	r := &Request{Consent: consent.Key(hash("pk_c")), Model: hash("model"), Purpose: consent.PreLoan, Output: consent.OutputScore, Attempt: 1}
	for _, party := range parties {
		r.Roots = append(r.Roots, PartyRoot{Party: party, Root: hash("root of " + string(party))})
	}
	return r
}

func testSchema(t testing.TB, source engine.Name, epoch string, revision uint32) []byte {
	s := schema.Schema{Source: source, Subjects: engine.USCC, Features: []schema.Feature{}}
	text := `{"source": "` + string(source) + `", "epoch": "` + epoch + `", "features": [{"name": "sales", "scale": 0, "min": 0, "max": 100}]}`
	read, err := schema.Parse(strings.NewReader(text), "schema.json")
	if err != nil {
		t.Fatal(err)
	}
	s = *read
	s.Revision = revision
	return s.Encode()
}

func testRecords(t testing.TB) *Records {
	return &Records{Party: "tax/vat", Schema: testSchema(t, "vat", "2026-10", 0), Root: [32]byte{31: 7}}
}

// bulletin is a board in memory that checks nothing.
type bulletin []struct {
	kind  Kind
	key   string
	entry []byte
}

func (b *bulletin) Post(_ context.Context, kind Kind, key string, entry []byte) error {
	*b = append(*b, struct {
		kind  Kind
		key   string
		entry []byte
	}{kind, key, entry})
	return nil
}

func (b *bulletin) post(t testing.TB, kind Kind, key string, entry []byte) {
	if err := b.Post(t.Context(), kind, key, entry); err != nil {
		t.Fatal(err)
	}
}

func (b *bulletin) Find(ctx context.Context, kind Kind, prefix string) ([][]byte, error) {
	var found [][]byte
	for _, e := range *b {
		if e.kind == kind && strings.HasPrefix(e.key, prefix) {
			found = append(found, e.entry)
		}
	}
	return found, ctx.Err()
}

func refused(t *testing.T, name string, err, sentinel error) {
	t.Helper()
	if !errors.Is(err, sentinel) {
		t.Errorf("%s: %v, want %v", name, err, sentinel)
	}
}

// flips calls check with every byte of b changed in turn, each in two ways, then with b shortened and extended.
func flips(b []byte, check func(spoiled []byte)) {
	for i := range b {
		for _, change := range []byte{0x01, 0x80} {
			spoiled := bytes.Clone(b)
			spoiled[i] ^= change
			check(spoiled)
		}
		check(b[:i])
	}
	check(append(bytes.Clone(b), 0))
}
