package synthetic

import (
	"fmt"
	"slices"

	"weir/engine"
)

// codes makes n different unified social credit codes, sorted. They are valid to the check character but belong to
// nobody: division codes that begin with 99 are not assigned (GB/T 2260).
func codes(r *noise, n int) []string {
	made := map[string]bool{}
	for len(made) < n {
		body := fmt.Sprintf("MA%06d", r.below(1_000_000))
		first17 := fmt.Sprintf("9199%04d%s%c", r.below(40)*100+r.below(20), body, organisationCheck(body))
		check, err := engine.USCCCheckCharacter(first17)
		if err != nil {
			panic(err)
		}
		made[first17+string(check)] = true
	}
	var sorted []string
	for code := range made {
		sorted = append(sorted, code)
	}
	slices.Sort(sorted)
	return sorted
}

// organisationCheck is the ninth character of an organisation code (GB 11714).
func organisationCheck(body string) byte {
	sum := 0
	for i, weight := range []int{3, 7, 9, 10, 5, 8, 4, 2} {
		value := int(body[i] - '0')
		if body[i] >= 'A' {
			value = int(body[i]-'A') + 10
		}
		sum += weight * value
	}
	return "0123456789X0"[11-sum%11]
}
