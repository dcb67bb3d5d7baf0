package contract

import (
	"errors"
	"fmt"

	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger"
)

// ErrSet is returned for contracts that do not make a set: two of one name or kind, malformed names, no or several
// sources of keys.
var ErrSet = errors.New("contracts do not make a set")

// Set is the contracts that judge a block, one version of each, and beside them the versions that this program has but
// the ledger did not activate, or did once.
type Set struct {
	beside    []*Contract
	contracts map[engine.Name]*Contract
	order     []*Contract
	methods   map[ledger.Kind]method
	accounts  *Contract
	hash      engine.Digest
}

type method struct {
	*Method
	contract *Contract
}

// NewSet joins contracts. The order in which they are founded is the order given.
func NewSet(contracts ...*Contract) (*Set, error) {
	s := &Set{contracts: map[engine.Name]*Contract{}, methods: map[ledger.Kind]method{}, order: contracts}
	for _, c := range contracts {
		if err := s.add(c); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrSet, c.Name, err)
		}
	}
	if s.accounts == nil {
		return nil, fmt.Errorf("%w: none says which key speaks for an account", ErrSet)
	}
	s.hash = s.digest()
	return s, nil
}

func (s *Set) add(c *Contract) error {
	if _, err := engine.ParseName(string(c.Name)); err != nil {
		return err
	}
	if s.contracts[c.Name] != nil || c.Name == hostName {
		return errors.New("name is taken")
	}
	s.contracts[c.Name] = c
	for i := range c.Methods {
		m := &c.Methods[i]
		if err := m.Kind.Check(); err != nil {
			return err
		}
		if _, taken := s.methods[m.Kind]; taken {
			return fmt.Errorf("kind %s is taken", m.Kind)
		}
		s.methods[m.Kind] = method{Method: m, contract: c}
	}
	if c.KeyOf != nil && s.accounts != nil {
		return fmt.Errorf("%s says already which key speaks for an account", s.accounts.Name)
	}
	if c.KeyOf != nil {
		s.accounts = c
	}
	return nil
}

// Hash is the contract set's: H("weir/contracts/v1", [[name, version, source] in founding order]).
func (s *Set) Hash() engine.Digest { return s.hash }

func (s *Set) digest() engine.Digest {
	list := make([]any, len(s.order))
	for i, c := range s.order {
		list[i] = []any{c.Name, c.Version, c.Source}
	}
	return canonical.Digest("weir/contracts/v1", list)
}

// Takes tells whether a contract judges such a transaction, of such a sender. Errors wrap ledger.ErrKind.
func (s *Set) Takes(kind ledger.Kind, sender ledger.Sender) error {
	m, known := s.methods[kind]
	if !known {
		return fmt.Errorf("%w: %s", ledger.ErrKind, kind)
	}
	if _, account := sender.Account(); !account && !m.Bare {
		return fmt.Errorf("%w: %s is for accounts, not for a bare key", ledger.ErrKind, kind)
	}
	return nil
}
