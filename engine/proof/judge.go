package proof

import (
	"context"
	"errors"
	"fmt"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/engine/offer"
)

// Case is everything that judging an accusation takes, as signed posts: a file that anybody can check who knows the
// consortium's founding document by its digest and has the registered verifying keys. A file whose founding document is not
// known proves nothing: anybody can found a consortium.
type Case struct {
	_          struct{} `cbor:",toarray"`
	Genesis    []byte   // the founding document
	Model      []byte   // the post of the sealed model
	Request    [][]byte // the bank's request and retries, which with the tag give the label
	Tag        [32]byte // of the request's consent
	Commit     []byte   // the accused party's post
	Accusation []byte   // the bank's post
}

// MaxCase bounds an encoded case, in bytes.
const MaxCase = 1 << 20

// Encode gives the canonical bytes of the file.
func (c *Case) Encode() []byte { return canonical.Encode(c) }

// DecodeCase reads the file of an accusation; Judge reads what is in it.
func DecodeCase(b []byte) (*Case, error) {
	var c Case
	if err := canonical.Decode(b, MaxCase, &c); err != nil {
		return nil, fmt.Errorf("accusation file: %w", err)
	}
	return &c, nil
}

// ErrStranger is returned for a case of another consortium than the one the caller knows.
var ErrStranger = errors.New("a case of an unknown consortium")

// Verdict says who broke a rule.
type Verdict struct {
	Chain   engine.Name
	Bank    engine.Name    // the accuser
	Accused engine.PartyID // whom it accused
	Holds   bool           // whether the accusation holds: then the accused is the culprit, else the bank
	Reason  error          // why it does not hold
}

// Culprit is whom the verdict names.
func (v *Verdict) Culprit() string {
	if v.Holds {
		return string(v.Accused)
	}
	return string(v.Bank)
}

// Judge decides a case of the consortium with the given founding document's digest. An error means that the file is no
// such case: of another consortium (ErrStranger), posts that are malformed, unsigned, or do not belong together, or keys
// that the consortium did not register.
func (k *Keys) Judge(c *Case, founding engine.Digest) (*Verdict, error) {
	genesis, err := message.DecodeGenesis(c.Genesis)
	if err != nil {
		return nil, err
	}
	if genesis.Digest() != founding {
		return nil, fmt.Errorf("%w: its founding document is %s", ErrStranger, genesis.Digest())
	}
	if err := k.Check(genesis); err != nil {
		return nil, err
	}
	sealed, err := offer.OpenPackage(genesis, c.Model)
	if err != nil {
		return nil, err
	}
	commit, err := inquiry.OpenCommit(genesis, c.Commit)
	if err != nil {
		return nil, err
	}
	accusation, bank, err := inquiry.OpenAccusation(genesis, c.Accusation)
	if err != nil {
		return nil, err
	}
	// The label says under which sealing the accused answered: under the key of another one, every honest response would
	// look false.
	attempt, err := inquiry.OpenAttempt(genesis, c.Request, c.Tag)
	if err != nil {
		return nil, err
	}
	if attempt.Bank != bank || bank != sealed.Version.Bank || attempt.Request.Model != sealed.ModelDigest ||
		attempt.Label != commit.Commit.Label || attempt.Label != accusation.Label || accusation.Accused != commit.Party {
		return nil, fmt.Errorf("%w: model, request, commit and accusation do not belong together", message.ErrPost)
	}
	verdict := &Verdict{Chain: genesis.Chain, Bank: bank, Accused: accusation.Accused}
	verdict.Reason = k.VerifyAccusation(sealed, commit, accusation)
	verdict.Holds = verdict.Reason == nil
	return verdict, nil
}

// FindCase collects the posts of an accusation of a party in an attempt. accusation is its post where the ledger refused it,
// so that it stands under no key; nil has it looked up.
func FindCase(ctx context.Context, genesis *message.Genesis, board message.Board, attempt *inquiry.Attempt, party engine.PartyID, accusation []byte) (*Case, error) {
	c := &Case{Genesis: genesis.Encode(), Request: attempt.Posts, Tag: attempt.Tag, Accusation: accusation}
	key := message.ContributionKey(attempt.Label, party)
	for _, part := range []struct {
		kind message.Kind
		key  string
		into *[]byte
	}{
		{message.KindModel, message.ModelKey(attempt.Request.Model), &c.Model},
		{message.KindCommit, key, &c.Commit},
		{message.KindAccusation, key, &c.Accusation},
	} {
		if *part.into != nil {
			continue
		}
		posts, err := board.Find(ctx, part.kind, part.key)
		if err != nil {
			return nil, fmt.Errorf("find %s: %w", part.kind, err)
		}
		if len(posts) == 0 {
			return nil, fmt.Errorf("%w: %s of %s", message.ErrNotFound, part.kind, party)
		}
		*part.into = posts[0]
	}
	return c, nil
}
