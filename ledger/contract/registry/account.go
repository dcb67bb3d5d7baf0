package registry

import (
	"slices"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/contract"
)

// RoleWitness is a member that cosigns checkpoints and takes no other part. It is admitted by votes, never founded.
const RoleWitness = message.Role("witness")

// Roles are all that an account may have; it has one.
var Roles = []message.Role{message.RoleHolder, message.RoleBank, message.RoleSupervisor, message.RoleRegistrar, RoleWitness}

// governance is the contract that may admit, suspend and recover.
const governance = engine.Name("governance")

// Account is a member as it stands.
type Account struct {
	_         struct{} `cbor:",toarray"`
	Name      engine.Name
	Role      message.Role
	Key       [32]byte // that speaks for it; zeros for none
	Keys      uint32   // how many Spans it has had
	Suspended bool     // it may not send
}

// Speaks tells whether the account can send transactions.
func (a *Account) Speaks() bool { return !a.Suspended && a.Key != [32]byte{} }

func accountKey(name engine.Name) string { return "account/" + string(name) }

func keyOf(c *contract.Context, name engine.Name) ([32]byte, bool) {
	var a Account
	known := c.Load(accountKey(name), &a)
	return a.Key, known && a.Speaks()
}

// Sender is the account that sent the transaction. One of another role than those given is refused, and one that is
// suspended.
func Sender(c *contract.Context, roles ...message.Role) (a Account, err error) {
	if err := c.Ask(Name, "account", c.Account(), &a); err != nil {
		return a, err
	}
	if err := c.Require(!a.Suspended, ledger.CodeSuspended, "the sender is not suspended", "%s is", a.Name); err != nil {
		return a, err
	}
	return a, c.Require(slices.Contains(roles, a.Role), ledger.CodeUnauthorised,
		"the sender's role allows the transaction", "%s is a %s", a.Name, a.Role)
}

// Holder is Sender for the holder of a party: nobody speaks for another's sources.
func Holder(c *contract.Context, party engine.PartyID) error {
	if _, err := Sender(c, message.RoleHolder); err != nil {
		return err
	}
	_, err := engine.ParsePartyID(string(party))
	if err := c.Require(err == nil, ledger.CodeMalformed, "a party is holder/source", "it is not"); err != nil {
		return err
	}
	return c.Require(party.Holder() == c.Account(), ledger.CodeUnauthorised, "a holder speaks for its own sources only",
		"%s is not one of %s", party, c.Account())
}

// RequireSpeaking refuses what rests on an account that cannot send: suspended, or without a key.
func RequireSpeaking(c *contract.Context, name engine.Name) error {
	var a Account
	if err := c.Ask(Name, "account", name, &a); err != nil {
		return err
	}
	return c.Require(a.Speaks(), ledger.CodeSuspended, "every member that it rests on can speak", "%s is suspended, or has no key", name)
}

// Accounts are all of a role, suspended ones too, by name.
func Accounts(c *contract.Context, role message.Role) (list []Account, err error) {
	return list, c.Ask(Name, "accounts", role, &list)
}

func account(c *contract.Context, argument []byte) ([]byte, error) {
	var name string
	if err := c.Decode(argument, &name); err != nil {
		return nil, err
	}
	a, known := c.Get(accountKey(engine.Name(clip(name))))
	return a, c.Require(known, ledger.CodeUnknown, "the sender is a member", "there is no such member")
}

func accounts(c *contract.Context, argument []byte) ([]byte, error) {
	var role message.Role
	if err := c.Decode(argument, &role); err != nil {
		return nil, err
	}
	others := func(a Account) bool { return a.Role != role }
	return canonical.Encode(slices.DeleteFunc(contract.LoadAll[Account](c, "account/"), others)), nil
}

// Standing is what the governance contract asks for: to suspend an account, or to lift that.
type Standing struct {
	_         struct{} `cbor:",toarray"`
	Account   engine.Name
	Suspended bool
}

// Stand changes an account's standing; without enact it only tells whether that could be. The governance contract alone may.
func Stand(c *contract.Context, s Standing, enact bool) error {
	return c.Ask(Name, "stand", decision[Standing]{What: s, Enact: enact}, nil)
}

func stand(c *contract.Context, argument []byte) ([]byte, error) {
	s, enact, err := decided[Standing](c, argument)
	if err != nil {
		return nil, err
	}
	a, err := known(c, s.Account)
	if err != nil {
		return nil, err
	}
	if err := c.Require(a.Suspended != s.Suspended, ledger.CodeConflict, "who is in standing is suspended, who is suspended is lifted",
		"suspended is already %v", a.Suspended); err != nil || !enact {
		return nil, err
	}
	a.Suspended = s.Suspended
	c.Save(accountKey(a.Name), a)
	c.Emit("standing", string(a.Name), canonical.Encode(a.Suspended))
	return nil, nil
}

// Admission is a new account, with the proof that its key is at hand.
type Admission struct {
	_          struct{} `cbor:",toarray"`
	Name       engine.Name
	Role       message.Role
	Key        [32]byte
	Possession []byte // by Possess
}

// Admit makes an account; without enact it only tells whether that could be. The governance contract alone may.
func Admit(c *contract.Context, a Admission, enact bool) error {
	return c.Ask(Name, "admit", decision[Admission]{What: a, Enact: enact}, nil)
}

func admit(c *contract.Context, argument []byte) ([]byte, error) {
	a, enact, err := decided[Admission](c, argument)
	if err == nil {
		err = a.check(c)
	}
	if err != nil || !enact {
		return nil, err
	}
	register(c, &Account{Name: a.Name, Role: a.Role, Key: a.Key}, KeyAdmitted, c.Height()+1)
	c.Emit("admitted", string(a.Name), canonical.Encode(a.Role))
	return nil, nil
}

func (a *Admission) check(c *contract.Context) error {
	_, err := engine.ParseName(string(a.Name))
	if err := c.Require(err == nil && slices.Contains(Roles, a.Role), ledger.CodeMalformed, "a member has a name and a role",
		"one is malformed"); err != nil {
		return err
	}
	if err := c.Require(!has(c, accountKey(a.Name)), ledger.CodeConflict, "a name is given once", "%s is an account", a.Name); err != nil {
		return err
	}
	var count uint32
	c.Load("count", &count)
	if err := c.Require(count < message.MaxMembers, ledger.CodeLimit, "a consortium has its greatest size", "it has %d members", count); err != nil {
		return err
	}
	return requirePossession(c, a.Name, a.Key, a.Possession)
}

// register writes a new account with its first key.
func register(c *contract.Context, a *Account, cause Cause, from uint64) {
	var count uint32
	c.Load("count", &count)
	c.Save("count", count+1)
	if a.Role == message.RoleSupervisor {
		var names []engine.Name
		c.Load("supervisors", &names)
		c.Save("supervisors", append(names, a.Name))
	}
	a.speakWith(c, a.Key, cause, from)
}

// decision is what the governance contract asks for: whether something could be, or that it be.
type decision[T any] struct {
	_     struct{} `cbor:",toarray"`
	What  T
	Enact bool
}

func decided[T any](c *contract.Context, argument []byte) (what T, enact bool, err error) {
	if err := c.Require(c.Via() == governance, ledger.CodeUnauthorised, "members are admitted, suspended and recovered by votes",
		"another asked"); err != nil {
		return what, false, err
	}
	var d decision[T]
	err = c.Decode(argument, &d)
	return d.What, d.Enact, err
}

// known is an account by its name.
func known(c *contract.Context, name engine.Name) (*Account, error) {
	a := new(Account)
	stands := len(name) <= engine.MaxNameLength && c.Load(accountKey(name), a)
	return a, c.Require(stands, ledger.CodeUnknown, "the account is a member's", "there is no such member")
}
