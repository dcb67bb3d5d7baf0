package authority_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/authority"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/internal/partytest"
	"weir/engine/member"
	"weir/engine/message"
	"weir/engine/vault"
)

// applicant is a key that applies.
func applicant(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

func public(key ed25519.PrivateKey) consent.Key { return consent.Key(key.Public().(ed25519.PublicKey)) }

func apply(t *testing.T, r *authority.Registrar, id engine.Identifier, key ed25519.PrivateKey, at time.Time) (*consent.Certificate, error) {
	t.Helper()
	b, err := r.Receive(t.Context(), message.KindEnrolment, consent.Enrol(partytest.New(2).Genesis.Chain, id, key), at)
	if err != nil {
		return nil, err
	}
	var c consent.Certificate
	if err := canonical.Decode(b, 1<<20, &c); err != nil {
		t.Fatal(err)
	}
	return &c, nil
}

func identify(t *testing.T, r *authority.Registrar, id engine.Identifier, key consent.Key) {
	t.Helper()
	if err := r.Identify([]authority.Identification{{ID: id, Key: key}}); err != nil {
		t.Fatal(err)
	}
}

var other = engine.Identifier{Kind: engine.Opaque, Text: "other-1"}

// Whoever applies for a code gets nothing unless the registrar's operator said that this very key is the enterprise's.
func TestOnlyTheIdentifiedKeyIsCertified(t *testing.T) {
	r := newRegistrar(new(vault.Transient), false)
	enterprise, stranger := applicant(1), applicant(2)
	refused := func(name string, id engine.Identifier, key ed25519.PrivateKey) {
		t.Helper()
		if c, err := apply(t, r, id, key, now); !errors.Is(err, authority.ErrApplicant) || c != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused("nobody identified", acme, enterprise)
	identify(t, r, acme, public(enterprise))
	refused("a stranger before the enterprise", acme, stranger)
	refused("the key for another code", other, enterprise)
	if _, err := apply(t, r, acme, enterprise, now); err != nil {
		t.Fatal(err)
	}
	refused("a stranger after the enterprise", acme, stranger)
	if err := r.Identify([]authority.Identification{{ID: acme, Key: public(stranger)}}); !errors.Is(err, authority.ErrApplicant) {
		t.Errorf("another key identified while one is certified: %v", err)
	}
	applied := r.Applications()
	if len(applied) != 2 || applied[0].ID != other || applied[1].ID != acme || applied[1].Key != public(stranger) {
		t.Errorf("applications: %v", applied)
	}
	identify(t, r, other, consent.Key{}) // whoever applies first
	if _, err := apply(t, r, other, stranger, now); err != nil {
		t.Errorf("the first one: %v", err)
	}
	refused("the second one", other, enterprise)
}

// A list is taken as a whole or not at all, and errors name no enterprise.
func TestIdentifyRefuses(t *testing.T) {
	r := newRegistrar(new(vault.Transient), false)
	key := public(applicant(1))
	good := authority.Identification{ID: acme, Key: key}
	for name, bad := range map[string]authority.Identification{
		"no code":   {ID: engine.Identifier{Kind: engine.Opaque}, Key: key},
		"bad check": {ID: engine.Identifier{Kind: engine.USCC, Text: "91990004MA89794830"}, Key: key},
		"no kind":   {ID: engine.Identifier{Text: acme.Text}, Key: key},
		"twice":     {ID: acme, Key: public(applicant(2))},
	} {
		err := r.Identify([]authority.Identification{good, bad})
		if err == nil || bytes.Contains([]byte(err.Error()), []byte(acme.Text)) || bytes.Contains([]byte(err.Error()), []byte("91990004")) {
			t.Errorf("%s: %v", name, err)
		}
		if len(r.Enterprises()) != 0 {
			t.Errorf("%s: something was taken", name)
		}
	}
}

// The same certificate is given again until it is to be renewed; renewals do not fill the list of revoked serials.
func TestRenewal(t *testing.T) {
	r := newRegistrar(new(vault.Transient), true)
	key := applicant(1)
	first, err := apply(t, r, acme, key, now)
	if err != nil {
		t.Fatal(err)
	}
	if at := now.Add(-time.Minute).Unix(); first.From > at || first.To != now.Add(time.Hour).Unix() {
		t.Errorf("valid from %d to %d: whose clock is a minute behind refuses it", first.From, first.To)
	}
	var again *consent.Certificate
	for _, c := range []struct {
		after time.Duration
		same  bool
	}{{0, true}, {50*time.Minute - time.Second, true}, {50 * time.Minute, false}} {
		var err error
		again, err = apply(t, r, acme, key, now.Add(c.after))
		if err != nil || (again.Serial == first.Serial) != c.same {
			t.Errorf("after %s: %v, %v", c.after, again, err)
		}
	}
	list, err := r.Revoke(acme, partytest.Stream("salt"), now.Add(51*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	a := partytest.New(2)
	revoked, err := consent.OpenRevokedSerials(list, a.Genesis.Chain, public(a.Keys[partytest.Registrar]))
	if err != nil || len(revoked.Hashes) != 2 || !revoked.Contains(first.Serial) || !revoked.Contains(again.Serial) {
		t.Errorf("the first and its renewal are revoked: %v, %v", revoked, err)
	}
	if _, err := apply(t, r, other, key, now); err != nil {
		t.Fatal(err)
	}
	later, err := r.Revoke(other, partytest.Stream("salt"), now.Add(9*24*time.Hour)) // all are over long since
	if err != nil {
		t.Fatal(err)
	}
	if revoked, err = consent.OpenRevokedSerials(later, a.Genesis.Chain, public(a.Keys[partytest.Registrar])); err != nil || revoked.Contains(first.Serial) {
		t.Errorf("what is over is still on the list: %v", err)
	}
	if earlier, err := r.Revoke(other, partytest.Stream("salt"), now); err != nil {
		t.Error(err)
	} else if l, err := consent.OpenRevokedSerials(earlier, a.Genesis.Chain, public(a.Keys[partytest.Registrar])); err != nil || l.At < revoked.At {
		t.Errorf("after the clock went back members would not take the list: %v", err)
	}
	if _, err := authority.NewRegistrar(authority.RegistrarConfig{Validity: time.Hour, Renewal: time.Hour, Memory: new(vault.Transient)}); err == nil {
		t.Error("certificates that are renewed at once")
	}
}

// failing is a memory whose writes fail when they are told to, before or after they are durable: a crash.
type failing struct {
	member.Memory
	left int // writes until the failure
	late bool
}

var errCrash = errors.New("crash")

func (f *failing) Put(entries ...member.Entry) error {
	if f.left--; f.left == 0 {
		if f.late {
			if err := f.Memory.Put(entries...); err != nil {
				return err
			}
		}
		return errCrash
	}
	return f.Memory.Put(entries...)
}

// A registrar that crashes at any write, before or after it is durable, and starts again from its vault or goes on where it
// is: no serial was ever given to two keys, no enterprise ever had two keys that count, and notices lead from each key to the next.
func TestRegistrarCrashesAnywhere(t *testing.T) {
	for crash := 1; crash <= 8; crash++ {
		for _, late := range []bool{false, true} {
			for _, restart := range []bool{true, false} {
				t.Run(fmt.Sprintf("write %d, late %v, restart %v", crash, late, restart), func(t *testing.T) { crashRegistrar(t, crash, late, restart) })
			}
		}
	}
}

// keeping is a memory that outlives its party: a vault on disk, or for speed one of the test.
func keeping(t *testing.T, onDisk bool) member.Memory {
	t.Helper()
	if !onDisk {
		return new(vault.Transient)
	}
	kept, err := vault.Open(filepath.Join(t.TempDir(), "memory"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kept.Close() })
	return kept
}

// restarting is a registrar that starts again from its vault when a step crashed, and what it certified.
type restarting struct {
	*authority.Registrar
	t       *testing.T
	kept    member.Memory
	serials map[uint64]consent.Key
	restart bool
}

// until repeats a step until it is done, on a new registrar after a crash.
func (r *restarting) until(step func() error) {
	r.t.Helper()
	err := step()
	if errors.Is(err, errCrash) {
		if r.restart {
			r.Registrar = newRegistrar(r.kept, false)
		}
		err = step()
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *restarting) enrol(id engine.Identifier, key ed25519.PrivateKey) {
	r.t.Helper()
	r.until(func() error { return r.Identify([]authority.Identification{{ID: id, Key: public(key)}}) })
	r.until(func() error {
		c, err := apply(r.t, r.Registrar, id, key, now)
		if err != nil {
			return err
		}
		if before, given := r.serials[c.Serial]; given && before != c.Key {
			r.t.Errorf("serial %d was given to two keys", c.Serial)
		}
		r.serials[c.Serial] = c.Key
		return nil
	})
}

func crashRegistrar(t *testing.T, crash int, late, restart bool) {
	kept := keeping(t, crash == 3)
	r := &restarting{t: t, kept: kept, serials: map[uint64]consent.Key{}, restart: restart,
		Registrar: newRegistrar(&failing{Memory: kept, left: crash, late: late}, false)}
	lost, found := applicant(1), applicant(2)
	r.enrol(acme, lost)
	r.enrol(other, applicant(3))
	r.until(func() error {
		_, err := r.Revoke(acme, partytest.Stream("salt"), now)
		return err
	})
	r.enrol(acme, found)
	r.Registrar = newRegistrar(kept, false)
	if _, err := apply(t, r.Registrar, acme, lost, now); !errors.Is(err, authority.ErrApplicant) {
		t.Errorf("the key that was given up: %v", err)
	}
	known := r.Enterprises()
	if len(known) != 2 || known[0].ID != acme || known[0].Key != public(found) || known[0].Changes != 1 || known[1].Key != public(applicant(3)) {
		t.Errorf("enterprises: %d", len(known))
	}
	r.tells(lost, found)
}

// tells checks the news of one enterprise that lost its key and has another.
func (r *restarting) tells(lost, found ed25519.PrivateKey) {
	r.t.Helper()
	a := partytest.New(2)
	registrar := public(a.Keys[partytest.Registrar])
	list, notices := r.News()
	if list == nil || len(notices) != 1 || len(r.Changes(acme)) != 1 {
		r.t.Fatalf("news: %v, %d notices", list, len(notices))
	}
	_, change, err := consent.OpenKeyChange(notices[0].Content, a.Genesis.Chain, registrar)
	if err != nil || change.From != public(lost) || change.To != public(found) {
		r.t.Errorf("the notice: %v", err)
	}
	revoked, err := consent.OpenRevokedSerials(list.Content, a.Genesis.Chain, registrar)
	if err != nil {
		r.t.Fatal(err)
	}
	for serial, key := range r.serials {
		if revoked.Contains(serial) != (key == public(lost)) {
			r.t.Errorf("serial %d: on the list is %v", serial, revoked.Contains(serial))
		}
	}
}

// A memory that was put back to an older state has forgotten certificates; their serials are not given to others.
func TestAnOldMemoryRepeatsNoSerial(t *testing.T) {
	lost, err := apply(t, newRegistrar(new(vault.Transient), true), acme, applicant(1), now)
	if err != nil {
		t.Fatal(err)
	}
	restored, err := apply(t, newRegistrar(new(vault.Transient), true), other, applicant(2), now.Add(time.Minute))
	if err != nil || restored.Serial == lost.Serial {
		t.Errorf("%v, %v", restored, err)
	}
}

func TestReceivers(t *testing.T) {
	o := newBankOffice(t)
	list, err := authority.Receivers(t.Context(), partytest.New(2).Genesis, o, "2026-11")
	if err != nil || len(list) != 1 || list[0] != string(partytest.Bank) {
		t.Errorf("%v, %v", list, err)
	}
	if list, err = authority.Receivers(t.Context(), partytest.New(2).Genesis, o, "2026-12"); err != nil || len(list) != 0 {
		t.Errorf("of another month: %v, %v", list, err)
	}
}
