// Package bank is the runtime of a bank: it seals its scoring model, asks for scores of enterprises that consented, and
// opens the one number that comes back — after checking that it is what the holders committed to.
//
// Points, keys and scores stay inside; only canonical messages leave. The package never reaches a holder's records.
package bank

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"sync"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/member"
	"weir/engine/message"
	"weir/engine/model/points"
	"weir/engine/model/reason"
	"weir/engine/offer"
	"weir/engine/open"
	"weir/engine/proof"
	"weir/engine/schema"
	"weir/ledger"
	ledgerproof "weir/ledger/proof"
)

// Config is what a bank starts from.
type Config struct {
	Genesis message.Members // as they were founded, or as a ledger shows them
	Name    engine.Name
	Key     ed25519.PrivateKey // the bank's signing key
	Random  io.Reader
	Ledger  message.Ledger
	Log     message.Log
	Blobs   message.Blobs
	Memory  member.Memory
	Proofs  *proof.Keys // the registered keys; nil where the consortium registers none
}

// Format keeps keys, points and scores out of every log line, those of a Bank too.
func (c Config) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[bank %s]", c.Name) }

// Bank is one bank. It is safe for concurrent use.
type Bank struct {
	Config
	member *member.Member

	mu     sync.Mutex
	models map[engine.Digest]*open.Sealing // as far as they were needed; the memory has all
	asking sync.Mutex                      // one request under a reference is made at a time
	// lastAccusation is the proof of the last true accusation.
	lastAccusation []byte
}

// New starts a bank and takes up what its memory holds.
func New(config Config) (*Bank, error) {
	m, err := member.New(member.Config{Genesis: config.Genesis, Signer: config.Name, Address: string(config.Name), Key: config.Key,
		Random: config.Random, Ledger: config.Ledger, Memory: config.Memory, Proofs: config.Proofs})
	if err != nil {
		return nil, fmt.Errorf("bank %s: %w", config.Name, err)
	}
	return &Bank{Config: config, member: m, models: map[engine.Digest]*open.Sealing{}}, nil
}

// Register makes this bank's key for the month of a block time, unless there is one, and posts it.
func (b *Bank) Register(ctx context.Context, now time.Time) error {
	if _, err := b.member.Register(ctx, now); err != nil {
		return fmt.Errorf("bank %s: %w", b.Name, err)
	}
	return nil
}

// Schemas reads the newest schema that each party published.
func (b *Bank) Schemas(ctx context.Context, parties []engine.PartyID) (map[engine.Name]*schema.Schema, error) {
	schemas := map[engine.Name]*schema.Schema{}
	for _, party := range parties {
		_, s, err := offer.FindRecords(ctx, b.Genesis, b.Ledger, party)
		if err != nil {
			return nil, fmt.Errorf("bank %s: %w", b.Name, err)
		}
		schemas[party.Source()] = s
	}
	return schemas, nil
}

// Seal compiles a model against the schemas that the parties published, seals it, stores its polynomials and posts it.
// holders says who keeps each source. It gives the model's digest, which holders and supervisor approve. step, which may
// be nil, is told how many model proofs are made.
func (b *Bank) Seal(ctx context.Context, model *points.Model, holders map[engine.Name]engine.Name, step func(done, total int)) (engine.Digest, error) {
	secret, err := b.draw()
	if err != nil {
		return engine.Digest{}, fmt.Errorf("bank %s: seal %s: %w", b.Name, model.Name, err)
	}
	sealing, keys, err := b.seal(ctx, model, holders, bytes.NewReader(secret[:]))
	if err == nil {
		err = b.proveModel(sealing, step)
	}
	if err == nil {
		err = b.rememberKeys(sealing.Sealed.VersionDigest, keys)
	}
	if err != nil {
		return engine.Digest{}, fmt.Errorf("bank %s: seal %s: %w", b.Name, model.Name, err)
	}
	return b.offer(ctx, secret, engine.Digest{}, sealing)
}

// draw draws the secret that everything of one sealing derives from.
func (b *Bank) draw() (secret [32]byte, err error) {
	if _, err := io.ReadFull(b.Random, secret[:]); err != nil {
		return secret, fmt.Errorf("randomness: %w", err)
	}
	return secret, nil
}

// offer remembers a sealing, then posts it (Offer).
func (b *Bank) offer(ctx context.Context, secret [32]byte, first engine.Digest, sealing *open.Sealing) (engine.Digest, error) {
	if err := b.rememberSealing(secret, first, sealing); err != nil {
		return engine.Digest{}, fmt.Errorf("bank %s: %w", b.Name, err)
	}
	return b.Offer(ctx, sealing)
}

// Offer stores a sealing's polynomials and posts its package.
func (b *Bank) Offer(ctx context.Context, sealing *open.Sealing) (engine.Digest, error) {
	for _, blob := range sealing.Blobs {
		if _, err := b.Blobs.Store(ctx, message.Blob(blob), blob); err != nil {
			return engine.Digest{}, fmt.Errorf("bank %s: store sealed model: %w", b.Name, err)
		}
	}
	digest := sealing.Sealed.ModelDigest
	b.mu.Lock()
	b.models[digest] = sealing
	b.mu.Unlock()
	return digest, b.post(ctx, message.KindModel, sealing.Package)
}

func (b *Bank) seal(ctx context.Context, model *points.Model, holders map[engine.Name]engine.Name, random io.Reader) (*open.Sealing, []reason.Key, error) {
	var parties []engine.PartyID
	for _, s := range model.Sources {
		parties = append(parties, engine.NewPartyID(holders[s.Name], s.Name))
	}
	schemas, err := b.Schemas(ctx, parties)
	if err != nil {
		return nil, nil, err
	}
	compiled, err := model.Compile(schemas)
	if err != nil {
		return nil, nil, err
	}
	sealing, err := Sealing(b.Genesis.Founding(), b.Name, compiled, holders, random)
	return sealing, compiled.Keys, err
}

// Sealing seals a compiled model for a consortium, without posting it.
func Sealing(genesis *message.Genesis, bank engine.Name, compiled *points.Compiled, holders map[engine.Name]engine.Name, random io.Reader) (*open.Sealing, error) {
	version, err := compiled.Version(genesis.Chain, bank, holders, [32]byte{})
	if err != nil {
		return nil, err
	}
	rows := make([]open.SlicePoints, len(version.Slices))
	for i := range version.Slices {
		rows[i] = open.SlicePoints(compiled.Slice(version.Slices[i].Party.Source()).Points)
	}
	sealing, err := open.Seal(*version, compiled.Base, rows, random)
	if err != nil {
		return nil, err
	}
	return sealing, sealing.Sealed.Version.Check(genesis.Policy)
}

// CheckApprovals tells whether the agent of every party that a sealed model names and every supervisor approved it; from
// then on the bank may ask with it.
func (b *Bank) CheckApprovals(ctx context.Context, model engine.Digest) error {
	sealing, err := b.sealing(model)
	if err != nil {
		return fmt.Errorf("bank %s: %w", b.Name, err)
	}
	if sealing == nil {
		return fmt.Errorf("bank %s: model %s was not sealed here", b.Name, model.Short())
	}
	posts, err := b.Ledger.Find(ctx, message.KindApproval, message.ModelKey(model))
	if err != nil {
		return fmt.Errorf("bank %s: approvals: %w", b.Name, err)
	}
	approved := map[string]bool{}
	for _, post := range posts {
		if who, digest, err := offer.OpenApproval(b.Genesis, post); err == nil && digest == model {
			approved[who] = true
		}
	}
	needed, err := b.approvers(ctx, sealing)
	if err != nil {
		return fmt.Errorf("bank %s: model %s: %w", b.Name, model.Short(), err)
	}
	for _, who := range needed {
		if !approved[who] {
			return fmt.Errorf("bank %s: model %s: no approval by %s", b.Name, model.Short(), who)
		}
	}
	return b.Memory.Put(member.Entry{Table: tableApproved, Key: model.String(), Value: mark})
}

// approvers are all whose word a sealed model needs: every party, and every supervisor that was one when the model was
// posted. The ledger judges it again when the bank asks.
func (b *Bank) approvers(ctx context.Context, sealing *open.Sealing) ([]string, error) {
	var needed []string
	posted := uint64(0)
	for _, supervisor := range b.Genesis.WithRole(message.RoleSupervisor) {
		since := b.Genesis.Since(supervisor.Name)
		if since > 0 && posted == 0 {
			var err error
			if posted, err = b.postedAt(ctx, sealing.Sealed.ModelDigest); err != nil {
				return nil, err
			}
		}
		if since <= posted {
			needed = append(needed, string(supervisor.Name))
		}
	}
	for _, party := range sealing.Sealed.Version.Parties() {
		needed = append(needed, string(party))
	}
	return needed, nil
}

// postedAt is the height at which a sealed model of this bank stands, by the node's word.
func (b *Bank) postedAt(ctx context.Context, model engine.Digest) (uint64, error) {
	posts, err := b.Ledger.Find(ctx, message.KindModel, message.ModelKey(model))
	if err != nil {
		return 0, err
	}
	if len(posts) == 0 {
		return 0, fmt.Errorf("%w: model %s", message.ErrNotFound, model.Short())
	}
	tx, err := ledger.DecodeTx(posts[0])
	if err != nil {
		return 0, err
	}
	note, err := b.Log.Checkpoint(ctx)
	if err != nil {
		return 0, err
	}
	checkpoint, err := ledgerproof.ReadCheckpoint(note)
	if err != nil {
		return 0, err
	}
	shown, err := b.Log.Bundle(ctx, tx.ID(), checkpoint.Size)
	if err != nil {
		return 0, err
	}
	var bundle ledgerproof.Bundle
	if err := canonical.Decode(shown, ledgerproof.MaxBundle, &bundle); err != nil {
		return 0, err
	}
	result, err := ledger.DecodeResult(bundle.Result)
	if err != nil {
		return 0, err
	}
	return result.Height, nil
}

// Author writes in the bank's name; it is for whoever changes the key that it signs with.
func (b *Bank) Author() *message.Author { return b.member.Author() }

func (b *Bank) post(ctx context.Context, kind message.Kind, body any) error {
	if _, err := b.member.Post(ctx, kind, body); err != nil {
		return fmt.Errorf("bank %s: %w", b.Name, err)
	}
	return nil
}
