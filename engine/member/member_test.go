package member_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/consent"
	"weir/engine/internal/messagetest"
	"weir/engine/member"
	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/period"
	"weir/engine/proof"
	"weir/engine/vault"
)

var now = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

// world is a founding document with a bank and its member.
type world struct {
	genesis   *message.Genesis
	registrar ed25519.PrivateKey
	config    member.Config
	ledger    *messagetest.Ledger
}

func found(t *testing.T, registrars int) *world {
	t.Helper()
	w := &world{}
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
	w.ledger = messagetest.NewLedger(w.genesis)
	w.config = member.Config{Genesis: w.genesis, Signer: "bank", Address: "bank", Key: key, Random: rand.Reader, Ledger: w.ledger, Memory: new(vault.Transient)}
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
	if err != nil || again != first || len(w.ledger.Entries) != 1 {
		t.Errorf("registered twice in a month: %v, %d posts", err, len(w.ledger.Entries))
	}
	if key, err := message.OpenPeriodKey(w.genesis, w.ledger.Entries[0].Tx, "bank", period.Of(now)); err != nil || key.Owner != "bank" {
		t.Errorf("the posted key: %v", err)
	}
	next, err := m.Register(t.Context(), now.AddDate(0, 1, 0))
	if err != nil || next == first || len(w.ledger.Entries) != 2 {
		t.Errorf("the next month: %v, %d posts", err, len(w.ledger.Entries))
	}
}

// A member that starts again has the key that it registered, and posts no second one.
func TestAMonthsKeyComesBack(t *testing.T) {
	w := found(t, 1)
	first, err := w.start(t).Register(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	m := w.start(t)
	if s := m.Secret(period.Of(now)); s == nil || !bytes.Equal(s.Key("bank").Public, first.Key("bank").Public) || s.ContributionSecret() != first.ContributionSecret() {
		t.Fatal("the key is gone, or another one")
	}
	if _, err := m.Register(t.Context(), now); err != nil || len(w.ledger.Entries) != 1 {
		t.Errorf("registered once more: %v, %d entries", err, len(w.ledger.Entries))
	}
}

// A crash between remembering a key and posting it: the same key is posted after the restart.
func TestAKeyThatWasNotPostedIsPosted(t *testing.T) {
	w := found(t, 1)
	w.ledger.Fails = errors.New("the ledger is down")
	m := w.start(t)
	if _, err := m.Register(t.Context(), now); !errors.Is(err, w.ledger.Fails) {
		t.Fatal(err)
	}
	w.ledger.Fails = nil
	for _, who := range []*member.Member{m, w.start(t), m} {
		if _, err := who.Register(t.Context(), now); err != nil {
			t.Errorf("the same key: %v", err)
		}
	}
	if len(w.ledger.Entries) != 1 {
		t.Errorf("%d keys on the ledger", len(w.ledger.Entries))
	}
}

// Where another instance of this member has registered a key, evidence sealed to it could not be read here: that is said.
func TestAnotherInstancesKey(t *testing.T) {
	w := found(t, 1)
	if _, err := w.start(t).Register(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	w.config.Memory = new(vault.Transient)
	for range 2 {
		if _, err := w.start(t).Register(t.Context(), now); !errors.Is(err, member.ErrOtherKey) {
			t.Errorf("got %v", err)
		}
	}
}

// A memory that was damaged is no memory: the member does not start without it.
func TestADamagedMemoryIsNotStartedFrom(t *testing.T) {
	for name, entry := range map[string]member.Entry{
		"a short secret":  {Table: "member/month", Key: "2026-11", Value: []byte{1}},
		"no list":         {Table: "member/revoked", Value: []byte{1}},
		"an unsigned one": {Table: "member/revoked", Value: make([]byte, 200)},
	} {
		w := found(t, 1)
		if err := w.config.Memory.Put(entry); err != nil {
			t.Fatal(err)
		}
		if _, err := member.New(w.config); err == nil {
			t.Errorf("%s: started", name)
		}
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
	if again := w.start(t).Authority().Revoked; again == nil || !again.Contains(7) || again.Contains(8) {
		t.Error("the list is gone after a restart")
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

// A notice of a key change is judged, and passed on to who follows it; a member that knows no keys takes it for nothing.
func TestReceiveKeyChange(t *testing.T) {
	w := found(t, 1)
	id := engine.Identifier{Kind: engine.Opaque, Text: "acme"}
	notice := consent.ChangeKey("test", id, consent.Key{1}, consent.Key{2}, now, w.registrar)
	var followed []consent.Key
	failed := errors.New("the disk is full")
	follow := func(subject engine.Subject, c *consent.KeyChange) error {
		if followed = append(followed, c.From, c.To); subject != id.Subject() {
			t.Error("of another enterprise")
		}
		return failed
	}
	for name, c := range map[string]struct {
		follow func(engine.Subject, *consent.KeyChange) error
		notice []byte
		err    error
	}{
		"followed": {follow, notice, failed}, "a member that knows no keys": {nil, notice, nil},
		"forged": {follow, consent.ChangeKey("test", id, consent.Key{1}, consent.Key{2}, now, w.config.Key), consent.ErrCertificate},
		"forged, for a member that knows no keys": {nil, consent.ChangeKey("other", id, consent.Key{1}, consent.Key{2}, now, w.registrar),
			consent.ErrCertificate},
	} {
		w.config.Follow = c.follow
		m := w.start(t)
		secret, err := m.Register(t.Context(), now)
		if err != nil {
			t.Fatal(err)
		}
		key := secret.Key("bank")
		sealed, err := period.SealTo(&key, string(message.KindKeyChange), c.notice)
		if err != nil {
			t.Fatal(err)
		}
		if evidence, err := m.Receive(t.Context(), message.KindKeyChange, sealed, now); !errors.Is(err, c.err) || evidence != nil {
			t.Errorf("%s: %v", name, err)
		}
		if evidence, err := m.Receive(t.Context(), message.KindRevokedSerials, sealed, now); err == nil || evidence != nil {
			t.Errorf("%s: taken as another kind", name)
		}
	}
	if !slices.Equal(followed, []consent.Key{{1}, {2}}) {
		t.Errorf("followed %v", followed)
	}
}

func TestAMemberPrintsNoKeys(t *testing.T) {
	w := found(t, 1)
	if got := fmt.Sprintf("%v %+v %#v", w.start(t), w.start(t), w.start(t)); got != "[member bank] [member bank] [member bank]" {
		t.Error(got)
	}
}
