// Package holder is the runtime of one party's agent: it commits to its records, approves models, shares keys with the
// other parties for a month, and answers requests that the enterprise consented to.
//
// Records and the tree over them stay inside; only canonical messages leave. The package never reaches a bank's points.
package holder

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"sync"

	"weir/engine"
	"weir/engine/contribute"
	"weir/engine/holder/lease"
	"weir/engine/member"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/engine/period"
	"weir/engine/proof"
	"weir/engine/record"
	"weir/engine/seal"
	ledgerproof "weir/ledger/proof"
)

// Config is what an agent starts from.
type Config struct {
	Genesis   message.Members // as they were founded, or as a ledger shows them
	Party     engine.PartyID
	Key       ed25519.PrivateKey // the holder's signing key
	Source    *record.Source     // the records of this party
	RecordKey record.Key         // salts the committed records; secret
	Random    io.Reader
	Ledger    message.Ledger
	Blobs     message.Blobs
	Memory    member.Memory
	Finality  Finality    // what must be final before a response leaves
	Rules     Rules       // the holder's own; the zero value is the defaults
	Proofs    *proof.Keys // the registered keys; nil where the consortium registers none
	Pool      *lease.Pool // the holder's own workers, who prove; nil: the agent proves everything itself
}

// Format keeps keys and records out of every log line, those of an Agent too.
func (c Config) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[agent of %s]", c.Party) }

// Agent answers for one party. It is safe for concurrent use.
type Agent struct {
	Config
	member  *member.Member
	tree    *record.Tree
	respond responder

	mu     sync.Mutex
	months map[period.Period]*month
	models map[engine.Digest]*approved // prepared; the memory says which were approved

	judging sync.Mutex // one answer at a time is judged against the rules and the known keys, and remembered
}

// responder computes the answer to a task: honest, or one of the frauds.
type responder func(context.Context, *contribute.Task, *approved, contribute.Secrets) (*contribute.Contribution, error)

// approved is a sealed model that this party verified, prepared for selecting.
type approved struct {
	sealed   *offer.Sealed
	selector *seal.Selector
	// contributor proves with this party's slice; nil without proofs.
	contributor *proof.Contributor
}

// New builds the committed tree over the records and takes up what the memory holds; progress may be nil.
func New(ctx context.Context, config Config, progress record.Progress) (*Agent, error) {
	config.Rules.fill()
	a := &Agent{Config: config, months: map[period.Period]*month{}, models: map[engine.Digest]*approved{}}
	a.respond = a.honest
	var err error
	a.member, err = member.New(member.Config{Genesis: config.Genesis, Signer: config.Party.Holder(), Address: string(config.Party),
		Key: config.Key, Random: config.Random, Ledger: config.Ledger, Memory: config.Memory, Proofs: config.Proofs, Known: a.known,
		Follow: a.follow})
	if err != nil {
		return nil, fmt.Errorf("agent of %s: %w", config.Party, err)
	}
	if err := a.rememberPairs(); err != nil {
		return nil, fmt.Errorf("agent of %s: memory: %w", config.Party, err)
	}
	if a.tree, err = record.Build(ctx, config.RecordKey, config.Party, config.Source.Records, progress); err != nil {
		return nil, fmt.Errorf("agent of %s: %w", config.Party, err)
	}
	return a, nil
}

// ErrOtherRecords is returned when other records of this party, or the same under another record key, stand for the epoch
// and revision: to publish these as well would convict the party of equivocation. A correction needs a higher revision.
var ErrOtherRecords = errors.New("other records stand for this epoch and revision")

// Publish posts the commitment to the records: schema, period and root. The same records stand once.
func (a *Agent) Publish(ctx context.Context) error {
	s := a.Source.Schema
	standing, its, err := offer.FindRecords(ctx, a.Genesis, a.Ledger, a.Party)
	if err != nil && !errors.Is(err, message.ErrNotFound) {
		return fmt.Errorf("agent of %s: %w", a.Party, err)
	}
	if err == nil && its.Period == s.Period {
		if standing.Root == a.tree.Root() {
			return nil
		}
		return fmt.Errorf("agent of %s: %w: %s, revision %d", a.Party, ErrOtherRecords, s.Epoch, s.Revision)
	}
	return a.post(ctx, message.KindRecords, offer.Records{Party: a.Party, Schema: s.Encode(), Root: a.tree.Root()})
}

// Approve verifies the public side of a sealed model against the consortium's policy and this party's own schema, checks
// the model proof of every slice, and posts an approval of its digest.
func (a *Agent) Approve(ctx context.Context, digest engine.Digest) error {
	sealed, err := offer.FindPackage(ctx, a.Genesis, a.Ledger, digest)
	if err != nil {
		return fmt.Errorf("agent of %s: %w", a.Party, err)
	}
	model, err := a.verifyFirst(ctx, sealed)
	if err == nil {
		err = a.rememberModel(digest, sealed.VersionDigest, true)
	}
	if err != nil {
		return fmt.Errorf("agent of %s: model %s of %s not approved: %w", a.Party, sealed.Version.Name, sealed.Version.Bank, err)
	}
	a.mu.Lock()
	a.models[digest] = model
	a.mu.Unlock()
	err = a.post(ctx, message.KindApproval, offer.Approval{Model: digest, Party: a.Party})
	if errors.Is(err, message.ErrConflict) { // it was approved before
		return nil
	}
	return err
}

// Adopt takes a later sealing of a version whose sealing 0 this party approved: same points, shown by the bank, and its
// own model proofs. Nothing is posted.
func (a *Agent) Adopt(ctx context.Context, first, later engine.Digest) error {
	known, err := a.model(ctx, first)
	if err != nil {
		return fmt.Errorf("agent of %s: adopt: %w", a.Party, err)
	}
	if known == nil {
		return fmt.Errorf("agent of %s: adopt: sealing %s was not approved here", a.Party, first.Short())
	}
	sealed, err := offer.FindPackage(ctx, a.Genesis, a.Ledger, later)
	if err == nil {
		err = offer.CheckSame(known.sealed, sealed)
	}
	var model *approved
	if err == nil {
		model, err = a.verify(ctx, sealed)
	}
	if err == nil {
		err = a.rememberModel(later, sealed.VersionDigest, false)
	}
	if err != nil {
		return fmt.Errorf("agent of %s: adopt sealing %s: %w", a.Party, later.Short(), err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.models[later] = model
	return nil
}

// ErrSealing is returned for a sealing that may not be approved: a later one, which is adopted, or a second sealing 0 of
// a version, which could carry other points under the same name.
var ErrSealing = errors.New("not the first sealing of its version")

func (a *Agent) verifyFirst(ctx context.Context, sealed *offer.Sealed) (*approved, error) {
	known, seen, err := a.firstSealing(sealed.VersionDigest)
	if err != nil {
		return nil, err
	}
	if sealed.Number != 0 || seen && known != sealed.ModelDigest {
		return nil, ErrSealing
	}
	return a.verify(ctx, sealed)
}

func (a *Agent) verify(ctx context.Context, sealed *offer.Sealed) (*approved, error) {
	if err := sealed.Version.Check(a.Genesis.Founding().Policy); err != nil {
		return nil, err
	}
	index, named := sealed.SliceOf(a.Party)
	if !named {
		return nil, fmt.Errorf("it does not name this party")
	}
	if err := sealed.Version.Slices[index].CheckSchema(a.Source.Schema); err != nil {
		return nil, err
	}
	model, err := a.prepare(ctx, sealed, index)
	if err != nil || a.member.Verifier() == nil {
		return model, err
	}
	return model, a.Proofs.VerifyModel(ctx, a.Blobs, sealed)
}

// prepare makes a sealed model ready for selecting, without judging its proofs.
func (a *Agent) prepare(ctx context.Context, sealed *offer.Sealed, index int) (*approved, error) {
	c0, b, err := a.fetchSlice(ctx, &sealed.Slices[index])
	if err != nil {
		return nil, err
	}
	selector, err := seal.Prepare(seal.Seed(sealed.Seed), index, c0, b)
	if err != nil {
		return nil, err
	}
	model := &approved{sealed: sealed, selector: selector}
	if a.member.Verifier() != nil {
		model.contributor, err = a.Proofs.Contributor(sealed, index)
	}
	return model, err
}

func (a *Agent) fetchSlice(ctx context.Context, slice *offer.SealedSlice) (*seal.Slice, *seal.PublicKey, error) {
	c0Bytes, err := offer.FetchPolynomial(ctx, a.Blobs, slice.C0, seal.PolynomialSize)
	if err != nil {
		return nil, nil, err
	}
	bBytes, err := offer.FetchPolynomial(ctx, a.Blobs, slice.B, seal.PolynomialSize)
	if err != nil {
		return nil, nil, err
	}
	c0, err := seal.DecodeSlice(c0Bytes)
	if err != nil {
		return nil, nil, err
	}
	b, err := seal.DecodePublicKey(bBytes)
	return c0, b, err
}

// Author writes in the holder's name; it is for whoever changes the key that it signs with.
func (a *Agent) Author() *message.Author { return a.member.Author() }

func (a *Agent) post(ctx context.Context, kind message.Kind, body any) error {
	if _, err := a.member.Post(ctx, kind, body); err != nil {
		return fmt.Errorf("agent of %s: %w", a.Party, err)
	}
	return nil
}

// ReceiveDeposit is member.Member's.
func (a *Agent) ReceiveDeposit(transfer []byte, trust *ledgerproof.Trust) ([]byte, error) {
	return a.member.ReceiveDeposit(transfer, trust)
}
