package consents

import (
	"weir/engine/consent"
	"weir/ledger"
	"weir/ledger/contract"
)

func reserve(c *contract.Context, argument []byte) ([]byte, error) {
	return nil, change(c, argument, func(s *Status) error {
		if err := s.Live(c); err != nil {
			return err
		}
		left := uint64(s.Terms.Uses) - uint64(s.Reserved) - uint64(s.Charged)
		if err := c.Require(left > 0, ledger.CodeExhausted, "a use of the consent is left", "of %d, %d are charged and %d reserved",
			s.Terms.Uses, s.Charged, s.Reserved); err != nil {
			return err
		}
		s.Reserved++
		return nil
	})
}

func giveBack(c *contract.Context, argument []byte) ([]byte, error) {
	return nil, change(c, argument, func(s *Status) error {
		c.Invariant(s.Reserved > 0, "what is given back was reserved")
		s.Reserved--
		return nil
	})
}

func charge(c *contract.Context, argument []byte) ([]byte, error) {
	return nil, change(c, argument, func(s *Status) error {
		c.Invariant(s.Reserved > 0, "what is charged was reserved")
		if err := s.Live(c); err != nil {
			return err
		}
		s.Reserved--
		s.Charged++
		return nil
	})
}

// change applies one step to the count of a consent, for the scheduler, and holds what must always hold.
func change(c *contract.Context, argument []byte, step func(*Status) error) error {
	var key consent.Key
	if err := c.Decode(argument, &key); err != nil {
		return err
	}
	if err := c.Require(c.Via() == scheduler, ledger.CodeUnauthorised, "uses are counted by the scheduler of tasks", "another asked"); err != nil {
		return err
	}
	s, err := load(c, key)
	if err != nil {
		return err
	}
	if err := step(&s); err != nil {
		return err
	}
	c.Invariant(uint64(s.Reserved)+uint64(s.Charged) <= uint64(s.Terms.Uses), "no more uses are taken than were given")
	c.Save(entryKey(key), s)
	return nil
}
