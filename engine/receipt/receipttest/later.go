package receipttest

import (
	"crypto/ed25519"
	"fmt"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/contract/governance"
	"weir/ledger/contract/registry"
	"weir/ledger/ledgertest"
)

// Second is a supervisor that was admitted later.
const Second = engine.Name("second")

// LaterKey is the key number n of a member; number 0 is the founding one.
func LaterKey(name engine.Name, n int) ed25519.PrivateKey {
	if n == 0 {
		return ledgertest.Key(string(name))
	}
	return ledgertest.Key(fmt.Sprintf("%s, key %d", name, n))
}

func public(key ed25519.PrivateKey) [32]byte { return [32]byte(key.Public().(ed25519.PublicKey)) }

// admitMembers has the founding members admit the last holder and a second supervisor.
func (s *Settled) admitMembers(t testing.TB) {
	last := s.parties[len(s.parties)-1].id.Holder()
	var voters []engine.Name
	for _, p := range s.parties[:len(s.parties)-1] {
		voters = append(voters, p.id.Holder())
	}
	s.admit(t, last, message.RoleHolder, append(voters, "supervisor"))
	s.admit(t, Second, message.RoleSupervisor, append(voters, "supervisor"))
}

func (s *Settled) admit(t testing.TB, name engine.Name, role message.Role, voters []engine.Name) {
	key := LaterKey(name, 0)
	s.decide(t, governance.Admit, registry.Admission{Name: name, Role: role, Key: public(key), Possession: registry.Possess(Chain, name, key)}, voters)
}

// decide has voters agree in one block; those are refused whose vote is not needed any more.
func (s *Settled) decide(t testing.TB, action governance.Action, body any, voters []engine.Name) {
	p := governance.Proposal{Action: action, Body: canonical.Encode(body), Until: s.Machine.Head().At().Add(time.Hour).UnixMilli()}
	tx := s.tx("supervisor", governance.KindPropose, p)
	s.run(t, tx)
	var votes []*ledger.Tx
	for _, voter := range voters {
		votes = append(votes, s.tx(voter, governance.KindVote, governance.Vote{Proposal: tx.ID(), Accept: true}))
	}
	ledgertest.Run(t, s.Machine, votes...)
}

// rotateKeys: after the approvals the bank changes its key once, the first holder twice.
func (s *Settled) rotateKeys(t testing.TB) {
	s.Rotate(t, Bank, 1)
	s.Rotate(t, s.parties[0].id.Holder(), 1)
	s.Rotate(t, s.parties[0].id.Holder(), 2)
}

// Rotate gives a member its key number n.
func (s *Settled) Rotate(t testing.TB, name engine.Name, n int) {
	t.Helper()
	key := LaterKey(name, n)
	s.run(t, s.tx(name, registry.KindRotate, registry.Rotation{Key: public(key), Possession: registry.Possess(Chain, name, key)}))
	s.keys[name] = key
}

// recoverKey: after the commits the second holder is given another key by the others.
func (s *Settled) recoverKey(t testing.TB) {
	name := s.parties[1].id.Holder()
	voters := []engine.Name{"supervisor", Second}
	for i, p := range s.parties {
		if i != 1 {
			voters = append(voters, p.id.Holder())
		}
	}
	key := LaterKey(name, 1)
	s.decide(t, governance.Recover, registry.Recovery{Account: name, Key: public(key), Possession: registry.Possess(Chain, name, key)}, voters)
	s.keys[name] = key
}
