package registrard

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/authority"
	"weir/engine/consent"
	"weir/engine/internal/messagetest"
	"weir/engine/internal/partytest"
	"weir/engine/message"
	"weir/engine/period"
	"weir/engine/vault"
)

var (
	november = time.Date(2026, 11, 30, 23, 59, 0, 0, time.UTC)
	december = november.Add(2 * time.Minute)
	acme     = engine.Identifier{Kind: engine.Opaque, Text: "acme-4711"}
)

// post is a mail that keeps what was sent, and fails for one address.
type post struct {
	sent  []string
	fails string
}

func (p *post) Send(_ context.Context, to string, kind message.Kind, _ []byte) ([]byte, error) {
	if to == p.fails {
		return nil, errors.New("mailbox is full")
	}
	p.sent = append(p.sent, to+" "+string(kind))
	return nil, nil
}

// take gives what was sent since the last time, by address and in order for each.
func (p *post) take() string {
	slices.SortStableFunc(p.sent, func(a, b string) int {
		a, _, _ = strings.Cut(a, " ")
		b, _, _ = strings.Cut(b, " ")
		return strings.Compare(a, b)
	})
	sent := strings.Join(p.sent, ", ")
	p.sent = nil
	return sent
}

// register puts the key of an address for a month on the ledger.
func register(t *testing.T, l *messagetest.Ledger, address string, at time.Time) {
	t.Helper()
	signer, month := engine.PartyID(address).Holder(), period.Of(at)
	if address == string(partytest.Bank) {
		signer = partytest.Bank
	}
	secret, err := period.NewSecret(month, partytest.Stream(address))
	if err != nil {
		t.Fatal(err)
	}
	l.Put(message.KindPeriodKey, message.PeriodKey(string(month), address), partytest.New(2).Sign(signer, message.KindPeriodKey, secret.Key(address)))
}

// newTeller is one of a registrar that has revoked an enterprise's key and certified another.
func newTeller(t *testing.T) (*teller, *messagetest.Ledger, *post) {
	t.Helper()
	a := partytest.New(2)
	registrar, err := authority.NewRegistrar(authority.RegistrarConfig{Chain: a.Genesis.Chain, Key: a.Keys[partytest.Registrar],
		Validity: time.Hour, Everybody: true, Memory: new(vault.Transient)})
	if err != nil {
		t.Fatal(err)
	}
	for i, key := range []engine.Name{partytest.Bank, partytest.OtherBank} { // any two keys
		if _, err := registrar.Receive(t.Context(), message.KindEnrolment, consent.Enrol(a.Genesis.Chain, acme, a.Keys[key]), november); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			if _, err := registrar.Revoke(acme, partytest.Stream("salt"), november); err != nil {
				t.Fatal(err)
			}
		}
	}
	l, mail := messagetest.NewLedger(a.Genesis), &post{}
	return &teller{registrar: registrar, members: a.Genesis, board: l, mail: mail, log: slog.New(slog.DiscardHandler)}, l, mail
}

// Everybody who has a key for the month is told everything once: in each month, after each restart, and who comes later or
// could not be sent to, later.
func TestEverybodyIsTold(t *testing.T) {
	teller, l, mail := newTeller(t)
	party := string(partytest.New(2).Parties[0])
	all := func(address string) string { return address + " revoked-serials, " + address + " key-change" }
	step := func(name string, at time.Time, want string) {
		t.Helper()
		teller.tell(t.Context(), at)
		if got := mail.take(); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	step("nobody has a key", november, "")
	register(t, l, string(partytest.Bank), november)
	step("the bank", november, all("bank"))
	step("nothing new", november, "")
	register(t, l, party, november)
	mail.fails = party
	step("an agent whose mailbox is full", november, "")
	if done, of := teller.state(); done != 1 || of != 2 {
		t.Errorf("told %d of %d", done, of)
	}
	mail.fails = ""
	step("once there is room", november, all(party))
	step("in a new month, before anybody has a key", december, "")
	register(t, l, party, december)
	register(t, l, string(partytest.Bank), december)
	step("in a new month", december, all("bank")+", "+all(party))
	teller.told, teller.month, teller.last = nil, "", told{}
	step("after a restart", december, all("bank")+", "+all(party))
	if _, err := teller.registrar.Revoke(acme, partytest.Stream("other salt"), december); err != nil {
		t.Fatal(err)
	}
	teller.tellNews(t.Context(), december)
	if got := mail.take(); got != "bank revoked-serials, "+party+" revoked-serials" {
		t.Errorf("a new list: %q", got)
	}
	l.Fails = errors.New("the ledger is down")
	teller.tellNews(t.Context(), december)
	if got := mail.take(); got != "" {
		t.Errorf("no news, and nobody to ask: %q", got)
	}
}
