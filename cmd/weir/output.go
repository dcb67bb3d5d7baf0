package main

// Output rules of every command:
//   - the result, and nothing else, goes to stdout: words and tables, or with --json one JSON object;
//   - progress, warnings and errors go to stderr;
//   - exit status 0: done and true; 1: the thing asked about is false; 2: bad usage or bad input; 3: the network or a
//     party could not be reached.

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
)

const (
	exitFalse       = 1 // what was asked about is false: a score differs, a proof does not verify
	exitUsage       = 2 // bad usage or bad input
	exitUnreachable = 3 // the network or a party could not be reached
)

// exitError carries an exit status through cobra. A nil err prints nothing: the result already said it.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// badInput is an error of the user's input or usage: exit status 2.
func badInput(err error) error { return &exitError{code: exitUsage, err: err} }

// isFalse says that what was asked about is false: exit status 1.
func isFalse(err error) error { return &exitError{code: exitFalse, err: err} }

// console is where a command reads and writes.
type console struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	json           bool
	progress       string
	registry       string // file of the registered verifying keys; empty for development keys
}

func (c *console) checkProgress() error {
	switch c.progress {
	case "auto", "plain", "json", "none":
		return nil
	}
	return badInput(fmt.Errorf("--progress=%s: want auto, plain, json or none", c.progress))
}

// printJSON writes one indented JSON object to stdout.
func (c *console) printJSON(v any) error {
	encoder := json.NewEncoder(c.stdout)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// say writes one line for people to stdout.
func (c *console) say(format string, args ...any) { fmt.Fprintf(c.stdout, format+"\n", args...) }

// warn writes one line to stderr.
func (c *console) warn(format string, args ...any) {
	fmt.Fprintf(c.stderr, "weir: "+format+"\n", args...)
}

// table starts a table on stdout; the caller appends rows and calls Render.
func (c *console) table(header ...any) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(c.stdout)
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row(header))
	return t
}
