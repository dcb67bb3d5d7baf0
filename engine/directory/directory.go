// Package directory is the members of a consortium as its ledger knows them: who was founded and who was admitted, and
// which key spoke for each at which height. It is for agents, banks, supervisors and wallets, who judge by it what others
// posted, and whom to seal a letter to.
//
// The root is the founding document. Everything later is taken from the registry contract's state, shown under checkpoints
// that the party's own trust accepts and that continue those it saw before: a node that lies can neither admit anybody nor
// swap a key, and cannot go back behind what it showed. A post under the key that speaks now is judged here, without
// asking; one under a former key counts only where the ledger shows it at a height of that key's span. Accounts that are
// suspended, or whose key is gone, are refused by the contracts, and not judged again here. Design: decision 0038.
package directory

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"weir/engine"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/contract/registry"
)

// maxAge is how long a directory believes that nothing changed while no block told it otherwise: a node that hides a key
// change from the stream of blocks hides it no longer than this, unless it shows nothing new at all.
const maxAge = 5 * time.Minute

// maxStanding bounds how many posts under former keys are remembered as shown; then they are forgotten and asked for again.
const maxStanding = 1 << 16

// Config is what a directory starts from.
type Config struct {
	Genesis  *message.Genesis
	Ledger   message.Ledger
	Follower *Follower
	Clock    func() time.Time // default time.Now
}

// Directory is the members as the ledger shows them. It is a message.Members, and safe for concurrent use.
type Directory struct {
	config Config

	learning sync.Mutex // one asks the ledger at a time; the others then find what it learned

	mu          sync.Mutex
	accounts    map[engine.Name]*account
	supervisors []engine.Name          // as the registry lists them; nil before they were shown
	standing    map[engine.Digest]bool // SHA-256 of posts under former keys that the ledger showed
	stale       bool                   // a block told of a change, or nothing was shown yet
	shown       time.Time              // when all accounts were last shown
}

// account is a member as the ledger showed it.
type account struct {
	registry.Account
	size  uint64          // of the log whose last block showed it
	spans []registry.Span // by number, from 1; as far as they were asked for
}

// New is a directory that knows the founding document so far. It asks for the rest when it is first used.
func New(config Config) *Directory {
	if config.Clock == nil {
		config.Clock = time.Now
	}
	return &Directory{config: config, accounts: map[engine.Name]*account{}, standing: map[engine.Digest]bool{}, stale: true}
}

// Founding is the founding document.
func (d *Directory) Founding() *message.Genesis { return d.config.Genesis }

// Member is message.Members': with the key that speaks now, zeros for none.
func (d *Directory) Member(name engine.Name) (message.Member, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if a := d.accounts[name]; a != nil {
		return message.Member{Name: a.Name, Role: a.Role, SigningKey: a.Key}, true
	}
	return d.config.Genesis.Member(name)
}

// WithRole is message.Members'. Of those who were admitted, it lists supervisors, and whomever this party has met.
func (d *Directory) WithRole(role message.Role) []message.Member {
	var list []message.Member
	for _, name := range d.names() {
		if m, known := d.Member(name); known && m.Role == role {
			list = append(list, m)
		}
	}
	return list
}

// names are all that the directory knows, in order.
func (d *Directory) names() []engine.Name {
	var names []engine.Name
	for _, m := range d.config.Genesis.Members {
		names = append(names, m.Name)
	}
	d.mu.Lock()
	for name := range d.accounts {
		names = append(names, name)
	}
	names = append(names, d.supervisors...)
	d.mu.Unlock()
	slices.Sort(names)
	return slices.Compact(names)
}

// Since is message.Members'.
func (d *Directory) Since(name engine.Name) uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	if a := d.accounts[name]; a != nil && len(a.spans) > 0 {
		return a.spans[0].From
	}
	return 0
}

// OpenPost is message.Members'. Posts that Ledger found are judged with all that the ledger shows; of others, only those
// under a key that speaks now open.
func (d *Directory) OpenPost(b []byte) (*message.Post, error) {
	tx, err := d.config.Genesis.Read(b)
	if err != nil {
		return nil, err
	}
	name, _ := tx.Sender.Account()
	m, known := d.Member(name)
	if !known {
		return nil, fmt.Errorf("%w: signer is not a member of %s", message.ErrPost, d.config.Genesis.Chain)
	}
	if !message.SignedBy(tx, m.SigningKey) && !d.stands(tx) {
		return nil, fmt.Errorf("%w: signature of %s does not verify by the key that speaks for it", message.ErrPost, name)
	}
	return &message.Post{Tx: tx, Signer: name}, nil
}

// stands tells whether the ledger showed a post, with this signature: its id is without.
func (d *Directory) stands(tx *ledger.Tx) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.standing[message.Blob(tx.Bytes())]
}

// KeyOf is the key that speaks for a member now, as the ledger shows it at this moment: for what is sealed to it, and for
// whoever wants to know which of its own keys counts. Errors wrap ErrStranger for nobody's name, ErrNoKey for a member that
// cannot speak, and those of Refresh.
func (d *Directory) KeyOf(ctx context.Context, name engine.Name) ([32]byte, error) {
	if err := d.Refresh(ctx, name); err != nil {
		return [32]byte{}, err
	}
	m, known := d.Member(name)
	switch {
	case !known:
		return [32]byte{}, fmt.Errorf("%w: %s", ErrStranger, name)
	case m.SigningKey == [32]byte{}:
		return [32]byte{}, fmt.Errorf("%w: %s", ErrNoKey, name)
	}
	return m.SigningKey, nil
}

// saw takes a block of the feed for a hint: a change of members is asked for, and not taken from it.
func (d *Directory) saw(b *ledger.Committed) {
	for _, r := range b.Results {
		if !slices.ContainsFunc(r.Events, aboutMembers) {
			continue
		}
		d.mu.Lock()
		d.stale = true
		d.mu.Unlock()
		return
	}
}

// aboutMembers tells whether an event is one by which the registry tells of a change.
func aboutMembers(e ledger.Event) bool {
	return slices.Contains([]string{"key", "admitted", "standing"}, e.Kind)
}

// due tells whether the accounts are to be asked for again.
func (d *Directory) due() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.stale || d.config.Clock().Sub(d.shown) > maxAge
}

// account is a copy of what was shown of a member, nil for nothing.
func (d *Directory) account(name engine.Name) *account {
	d.mu.Lock()
	defer d.mu.Unlock()
	if a := d.accounts[name]; a != nil {
		copied := *a
		copied.spans = slices.Clip(a.spans)
		return &copied
	}
	return nil
}

// String names the consortium.
func (d *Directory) String() string {
	return "[members of " + string(d.config.Genesis.Chain) + "]"
}
