package authority

import (
	"context"
	"fmt"
	"slices"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/ledger/contract"
	"weir/ledger/contract/models"
)

// Model is a sealed model as it stands on the ledger, for supervisors who approve and enterprises who consent.
type Model struct {
	Model     engine.Digest    `json:"model"` // modelDigest
	Bank      engine.Name      `json:"bank"`
	Name      engine.Name      `json:"name"`
	Version   engine.Name      `json:"version"`
	Digest    engine.Digest    `json:"version_digest"`
	Sealing   uint32           `json:"sealing"`
	Bits      int              `json:"bits"`   // that one score tells at most
	Output    consent.Output   `json:"output"` // what consents must allow
	Parties   []engine.PartyID `json:"parties"`
	Approved  []string         `json:"approved"` // parties and supervisors
	Missing   []string         `json:"missing"`  // parties and supervisors who have not approved; of a later sealing none need to
	Suspended bool             `json:"suspended"`
	Retired   bool             `json:"retired"`
}

// Usable tells whether a bank may ask with the model now.
func (m *Model) Usable() bool { return len(m.Missing) == 0 && !m.Suspended && !m.Retired }

// FindModels lists the sealed models of a ledger, oldest first. What the banks sealed and who approved is checked against
// the consortium's keys; that a model is suspended or retired is the node's word.
func FindModels(ctx context.Context, g message.Members, board message.Board, asker message.Asker) ([]Model, error) {
	posts, err := board.Find(ctx, message.KindModel, "")
	if err != nil {
		return nil, fmt.Errorf("models: %w", err)
	}
	list := []Model{}
	for _, post := range posts {
		sealed, err := offer.OpenPackage(g, post)
		if err != nil {
			continue
		}
		m, err := describe(ctx, g, board, asker, sealed)
		if err != nil {
			return nil, fmt.Errorf("model %s: %w", sealed.ModelDigest.Short(), err)
		}
		list = append(list, *m)
	}
	return list, nil
}

func describe(ctx context.Context, g message.Members, board message.Board, asker message.Asker, sealed *offer.Sealed) (*Model, error) {
	v := sealed.Version
	m := &Model{Model: sealed.ModelDigest, Bank: v.Bank, Name: v.Name, Version: v.Version, Digest: sealed.VersionDigest, Sealing: sealed.Number,
		Bits: int(v.Resolution), Output: consent.OutputOf(v.Groups), Parties: v.Parties(), Approved: []string{}, Missing: []string{}}
	b, err := asker.Ask(ctx, models.Name, "sealing", canonical.Encode(m.Model))
	if err != nil {
		return nil, err
	}
	var status models.Status
	if err := canonical.Decode(b, contract.MaxValue, &status); err != nil {
		return nil, err
	}
	m.Suspended, m.Retired = status.Suspended, status.Retired
	if m.Sealing == 0 {
		err = m.approvals(ctx, g, board)
	}
	return m, err
}

// approvals finds who of the parties and supervisors has approved a first sealing, and who has not.
func (m *Model) approvals(ctx context.Context, g message.Members, board message.Board) error {
	posts, err := board.Find(ctx, message.KindApproval, message.ModelKey(m.Model))
	if err != nil {
		return err
	}
	for _, p := range m.Parties {
		m.Missing = append(m.Missing, string(p))
	}
	for _, s := range g.WithRole(message.RoleSupervisor) {
		m.Missing = append(m.Missing, string(s.Name))
	}
	for _, post := range posts {
		who, model, err := offer.OpenApproval(g, post)
		if i := slices.Index(m.Missing, who); err == nil && model == m.Model && i >= 0 {
			m.Approved, m.Missing = append(m.Approved, who), slices.Delete(m.Missing, i, i+1)
		}
	}
	slices.Sort(m.Approved)
	return nil
}
