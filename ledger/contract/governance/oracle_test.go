package governance_test

import (
	"weir/engine"
	"weir/engine/message"
	"weir/ledger/contract/governance"
)

// oracle is members, keys and votes written down a second time, plainly.
type oracle struct {
	height    uint64
	now       int64
	members   map[engine.Name]*member
	used      map[string]bool // names of keys that ever spoke
	proposals []*pending
}

type member struct {
	role      message.Role
	suspended bool
	key       string            // name of the key that speaks from the next block on; "" for none
	changed   uint64            // height of the last change by itself or by votes
	at        map[uint64]string // which key signs in the block of a height, from the first block on
}

type pending struct {
	id      engine.Digest
	action  governance.Action
	subject engine.Name
	name    engine.Name // of the account
	role    message.Role
	key     string
	until   int64
	state   governance.State
	votes   map[engine.Name]bool
}

func newOracle(height uint64, now int64, roles map[engine.Name]message.Role) *oracle {
	o := &oracle{height: height, now: now, members: map[engine.Name]*member{}, used: map[string]bool{}}
	for name, role := range roles {
		o.members[name] = &member{role: role, key: string(name), at: map[uint64]string{height: string(name)}}
		o.used[string(name)] = true
	}
	return o
}

// wait goes to the next block.
func (o *oracle) wait(ms int64) {
	o.height++
	o.now += ms
	for _, m := range o.members {
		m.at[o.height] = m.key
	}
	for _, p := range o.proposals {
		if p.state == governance.Open && o.now >= p.until {
			p.state = governance.Expired
		}
	}
}

// sends tells whether a transaction of an account passes the contracts in this block.
func (o *oracle) sends(name engine.Name) bool {
	m := o.members[name]
	return m != nil && !m.suspended
}

func (o *oracle) speaks(name engine.Name) bool { return o.sends(name) && o.members[name].key != "" }

// possible tells whether an action could be done now.
func (o *oracle) possible(p *pending) bool {
	m := o.members[p.name]
	switch p.action {
	case governance.Admit:
		return m == nil && !o.used[p.key]
	case governance.Recover:
		return m != nil && !o.used[p.key]
	case governance.Suspend:
		return m != nil && !m.suspended
	default:
		return m != nil && m.suspended
	}
}

func (o *oracle) enact(p *pending) {
	if !o.possible(p) {
		p.state = governance.Void
		return
	}
	p.state = governance.Enacted
	switch p.action {
	case governance.Admit:
		o.members[p.name] = &member{role: p.role, at: map[uint64]string{}}
		o.rekey(p.name, p.key)
	case governance.Recover:
		o.rekey(p.name, p.key)
	default:
		o.members[p.name].suspended = p.action == governance.Suspend
	}
}

func (o *oracle) rekey(name engine.Name, key string) {
	m := o.members[name]
	m.key, m.changed = key, o.height
	if key != "" {
		o.used[key] = true
	}
}

func (o *oracle) mayVote(p *pending, voter engine.Name) bool {
	m := o.members[voter]
	if !o.sends(voter) || m.role != message.RoleHolder && m.role != message.RoleSupervisor {
		return false
	}
	_, voted := p.votes[voter]
	return p.state == governance.Open && p.subject != voter && !voted
}

func (o *oracle) vote(p *pending, voter engine.Name, accept bool) {
	p.votes[voter] = accept
	holders, holdersFor, supervisors, supervisorsFor := 0, 0, 0, 0
	for name, m := range o.members {
		if !o.speaks(name) || name == p.subject {
			continue
		}
		switch m.role {
		case message.RoleHolder:
			holders++
			if p.votes[name] {
				holdersFor++
			}
		case message.RoleSupervisor:
			supervisors++
			if p.votes[name] {
				supervisorsFor++
			}
		}
	}
	decided := 2*holdersFor > holders && 2*supervisorsFor > supervisors
	switch {
	case holders == 0:
		decided = supervisors > 0 && supervisorsFor == supervisors
	case supervisors == 0:
		decided = holdersFor == holders
	}
	if decided {
		o.enact(p)
	}
}
