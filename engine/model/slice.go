package model

import (
	"weir/engine"
)

const (
	// Lines is the number of lines of a slice; a line is a characteristic, or a piece of one, cut into rows.
	Lines = 32
	// LineRows is the number of rows (bins) of a line.
	LineRows = 8
	// Rows is the number of rows of a slice; row k = 8·line + bin.
	Rows = Lines * LineRows
	// Groups is G, the number of sums a score can carry; group 0 is the score.
	Groups = 4
	// TopEdge is 2^32, the edge above every encoded value.
	TopEdge = uint64(1) << 32
	// CapLimit is 2^17; every B_g stays below it (protocol, section 4).
	CapLimit = uint32(1) << 17
)

// Slice is one party's part of a version. Always 32 lines: a line that is not in use reads feature 0 and has all
// edges at 2^32, so that a holder always selects exactly 32 rows.
type Slice struct {
	_ struct{} `cbor:",toarray"`

	Party  engine.PartyID
	Schema engine.Digest // schemaDigest of the party's source
	// Edges are e_1 … e_7 of each line over encoded values, 1 ≤ e_1 ≤ … ≤ e_7 ≤ 2^32: bin 0 is [0, e_1), bin b is
	// [e_b, e_(b+1)), e_8 = 2^32. Equal edges make a bin that no value reaches.
	Edges [Lines][LineRows - 1]uint64
	// Map is the feature (0 to 31, in the schema's order) that each line reads.
	Map [Lines]uint8
	// Caps are B_g: no record can collect more than B_g shifted points of group g over the slice.
	Caps [Groups]uint32
}

// Rows selects one row per line for the encoded values of one record (all zero for an absent one): rows[l] = 8·l + bin.
// The slice must have passed Version.Check or DecodeVersion.
func (s *Slice) Rows(values [Lines]uint32) (rows [Lines]int) {
	for line, edges := range s.Edges {
		bin, value := 0, uint64(values[s.Map[line]%Lines])
		for bin < len(edges) && edges[bin] <= value {
			bin++
		}
		rows[line] = LineRows*line + bin
	}
	return rows
}

// InUse tells whether the line cuts its feature at all: an edge lies below 2^32.
func (s *Slice) InUse(line int) bool { return s.Edges[line][0] < TopEdge }

// Continues is cont_l of protocol section 4: the line goes on where the one before it ended, so both share one
// characteristic's cap.
func (s *Slice) Continues(line int) bool {
	return line > 0 && s.Map[line] == s.Map[line-1] && s.Edges[line][0] == s.Edges[line-1][LineRows-2]
}

// Features are the features in use, in the order of their first line, each once. Whether their points differ from
// zero cannot be seen here.
func (s *Slice) Features() []uint8 {
	var features []uint8
	var seen [Lines]bool
	for line := range Lines {
		if f := s.Map[line] % Lines; s.InUse(line) && !seen[f] {
			seen[f] = true
			features = append(features, f)
		}
	}
	return features
}
