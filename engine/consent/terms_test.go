package consent

import (
	"errors"
	"testing"
	"time"

	"weir/engine"
)

func TestAllow(t *testing.T) {
	version := engine.Digest{1}
	within := Use{Bank: "bank", Model: "sme-working-capital", Version: version, Purpose: PreLoan, Output: OutputScore, Groups: 1, Resolution: 10, At: at}
	for name, c := range map[string]struct {
		terms   func(*Terms)
		use     func(*Use)
		allowed bool
	}{
		"within":                {nil, nil, true},
		"another bank":          {nil, func(u *Use) { u.Bank = "bank2" }, false},
		"bank in capitals":      {nil, func(u *Use) { u.Bank = "BANK" }, false},
		"no bank":               {nil, func(u *Use) { u.Bank = "" }, false},
		"another model":         {nil, func(u *Use) { u.Model = "sme" }, false},
		"every version":         {nil, func(u *Use) { u.Version = engine.Digest{9} }, true},
		"the version":           {func(t *Terms) { t.Version = version }, nil, true},
		"another version":       {func(t *Terms) { t.Version = engine.Digest{9} }, nil, false},
		"version, other name":   {func(t *Terms) { t.Version = version }, func(u *Use) { u.Model = "other" }, false},
		"version not said":      {func(t *Terms) { t.Version = version }, func(u *Use) { u.Version = engine.Digest{} }, false},
		"another purpose":       {nil, func(u *Use) { u.Purpose = InLoan }, false},
		"purpose of the terms":  {func(t *Terms) { t.Purpose = PostLoan }, func(u *Use) { u.Purpose = PostLoan }, true},
		"no purpose":            {nil, func(u *Use) { u.Purpose = "" }, false},
		"another output":        {nil, func(u *Use) { u.Output = "records" }, false},
		"reasons too":           {nil, func(u *Use) { u.Output, u.Groups = OutputReasons, 3 }, false},
		"reasons not said":      {nil, func(u *Use) { u.Groups = 9 }, false},
		"reasons of none":       {nil, func(u *Use) { u.Output = OutputReasons }, false},
		"reasons allowed":       {func(t *Terms) { t.Output = OutputReasons }, func(u *Use) { u.Output, u.Groups = OutputReasons, 5 }, true},
		"allowed, not said":     {func(t *Terms) { t.Output = OutputReasons }, func(u *Use) { u.Groups = 3 }, false},
		"less than allowed":     {func(t *Terms) { t.Output = OutputReasons }, nil, true},
		"output of no terms":    {func(t *Terms) { t.Output = "" }, func(u *Use) { u.Output = "" }, false},
		"fewer bits":            {nil, func(u *Use) { u.Resolution = 1 }, true},
		"one bit more":          {nil, func(u *Use) { u.Resolution = 11 }, false},
		"256 bits more":         {nil, func(u *Use) { u.Resolution = 256 + 10 }, false},
		"in the last second":    {nil, func(u *Use) { u.At = at.Add(24 * time.Hour) }, true},
		"within it":             {nil, func(u *Use) { u.At = at.Add(24*time.Hour + time.Second - 1) }, true},
		"one second later":      {nil, func(u *Use) { u.At = at.Add(24*time.Hour + time.Second) }, false},
		"last second elsewhere": {nil, func(u *Use) { u.At = at.Add(24 * time.Hour).In(time.FixedZone("", 8*3600)) }, true},
	} {
		terms, use := testTerms(), within
		if c.terms != nil {
			c.terms(&terms)
		}
		if c.use != nil {
			c.use(&use)
		}
		err := terms.Allow(use)
		if (err == nil) != c.allowed || err != nil && !errors.Is(err, ErrTerms) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEveryFieldOfTheTermsIsInTheirDigest(t *testing.T) {
	seen := map[engine.Digest]string{}
	for name, change := range map[string]func(*Terms){
		"none": func(*Terms) {}, "bank": func(t *Terms) { t.Bank = "b" }, "model": func(t *Terms) { t.Model = "m" },
		"version": func(t *Terms) { t.Version[31] = 1 }, "purpose": func(t *Terms) { t.Purpose = InLoan }, "output": func(t *Terms) { t.Output = "o" },
		"uses": func(t *Terms) { t.Uses++ }, "resolution": func(t *Terms) { t.Resolution++ }, "end": func(t *Terms) { t.NotAfter++ },
	} {
		terms := testTerms()
		change(&terms)
		if other, twice := seen[terms.Digest()]; twice {
			t.Errorf("%s and %s give one digest", name, other)
		}
		seen[terms.Digest()] = name
	}
}
