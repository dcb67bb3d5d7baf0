package scale

import (
	"errors"
	"strings"
	"testing"

	"weir/engine/schema/strictjson"
)

func TestReadRefuses(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"unknown key":           {`"pdo": 20`, `"pdo": 20, "rate": 2`, `f:1:13: unknown key "rate"`},
		"no pdo":                {`"pdo": 20, `, ``, `f:1:1: key "pdo" is missing`},
		"pdo 0":                 {`"pdo": 20`, `"pdo": 0`, `f:1:9: pdo: want a number from 0.001`},
		"pdo -0":                {`"pdo": 20`, `"pdo": -0.0`, `negative zero`},
		"pdo tiny":              {`"pdo": 20`, `"pdo": 0.0001`, `pdo: want a number`},
		"pdo text":              {`"pdo": 20`, `"pdo": "20"`, `text, want a number`},
		"pdo exponent":          {`"pdo": 20`, `"pdo": 2e1`, `exponent: write it out`},
		"pdo long":              {`"pdo": 20`, `"pdo": ` + strings.Repeat("9", 33), `number of 33 characters`},
		"base score huge":       {`600`, `1000000000.1`, `base_score: want a number`},
		"no base odds":          {`"base_odds": "50", `, ``, `key "base_odds" is missing`},
		"odds a number":         {`"50"`, `50`, `a number, want text`},
		"odds empty":            {`"50"`, `""`, `base_odds: want a decimal or a ratio`},
		"odds 0":                {`"50"`, `"0"`, `base_odds: want more than 0`},
		"odds over 0":           {`"50"`, `"1/0"`, `base_odds: want more than 0`},
		"odds negative":         {`"50"`, `"-50"`, `base_odds: want more than 0`},
		"odds of three":         {`"50"`, `"50:1:1"`, `base_odds: want a decimal or a ratio`},
		"odds NaN":              {`"50"`, `"NaN"`, `base_odds: want a decimal or a ratio`},
		"odds huge":             {`"50"`, `"1000000001"`, `base_odds: want odds from`},
		"odds tiny":             {`"50"`, `"1/1000000001"`, `base_odds: want odds from`},
		"odds very long":        {`"50"`, `"` + strings.Repeat("9", 1000) + `"`, `base_odds: want a decimal or a ratio`},
		"no direction":          {`, "odds_direction": "good-to-bad"`, ``, `key "odds_direction" is missing`},
		"direction unknown":     {`good-to-bad`, `good`, `f:1:69: odds_direction: want "good-to-bad" or "bad-to-good"`},
		"bands empty":           {`[{"below": 500, "name": "C"}, {"below": 620, "name": "B"}, {"name": "A"}]`, `[]`, `0 bands, want 1 to 64`},
		"bands many":            {`[{"below": 500,`, `[` + strings.Repeat(`{"below": 400, "name": "x"},`, 62) + `{"below": 500,`, `65 bands, want 1 to 64`},
		"bands an object":       {`[{"below": 500, "name": "C"}, {"below": 620, "name": "B"}, {"name": "A"}]`, `{}`, `an object, want a list`},
		"band not above":        {`620`, `500`, `f:2:52: band "B": bound is not above the one before it`},
		"band at the low end":   {`500`, `300`, `f:2:23: want a whole number from 301 to 850`},
		"band above the range":  {`620`, `851`, `want a whole number from 301 to 850`},
		"band a fraction":       {`620`, `620.5`, `want a whole number`},
		"band twice":            {`"name": "B"`, `"name": "C"`, `"C" stands twice in bands`},
		"band without name":     {`, "name": "B"`, ``, `key "name" is missing`},
		"band with empty name":  {`"B"`, `""`, `name of 0 characters`},
		"band with long name":   {`"B"`, `"` + strings.Repeat("信", 65) + `"`, `name of 65 characters`},
		"last band with bound":  {`{"name": "A"}`, `{"below": 700, "name": "A"}`, `the last has no "below"`},
		"inner band without":    {`{"below": 620, "name": "B"}`, `{"name": "B"}`, `one without "below" must be the last`},
		"grade probability 0":   {`0.009901`, `0`, `want a probability above 0 and below 1`},
		"grade probability 1":   {`0.1,`, `1,`, `want a probability above 0 and below 1`},
		"grade of seven digits": {`0.009901`, `0.0099011`, `at most six digits`},
		"grades fall":           {`0.1,`, `0.009901,`, `grade "2": bound is not above the one before it`},
		"grade text":            {`0.1,`, `"0.1",`, `text, want a number`},
		"not an object":         {exampleScale, `[]`, `a list, want an object`},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(exampleScale, c.old, c.new, 1)
			if text == exampleScale {
				t.Fatal("nothing was replaced")
			}
			_, err := readText(text)
			var at *strictjson.Error
			if !errors.As(err, &at) || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
		})
	}
}

// FuzzRead holds that every scale that is read gives each score a probability, and tables that end.
func FuzzRead(f *testing.F) {
	f.Add(exampleScale, int64(600))
	f.Add(`{"pdo": -0.001, "base_score": -1000000000, "base_odds": "1/1000000000", "odds_direction": "bad-to-good"}`, int64(1)<<62)
	f.Add(`{"pdo": 1000000, "base_score": 0.5, "base_odds": "1:1", "odds_direction": "good-to-bad", "grades": [{"name": "x"}]}`, int64(-5))
	f.Fuzz(func(t *testing.T, text string, score int64) {
		s, err := readText(text)
		if err != nil {
			return
		}
		if p := s.Probability(score); p < 0 || p > millionths {
			t.Fatalf("probability %d", p)
		}
		if l := s.LogOdds(score); l != l || l-l != 0 {
			t.Fatalf("log odds %g", l)
		}
		if o := s.Odds(score); !(o >= 0) {
			t.Fatalf("odds %g", o)
		}
		if len(s.BandTable(300, 850)) > MaxBands || len(s.GradeTable(300, 850)) > MaxBands {
			t.Fatal("a band or grade comes back")
		}
	})
}
