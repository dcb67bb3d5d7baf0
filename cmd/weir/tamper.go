package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"weir/engine/consortium"
)

// showFrauds has parties of the consortium cheat and prints how each was caught.
func (d *demo) showFrauds(ctx context.Context, report consortium.Reporter) error {
	report.Begin("cheat")
	start := time.Now()
	frauds, err := d.consortium.Frauds(ctx, d.asked[0], report.Step)
	report.End("cheat", time.Since(start))
	if ctx.Err() != nil {
		return d.ended(ctx, err)
	}
	if fileErr := d.writeEvidence(frauds); fileErr != nil {
		return badInput(fileErr)
	}
	if d.json {
		result := struct {
			Frauds    []consortium.Fraud `json:"frauds"`
			AllCaught bool               `json:"all_caught"`
			Genesis   string             `json:"genesis"` // digest of the founding document, for accusation verify
		}{frauds, err == nil, d.consortium.Founding()}
		if printErr := d.printJSON(result); printErr != nil {
			return printErr
		}
	} else {
		d.printFrauds(frauds)
	}
	if err != nil {
		return isFalse(err)
	}
	return nil
}

func (d *demo) printFrauds(frauds []consortium.Fraud) {
	t := d.table("fraud", "committed by", "caught by", "named", "caught")
	for _, f := range frauds {
		t.AppendRow([]any{f.Fraud, f.CommittedBy, f.By, f.Named, yesNo(f.Caught)})
	}
	t.Render()
	if d.consortium.Development() {
		d.say("The proofs were made under DEVELOPMENT KEYS: whoever made them can forge.")
	}
	if d.evidence != "" {
		d.say("The accusations' files are in %s; check one with:\n  weir accusation verify FILE --genesis %s", d.evidence, d.consortium.Founding())
	}
}

// writeEvidence writes the file of each accusation into the folder of --evidence.
func (d *demo) writeEvidence(frauds []consortium.Fraud) error {
	if d.evidence == "" {
		return nil
	}
	if err := os.MkdirAll(d.evidence, 0o755); err != nil {
		return err
	}
	for _, f := range frauds {
		if f.Case == nil {
			continue
		}
		name := filepath.Join(d.evidence, strings.ReplaceAll(f.Fraud, " ", "-")+".accusation")
		if err := os.WriteFile(name, f.Case, 0o644); err != nil {
			return fmt.Errorf("write evidence: %w", err)
		}
	}
	return nil
}
