package report

import (
	"bytes"
	"html/template"
	"image/color"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"weir/engine/model/evaluate"
)

// figure is a plot with its words. Its key stands beside the plot, where no curve runs through it.
type figure struct {
	Title, Caption string
	Key            []keyEntry
	Picture        template.HTML
}

type keyEntry struct {
	Name  string
	Color template.CSS
}

// The two colours keep their distance for people who see red and green alike.
var (
	goodColor = color.NRGBA{0x21, 0x66, 0xac, 0xff}
	badColor  = color.NRGBA{0xd9, 0x5f, 0x0e, 0xff}
	greyColor = color.NRGBA{0x80, 0x80, 0x80, 0xff}
)

func key(name string, c color.NRGBA) keyEntry {
	const digits = "0123456789abcdef"
	hex := []byte{'#'}
	for _, part := range []uint8{c.R, c.G, c.B} {
		hex = append(hex, digits[part>>4], digits[part&15])
	}
	return keyEntry{name, template.CSS(hex)}
}

func light(c color.NRGBA) color.NRGBA {
	c.A = 0x60
	return c
}

// figures draws all that the evaluation has.
func figures(e *evaluate.Evaluation) ([]figure, error) {
	drawings := []func(*evaluate.Evaluation) (figure, error){rocFigure, ksFigure, distributionFigure, rateFigure}
	if e.Calibration != nil {
		drawings = append(drawings, calibrationFigure)
	}
	if e.Stability != nil {
		drawings = append(drawings, stabilityFigure)
	}
	var figures []figure
	for _, drawing := range drawings {
		f, err := drawing(e)
		if err != nil {
			return nil, err
		}
		figures = append(figures, f)
	}
	return figures, nil
}

// newPlot is an empty plot with its axes named.
func newPlot(x, y string) *plot.Plot {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = x, y
	sans := func(f *font.Font, size vg.Length) { f.Variant, f.Size = "Sans", size }
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		sans(&axis.Label.TextStyle.Font, 11)
		sans(&axis.Tick.Label.Font, 9)
		axis.Label.Padding, axis.Padding = 6, 2
		axis.LineStyle.Width, axis.Tick.LineStyle.Width = 0.6, 0.6
	}
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = color.Gray{0xe4}, color.Gray{0xe4}
	p.Add(grid)
	return p
}

// unit sets an axis to the shares 0 to 1.
func unit(axis *plot.Axis) { axis.Min, axis.Max, axis.Tick.Marker = 0, 1, fewTicks{} }

// line adds a curve.
func line(p *plot.Plot, points plotter.XYs, c color.Color, width vg.Length, dashes ...vg.Length) error {
	l, err := plotter.NewLine(points)
	if err != nil {
		return err
	}
	l.Color, l.Width, l.Dashes = c, width, dashes
	p.Add(l)
	return nil
}

// The size of a picture in points.
const (
	pictureWidth  = 420
	pictureHeight = 300
)

// picture is a plot as SVG that stands in an HTML page: without a prologue or name spaces, in fonts of the same widths
// as the one it was laid out with.
func picture(p *plot.Plot) (template.HTML, error) {
	canvas := vgsvg.New(pictureWidth, pictureHeight)
	p.Draw(draw.Crop(draw.New(canvas), 2, -12, 4, -8)) // room for the last tick's label
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return "", err
	}
	text := b.String()
	text = "<svg" + text[strings.Index(text, "<svg")+len("<svg"):]
	end := strings.Index(text, ">")
	head, body := text[:end], text[end:]
	for _, space := range []string{`xmlns="http://www.w3.org/2000/svg"`, `xmlns:xlink="http://www.w3.org/1999/xlink"`} {
		head = strings.Replace(head, space, "", 1)
	}
	head += ` role="img"`
	return template.HTML(head + strings.ReplaceAll(body, "font-family:Liberation Sans", "font-family:Liberation Sans,Arial,Helvetica,sans-serif")), nil
}

// drawn closes a figure with its picture.
func (f figure) drawn(p *plot.Plot) (figure, error) {
	var err error
	f.Picture, err = picture(p)
	return f, err
}

// few ticks: at multiples of 1, 2 or 5 times a power of ten, as long as labels are short enough to stand beside each other.
type fewTicks struct{}

// Ticks implements plot.Ticker.
func (fewTicks) Ticks(least, most float64) []plot.Tick {
	step := math.Pow10(int(math.Floor(math.Log10(most-least))) - 1)
	for _, factor := range []float64{1, 2, 5, 10, 20, 50} {
		if (most-least)/(step*factor) <= 7 {
			step *= factor
			break
		}
	}
	var ticks []plot.Tick
	for i := math.Ceil(least / step); i*step <= most && len(ticks) < 20; i++ {
		ticks = append(ticks, plot.Tick{Value: i * step, Label: shortNumber(i * step)})
	}
	return ticks
}

// shortNumber is a number for a picture: whole from 100,000 on, below with five significant digits.
func shortNumber(x float64) string {
	if math.Abs(x) >= 100_000 {
		return Fixed(0, x)
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'e', 4, 64), 64)
	return Number(rounded)
}
