package report

import (
	"fmt"

	"gonum.org/v1/plot/plotter"

	"weir/engine/model/evaluate"
)

func rocFigure(e *evaluate.Evaluation) (figure, error) {
	d := e.Discrimination
	f := figure{Title: "ROC curve", Key: []keyEntry{key("this model", goodColor), key("chance", greyColor)},
		Caption: fmt.Sprintf("Share of bad cases caught against share of good cases lost, from the riskiest score on. Area under the curve %s.", Fixed(4, d.AUC))}
	p := newPlot("share of good cases", "share of bad cases")
	unit(&p.X)
	unit(&p.Y)
	points := make(plotter.XYs, len(d.Curve))
	for i, c := range d.Curve {
		points[i] = plotter.XY{X: c.Good, Y: c.Bad}
	}
	if err := line(p, plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 1}}, greyColor, 1, 4, 3); err != nil {
		return f, err
	}
	if err := line(p, points, goodColor, 1.8); err != nil {
		return f, err
	}
	return f.drawn(p)
}

func ksFigure(e *evaluate.Evaluation) (figure, error) {
	d := e.Discrimination
	f := figure{Title: "Kolmogorov–Smirnov", Key: []keyEntry{key("bad", badColor), key("good", goodColor), key("greatest distance", greyColor)},
		Caption: fmt.Sprintf("Shares of bad and of good cases up to each score, counted from the riskiest. They are furthest apart, %s, at %s.", Fixed(4, d.KS), Number(d.KSScore))}
	p := newPlot("score", "share of cases up to the score")
	unit(&p.Y)
	p.X.Tick.Marker = fewTicks{}
	var good, bad, distance plotter.XYs
	for i, c := range d.Curve[1:] {
		before := d.Curve[i]
		good = append(good, plotter.XY{X: c.Score, Y: before.Good}, plotter.XY{X: c.Score, Y: c.Good})
		bad = append(bad, plotter.XY{X: c.Score, Y: before.Bad}, plotter.XY{X: c.Score, Y: c.Bad})
		if c.Score == d.KSScore {
			distance = plotter.XYs{{X: c.Score, Y: c.Good}, {X: c.Score, Y: c.Bad}}
		}
	}
	if err := line(p, distance, greyColor, 1.2, 3, 2); err != nil {
		return f, err
	}
	if err := line(p, good, goodColor, 1.8); err != nil {
		return f, err
	}
	if err := line(p, bad, badColor, 1.8); err != nil {
		return f, err
	}
	return f.drawn(p)
}
