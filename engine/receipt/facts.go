package receipt

import (
	"time"

	"weir/engine"
	"weir/engine/consent"
	"weir/engine/inquiry"
	"weir/engine/message"
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
		Consent: message.ConsentKey(v.request.body.Consent), Bank: v.request.account(), Purpose: v.request.body.Purpose,
		Requested: v.request.header.At(), Completed: v.completing().header.At(), Settled: v.settlement.header.At(), Sources: []Source{},
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
	}
	return f
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
