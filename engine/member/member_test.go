package member_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/consent"
	"weir/engine/member"
	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/period"
	"weir/engine/proof"
)

var now = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

// list is a board that keeps what is posted.
type list struct{ posts [][]byte }

func (l *list) Post(_ context.Context, _ message.Kind, _ string, entry []byte) error {
	l.posts = append(l.posts, entry)
	return nil
}

func (l *list) Find(context.Context, message.Kind, string) ([][]byte, error) { return l.posts, nil }

// world is a founding document with a bank and its member.
type world struct {
	genesis   *message.Genesis
	registrar ed25519.PrivateKey
	config    member.Config
	board     *list
}

func found(t *testing.T, registrars int) *world {
	t.Helper()
	w := &world{board: new(list)}
	genesis := message.Genesis{Chain: "test", Policy: model.DefaultPolicy()}
	add := func(name engine.Name, role message.Role) ed25519.PrivateKey {
		public, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		genesis.Members = append(genesis.Members, message.Member{Name: name, Role: role, SigningKey: [32]byte(public)})
		return private
	}
	key := add("bank", message.RoleBank)
	for i := range registrars {
		w.registrar = add(engine.Name(fmt.Sprintf("registrar-%d", i)), message.RoleRegistrar)
	}
	var err error
	if w.genesis, err = message.DecodeGenesis(genesis.Encode()); err != nil {
		t.Fatal(err)
	}
	w.config = member.Config{Genesis: w.genesis, Signer: "bank", Address: "bank", Key: key, Random: rand.Reader, Board: w.board}
	return w
}

func (w *world) start(t *testing.T) *member.Member {
	t.Helper()
	m, err := member.New(w.config)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAMemberNeedsOneRegistrarAndTheRegisteredKeys(t *testing.T) {
	for _, registrars := range []int{0, 2} {
		if _, err := member.New(found(t, registrars).config); !errors.Is(err, message.ErrGenesis) {
			t.Errorf("%d registrars: %v", registrars, err)
		}
	}
	w := found(t, 1)
	w.genesis.Circuits = []message.Circuit{{Name: "contribution", ID: engine.Digest{1}}}
	if _, err := member.New(w.config); !errors.Is(err, proof.ErrKeys) {
		t.Errorf("registered circuits and no keys: %v", err)
	}
}

func TestOneKeyAMonth(t *testing.T) {
	w := found(t, 1)
	m := w.start(t)
	first, err := m.Register(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	again, err := m.Register(t.Context(), now.Add(time.Hour))
	if err != nil || again != first || len(w.board.posts) != 1 {
		t.Errorf("registered twice in a month: %v, %d posts", err, len(w.board.posts))
	}
	if key, err := w.genesis.OpenPeriodKey(w.board.posts[0], "bank", period.Of(now)); err != nil || key.Owner != "bank" {
		t.Errorf("the posted key: %v", err)
	}
	next, err := m.Register(t.Context(), now.AddDate(0, 1, 0))
	if err != nil || next == first || len(w.board.posts) != 2 {
		t.Errorf("the next month: %v, %d posts", err, len(w.board.posts))
	}
}

func TestReceive(t *testing.T) {
	w := found(t, 1)
	m := w.start(t)
	if _, err := m.Receive(t.Context(), message.KindEvidence, nil, now); err == nil {
		t.Error("a message before there was a key")
	}
	secret, err := m.Register(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	revoked, err := consent.RevokeSerials("test", now, [16]byte{1}, []uint64{7}, w.registrar)
	if err != nil {
		t.Fatal(err)
	}
	key := secret.Key("bank")
	seal := func(kind message.Kind, body []byte) []byte {
		sealed, err := period.SealTo(&key, string(kind), body)
		if err != nil {
			t.Fatal(err)
		}
		return sealed
	}
	if _, err := m.Receive(t.Context(), message.KindRevokedSerials, seal(message.KindRevokedSerials, revoked), now); err != nil {
		t.Fatal(err)
	}
	if !m.Authority().Revoked.Contains(7) || m.Authority().Revoked.Contains(8) {
		t.Error("the list of revoked serials was not taken")
	}
	older, err := consent.RevokeSerials("test", now.Add(-time.Hour), [16]byte{2}, nil, w.registrar)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Receive(t.Context(), message.KindRevokedSerials, seal(message.KindRevokedSerials, older), now); err != nil || !m.Authority().Revoked.Contains(7) {
		t.Errorf("an older list took the newer one's place: %v", err)
	}
	forged := bytes.Clone(revoked)
	forged[len(forged)-1] ^= 1
	for name, refused := range map[string]struct {
		kind message.Kind
		body []byte
		at   time.Time
	}{
		"another kind":           {message.KindEnrolment, seal(message.KindEnrolment, revoked), now},
		"sealed as another kind": {message.KindEvidence, seal(message.KindRevokedSerials, revoked), now},
		"not sealed":             {message.KindRevokedSerials, revoked, now},
		"another month":          {message.KindRevokedSerials, seal(message.KindRevokedSerials, revoked), now.AddDate(0, 1, 0)},
		"a forged list":          {message.KindRevokedSerials, seal(message.KindRevokedSerials, forged), now},
		"no evidence":            {message.KindEvidence, seal(message.KindEvidence, []byte("x")), now},
	} {
		if evidence, err := m.Receive(t.Context(), refused.kind, refused.body, refused.at); err == nil || evidence != nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestAMemberPrintsNoKeys(t *testing.T) {
	w := found(t, 1)
	if got := fmt.Sprintf("%v %+v %#v", w.start(t), w.start(t), w.start(t)); got != "[member bank] [member bank] [member bank]" {
		t.Error(got)
	}
}
