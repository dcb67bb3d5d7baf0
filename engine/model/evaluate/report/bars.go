package report

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"weir/engine/model/evaluate"
)

func distributionFigure(e *evaluate.Evaluation) (figure, error) {
	f := figure{Title: "Score distribution", Key: []keyEntry{key("good", goodColor), key("bad", badColor)},
		Caption: "Share of the good and of the bad cases in each bin of scores; each kind adds up to 100 %."}
	p := newPlot("score", "share of the kind, %")
	p.X.Tick.Marker = fewTicks{}
	for _, kind := range []struct {
		color color.NRGBA
		share func(evaluate.HistogramBin) float64
	}{
		{goodColor, func(b evaluate.HistogramBin) float64 { return float64(b.Good) / float64(e.Good) }},
		{badColor, func(b evaluate.HistogramBin) float64 { return float64(b.Bad) / float64(e.Bad) }},
	} {
		h := &plotter.Histogram{FillColor: light(kind.color), LineStyle: draw.LineStyle{Color: kind.color, Width: 0.7}}
		for _, b := range e.Distribution.Histogram {
			h.Bins = append(h.Bins, plotter.HistogramBin{Min: b.From, Max: b.Below, Weight: 100 * kind.share(b)})
		}
		p.Add(h)
	}
	p.Y.Min, p.Y.Tick.Marker = 0, fewTicks{}
	return f.drawn(p)
}

func stabilityFigure(e *evaluate.Evaluation) (figure, error) {
	s := e.Stability
	f := figure{Title: "Population stability", Key: []keyEntry{key("reference", greyColor), key("evaluated", goodColor)},
		Caption: fmt.Sprintf("Share of the reference's %d and of the evaluated %d cases in the tenths of the reference. PSI %s; %s is the mean of unchanged samples of these sizes.",
			s.ReferenceCases, s.Cases, Fixed(4, s.PSI), Fixed(4, s.Expected))}
	p := newPlot("score", "share of cases, %")
	width := vg.Length(0.36 * pictureWidth * 0.8 / float64(len(s.Bins)))
	var names []string
	var shares [2]plotter.Values
	for _, b := range s.Bins {
		names = append(names, shortBounds(b.From, b.Below))
		shares[0], shares[1] = append(shares[0], 100*b.ReferenceShare), append(shares[1], 100*b.Share)
	}
	for i, c := range []color.Color{greyColor, goodColor} {
		bars, err := plotter.NewBarChart(shares[i], width)
		if err != nil {
			return f, err
		}
		bars.Color, bars.Width, bars.LineStyle.Width = c, width, 0
		bars.Offset = width * vg.Length(float64(i)-0.5)
		p.Add(bars)
	}
	nameBins(p, names)
	p.Y.Min, p.Y.Tick.Marker = 0, fewTicks{}
	return f.drawn(p)
}

// nameBins puts the names under the places 0, 1, 2, …, aslant so that neighbours do not touch. Unseen ticks keep the
// upper corners of the names away from the axis.
func nameBins(p *plot.Plot, names []string) {
	p.NominalX(names...)
	p.X.LineStyle.Width, p.X.Padding = 0.6, 2
	p.X.Tick.Length, p.X.Tick.LineStyle = 9, draw.LineStyle{Color: color.Transparent, Width: 0.1}
	p.X.Tick.Label.Rotation = math.Pi / 5
	p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = draw.XRight, draw.YCenter
	p.X.Min, p.X.Max = -0.6, float64(len(names))-0.4
}

func shortBounds(from, below *float64) string {
	switch {
	case from == nil && below == nil:
		return "all"
	case from == nil:
		return "< " + shortNumber(*below)
	case below == nil:
		return "≥ " + shortNumber(*from)
	}
	return shortNumber(*from) + " – <" + shortNumber(*below)
}
