package points

import (
	"strings"
	"testing"
)

func TestScaleOfAModel(t *testing.T) {
	m := mustModel(t, strings.Replace(exampleModel, `"resolution": 10`, `"resolution": 10, "scale": {"pdo": 20, "base_score": 600,
    "base_odds": "50", "odds_direction": "good-to-bad", "bands": [{"below": 500, "name": "C"}, {"name": "A"}],
    "grades": [{"probability_below": 0.5, "name": "pass"}, {"name": "fail"}]}`, 1))
	probability, scaled := m.Probability(620)
	band, banded := m.Band(m.Shown(-9999))
	grade, graded := m.Grade(620)
	if !scaled || probability.String() != "0.009901" || !banded || band != "C" || !graded || grade != "pass" {
		t.Errorf("probability %s, band %s, grade %s", probability, band, grade)
	}
	plain := mustModel(t, exampleModel)
	_, scaled = plain.Probability(620)
	_, banded = plain.Band(620)
	_, graded = plain.Grade(620)
	if scaled || banded || graded {
		t.Error("a model without a scale says what a score means")
	}
}

// The bounds of bands lie within the model's own range, and the fault's place is that of the model's file.
func TestScaleOfAModelRefuses(t *testing.T) {
	text := strings.Replace(exampleModel, `"resolution": 10`, `"resolution": 10, "scale": {"pdo": 20, "base_score": 600,
 "base_odds": "50", "odds_direction": "good-to-bad", "bands": [{"below": 300, "name": "C"}, {"name": "A"}]}`, 1)
	_, err := Parse(strings.NewReader(text), "m")
	if err == nil || err.Error() != "m:2:74: want a whole number from 301 to 850" {
		t.Error(err)
	}
}
