package report

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"weir/engine/model/evaluate"
)

// rateFigure shows the groups in the order of their scores, with what was predicted where there is such.
func rateFigure(e *evaluate.Evaluation) (figure, error) {
	f := figure{Title: "Bad rate by score", Key: []keyEntry{key("observed, with 95 % interval", badColor)},
		Caption: "Share of bad cases in groups of about equally many cases. A model that ranks well has a line that only falls, or only rises."}
	p := newPlot("scores of the group", "share of bad cases, %")
	var observed observations
	var predicted plotter.XYs
	var names []string
	for i, g := range e.Groups {
		observed.add(float64(i), g)
		names = append(names, shortRange(g.From, g.To))
		if g.Predicted != nil {
			predicted = append(predicted, plotter.XY{X: float64(i), Y: 100 * *g.Predicted})
		}
	}
	if predicted != nil {
		f.Key = append(f.Key, key("predicted", goodColor))
		if err := line(p, predicted, goodColor, 1.4); err != nil {
			return f, err
		}
	}
	if err := observed.draw(p, badColor); err != nil {
		return f, err
	}
	nameBins(p, names)
	p.Y.Min, p.Y.Tick.Marker = 0, fewTicks{}
	return f.drawn(p)
}

func calibrationFigure(e *evaluate.Evaluation) (figure, error) {
	f := figure{Title: "Calibration", Key: []keyEntry{key("groups, with 95 % interval", badColor), key("perfect", greyColor)},
		Caption: "Observed share of bad cases against the mean predicted probability of each group. Above the line, more went bad than was predicted."}
	p := newPlot("predicted probability of bad, %", "observed share of bad cases, %")
	var observed observations
	most := 0.0
	for _, g := range e.Groups {
		observed.add(100**g.Predicted, g)
		most = max(most, 100**g.Predicted, 100*g.Interval[1])
	}
	most = min(100, 1.05*most)
	if err := line(p, plotter.XYs{{X: 0, Y: 0}, {X: most, Y: most}}, greyColor, 1, 4, 3); err != nil {
		return f, err
	}
	if err := observed.draw(p, badColor); err != nil {
		return f, err
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, most, 0, most
	p.X.Tick.Marker, p.Y.Tick.Marker = fewTicks{}, fewTicks{}
	return f.drawn(p)
}

// observations are bad rates in percent with their intervals.
type observations struct {
	plotter.XYs
	plotter.YErrors
}

func (o *observations) add(x float64, g evaluate.Group) {
	o.XYs = append(o.XYs, plotter.XY{X: x, Y: 100 * g.BadRate})
	o.YErrors = append(o.YErrors, struct{ Low, High float64 }{100 * (g.BadRate - g.Interval[0]), 100 * (g.Interval[1] - g.BadRate)})
}

func (o *observations) draw(p *plot.Plot, c color.Color) error {
	bars, err := plotter.NewYErrorBars(o)
	if err != nil {
		return err
	}
	bars.LineStyle = draw.LineStyle{Color: c, Width: 1}
	points, err := plotter.NewScatter(o.XYs)
	if err != nil {
		return err
	}
	points.GlyphStyle = draw.GlyphStyle{Color: c, Radius: vg.Length(3), Shape: draw.CircleGlyph{}}
	p.Add(bars, points)
	return nil
}

func shortRange(from, to float64) string {
	if from == to {
		return shortNumber(from)
	}
	return shortNumber(from) + " – " + shortNumber(to)
}
