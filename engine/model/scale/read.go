package scale

import (
	"math/big"
	"strings"

	"weir/engine/schema"
	"weir/engine/schema/strictjson"
)

// Limits of the numbers of a scale.
const (
	maxScore      = 1_000_000_000 // magnitude of BaseScore
	maxPDO        = 1_000_000     // magnitude of PDO
	leastPDO      = "0.001"       // ditto
	maxRatio      = 1_000_000_000 // base odds, and one over them
	maxTextLength = 32            // characters of a number
)

// Read takes a scale from the value of a model's key "scale". shown is the model's range, low and high: the bounds of
// bands must lie above low and not above high, so that a score and its clamped form are in one band. Errors are
// *strictjson.Error with the place of the fault.
func Read(v strictjson.Value, shown [2]int64) (*Scale, error) {
	o, err := v.Object("pdo", "base_score", "base_odds", "odds_direction", "bands", "grades")
	if err != nil {
		return nil, err
	}
	s := new(Scale)
	for _, read := range []func(strictjson.Object) error{s.readPDO, s.readBaseScore, s.readOdds, s.readGrades} {
		if err := read(o); err != nil {
			return nil, err
		}
	}
	return s, s.readBands(o, shown)
}

func (s *Scale) readPDO(o strictjson.Object) error {
	v, number, err := decimal(o, "pdo")
	if err != nil {
		return err
	}
	s.PDO, s.pdo = number, number.Rat()
	least, _ := new(big.Rat).SetString(leastPDO)
	if size := new(big.Rat).Abs(s.pdo); size.Cmp(least) < 0 || size.Cmp(big.NewRat(maxPDO, 1)) > 0 {
		return v.Errorf("pdo: want a number from %s to %d, or its negative", leastPDO, maxPDO)
	}
	return nil
}

func (s *Scale) readBaseScore(o strictjson.Object) error {
	v, number, err := decimal(o, "base_score")
	if err != nil {
		return err
	}
	s.BaseScore, s.base = number, number.Rat()
	if new(big.Rat).Abs(s.base).Cmp(big.NewRat(maxScore, 1)) > 0 {
		return v.Errorf("base_score: want a number from -%d to %d", maxScore, maxScore)
	}
	return nil
}

func (s *Scale) readOdds(o strictjson.Object) error {
	v, text, err := required(o, "base_odds")
	if err != nil {
		return err
	}
	s.BaseOdds = text
	if s.odds, err = ratio(v, text); err != nil {
		return err
	}
	v, text, err = required(o, "odds_direction")
	switch s.Direction = Direction(text); {
	case err != nil:
		return err
	case s.Direction == BadToGood:
		s.odds.Inv(s.odds)
	case s.Direction != GoodToBad:
		return v.Errorf("odds_direction: want %q or %q", GoodToBad, BadToGood)
	}
	return nil
}

// ratio is "50", "2.5", "1/19" or "50:1".
func ratio(v strictjson.Value, text string) (*big.Rat, error) {
	top, bottom := text, "1"
	if i := strings.IndexAny(text, "/:"); i >= 0 {
		top, bottom = text[:i], text[i+1:]
	}
	var parts [2]*big.Rat
	for i, part := range []string{top, bottom} {
		number, err := schema.ParseDecimal(part)
		if err != nil || len(part) > maxTextLength {
			return nil, v.Errorf(`base_odds: want a decimal or a ratio of two, as "50", "50:1" or "1/19"`)
		}
		if parts[i] = number.Rat(); parts[i].Sign() <= 0 {
			return nil, v.Errorf("base_odds: want more than 0")
		}
	}
	odds := parts[0].Quo(parts[0], parts[1])
	if limit := big.NewRat(maxRatio, 1); odds.Cmp(limit) > 0 || new(big.Rat).Inv(odds).Cmp(limit) > 0 {
		return nil, v.Errorf("base_odds: want odds from 1/%d to %d", maxRatio, maxRatio)
	}
	return odds, nil
}

func decimal(o strictjson.Object, key string) (strictjson.Value, schema.Decimal, error) {
	v, err := o.Required(key)
	if err != nil {
		return v, "", err
	}
	number, err := readDecimal(v)
	return v, number, err
}

func readDecimal(v strictjson.Value) (schema.Decimal, error) {
	text, err := v.Number()
	if err != nil {
		return "", err
	}
	number, err := schema.ParseDecimal(text)
	switch {
	case len(text) > maxTextLength:
		return "", v.Errorf("number of %d characters, want at most %d", len(text), maxTextLength)
	case err != nil:
		return "", v.Errorf("%v", err)
	case text[0] == '-' && number.Rat().Sign() == 0:
		return "", v.Errorf("negative zero: write 0")
	}
	return number, nil
}

func required(o strictjson.Object, key string) (strictjson.Value, string, error) {
	v, err := o.Required(key)
	if err != nil {
		return v, "", err
	}
	text, err := v.Text()
	return v, text, err
}
