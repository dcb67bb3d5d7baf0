package consent

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"weir/engine"
	"weir/engine/canonical"
)

// Purpose is what a score is asked for.
type Purpose string

// The purposes.
const (
	PreLoan  Purpose = "pre-loan"
	InLoan   Purpose = "in-loan"
	PostLoan Purpose = "post-loan"
)

// Output is what a score is opened to.
type Output string

// OutputScore opens the score and nothing beside it.
const OutputScore Output = "score"

// ErrTerms is returned for terms that contradict themselves, and for a use that the terms do not allow.
var ErrTerms = errors.New("outside the consent's terms")

// Terms say who may ask what, and how often. They are public.
type Terms struct {
	_          struct{} `cbor:",toarray"`
	Bank       engine.Name
	Model      string        // the model's name
	Version    engine.Digest // versionDigest, or zero for every version of that name
	Purpose    Purpose
	Output     Output
	Uses       uint32 // scores allowed, at least 1
	Resolution uint8  // most bits that one score may tell, 1 to 16
	NotAfter   int64  // Unix seconds, inclusive
}

// Digest is H("weir/terms/v1", terms).
func (t *Terms) Digest() engine.Digest { return canonical.Digest("weir/terms/v1", t) }

func (t *Terms) check() error {
	if _, err := engine.ParseName(string(t.Bank)); err != nil {
		return fmt.Errorf("%w: bank: %w", ErrTerms, err)
	}
	switch {
	case t.Model == "" || len(t.Model) > 128:
		return fmt.Errorf("%w: model name of %d bytes, want 1 to 128", ErrTerms, len(t.Model))
	case !slices.Contains([]Purpose{PreLoan, InLoan, PostLoan}, t.Purpose):
		return fmt.Errorf("%w: unknown purpose", ErrTerms)
	case t.Output != OutputScore:
		return fmt.Errorf("%w: unknown output", ErrTerms)
	case t.Uses == 0:
		return fmt.Errorf("%w: no uses", ErrTerms)
	case t.Resolution < 1 || t.Resolution > 16:
		return fmt.Errorf("%w: resolution of %d bits, want 1 to 16", ErrTerms, t.Resolution)
	}
	return nil
}

// Use is what a request asks for.
type Use struct {
	Bank       engine.Name
	Model      string
	Version    engine.Digest // versionDigest
	Purpose    Purpose
	Output     Output
	Resolution int
	At         time.Time // block time
}

// Allow tells whether one use is within the terms; the number of earlier uses is counted elsewhere.
func (t *Terms) Allow(u Use) error {
	switch {
	case u.Bank != t.Bank:
		return fmt.Errorf("%w: given to another bank", ErrTerms)
	case u.Model != t.Model || !t.Version.IsZero() && u.Version != t.Version:
		return fmt.Errorf("%w: given for another model", ErrTerms)
	case u.Purpose != t.Purpose:
		return fmt.Errorf("%w: given for another purpose", ErrTerms)
	case u.Output != t.Output:
		return fmt.Errorf("%w: given for another output", ErrTerms)
	case u.Resolution > int(t.Resolution):
		return fmt.Errorf("%w: a score of %d bits, the enterprise allows %d", ErrTerms, u.Resolution, t.Resolution)
	case u.At.Unix() > t.NotAfter:
		return fmt.Errorf("%w: expired", ErrTerms)
	}
	return nil
}
