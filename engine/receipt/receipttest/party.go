package receipttest

import (
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"

	"weir/circuits/contribution"
	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/inquiry"
	"weir/engine/model"
	"weir/engine/offer"
	"weir/engine/pedersen"
	"weir/engine/proof"
	"weir/engine/record"
	"weir/engine/schema"
	"weir/ledger/contract"
	"weir/ledger/contract/models"
	"weir/ledger/contract/tasks"
)

// features of every source, each read by the line of its number in eight bins.
const features = 8

// party is one source with one record, that of Subject.
type party struct {
	id       engine.PartyID
	tree     *record.Tree
	root     [32]byte
	values   [model.Lines]uint32
	made     *inquiry.Commit
	points   int64    // Σ of the selected rows
	blinding *big.Int // of C
}

func newParty(t testing.TB, i int) *party {
	p := &party{id: engine.PartyID(fmt.Sprintf("h%d/s%d", i+1, i+1))}
	for l := range features {
		p.values[l] = uint32(7*i + 13*l)
	}
	records, err := record.NewRecords(features, []record.Row{{Subject: Subject.Subject(), Values: p.values}})
	if err != nil {
		t.Fatal(err)
	}
	p.tree, err = record.Build(t.Context(), record.Key{byte(i)}, p.id, records, nil)
	if err != nil {
		t.Fatal(err)
	}
	p.root = p.tree.Root()
	return p
}

func (p *party) schema(t testing.TB) *schema.Schema {
	var list []string
	for f := range features {
		list = append(list, fmt.Sprintf(`{"name": "f%d", "scale": 0, "min": 0, "max": 1000}`, f+1))
	}
	text := fmt.Sprintf(`{"source": %q, "epoch": "2026-09", "features": [%s]}`, p.id.Source(), strings.Join(list, ","))
	s, err := schema.Parse(strings.NewReader(text), "schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (p *party) records(t testing.TB) *offer.Records {
	return &offer.Records{Party: p.id, Schema: p.schema(t).Encode(), Root: p.root}
}

// slice is the party's part of the model.
func (p *party) slice(t testing.TB) model.Slice {
	s := model.Slice{Party: p.id, Schema: p.schema(t).Digest()}
	for line := range s.Edges {
		for b := range s.Edges[line] {
			s.Edges[line][b] = model.TopEdge
			if line < features {
				s.Map[line], s.Edges[line][b] = uint8(line), uint64(2+15*b)
			}
		}
	}
	s.Caps[0] = features * 15
	return s
}

// pointsOf and blindingOf open W_k of slice i in a sealing.
func pointsOf(k int) int64 {
	if k >= features*model.LineRows {
		return 0
	}
	return int64(k*5+3) % 16
}

func blindingOf(sealing uint32, i, k int) *big.Int {
	wide := make([]byte, 64)
	canonical.Stream([]byte("receipttest"), fmt.Sprintf("%d/%d/%d", sealing, i, k)).Read(wide)
	b := new(big.Int).SetBytes(wide)
	return b.Mod(b, pedersen.Order())
}

type commitments = [model.Rows][pedersen.PointSize]byte

var slices struct {
	sync.Mutex
	made map[[2]int]*commitments
}

// commitmentsOf are the W_k of slice i, made once a process.
func commitmentsOf(sealing uint32, i int) *commitments {
	slices.Lock()
	defer slices.Unlock()
	if slices.made == nil {
		slices.made = map[[2]int]*commitments{}
	}
	at := [2]int{int(sealing), i}
	if slices.made[at] == nil {
		w := new(commitments)
		for k := range w {
			w[k] = pedersen.CommitSmall([pedersen.Groups]int64{pointsOf(k)}, blindingOf(sealing, i, k)).Encode()
		}
		slices.made[at] = w
	}
	return slices.made[at]
}

// pack is one sealing of the model.
func (s *Settled) pack(t testing.TB, sealing uint32) *offer.Package {
	v := &model.Version{Params: model.ParameterSet, Chain: Chain, Bank: Bank, Name: "sme", Version: "2026.1", Groups: 1, Resolution: 10,
		Range: [2]int64{300, 850}, BaseC: pedersen.CommitSmall([pedersen.Groups]int64{s.base}, s.beta).Encode()}
	p := &offer.Package{Sealing: sealing, Proofs: [][]byte{}, Same: [][]byte{}}
	for i, party := range s.parties {
		v.Slices = append(v.Slices, party.slice(t))
		p.Slices = append(p.Slices, offer.SealedSlice{C0: engine.Digest{1, byte(i)}, B: engine.Digest{2, byte(sealing)}, W: *commitmentsOf(sealing, i)})
		p.Proofs = append(p.Proofs, make([]byte, 484)) // of the length of model proofs; approvals count, not these
	}
	p.Version = v.Encode()
	if sealing > 0 {
		s.same(t, p)
	}
	return p
}

// same proves that a later sealing has the points of the first.
func (s *Settled) same(t testing.TB, p *offer.Package) {
	first, later := read(t, s.pack(t, 0)), read(t, p)
	for i := range p.Slices {
		x := new(big.Int)
		for k, psi := range offer.SameWeights(first, later, i) {
			difference := new(big.Int).Sub(blindingOf(p.Sealing, i, k), blindingOf(0, i, k))
			x.Add(x, difference.Mul(difference, psi))
		}
		same, err := pedersen.ProveBlinding(x.Mod(x, pedersen.Order()), offer.SameChallenge(first, later, i), canonical.Stream([]byte("same"), "proof"))
		if err != nil {
			t.Fatal(err)
		}
		p.Same = append(p.Same, same.Encode())
	}
}

func read(t testing.TB, p *offer.Package) *offer.Sealed {
	s, err := p.Read()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func digestOf(t testing.TB, p *offer.Package) engine.Digest { return read(t, p).ModelDigest }

// commit is the party's proven contribution: C = Σ of the selected W_k + ρ·H.
func (p *party) commit(t testing.TB, s *Settled, label engine.Digest, sealed *offer.Sealed, i int) {
	rho := big.NewInt(int64(1000 + i))
	p.points, p.blinding = 0, new(big.Int).Set(rho)
	c := pedersen.TimesH(rho)
	for _, k := range sealed.Version.Slices[i].Rows(p.values) {
		p.points += pointsOf(k)
		p.blinding.Add(p.blinding, blindingOf(sealed.Number, i, k))
		c = c.Add(sealed.W[i][k])
	}
	p.made = &inquiry.Commit{Label: label, Party: p.id, C: c.Encode(), Response: canonical.Digest("response", []any{label, p.id}), Proof: []byte{}}
	for j, partner := range s.parties {
		if j != i {
			p.made.Masks = append(p.made.Masks, inquiry.PartnerMask{Partner: partner.id, P: pedersen.TimesH(big.NewInt(int64(1 + i + j))).Encode()})
		}
	}
	p.made.Proof = p.prove(t, s, sealed, i, c, rho)
}

func (p *party) prove(t testing.TB, s *Settled, sealed *offer.Sealed, i int, c pedersen.Point, rho *big.Int) []byte {
	context := inquiry.Context(p.made, s.circuit)
	if s.options.Keys == nil {
		table := models.Table{Digest: sealed.SliceDigests[i], Slice: sealed.Version.Slices[i], W: sealed.Slices[i].W}
		return Prove(s.circuit, canonical.Encode(tasks.ContributionStatement{Table: canonical.Encode(table), Root: p.root, Tag: s.tag(), Context: context, C: p.made.C}))
	}
	prover, err := contribution.NewProver(s.options.Keys, &contribution.Table{W: sealed.W[i], Edges: sealed.Version.Slices[i].Edges, Map: sealed.Version.Slices[i].Map})
	if err != nil {
		t.Fatal(err)
	}
	path := p.tree.Witness(Subject.Subject())
	w := &contribution.Witness{Subject: path.Subject, Nonce1: s.nonces[0], Nonce2: s.nonces[1], Present: path.Present, Values: path.Values,
		Siblings: path.Siblings, Rho: rho}
	salt := path.Salt.Bytes()
	copy(w.Salt[:], salt[1:])
	for j, entry := range path.Bucket {
		w.Bucket[j] = contribution.Entry{Subject: entry.Subject, Content: entry.Content}
	}
	statement := &contribution.Statement{Root: p.root, Tag: s.tag(), C: c}
	copy(statement.Context[1:], context[:31])
	made, err := prover.Prove(statement, w)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// verifier is what the ledger's contracts judge proofs by.
func (s *Settled) verifier(t testing.TB) contract.Verifier {
	if s.options.Keys == nil {
		return digests{}
	}
	v, err := proof.ContributionJudge(s.circuit, s.Key)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
