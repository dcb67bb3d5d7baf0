package receipt

import (
	"errors"
	"fmt"
	"math/big"
	"slices"

	"golang.org/x/sync/errgroup"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/engine/pedersen"
	"weir/engine/schema"
	"weir/ledger"
	"weir/ledger/contract/models"
	"weir/ledger/contract/tasks"
	"weir/ledger/proof"
)

// readAttempt follows the retries: each names the label of the attempt before it.
func (v *verification) readAttempt() (*inquiry.Attempt, error) {
	if v.request.body.Attempt != 0 {
		return nil, errors.New("the request is not attempt 0")
	}
	posts := [][]byte{v.request.Tx}
	for _, r := range v.retries {
		posts = append(posts, r.Tx)
	}
	return inquiry.OpenAttempt(members{v.genesis, v}, posts, v.consent.body.Tag)
}

// readModel reads the package of the model that was asked.
func (v *verification) readModel() (*offer.Sealed, error) {
	return v.models[len(v.models)-1].body.Read()
}

// checkConsent: the terms allow the score, and the consent was live at the block that completed it, by its terms and by
// the ledger's own judgement, which is what the last commit's result announces. Later revocations do not matter.
func (v *verification) checkConsent() (string, error) {
	public, err := consent.OpenPublic(v.consent.tx.Body, v.genesis.Chain)
	if err != nil {
		return "", err
	}
	sealed, err := v.sealed()
	if err != nil {
		return "", err
	}
	switch {
	case v.consent.tx.Sender != ledger.BareKey(public.Key):
		return "", errors.New("it was not sent by its own key")
	case public.Key != v.request.body.Consent:
		return "", errors.New("the request names another consent")
	case !v.consent.before(v.request.entry):
		return "", errors.New("it was given after the request")
	}
	use := consent.Use{Bank: v.request.account(), Model: string(sealed.Version.Name), Version: sealed.VersionDigest, Purpose: v.request.body.Purpose,
		Output: v.request.body.Output, Groups: sealed.Version.Groups, Resolution: int(sealed.Version.Resolution), At: v.completing().header.At()}
	if err := public.Terms.Allow(use); err != nil {
		return "", err
	}
	if err := v.announced(v.completing(), tasks.PhaseAnchor, tasks.End{}); err != nil {
		return "", err
	}
	return fmt.Sprintf("for %s, model %s, %s, live at block %d", public.Terms.Bank, public.Terms.Model, public.Terms.Purpose, v.completing().header.Height), nil
}

// announced tells whether a transaction's result says that it brought the task into a phase, or to an end.
func (v *verification) announced(e *entry, phase tasks.Phase, end tasks.End) error {
	a, err := v.attempt()
	if err != nil {
		return err
	}
	for _, event := range e.result.Events {
		var told struct {
			_     struct{} `cbor:",toarray"`
			Phase tasks.Phase
			End   tasks.End
		}
		if event.Kind == "task" && event.Key == a.Label.String() && canonical.Decode(event.Data, ledger.MaxResult, &told) == nil &&
			told.Phase == phase && told.End.State == end.State && told.End.Cause == end.Cause {
			return nil
		}
	}
	return fmt.Errorf("the ledger did not announce that the %s brought the task to phase %s", e.tx.Kind, phase)
}

func (v *verification) checkRequest() (string, error) {
	a, err := v.attempt()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s by %s, attempt %d", engine.Digest(a.ID).Short(), a.Bank, a.Request.Attempt), nil
}

// checkModel: what was asked is a sealing of the bank's own version, which keeps the policy. Of a later sealing, the
// receipt carries sealing 0 too, and the points are shown to be the same.
func (v *verification) checkModel() (string, error) {
	sealed, err := v.sealed()
	if err != nil {
		return "", err
	}
	a, err := v.attempt()
	if err != nil {
		return "", err
	}
	switch version := sealed.Version; {
	case sealed.ModelDigest != a.Request.Model:
		return "", errors.New("it is not the one that was asked")
	case version.Bank != v.request.account() || version.Chain != v.genesis.Chain:
		return "", errors.New("it is not the asking bank's, on this chain")
	case slices.ContainsFunc(v.models, func(m part[offer.Package]) bool { return m.account() != version.Bank }):
		return "", errors.New("another than its bank published it")
	}
	if err := sealed.Version.Check(v.genesis.Policy); err != nil {
		return "", err
	}
	if err := a.Request.CheckRoots(sealed); err != nil {
		return "", err
	}
	if err := v.checkSame(sealed); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s %s, sealing %d", sealed.Version.Name, sealed.Version.Version, sealed.Number), nil
}

func (v *verification) checkSame(sealed *offer.Sealed) error {
	if (sealed.Number == 0) != (len(v.models) == 1) {
		return fmt.Errorf("%d packages for sealing %d", len(v.models), sealed.Number)
	}
	if sealed.Number == 0 {
		return nil
	}
	zero, err := v.models[0].body.Read()
	if err != nil {
		return err
	}
	return offer.CheckSame(zero, sealed)
}

// checkApprovals: exactly one of each party of the version and of each supervisor, all of sealing 0.
func (v *verification) checkApprovals() (string, error) {
	zero, err := v.sealed()
	if err == nil && len(v.models) > 1 {
		zero, err = v.models[0].body.Read()
	}
	if err != nil {
		return "", err
	}
	var wanted, given []string
	for _, party := range zero.Version.Parties() {
		wanted = append(wanted, string(party))
	}
	for _, m := range v.genesis.WithRole(message.RoleSupervisor) {
		wanted = append(wanted, string(m.Name))
	}
	wanted = append(wanted, v.laterSupervisors()...)
	for _, a := range v.approvals {
		who := string(a.body.Party)
		if who == "" {
			who = string(a.account())
		} else if a.body.Party.Holder() != a.account() {
			return "", fmt.Errorf("%s approved for %s", a.account(), a.body.Party)
		}
		if a.body.Model != zero.ModelDigest {
			return "", fmt.Errorf("%s approved another model", who)
		}
		given = append(given, who)
	}
	slices.Sort(wanted)
	slices.Sort(given)
	if !slices.Equal(wanted, given) {
		return "", fmt.Errorf("by %q, want %q", given, wanted)
	}
	return fmt.Sprintf("%d: every party and supervisor", len(given)), nil
}

// laterSupervisors are those who approved and are supervisors that were admitted later. That every one of them approved who
// had to, the ledger judged when it took the request.
func (v *verification) laterSupervisors() []string {
	var names []string
	for name, a := range v.accounts {
		_, founded := v.genesis.Member(name)
		approved := slices.ContainsFunc(v.approvals, func(p part[offer.Approval]) bool { return p.account() == name })
		if !founded && approved && a.Role == message.RoleSupervisor {
			names = append(names, string(name))
		}
	}
	return names
}

// checkRoots: each root of the request stands on the ledger, from its party's holder, under the schema of the slice.
func (v *verification) checkRoots() (string, error) {
	sealed, err := v.sealed()
	if err != nil {
		return "", err
	}
	roots := v.request.body.Roots
	if len(v.records) != len(roots) {
		return "", fmt.Errorf("%d commitments to records for %d roots", len(v.records), len(roots))
	}
	schemas := map[engine.PartyID]*schema.Schema{}
	for _, r := range v.records {
		i := slices.IndexFunc(roots, func(p inquiry.PartyRoot) bool { return p.Party == r.body.Party })
		slice := sealed.Version.Slice(r.body.Party)
		if i < 0 || slice == nil || roots[i].Root != r.body.Root || r.account() != r.body.Party.Holder() || !r.before(v.request.entry) {
			return "", fmt.Errorf("records of %s: not the root that the request names, from its holder, before it", r.body.Party)
		}
		s, err := schema.Decode(r.body.Schema)
		if err == nil {
			err = slice.CheckSchema(s)
		}
		if err != nil {
			return "", fmt.Errorf("records of %s: %w", r.body.Party, err)
		}
		schemas[r.body.Party] = s
	}
	if len(schemas) != len(roots) {
		return "", errors.New("two commitments to records of one party")
	}
	v.schemas = schemas
	return fmt.Sprintf("%d", len(roots)), nil
}

func (v *verification) checkLabel() (string, error) {
	a, err := v.attempt()
	if err != nil {
		return "", err
	}
	last := v.request.entry
	if n := len(v.retries); n > 0 {
		last = v.retries[n-1].entry
	}
	for _, c := range v.commits {
		if c.body.Label != a.Label || !last.before(c.entry) {
			return "", fmt.Errorf("the commit of %s is to another attempt", c.body.Party)
		}
	}
	for _, r := range v.released {
		if r.body.Label != a.Label {
			return "", fmt.Errorf("the response of %s is to another attempt", r.body.Party)
		}
	}
	if v.anchor.body.Label != a.Label || v.settlement.body.Label != a.Label {
		return "", errors.New("anchor or settlement are of another attempt")
	}
	return a.Label.String(), nil
}

func (v *verification) checkContexts() (string, error) {
	var parties []engine.PartyID
	for _, root := range v.request.body.Roots {
		parties = append(parties, root.Party)
	}
	contributed := map[engine.PartyID]*inquiry.Contributed{}
	for _, c := range v.commits {
		read, err := c.body.Read()
		if err != nil {
			return "", err
		}
		if !slices.Contains(parties, c.body.Party) || c.account() != c.body.Party.Holder() || contributed[c.body.Party] != nil {
			return "", fmt.Errorf("a commit of %s by %s: not one of each party by its holder", c.body.Party, c.account())
		}
		partners := slices.DeleteFunc(slices.Clone(parties), func(p engine.PartyID) bool { return p == c.body.Party })
		if !slices.EqualFunc(partners, c.body.Masks, func(p engine.PartyID, m inquiry.PartnerMask) bool { return p == m.Partner }) {
			return "", fmt.Errorf("the commit of %s does not have a mask for each partner", c.body.Party)
		}
		contributed[c.body.Party] = read
	}
	if len(contributed) != len(parties) {
		return "", fmt.Errorf("%d commits of %d parties", len(contributed), len(parties))
	}
	v.contributed = contributed
	return fmt.Sprintf("%d contributions", len(contributed)), nil
}

func (v *verification) checkMasks() (string, error) {
	if v.contributed == nil {
		return "", ErrUnchecked
	}
	pairs := 0
	for party, c := range v.contributed {
		for partner, p := range c.Masks {
			if !p.Equal(v.contributed[partner].Masks[party]) {
				return "", fmt.Errorf("%s and %s committed to different masks", party, partner)
			}
			pairs++
		}
	}
	return fmt.Sprintf("%d pairs", pairs/2), nil
}

// checkProofs judges each proof again, for the statement that the receipt itself gives.
func (v *verification) checkProofs() (string, error) {
	sealed, err := v.sealed()
	if err != nil {
		return "", err
	}
	if v.verifier == nil || v.contributed == nil || v.schemas == nil {
		return "", ErrUnchecked
	}
	var group errgroup.Group
	for i, root := range v.request.body.Roots {
		c := v.contributed[root.Party].Commit
		table := models.Table{Digest: sealed.SliceDigests[i], Slice: sealed.Version.Slices[i], W: sealed.Slices[i].W}
		statement := tasks.ContributionStatement{Table: canonical.Encode(table), Root: root.Root, Tag: v.consent.body.Tag,
			Context: inquiry.Context(c, v.circuit), C: c.C}
		group.Go(func() error {
			if err := v.verifier.Verify(v.circuit, canonical.Encode(statement), c.Proof); err != nil {
				return fmt.Errorf("contribution of %s: %w", root.Party, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d verified again", len(v.contributed)), nil
}

// checkReleased: the anchor stands after the commits, and the storage receipts that there are name the responses
// committed to. Whose keys stand under checkpoint and storage receipts the ledger judged.
func (v *verification) checkReleased() (string, error) {
	if !v.completing().before(v.anchor.entry) {
		return "", errors.New("the anchor stands before the last commit")
	}
	if err := v.announced(v.anchor.entry, tasks.PhaseRelease, tasks.End{}); err != nil {
		return "", err
	}
	for _, r := range v.released {
		var stored proof.StorageReceipt
		if err := canonical.Decode(r.body.Receipt, len(r.body.Receipt), &stored); err != nil {
			return "", fmt.Errorf("storage receipt of %s: %w", r.body.Party, err)
		}
		c := v.contributed[r.body.Party]
		if c == nil || stored.Content != c.Commit.Response || r.account() != r.body.Party.Holder() || !v.anchor.before(r.entry) {
			return "", fmt.Errorf("the storage receipt of %s is not for what it committed to", r.body.Party)
		}
	}
	return fmt.Sprintf("anchored at block %d, %d storage receipts", v.anchor.header.Height, len(v.released)), nil
}

func (v *verification) checkSettlement() (string, error) {
	total, err := v.total()
	if err != nil {
		return "", err
	}
	a, err := v.attempt()
	if err != nil {
		return "", err
	}
	bank := v.settlement.account()
	if bank != v.request.account() {
		return "", errors.New("another bank settled")
	}
	opening, err := pedersen.DecodeOpeningProof(v.settlement.body.Proof)
	if err != nil {
		return "", err
	}
	if err := opening.Verify(total, inquiry.SettlementChallenge(v.genesis.Chain, a.Label, bank, total)); err != nil {
		return "", err
	}
	if err := v.announced(v.settlement.entry, tasks.PhaseEnded, tasks.End{State: tasks.Settled}); err != nil {
		return "", err
	}
	return fmt.Sprintf("by %s at block %d", bank, v.settlement.header.Height), nil
}

// checkOpening: Σ_g sum_g·G_g + (R + β)·H = Σ C_i + baseC.
func (v *verification) checkOpening() (string, error) {
	if !v.Open() {
		return "closed: no score is shown", nil
	}
	committed, err := v.committed()
	if err != nil {
		return "", err
	}
	blinding := new(big.Int).SetBytes(v.Opened[0].Blinding[:])
	if blinding.Cmp(pedersen.Order()) >= 0 {
		return "", errors.New("the blinding is not below the group's order")
	}
	if !pedersen.CommitSmall(v.Opened[0].Sums, blinding).Equal(committed) {
		return "", errors.New("the score shown is not what was committed to")
	}
	return "the score shown is what was committed to", nil
}
