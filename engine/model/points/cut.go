package points

import (
	"weir/engine/model"
	"weir/engine/schema"
)

// piece is the points of the encoded values from start up to the next piece's start, the last up to 2^32.
type piece struct {
	start  uint64
	points int
}

// line is one line of a slice before it is placed: its edges, and the shifted points of its rows.
type line struct {
	edges   [model.LineRows - 1]uint64
	weights [model.LineRows]weights
}

// weights are what one row adds to each group: points − least in group 0.
type weights = [model.Groups]uint16

func unusedLine() (l line) {
	for b := range l.edges {
		l.edges[b] = model.TopEdge
	}
	return l
}

// linesFor is the number of lines that cut makes of so many pieces.
func linesFor(pieces int, absentDiffers bool) int {
	first := model.LineRows - 1 // beside the row "absent or missing"
	if absentDiffers {
		first--
	}
	if pieces <= first {
		return 1
	}
	// The first line gives its last row to "above". Each further line begins with "below" and ends with "above"; only
	// the last needs no "above".
	const middle, last = model.LineRows - 2, model.LineRows - 1
	rest := pieces - (first - 1)
	return 2 + (max(rest-last, 0)+middle-1)/middle
}

// cut places the pieces of one characteristic over consecutive lines (protocol, section 4). The first line begins with
// the row "absent or missing", or two rows where they differ. A line that another one continues ends in a row "above"
// with weight 0; the other begins with a row "below, absent or missing" with weight 0, from the same edge on.
// Weights are what weigh makes of points; pieces that no value reaches weigh 0.
func (c *Characteristic) cut(pieces []piece, weigh func(points int) weights) []line {
	head := []piece{{0, c.Absent}}
	if c.Absent != c.Missing {
		head = append(head, piece{uint64(schema.Missing), c.Missing})
	}
	rows := append(head, pieces...)
	var lines []line
	for first := true; ; first = false {
		l, row := unusedLine(), 0
		if !first {
			l.edges[0], row = rows[0].start, 1
		}
		taken := min(len(rows), model.LineRows-row)
		if taken < len(rows) {
			taken--
			l.edges[model.LineRows-2] = rows[taken].start
		}
		for i := range taken {
			l.place(row+i, rows, i, weigh)
		}
		lines = append(lines, l)
		if rows = rows[taken:]; len(rows) == 0 {
			return lines
		}
	}
}

// place makes piece i of rows the given row of the line.
func (l *line) place(row int, rows []piece, i int, weigh func(int) weights) {
	if row > 0 {
		l.edges[row-1] = rows[i].start
	}
	if reached(rows, i) {
		l.weights[row] = weigh(rows[i].points)
	}
}

// reached tells whether some encoded value falls into piece i.
func reached(pieces []piece, i int) bool {
	if i+1 < len(pieces) {
		return pieces[i].start < pieces[i+1].start
	}
	return pieces[i].start < model.TopEdge
}

// pieces gives the characteristic's points over encoded values, from schema.First on, and the index of its feature.
//
// Neighbouring bins with equal points stay apart, and every category has a piece of its own: the cut is public, and
// joining them would tell which of them weigh the same.
func (c *Characteristic) pieces(of *schema.Schema) (int, []piece, error) {
	index, found := of.Index(c.Feature)
	if !found {
		return 0, nil, c.at.Errorf("source %q has no feature %q", of.Source, c.Feature)
	}
	feature := &of.Features[index]
	switch {
	case feature.Numeric() && len(c.Bins) == 0:
		return 0, nil, c.at.Errorf("feature %q is a number: want bins", c.Feature)
	case !feature.Numeric() && len(c.Bins) > 0:
		return 0, nil, c.at.Errorf("feature %q has categories, not numbers: want categories", c.Feature)
	case feature.Numeric():
		pieces, err := c.numberPieces(feature)
		return index, pieces, err
	default:
		pieces, err := c.categoryPieces(feature)
		return index, pieces, err
	}
}

func (c *Characteristic) numberPieces(feature *schema.Feature) ([]piece, error) {
	start := uint64(schema.First)
	var pieces []piece
	for _, bin := range c.Bins {
		pieces = append(pieces, piece{start, bin.Points})
		if bin.Below == "" {
			break
		}
		var err error
		if start, err = feature.Edge(bin.Below); err != nil {
			return nil, bin.at.Errorf("%v", err)
		}
	}
	return pieces, nil
}

func (c *Characteristic) categoryPieces(feature *schema.Feature) ([]piece, error) {
	points := map[string]int{}
	for _, category := range c.Categories {
		if _, known := feature.Category(category.Name); !known {
			return nil, category.at.Errorf("feature %q has no category %q", c.Feature, category.Name)
		}
		points[category.Name] = category.Points
	}
	var pieces []piece
	for i, name := range feature.Categories {
		own, listed := points[name]
		if !listed {
			return nil, c.at.Errorf("feature %q: category %q of the schema has no points", c.Feature, name)
		}
		pieces = append(pieces, piece{uint64(schema.First) + uint64(i), own})
	}
	return pieces, nil
}
