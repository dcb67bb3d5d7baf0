package authority

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/consent"
	"weir/engine/member"
)

// The tables of a registrar's memory.
const (
	tableCertified = "registrar/enterprise" // enterprise, by subject
	tableSerial    = "registrar/serial"     // the last serial, under ""
	tableNotices   = "registrar/notice"     // by number
	tableRevoked   = "registrar/revoked"    // under "": revocations
)

// maxKept bounds what is read back from memory as one value, in bytes.
const maxKept = 1 << 20

// enterprise is what a registrar keeps of one enterprise.
type enterprise struct {
	_           struct{} `cbor:",toarray"`
	Kind        engine.SubjectKind
	Identifier  string
	Identified  consent.Key   // by the registrar's own means, for the next certificate; zero for none
	Open        bool          // whoever applies first is the enterprise
	Key         consent.Key   // certified now; zero for none
	Certificate []byte        // the newest of it
	Serials     []issued      // certificates of Key
	Former      []consent.Key // given up, oldest first
	Notices     []uint64      // numbers of the notices of its key changes, oldest first
}

type issued struct {
	_      struct{} `cbor:",toarray"`
	Serial uint64
	To     int64 // Unix seconds
}

// revocations are the newest list, and which serials are on it until when.
type revocations struct {
	_       struct{} `cbor:",toarray"`
	Serials []issued
	List    []byte
}

// standing is the newest certificate of the enterprise's key, unless it is over or to be renewed.
func (e *enterprise) standing(now time.Time, renewal time.Duration) []byte {
	var c consent.Certificate
	if canonical.Decode(e.Certificate, maxKept, &c) != nil || now.Unix() < c.From || !now.Before(time.Unix(c.To, 0).Add(-renewal)) {
		return nil
	}
	return e.Certificate
}

// giveUp ends the enterprise's key and all that was certified of it.
func (e *enterprise) giveUp() {
	if e.Key != (consent.Key{}) {
		e.Former = append(e.Former, e.Key)
	}
	e.Key, e.Identified, e.Open, e.Certificate, e.Serials = consent.Key{}, consent.Key{}, false, nil, nil
}

func (e *enterprise) id() engine.Identifier {
	return engine.Identifier{Kind: e.Kind, Text: e.Identifier}
}

// enterprise is a copy of what is known of an enterprise, to be changed and kept.
func (r *Registrar) enterprise(id engine.Identifier) *enterprise {
	e := enterprise{Kind: id.Kind, Identifier: id.Text}
	if known := r.enterprises[id.Subject()]; known != nil {
		e = *known
		e.Serials, e.Former, e.Notices = slices.Clone(e.Serials), slices.Clone(e.Former), slices.Clone(e.Notices)
	}
	return &e
}

// keep remembers an enterprise with whatever goes with it, all or nothing, and only then counts with it.
func (r *Registrar) keep(e *enterprise, more ...member.Entry) error {
	subject := e.id().Subject()
	entries := append(more, member.Entry{Table: tableCertified, Key: hex.EncodeToString(subject[:]), Value: canonical.Encode(e)},
		member.Entry{Table: tableSerial, Value: canonical.Encode(r.serial)})
	if err := r.config.Memory.Put(entries...); err != nil {
		return err
	}
	r.enterprises[subject] = e
	return nil
}

// noticeEntry remembers a notice as the next one; nil is none.
func (r *Registrar) noticeEntry(notice []byte) []member.Entry {
	if notice == nil {
		return nil
	}
	return []member.Entry{{Table: tableNotices, Key: strconv.Itoa(len(r.notices)), Value: notice}}
}

func listEntries(revoked map[uint64]int64, list []byte) []member.Entry {
	kept := revocations{Serials: []issued{}, List: list}
	for _, serial := range slices.Sorted(maps.Keys(revoked)) {
		kept.Serials = append(kept.Serials, issued{Serial: serial, To: revoked[serial]})
	}
	return []member.Entry{{Table: tableRevoked, Value: canonical.Encode(kept)}}
}

// remember takes up what the memory holds.
func (r *Registrar) remember() error {
	var bad error
	err := r.config.Memory.Each(tableCertified, func(_ string, value []byte) bool {
		var e enterprise
		bad = canonical.Decode(value, maxKept, &e)
		r.enterprises[e.id().Subject()] = &e
		return bad == nil
	})
	if err = errors.Join(err, bad); err != nil {
		return err
	}
	if err := r.rememberNotices(); err != nil {
		return err
	}
	if b, err := r.config.Memory.Get(tableSerial, ""); err != nil || b != nil && canonical.Decode(b, maxKept, &r.serial) != nil {
		return cmp.Or(err, errMemory)
	}
	b, err := r.config.Memory.Get(tableRevoked, "")
	if err != nil || b == nil {
		return err
	}
	var kept revocations
	if err := canonical.Decode(b, maxKept, &kept); err != nil {
		return err
	}
	for _, s := range kept.Serials {
		r.revoked[s.Serial] = s.To
	}
	r.list = kept.List
	return nil
}

// errMemory is for what a memory gives that was never put there.
var errMemory = errors.New("not what was remembered")

func (r *Registrar) rememberNotices() error {
	for {
		notice, err := r.config.Memory.Get(tableNotices, strconv.Itoa(len(r.notices)))
		if err != nil || notice == nil {
			return err
		}
		r.notices = append(r.notices, notice)
	}
}

// Identification says that the owner of a key is an enterprise.
type Identification struct {
	ID  engine.Identifier
	Key consent.Key // zero: whoever applies first
}

// Identify remembers whom the registrar has established, by its own means, to be which enterprise: all or none. One that
// has another key already is refused: it must be revoked first. Errors name the place in the list and no enterprise.
func (r *Registrar) Identify(list []Identification) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	changed := map[engine.Subject]*enterprise{}
	var entries []member.Entry
	for i, one := range list {
		e, err := r.identified(one)
		if err != nil {
			return fmt.Errorf("registrar: identification %d: %w", i+1, err)
		}
		subject := one.ID.Subject()
		if changed[subject] != nil {
			return fmt.Errorf("registrar: identification %d: the enterprise stands twice", i+1)
		}
		changed[subject] = e
		entries = append(entries, member.Entry{Table: tableCertified, Key: hex.EncodeToString(subject[:]), Value: canonical.Encode(e)})
	}
	if err := r.config.Memory.Put(entries...); err != nil {
		return fmt.Errorf("registrar: %w", err)
	}
	maps.Copy(r.enterprises, changed)
	r.applied = slices.DeleteFunc(r.applied, func(a Application) bool { return changed[a.ID.Subject()] != nil })
	return nil
}

func (r *Registrar) identified(one Identification) (*enterprise, error) {
	if _, err := engine.ParseIdentifier(one.ID.Kind, one.ID.Text); err != nil {
		return nil, err
	}
	e := r.enterprise(one.ID)
	open := one.Key == consent.Key{}
	switch {
	case e.Key != (consent.Key{}) && (open || e.Key != one.Key):
		return nil, fmt.Errorf("%w: the enterprise has another key: revoke it first", ErrApplicant)
	case slices.Contains(e.Former, one.Key):
		return nil, fmt.Errorf("%w: the enterprise has given this key up", ErrApplicant)
	}
	e.Identified, e.Open = one.Key, open
	return e, nil
}

// Enterprise is what the registrar's operator sees of one.
type Enterprise struct {
	ID         engine.Identifier
	Identified consent.Key // zero for none
	Open       bool        // whoever applies first
	Key        consent.Key // certified; zero for none
	From, To   time.Time   // of its newest certificate
	Changes    int         // of its key
}

// Enterprises lists all that the registrar knows, by kind and code.
func (r *Registrar) Enterprises() []Enterprise {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []Enterprise
	for _, e := range r.enterprises {
		one := Enterprise{ID: e.id(), Identified: e.Identified, Open: e.Open, Key: e.Key, Changes: len(e.Notices)}
		var c consent.Certificate
		if e.Key != (consent.Key{}) && canonical.Decode(e.Certificate, maxKept, &c) == nil {
			one.From, one.To = time.Unix(c.From, 0).UTC(), time.Unix(c.To, 0).UTC()
		}
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b Enterprise) int {
		return cmp.Or(cmp.Compare(a.ID.Kind, b.ID.Kind), cmp.Compare(a.ID.Text, b.ID.Text))
	})
	return list
}

// Application is one that was refused because its key was not identified.
type Application struct {
	ID  engine.Identifier
	Key consent.Key
	At  time.Time // the last time
}

// maxApplications bounds the applications that a registrar shows: anybody can send one.
const maxApplications = 256

func (r *Registrar) noteApplication(id engine.Identifier, key consent.Key, now time.Time) {
	r.applied = slices.DeleteFunc(r.applied, func(a Application) bool { return a.ID == id && a.Key == key })
	r.applied = append(r.applied, Application{ID: id, Key: key, At: now.UTC()})
	r.applied = r.applied[max(0, len(r.applied)-maxApplications):]
}

// Applications are the newest that were refused for want of identification, since the registrar started, oldest first. They
// prove nothing: whoever has a key can apply for any code.
func (r *Registrar) Applications() []Application {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.applied)
}
