package receipt

import (
	"time"

	"weir/engine"
	"weir/engine/consent"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/schema"
)

// Facts are what a receipt says, for people and reports.
type Facts struct {
	Chain        engine.Name     `json:"chain"`
	Digest       engine.Digest   `json:"digest"` // Receipt.Digest
	Request      string          `json:"request"`
	Consent      string          `json:"consent"` // the consent's key: the pseudonym that the ledger knows
	Bank         engine.Name     `json:"bank"`
	Model        engine.Name     `json:"model"`
	ModelDigest  engine.Digest   `json:"model_digest"` // of the sealing
	Version      engine.Name     `json:"version"`
	Sealing      uint32          `json:"sealing"`
	Resolution   int             `json:"resolution"` // bits
	Purpose      consent.Purpose `json:"purpose"`
	Output       consent.Output  `json:"output"`    // what was opened
	Requested    time.Time       `json:"requested"` // block times
	Completed    time.Time       `json:"completed"`
	Settled      time.Time       `json:"settled"`
	Sources      []Source        `json:"sources"`
	Approvals    int             `json:"approvals"`
	Transactions int             `json:"transactions"`
	Open         bool            `json:"open"`
	Score        *int64          `json:"score"` // unclamped; null in a closed receipt
	Shown        *int64          `json:"shown"` // within the model's range
	Range        [2]int64        `json:"range"`
	Sums         []Sum           `json:"sums"` // of groups 1 to 3 in use; empty in a closed receipt
}

// Sum is one sum beside the score: how many of a group's characteristics are adverse, or its points above their least. What
// a group stands for is for its bank to say; the receipt shows that this is the sum.
type Sum struct {
	Group int    `json:"group"` // 1 to 3
	Value int64  `json:"value"`
	Most  uint64 `json:"most"` // the model allows no more
}

// Source is one party's records that the score rests on.
type Source struct {
	Party    engine.PartyID `json:"party"`
	Epoch    engine.Epoch   `json:"epoch"`
	AsOf     string         `json:"as_of"` // a day
	Revision uint32         `json:"revision"`
	Root     engine.Digest  `json:"root"`
}

func (v *verification) facts() *Facts {
	f := &Facts{Chain: v.genesis.Chain, Digest: v.Digest(), Request: engine.RequestID(v.request.tx.ID()).String(),
		Consent: message.ConsentKey(v.request.body.Consent), Bank: v.request.account(), Purpose: v.request.body.Purpose, Output: v.request.body.Output,
		Requested: v.request.header.At(), Completed: v.completing().header.At(), Settled: v.settlement.header.At(), Sources: []Source{}, Sums: []Sum{},
		Approvals: len(v.approvals), Transactions: len(v.all), Open: v.Open()}
	for _, root := range v.request.body.Roots {
		f.Sources = append(f.Sources, v.source(root))
	}
	sealed, err := v.sealed()
	if err != nil {
		return f
	}
	version := sealed.Version
	f.ModelDigest = sealed.ModelDigest
	f.Model, f.Version, f.Sealing, f.Resolution, f.Range = version.Name, version.Version, sealed.Number, int(version.Resolution), version.Range
	if v.Open() {
		score := v.Opened[0].Sums[0]
		shown := min(max(score, f.Range[0]), f.Range[1])
		f.Score, f.Shown = &score, &shown
		f.Sums = sums(version, v.Opened[0].Sums)
	}
	return f
}

// sums are those of the groups in use beside the score.
func sums(version *model.Version, opened [model.Groups]int64) []Sum {
	list := []Sum{}
	for g := 1; g < model.Groups; g++ {
		if version.Groups>>g&1 == 0 {
			continue
		}
		s := Sum{Group: g, Value: opened[g]}
		for i := range version.Slices {
			s.Most += uint64(version.Slices[i].Caps[g])
		}
		list = append(list, s)
	}
	return list
}

func (v *verification) source(root inquiry.PartyRoot) Source {
	s := Source{Party: root.Party, Root: root.Root}
	for _, r := range v.records {
		if known, err := schema.Decode(r.body.Schema); err == nil && r.body.Party == root.Party && r.body.Root == root.Root {
			s.Epoch, s.AsOf, s.Revision = known.Epoch, known.AsOf.Format(time.DateOnly), known.Revision
		}
	}
	return s
}

// Read gives what a receipt says, without checking any of it. Errors wrap ErrReceipt or say what is malformed.
func Read(b []byte) (*Facts, error) {
	s, err := read(b)
	if err != nil {
		return nil, err
	}
	return newVerification(s).facts(), nil
}
