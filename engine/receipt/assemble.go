package receipt

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/engine/pedersen"
	"weir/engine/receipt/roll"
	"weir/ledger"
	"weir/ledger/proof"
)

// Ledger is what Assemble reads of a ledger, all of it under one checkpoint: of a node, or of one's own copy.
type Ledger interface {
	// Find gives the ids of the transactions that stand under a kind and a key that begins with prefix, oldest first.
	Find(ctx context.Context, kind ledger.Kind, prefix string) ([]engine.Digest, error)
	// Bundle is the proof bundle of a transaction.
	Bundle(ctx context.Context, id engine.Digest) (*proof.Bundle, error)
	// State shows how keys of the registry stand after the ledger's last block, under a checkpoint that may be newer.
	State(ctx context.Context, keys []string) (*proof.StateBundle, error)
	// Under is the same ledger under another checkpoint, a signed note.
	Under(checkpoint []byte) (Ledger, error)
	// Founding is the founding document, and the founding block with its path and without transactions.
	Founding(ctx context.Context) (document []byte, founding Block, err error)
}

// ErrUnsettled is returned for a request that the bank has not settled: a receipt shows that the bank knows what the
// commitments add up to, also when it shows no score.
var ErrUnsettled = errors.New("the request has not been settled by its bank")

// NewOpening is what opens a receipt: the sums of the groups, base' of the model, and the two blindings R and β.
func NewOpening(sums [pedersen.Groups]int64, base int64, r, beta *big.Int) *Opening {
	o := &Opening{Sums: sums}
	o.Sums[0] += base
	blinding := new(big.Int).Add(r, beta)
	blinding.Mod(blinding, pedersen.Order()).FillBytes(o.Blinding[:])
	return o
}

// Assemble puts the receipt of a settled request together: open with an opening, closed without one. key is the verifying
// key of the contribution circuit, as gnark writes it compressed. What Assemble gives, Verify has yet to check.
func Assemble(ctx context.Context, l Ledger, id engine.RequestID, key []byte, opened *Opening) (*Receipt, error) {
	r, err := assemble(ctx, l, id)
	if err != nil {
		return nil, fmt.Errorf("receipt of request %s: %w", id, err)
	}
	r.Key = key
	if opened != nil {
		r.Opened = []Opening{*opened}
	}
	return r, nil
}

func assemble(ctx context.Context, l Ledger, id engine.RequestID) (*Receipt, error) {
	a := &assembly{ledger: l}
	if err := a.collect(ctx, id); err != nil {
		return nil, err
	}
	shown, checkpoint, err := a.roll(ctx)
	if err != nil {
		return nil, err
	}
	if shown != nil { // everything stands under the checkpoint that shows the accounts
		if l, err = l.Under(checkpoint); err != nil {
			return nil, err
		}
		a = &assembly{ledger: l}
		if err := a.collect(ctx, id); err != nil {
			return nil, err
		}
	}
	document, founding, err := l.Founding(ctx)
	if err != nil {
		return nil, err
	}
	r := &Receipt{Document: document, Checkpoint: a.bundles[0].Checkpoint, Blocks: []Block{founding}, Roll: shown}
	return r, a.write(r)
}

// roll shows the accounts that did not sign with the key in the founding document.
func (a *assembly) roll(ctx context.Context) (*roll.Roll, []byte, error) {
	document, _, err := a.ledger.Founding(ctx)
	if err != nil {
		return nil, nil, err
	}
	genesis, err := message.DecodeGenesis(document)
	if err != nil {
		return nil, nil, err
	}
	var all []roll.Signed
	for _, b := range a.bundles {
		tx, err := ledger.DecodeTx(b.Tx)
		if err != nil {
			return nil, nil, err
		}
		result, err := ledger.DecodeResult(b.Result)
		if err != nil {
			return nil, nil, err
		}
		if name, isAccount := tx.Sender.Account(); isAccount {
			all = append(all, roll.Signed{Account: name, Height: result.Height, Tx: tx})
		}
	}
	return roll.Assemble(ctx, a.ledger.State, genesis, all)
}

// assembly is the transactions that a receipt needs, each once.
type assembly struct {
	ledger  Ledger
	bundles []*proof.Bundle
}

// collect follows the request to everything that it rests on, and to its end.
func (a *assembly) collect(ctx context.Context, id engine.RequestID) error {
	var asked inquiry.Request
	if err := a.take(ctx, engine.Digest(id), &asked); err != nil {
		return err
	}
	var given consent.Public
	if err := a.only(ctx, message.KindConsent, message.ConsentKey(asked.Consent), &given); err != nil {
		return err
	}
	label, err := a.retries(ctx, id, &asked, given.Tag)
	if err != nil {
		return err
	}
	if err := a.takeModel(ctx, asked.Model); err != nil {
		return err
	}
	for _, root := range asked.Roots {
		if err := a.takeParty(ctx, label, root); err != nil {
			return err
		}
	}
	if err := a.only(ctx, message.KindAnchor, label.String(), nil); err != nil {
		return err
	}
	if err := a.only(ctx, message.KindSettlement, label.String(), nil); err != nil {
		return fmt.Errorf("%w: %w", ErrUnsettled, err)
	}
	return nil
}

// retries brings a request to its last attempt and gives that one's label.
func (a *assembly) retries(ctx context.Context, id engine.RequestID, asked *inquiry.Request, tag [32]byte) (engine.Digest, error) {
	document, _, err := a.ledger.Founding(ctx)
	if err != nil {
		return engine.Digest{}, err
	}
	genesis, err := message.DecodeGenesis(document)
	if err != nil {
		return engine.Digest{}, err
	}
	ids, err := a.ledger.Find(ctx, message.KindRetry, id.String()+"/")
	if err != nil {
		return engine.Digest{}, err
	}
	for _, again := range ids { // oldest first, which is the order of attempts
		var retry inquiry.Retry
		if err := a.take(ctx, again, &retry); err != nil {
			return engine.Digest{}, err
		}
		asked.Attempt++
		asked.Model = retry.Model
	}
	return inquiry.Label(genesis.Chain, id, asked, tag), nil
}

// takeModel takes the sealing that was asked, and sealing 0 with its approvals.
func (a *assembly) takeModel(ctx context.Context, model engine.Digest) error {
	var sealed offer.Package
	if err := a.only(ctx, message.KindModel, message.ModelKey(model), &sealed); err != nil {
		return err
	}
	if sealed.Sealing > 0 {
		zero, err := a.sealingZero(ctx, &sealed)
		if err != nil {
			return err
		}
		model = zero
	}
	approvals, err := a.ledger.Find(ctx, message.KindApproval, message.ModelKey(model))
	if err != nil {
		return err
	}
	for _, approval := range approvals {
		if err := a.take(ctx, approval, nil); err != nil {
			return err
		}
	}
	return nil
}

// sealingZero looks through the bank's models for the first sealing of a later one's version.
func (a *assembly) sealingZero(ctx context.Context, later *offer.Package) (engine.Digest, error) {
	ids, err := a.ledger.Find(ctx, message.KindModel, "")
	if err != nil {
		return engine.Digest{}, err
	}
	for _, id := range ids {
		b, err := a.ledger.Bundle(ctx, id)
		if err != nil {
			return engine.Digest{}, err
		}
		var p offer.Package
		if err := bodyOf(b, &p); err != nil {
			return engine.Digest{}, err
		}
		if p.Sealing != 0 || !bytes.Equal(p.Version, later.Version) {
			continue
		}
		a.bundles = append(a.bundles, b)
		sealed, err := p.Read()
		if err != nil {
			return engine.Digest{}, err
		}
		return sealed.ModelDigest, nil
	}
	return engine.Digest{}, fmt.Errorf("%w: sealing 0 of the model", message.ErrNotFound)
}

// takeParty takes the records that a root is of, the commit, and the storage receipt where there is one.
func (a *assembly) takeParty(ctx context.Context, label engine.Digest, root inquiry.PartyRoot) error {
	key := message.ContributionKey(label, root.Party)
	if err := a.only(ctx, message.KindCommit, key, nil); err != nil {
		return err
	}
	released, err := a.ledger.Find(ctx, message.KindReleased, key)
	if err != nil {
		return err
	}
	for _, id := range released {
		if err := a.take(ctx, id, nil); err != nil {
			return err
		}
	}
	records, err := a.ledger.Find(ctx, message.KindRecords, message.RecordsKey(root.Party))
	if err != nil {
		return err
	}
	for _, id := range records {
		b, err := a.ledger.Bundle(ctx, id)
		if err != nil {
			return err
		}
		var r offer.Records
		if err := bodyOf(b, &r); err == nil && r.Root == root.Root {
			a.bundles = append(a.bundles, b)
			return nil
		}
	}
	return fmt.Errorf("%w: records of %s with the root asked", message.ErrNotFound, root.Party)
}

// only takes the transaction that stands under a kind and key, which has to be one, and reads its body, if wanted.
func (a *assembly) only(ctx context.Context, kind ledger.Kind, key string, into any) error {
	ids, err := a.ledger.Find(ctx, kind, key)
	if err != nil {
		return err
	}
	if len(ids) != 1 {
		return fmt.Errorf("%w: one %s under %s, there are %d", message.ErrNotFound, kind, key, len(ids))
	}
	return a.take(ctx, ids[0], into)
}

func (a *assembly) take(ctx context.Context, id engine.Digest, into any) error {
	b, err := a.ledger.Bundle(ctx, id)
	if err != nil {
		return err
	}
	a.bundles = append(a.bundles, b)
	if into == nil {
		return nil
	}
	return bodyOf(b, into)
}

func bodyOf(b *proof.Bundle, into any) error {
	tx, err := ledger.DecodeTx(b.Tx)
	if err != nil {
		return err
	}
	return canonical.Decode(tx.Body, ledger.MaxTx, into)
}

// write puts the transactions in the order of the ledger, each header once.
func (a *assembly) write(r *Receipt) error {
	type placed struct {
		*proof.Bundle
		result *ledger.Result
	}
	var all []placed
	for _, b := range a.bundles {
		result, err := ledger.DecodeResult(b.Result)
		if err != nil {
			return err
		}
		all = append(all, placed{b, result})
	}
	slices.SortFunc(all, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.result.Height, b.result.Height), cmp.Compare(a.result.Index, b.result.Index))
	})
	for i, p := range all {
		if i == 0 || all[i-1].result.Height != p.result.Height {
			r.Blocks = append(r.Blocks, Block{Header: p.Header, LogPath: p.LogPath})
		}
		block := &r.Blocks[len(r.Blocks)-1]
		block.Entries = append(block.Entries, Entry{Tx: p.Tx, Result: p.Result, TxPath: p.TxPath, ResultPath: p.ResultPath})
	}
	return nil
}
