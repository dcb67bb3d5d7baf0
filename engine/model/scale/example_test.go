package scale_test

import (
	"fmt"
	"strings"

	"weir/engine/model/scale"
	"weir/engine/schema/strictjson"
)

// A bank reads its scale and says what an opened score means.
func ExampleRead() {
	value, err := strictjson.Parse(strings.NewReader(`{"pdo": 50, "base_score": 600, "base_odds": "1/19", "odds_direction": "bad-to-good",
		"bands": [{"below": 500, "name": "refer"}, {"name": "accept"}]}`), "scale.json", 4096)
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := scale.Read(value, [2]int64{300, 850})
	if err != nil {
		fmt.Println(err)
		return
	}
	band, _ := s.Band(650)
	fmt.Println(s.Odds(650), s.Probability(650), band)
	for _, interval := range s.BandTable(300, 850) {
		fmt.Println(interval.Name, interval.From, interval.To, interval.ProbabilityFrom, interval.ProbabilityTo)
	}
	// Output:
	// 38 0.025641 accept
	// refer 300 499 0.771084 0.175914
	// accept 500 850 0.173913 0.001642
}
