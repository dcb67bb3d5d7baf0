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

// The outputs. OutputReasons includes OutputScore.
const (
	OutputScore   Output = "score"             // the score and nothing beside it
	OutputReasons Output = "score-and-reasons" // the score, and up to three further sums of the model (model.Version, groups 1 to 3)
)

// OutputOf is what a version with these groups in use (model.Version) is opened to: no more, and no less.
func OutputOf(groups uint8) Output {
	if groups>>1 != 0 {
		return OutputReasons
	}
	return OutputScore
}

// ErrTerms is returned for terms that contradict themselves, and for a use that the terms do not allow.
var ErrTerms = errors.New("outside the consent's terms")

// Terms say who may ask what, and how often. They are public.
type Terms struct {
	_          struct{} `cbor:",toarray"`
	Bank       engine.Name
	Model      string        // the model's name
	Version    engine.Digest // versionDigest, or zero for every version of that name
	Purpose    Purpose
	Output     Output // the most that is opened: score-and-reasons allows a model that gives the score alone
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
	case t.Output != OutputScore && t.Output != OutputReasons:
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
	Groups     uint8     // in use by the version, which decide what is opened (OutputOf)
	Resolution int       // of all of them together
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
	case u.Output != OutputOf(u.Groups):
		return fmt.Errorf("%w: asked for another output than the model is opened to, which is %s", ErrTerms, OutputOf(u.Groups))
	case u.Output != t.Output && t.Output != OutputReasons:
		return fmt.Errorf("%w: given for the score alone, not for reasons", ErrTerms)
	case u.Resolution > int(t.Resolution):
		return fmt.Errorf("%w: a score of %d bits, the enterprise allows %d", ErrTerms, u.Resolution, t.Resolution)
	case u.At.Unix() > t.NotAfter:
		return fmt.Errorf("%w: expired", ErrTerms)
	}
	return nil
}
