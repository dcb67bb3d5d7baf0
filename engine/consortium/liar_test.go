package consortium

import (
	"context"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/holder"
	"weir/engine/inquiry"
	"weir/engine/internal/partytest"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/engine/period"
	"weir/engine/seal"
)

// liar is a malicious party: it joins like any other — publishes its root, approves the model, shares pair keys of its
// own making — but answers with a contribution that its fraud changed before it was computed and signed.
type liar struct {
	*holder.Agent // publishes and approves
	w             *world
	party         engine.PartyID
	subject       engine.Identifier // whom the request is about, as its consent told
	secret        *period.Secret
	keys          map[engine.PartyID]period.PairKey

	draft  func(d *partytest.Draft)                        // changes the pieces
	sent   func(c *inquiry.Commit, response []byte) []byte // changes what is announced, and gives what is sent
	outbox map[engine.RequestID]sent
}

type sent struct {
	commit   inquiry.Commit
	response []byte
}

// seatLiar puts a liar in a party's place; everybody starts a new month, so that it shares its own keys.
func (w *world) seatLiar(t testing.TB, party engine.PartyID, subject engine.Identifier) *liar {
	t.Helper()
	honest, isAgent := w.agents[party].(*holder.Agent)
	if !isAgent {
		t.Fatalf("%s is a liar already", party)
	}
	l := &liar{Agent: honest, w: w, party: party, subject: subject, keys: map[engine.PartyID]period.PairKey{}, outbox: map[engine.RequestID]sent{}}
	w.seat(party, l)
	w.clock.advance(31 * 24 * time.Hour)
	if err := w.pairUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	return l
}

// Receive takes evidence and keeps nothing: the liar knows whom it cheats.
func (l *liar) Receive(context.Context, message.Kind, []byte, time.Time) ([]byte, error) {
	return nil, nil
}

func (l *liar) post(ctx context.Context, kind message.Kind, body any) error {
	_, err := l.w.post(ctx, l.party.Holder(), kind, body)
	return err
}

// Register makes a key of the liar's own for the month.
func (l *liar) Register(ctx context.Context, now time.Time) error {
	var err error
	l.keys = map[engine.PartyID]period.PairKey{}
	if l.secret, err = period.NewSecret(period.Of(now), l.w.options.Random); err != nil {
		return err
	}
	return l.post(ctx, message.KindPeriodKey, l.secret.Key(string(l.party)))
}

// Pair exchanges pair keys as the protocol says, and confirms them.
func (l *liar) Pair(ctx context.Context, partners []engine.PartyID, now time.Time) (waiting []engine.PartyID, err error) {
	month := period.Of(now)
	for _, partner := range partners {
		if partner == l.party {
			continue
		}
		if _, have := l.keys[partner]; have {
			continue
		}
		pair := period.PairOf(l.party, partner)
		if done, err := l.exchange(ctx, pair, partner, month); err != nil {
			return nil, err
		} else if !done {
			waiting = append(waiting, partner)
		}
	}
	return waiting, nil
}

func (l *liar) exchange(ctx context.Context, pair period.Pair, partner engine.PartyID, month period.Period) (bool, error) {
	board, where := l.w.link("liar"), message.PairKey(string(month), pair.First, pair.Second)
	posts, err := board.Find(ctx, message.KindPeriodKey, message.PeriodKey(string(month), string(partner)))
	if err != nil || len(posts) == 0 {
		return false, err
	}
	theirs, err := message.OpenPeriodKey(l.w.genesis, posts[0], string(partner), month)
	if err != nil {
		return false, err
	}
	mine, chain := l.secret.Key(string(l.party)), l.w.genesis.Chain
	var key period.PairKey
	if pair.First == l.party {
		var e *period.Encapsulation
		if e, key, err = period.Encapsulate(chain, pair, &mine, theirs); err == nil {
			err = l.post(ctx, message.KindEncapsulation, *e)
		}
	} else {
		posts, findErr := board.Find(ctx, message.KindEncapsulation, where)
		if findErr != nil || len(posts) == 0 {
			return false, findErr
		}
		e, openErr := message.OpenEncapsulation(l.w.genesis, posts[0], pair, month)
		if openErr != nil {
			return false, openErr
		}
		key, err = l.secret.Decapsulate(chain, e, theirs, &mine)
	}
	if err != nil {
		return false, err
	}
	l.keys[partner] = key
	return true, l.post(ctx, message.KindPairConfirmed, key.Confirm(l.party, pair, month))
}

// Contribute computes the fraud's contribution, signs it and posts it.
func (l *liar) Contribute(ctx context.Context, id engine.RequestID, _ time.Time) error {
	d, err := l.newDraft(ctx, id)
	if err != nil {
		return err
	}
	if l.draft != nil {
		l.draft(d)
	}
	commit, response := d.Finish()
	if l.sent != nil {
		response = l.sent(&commit, response)
	}
	l.outbox[id] = sent{commit: commit, response: response}
	return l.post(ctx, message.KindCommit, commit)
}

// newDraft is the honest contribution to a request, in pieces.
func (l *liar) newDraft(ctx context.Context, id engine.RequestID) (*partytest.Draft, error) {
	board := l.w.link("liar")
	attempt, err := inquiry.FindAttempt(ctx, l.w.genesis, board, id)
	if err != nil {
		return nil, err
	}
	sealed, err := offer.FindPackage(ctx, l.w.genesis, board, attempt.Request.Model)
	if err != nil {
		return nil, err
	}
	selector, err := l.selector(ctx, sealed)
	if err != nil {
		return nil, err
	}
	values, _ := l.w.sources[l.party.Source()].Records.Values(l.subject.Subject())
	return partytest.NewDraft(attempt.Label, l.party, sealed, selector, values, l.keys, 3), nil
}

func (l *liar) selector(ctx context.Context, sealed *offer.Sealed) (*seal.Selector, error) {
	index, _ := sealed.SliceOf(l.party)
	board := l.w.link("liar")
	var polynomials [2][]byte
	for i, digest := range []engine.Digest{sealed.Slices[index].C0, sealed.Slices[index].B} {
		var err error
		if polynomials[i], err = board.Fetch(ctx, digest, seal.PolynomialSize); err != nil {
			return nil, err
		}
	}
	c0, err := seal.DecodeSlice(polynomials[0])
	if err != nil {
		return nil, err
	}
	b, err := seal.DecodePublicKey(polynomials[1])
	if err != nil {
		return nil, err
	}
	return seal.Prepare(seal.Seed(sealed.Seed), index, c0, b)
}

// Release stores whatever the liar announced, without asking what others did.
func (l *liar) Release(ctx context.Context, id engine.RequestID) error {
	s := l.outbox[id]
	_, err := l.w.link("liar").Store(ctx, s.commit.Response, s.response)
	return err
}
