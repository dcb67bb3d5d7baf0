package seal

import (
	"fmt"
	"io"
)

// What follows keeps points, records and keys out of every log line and error, whatever the verb.

// Format withholds the row.
func (Row) Format(f fmt.State, _ rune) { io.WriteString(f, "[row with points]") }

// Format withholds the witness.
func (SliceWitness) Format(f fmt.State, _ rune) { io.WriteString(f, "[witness of a slice]") }

// Format withholds the selection.
func (Selection) Format(f fmt.State, _ rune) { io.WriteString(f, "[selection of a record]") }

// Format withholds the message.
func (Message) Format(f fmt.State, _ rune) { io.WriteString(f, "[masks and blindings]") }

// Format withholds the sums.
func (Opened) Format(f fmt.State, _ rune) { io.WriteString(f, "[opened sums]") }
