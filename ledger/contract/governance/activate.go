package governance

import (
	"golang.org/x/mod/semver"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/contract"
)

// activate takes a version of a contract that is higher than every one before it, so that none ever comes back.
func (k *contractOf) activate(c *contract.Context, a contract.Activation, enact bool) error {
	_, malformed := engine.ParseName(string(a.Name))
	if err := c.Require(malformed == nil && version(a.Version) && !a.Source.IsZero(), ledger.CodeMalformed,
		"a version of a contract has a name, three numbers, and a source", "one is malformed"); err != nil {
		return err
	}
	for _, before := range c.Schedule() {
		if before.Name != a.Name {
			continue
		}
		if err := c.Require(semver.Compare("v"+a.Version, "v"+before.Version) > 0, ledger.CodeConflict,
			"a version is higher than all that were activated before it", "%s was, for block %d", before.Version, before.Height); err != nil {
			return err
		}
	}
	if err := k.requireNotice(c, a.Height); err != nil || !enact {
		return err
	}
	c.Activate(a)
	c.Emit("activation", string(a.Name)+"@"+a.Version, a.Source[:])
	return nil
}

// version tells whether a text is three numbers.
func version(text string) bool {
	v := "v" + text
	return len(text) <= 32 && semver.IsValid(v) && semver.Canonical(v) == v && semver.Prerelease(v) == "" && semver.Build(v) == ""
}

func (k *contractOf) requireNotice(c *contract.Context, height uint64) error {
	return c.Require(height >= c.Height()+k.rules.Notice, ledger.CodeExpired, "a change is announced some blocks before it takes effect",
		"block %d is less than %d after this", height, k.rules.Notice)
}
