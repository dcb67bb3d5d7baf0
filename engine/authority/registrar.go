// Package authority is the parties beside bank and holders: the registrar that certifies enterprises' keys, the
// enterprise's wallet, and the supervisor that approves sealed models. It is for their commands and for the registrar's
// daemon (engine/authority/registrard).
//
// The registrar never sees a consent, the supervisor never a record or a score, and a wallet's long-term key never
// appears in public. What each must not forget is in its memory before it answers or sends.
package authority

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/member"
	"weir/engine/message"
)

// ErrApplicant is returned for an application that the registrar does not certify. It names no enterprise.
var ErrApplicant = errors.New("applicant not certified")

// ErrUnknown is returned for an enterprise that the registrar does not know.
var ErrUnknown = errors.New("no such enterprise")

// RegistrarConfig is what a registrar starts from.
type RegistrarConfig struct {
	Chain    engine.Name
	Key      ed25519.PrivateKey
	Validity time.Duration // of a certificate
	// Renewal is how long before its certificate's end an enterprise is given another one; before, the same again.
	Renewal time.Duration
	// Everybody certifies whoever applies first for a code, identified or not: for demonstrations.
	Everybody bool
	Memory    member.Memory
}

// Registrar certifies which key belongs to which enterprise. It is safe for concurrent use.
type Registrar struct {
	config RegistrarConfig

	mu          sync.Mutex
	serial      uint64 // the last one; never used twice, whatever becomes of a write
	enterprises map[engine.Subject]*enterprise
	notices     [][]byte         // of all key changes, oldest first
	revoked     map[uint64]int64 // the end of each revoked certificate, Unix seconds, by serial
	list        []byte           // the newest signed list of revoked serials, nil before the first
	applied     []Application    // refused for want of identification, oldest first
}

// Format keeps the key and who is enrolled out of every log line.
func (r *Registrar) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[registrar of %s]", r.config.Chain) }

// NewRegistrar starts a registrar and takes up what its memory holds.
func NewRegistrar(config RegistrarConfig) (*Registrar, error) {
	if config.Validity <= config.Renewal || config.Renewal < 0 {
		return nil, fmt.Errorf("registrar: certificates valid for %s and renewed %s before their end: the first must be longer", config.Validity, config.Renewal)
	}
	r := &Registrar{config: config, enterprises: map[engine.Subject]*enterprise{}, revoked: map[uint64]int64{}}
	if err := r.remember(); err != nil {
		return nil, fmt.Errorf("registrar: memory: %w", err)
	}
	return r, nil
}

// Receive answers an enrolment with an encoded certificate, valid from shortly before the given time: the standing one again until it is
// to be renewed. Refused as ErrApplicant are a key that was not identified for the enterprise, a second key for one that
// has another, and a key that it has given up: an old notice could lead back to it.
func (r *Registrar) Receive(_ context.Context, kind message.Kind, body []byte, now time.Time) ([]byte, error) {
	if kind != message.KindEnrolment {
		return nil, fmt.Errorf("registrar: %w: a message of another kind than %s", ErrApplicant, message.KindEnrolment)
	}
	application, err := consent.OpenEnrolment(body, r.config.Chain)
	if err != nil {
		return nil, fmt.Errorf("registrar: %w: %w", ErrApplicant, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	certificate, err := r.certify(engine.Identifier{Kind: application.Kind, Text: application.Identifier}, application.Key, now)
	if err != nil {
		return nil, fmt.Errorf("registrar: %w", err)
	}
	return certificate, nil
}

func (r *Registrar) certify(id engine.Identifier, key consent.Key, now time.Time) ([]byte, error) {
	e := r.enterprise(id)
	switch {
	case e.Key == key:
		if standing := e.standing(now, r.config.Renewal); standing != nil {
			return standing, nil
		}
	case slices.Contains(e.Former, key):
		return nil, fmt.Errorf("%w: the enterprise has given this key up", ErrApplicant)
	case e.Key != consent.Key{}, !r.config.Everybody && !e.Open && e.Identified != key:
		// One answer for both: whether somebody else is enrolled is nobody's business.
		r.noteApplication(id, key, now)
		return nil, fmt.Errorf("%w: the registrar has not identified this key's owner as the enterprise: show it the key that `weir init wallet` "+
			"printed; if another key was lost, it must revoke that first", ErrApplicant)
	}
	return r.issue(e, id, key, now)
}

// clockGrace is how long before it was made a certificate is valid: the clocks of those who judge it are not the registrar's,
// and an applicant may have asked a while ago.
const clockGrace = 10 * time.Minute

// issue makes a certificate, and the notice that goes with a key after another one, and remembers them before it gives them.
func (r *Registrar) issue(e *enterprise, id engine.Identifier, key consent.Key, now time.Time) ([]byte, error) {
	// Serials are times too, so that a registrar whose memory was put back to an older state gives none a second time.
	r.serial = max(r.serial+1, uint64(now.UnixMilli()))
	certificate := consent.Certificate{Chain: r.config.Chain, Serial: r.serial, Kind: id.Kind, Identifier: id.Text, Key: key,
		From: now.Add(-clockGrace).Unix(), To: now.Add(r.config.Validity).Unix()}
	if err := certificate.Certify(r.config.Key); err != nil {
		return nil, err
	}
	var notice []byte
	if len(e.Former) > 0 && e.Key != key {
		notice = consent.ChangeKey(r.config.Chain, id, e.Former[len(e.Former)-1], key, now, r.config.Key)
		e.Notices = append(e.Notices, uint64(len(r.notices)))
	}
	e.Key, e.Certificate = key, canonical.Encode(certificate)
	e.Serials = append(e.Serials, issued{Serial: certificate.Serial, To: certificate.To})
	if err := r.keep(e, r.noticeEntry(notice)...); err != nil {
		return nil, err
	}
	if notice != nil {
		r.notices = append(r.notices, notice)
	}
	return e.Certificate, nil
}

// Revoke withdraws every certificate of an enterprise, forgets that it was identified, and gives the new signed list of all
// revoked serials whose certificates are not long over, under a fresh salt of 16 bytes. Once identified anew, the
// enterprise may enrol another key, of which there is then a notice (News). Errors wrap ErrUnknown for an enterprise that
// the registrar does not know.
func (r *Registrar) Revoke(id engine.Identifier, random io.Reader, now time.Time) ([]byte, error) {
	var salt [16]byte
	if _, err := io.ReadFull(random, salt[:]); err != nil {
		return nil, fmt.Errorf("registrar: randomness: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.enterprises[id.Subject()] == nil {
		return nil, fmt.Errorf("registrar: revoke: %w", ErrUnknown)
	}
	e := r.enterprise(id)
	revoked := r.stillRevoked(now)
	for _, s := range e.Serials {
		revoked[s.Serial] = s.To
	}
	list, err := r.signList(revoked, salt, now)
	if err != nil {
		return nil, fmt.Errorf("registrar: %w", err)
	}
	e.giveUp()
	if err := r.keep(e, listEntries(revoked, list)...); err != nil {
		return nil, fmt.Errorf("registrar: %w", err)
	}
	r.revoked, r.list = revoked, list
	return list, nil
}

// graceOfRevoked is how long after a certificate's end its serial stays on the list: block times lag behind, a holder
// judges by them, and what has ended for everybody needs no list.
const graceOfRevoked = 7 * 24 * time.Hour

func (r *Registrar) stillRevoked(now time.Time) map[uint64]int64 {
	revoked := map[uint64]int64{}
	for serial, to := range r.revoked {
		if time.Unix(to, 0).Add(graceOfRevoked).After(now) {
			revoked[serial] = to
		}
	}
	return revoked
}

// signList signs a list that no member takes for older than the one before, whatever the clock says.
func (r *Registrar) signList(revoked map[uint64]int64, salt [16]byte, now time.Time) ([]byte, error) {
	if r.list != nil {
		before, err := consent.OpenRevokedSerials(r.list, r.config.Chain, consent.Key(r.config.Key.Public().(ed25519.PublicKey)))
		if err != nil {
			return nil, err
		}
		now = time.Unix(max(now.Unix(), before.At), 0)
	}
	var serials []uint64
	for serial := range revoked {
		serials = append(serials, serial)
	}
	slices.Sort(serials)
	return consent.RevokeSerials(r.config.Chain, now, salt, serials, r.config.Key)
}
