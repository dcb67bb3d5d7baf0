package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"weir/engine"
	"weir/engine/pedersen"
	"weir/engine/receipt"
	"weir/engine/receipt/band"
)

// bandFacts is what a band file says.
type bandFacts struct {
	AtLeast int64         `json:"at_least"`
	For     engine.Name   `json:"for"`
	Date    string        `json:"date"`
	Receipt engine.Digest `json:"receipt"`
}

func newReceiptBandCommand(c *console) *cobra.Command {
	var from int64
	var verifier, date, out string
	cmd := &cobra.Command{
		Use:   "prove-band FILE --at-least X --for NAME --out BAND",
		Short: "Prove to somebody that the score of an open receipt is at least X, without showing it",
		Long: `Prove from an open receipt that its unclamped score is at least X, and nothing else about it: the file counts for one
verifier, one day and this receipt. Hand it over with the closed receipt; it is checked by
weir receipt verify CLOSED --trust FILE --band BAND.

Exit status: 0 written, 1 the score is lower than X, or more than a million above it, 2 bad usage or input.`,
		Example: "  weir receipt prove-band score-1.receipt --at-least 600 --for other-bank --out at-least-600.band",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			name, err := engine.ParseName(verifier)
			if err != nil {
				return badInput(fmt.Errorf("--for: %w", err))
			}
			day, err := bandDay(date)
			if err != nil {
				return badInput(err)
			}
			return c.proveBand(args[0], from, name, day, out)
		},
	}
	flags := cmd.Flags()
	flags.Int64Var(&from, "at-least", 0, "the score to prove")
	flags.StringVar(&verifier, "for", "", "who shall be convinced")
	flags.StringVar(&date, "date", "", "the day for which the proof counts, YYYY-MM-DD (default today, UTC)")
	flags.StringVar(&out, "out", "", "write the proof to this file")
	for _, flag := range []string{"at-least", "for", "out"} {
		cmd.MarkFlagRequired(flag)
	}
	return cmd
}

func bandDay(date string) (time.Time, error) {
	if date == "" {
		return time.Now().UTC().Truncate(24 * time.Hour), nil
	}
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return day, fmt.Errorf("--date %q: want YYYY-MM-DD", date)
	}
	return day, nil
}

func (c *console) proveBand(name string, from int64, verifier engine.Name, day time.Time, out string) error {
	r, err := openReceipt(name)
	if err != nil {
		return badInput(err)
	}
	proven, err := band.Prove(r, from, verifier, day, rand.Reader)
	if errors.Is(err, pedersen.ErrOutside) {
		return isFalse(fmt.Errorf("%s: %w", name, err))
	}
	if err != nil {
		return badInput(fmt.Errorf("%s: %w", name, err))
	}
	if err := writeWhole(out, proven.Encode()); err != nil {
		return badInput(err)
	}
	if c.json {
		return c.printJSON(map[string]any{"out": out, "band": factsOf(proven)})
	}
	c.say("wrote %s: the score of receipt %s is at least %d, for %s on %s", out, proven.Receipt.Short(), proven.From, proven.For, proven.Date)
	return nil
}

func factsOf(b *band.Band) *bandFacts {
	return &bandFacts{AtLeast: b.From, For: b.For, Date: b.Date, Receipt: b.Receipt}
}

// checkBand judges a band file against the bytes of a receipt; an error is about reading the file.
func checkBand(name string, of []byte) (receipt.Check, *bandFacts, error) {
	check := receipt.Check{Name: "band"}
	file, err := readBounded(name, band.MaxFile)
	if err != nil {
		return check, nil, err
	}
	read, err := band.Decode(file)
	if err != nil {
		check.Why = err.Error()
		return check, nil, nil
	}
	r, err := receipt.Decode(of)
	if err == nil {
		err = read.Check(r)
	}
	if err != nil {
		check.Why = err.Error()
		return check, factsOf(read), nil
	}
	check.OK, check.Why = true, fmt.Sprintf("the score is at least %d, for %s on %s", read.From, read.For, read.Date)
	return check, factsOf(read), nil
}
