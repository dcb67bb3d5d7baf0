package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"weir/engine/consortium"
)

// reporter chooses how long work shows on stderr: bars on a terminal, else a line every few seconds.
func (c *console) reporter() consortium.Reporter {
	switch c.progress {
	case "none":
		return silent{}
	case "json":
		return &lines{write: jsonLine(c.stderr)}
	case "auto":
		if f, isFile := c.stderr.(*os.File); isFile {
			if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
				return &bars{out: f}
			}
		}
	}
	return &lines{write: plainLine(c.stderr)}
}

type silent struct{}

func (silent) Begin(string)              {}
func (silent) Step(int, int)             {}
func (silent) End(string, time.Duration) {}

// event is one line of progress.
type event struct {
	Phase     string `json:"phase"`
	Event     string `json:"event"` // begin, step or end
	Done      int    `json:"done,omitempty"`
	Total     int    `json:"total,omitempty"`
	MS        int64  `json:"ms"`                  // since the phase began
	Remaining int64  `json:"remaining,omitempty"` // estimated seconds
}

// linePause is the least time between two step lines.
const linePause = 2 * time.Second

// lines reports by lines of text or JSON.
type lines struct {
	mu           sync.Mutex
	write        func(event)
	phase        string
	began, spoke time.Time
}

// Begin starts a phase.
func (l *lines) Begin(phase string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.phase, l.began, l.spoke = phase, time.Now(), time.Now()
	l.write(event{Phase: phase, Event: "begin"})
}

// Step tells how far the phase is, at most once every few seconds.
func (l *lines) Step(done, total int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.spoke) < linePause || done == 0 {
		return
	}
	l.spoke = time.Now()
	took := time.Since(l.began)
	remaining := took * time.Duration(total-done) / time.Duration(done)
	l.write(event{Phase: l.phase, Event: "step", Done: done, Total: total, MS: took.Milliseconds(), Remaining: int64(remaining.Seconds() + 0.5)})
}

// End closes a phase.
func (l *lines) End(phase string, took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.write(event{Phase: phase, Event: "end", MS: took.Milliseconds()})
}

func plainLine(w io.Writer) func(event) {
	return func(e event) {
		switch e.Event {
		case "step":
			fmt.Fprintf(w, "%s: %d of %d, about %d s left\n", e.Phase, e.Done, e.Total, e.Remaining)
		case "end":
			fmt.Fprintf(w, "%s: done in %.2f s\n", e.Phase, float64(e.MS)/1000)
		}
	}
}

func jsonLine(w io.Writer) func(event) {
	encoder := json.NewEncoder(w)
	return func(e event) { encoder.Encode(e) }
}

// bars reports by one bar a phase, on a terminal.
type bars struct {
	mu       sync.Mutex
	out      io.Writer
	progress *mpb.Progress
	bar      *mpb.Bar
}

// Begin shows the phase's bar.
func (b *bars) Begin(phase string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.progress = mpb.New(mpb.WithOutput(b.out), mpb.WithWidth(40))
	b.bar = b.progress.AddBar(0,
		mpb.PrependDecorators(decor.Name(phase, decor.WC{W: 22, C: decor.DindentRight})),
		mpb.AppendDecorators(decor.CountersNoUnit("%d/%d", decor.WC{W: 12}), decor.Elapsed(decor.ET_STYLE_GO, decor.WC{W: 8})))
}

// Step moves the bar.
func (b *bars) Step(done, total int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.bar.SetTotal(int64(total), false)
	b.bar.SetCurrent(int64(done))
}

// End fills the bar and leaves it standing.
func (b *bars) End(string, time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.bar.SetTotal(-1, true)
	b.progress.Wait()
}
