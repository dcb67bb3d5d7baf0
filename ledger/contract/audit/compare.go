package audit

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"weir/ledger"
)

// Compare holds a report of everything against the blocks: for every consent, as many uses and bits as the results of its
// transactions charged, no more and no fewer. Errors wrap ErrReport and name the first consent that differs, or are those of
// the blocks.
func (r *Report) Compare(blocks iter.Seq2[*ledger.Committed, error]) error {
	charged := map[string]map[string]uint64{}
	for block, err := range blocks {
		if err != nil {
			return fmt.Errorf("audit: %w", err)
		}
		for _, result := range block.Results {
			for _, c := range result.Charges {
				if consent, is := strings.CutPrefix(c.Payer, "consent:"); is {
					if charged[consent] == nil {
						charged[consent] = map[string]uint64{}
					}
					charged[consent][c.Unit] += c.Amount
				}
			}
		}
	}
	for _, t := range r.ByConsent() {
		uses, bits := charged[t.Of]["use"], charged[t.Of]["bit"]
		if uses != uint64(t.Charged) || bits != uint64(t.Bits) {
			return fmt.Errorf("%w: consent %s: the answers tell of %d uses and %d bits, the blocks charged %d and %d", ErrReport, t.Of, t.Charged, t.Bits, uses, bits)
		}
		delete(charged, t.Of)
	}
	for _, consent := range slices.Sorted(maps.Keys(charged)) {
		return fmt.Errorf("%w: consent %s: the blocks charged %d uses that no answer tells of", ErrReport, consent, charged[consent]["use"])
	}
	return nil
}
