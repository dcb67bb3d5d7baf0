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
	"weir/engine/consent"
	"weir/engine/contribute"
	"weir/engine/member"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/engine/period"
	"weir/engine/proof"
	"weir/engine/record"
	"weir/engine/seal"
)

// Config is what an agent starts from.
type Config struct {
	Genesis   *message.Genesis
	Party     engine.PartyID
	Key       ed25519.PrivateKey // the holder's signing key
	Source    *record.Source     // the records of this party
	RecordKey record.Key         // salts the committed records; secret
	Random    io.Reader
	Board     message.Board
	Blobs     message.Blobs
	Proofs    *proof.Keys // the registered keys; nil where the consortium registers none
}

// Format keeps keys and records out of every log line, those of an Agent too.
func (c Config) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[agent of %s]", c.Party) }

// Agent answers for one party. It is safe for concurrent use.
type Agent struct {
	Config
	member  *member.Member
	tree    *record.Tree
	respond responder

	mu        sync.Mutex
	months    map[period.Period]*month
	models    map[engine.Digest]*approved
	versions  map[engine.Digest]engine.Digest // modelDigest of the approved sealing 0, by versionDigest
	evidence  map[consent.Key][]byte          // by pk_c, opened
	keys      map[engine.Subject]consent.Key
	outbox    map[engine.Digest]*contribute.Contribution // by label, stored before anything is sent
	requested map[engine.RequestID]*contribute.Task
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

// New builds the committed tree over the records; progress may be nil.
func New(ctx context.Context, config Config, progress record.Progress) (*Agent, error) {
	a := &Agent{Config: config, months: map[period.Period]*month{}, models: map[engine.Digest]*approved{}, versions: map[engine.Digest]engine.Digest{},
		evidence: map[consent.Key][]byte{}, keys: map[engine.Subject]consent.Key{},
		outbox: map[engine.Digest]*contribute.Contribution{}, requested: map[engine.RequestID]*contribute.Task{}}
	a.respond = a.honest
	var err error
	a.member, err = member.New(member.Config{Genesis: config.Genesis, Signer: config.Party.Holder(), Address: string(config.Party),
		Key: config.Key, Random: config.Random, Board: config.Board, Proofs: config.Proofs, Known: a.known})
	if err != nil {
		return nil, fmt.Errorf("agent of %s: %w", config.Party, err)
	}
	if a.tree, err = record.Build(ctx, config.RecordKey, config.Party, config.Source.Records, progress); err != nil {
		return nil, fmt.Errorf("agent of %s: %w", config.Party, err)
	}
	return a, nil
}

// Publish posts the commitment to the records: schema, period and root.
func (a *Agent) Publish(ctx context.Context) error {
	s := a.Source.Schema
	body := offer.Records{Party: a.Party, Schema: s.Encode(), Root: a.tree.Root()}
	key := message.RecordsKey(a.Party) + fmt.Sprintf("%s/%d", s.Epoch, s.Revision)
	return a.post(ctx, message.KindRecords, key, body)
}

// Approve verifies the public side of a sealed model against the consortium's policy and this party's own schema, checks
// the model proof of every slice, and posts an approval of its digest.
func (a *Agent) Approve(ctx context.Context, digest engine.Digest) error {
	sealed, err := offer.FindPackage(ctx, a.Genesis, a.Board, digest)
	if err != nil {
		return fmt.Errorf("agent of %s: %w", a.Party, err)
	}
	model, err := a.verifyFirst(ctx, sealed)
	if err != nil {
		return fmt.Errorf("agent of %s: model %s of %s not approved: %w", a.Party, sealed.Version.Name, sealed.Version.Bank, err)
	}
	a.mu.Lock()
	a.models[digest], a.versions[sealed.VersionDigest] = model, digest
	a.mu.Unlock()
	return a.post(ctx, message.KindApproval, message.ModelKey(digest)+"/"+string(a.Party), offer.Approval{Model: digest, Party: a.Party})
}

// Adopt takes a later sealing of a version whose sealing 0 this party approved: same points, shown by the bank, and its
// own model proofs. Nothing is posted.
func (a *Agent) Adopt(ctx context.Context, first, later engine.Digest) error {
	a.mu.Lock()
	known := a.models[first]
	a.mu.Unlock()
	if known == nil {
		return fmt.Errorf("agent of %s: adopt: sealing %s was not approved here", a.Party, first.Short())
	}
	sealed, err := offer.FindPackage(ctx, a.Genesis, a.Board, later)
	if err == nil {
		err = offer.CheckSame(known.sealed, sealed)
	}
	var model *approved
	if err == nil {
		model, err = a.verify(ctx, sealed)
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
	a.mu.Lock()
	known, seen := a.versions[sealed.VersionDigest]
	a.mu.Unlock()
	if sealed.Number != 0 || seen && known != sealed.ModelDigest {
		return nil, ErrSealing
	}
	return a.verify(ctx, sealed)
}

func (a *Agent) verify(ctx context.Context, sealed *offer.Sealed) (*approved, error) {
	if err := sealed.Version.Check(a.Genesis.Policy); err != nil {
		return nil, err
	}
	index, named := sealed.SliceOf(a.Party)
	if !named {
		return nil, fmt.Errorf("it does not name this party")
	}
	if err := sealed.Version.Slices[index].CheckSchema(a.Source.Schema); err != nil {
		return nil, err
	}
	c0, b, err := a.fetchSlice(ctx, &sealed.Slices[index])
	if err != nil {
		return nil, err
	}
	selector, err := seal.Prepare(seal.Seed(sealed.Seed), index, c0, b)
	if err != nil {
		return nil, err
	}
	model := &approved{sealed: sealed, selector: selector}
	if a.member.Verifier() == nil {
		return model, nil
	}
	if err := a.Proofs.VerifyModel(ctx, a.Blobs, sealed); err != nil {
		return nil, err
	}
	model.contributor, err = a.Proofs.Contributor(sealed, index)
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

func (a *Agent) post(ctx context.Context, kind message.Kind, key string, body any) error {
	if err := a.member.Post(ctx, kind, key, body); err != nil {
		return fmt.Errorf("agent of %s: %w", a.Party, err)
	}
	return nil
}

func (a *Agent) known(subject engine.Subject) (consent.Key, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	key, seen := a.keys[subject]
	return key, seen
}
