package seal_test

import (
	"crypto/rand"
	"fmt"
	"io"

	"weir/engine/canonical"
	"weir/engine/seal"
)

// A bank seals a slice, a holder selects one row in each line and masks the sum, the bank opens the masked sum.
func Example() {
	bankStreams := func(string) io.Reader { return rand.Reader }
	seed := seal.Seed{1, 2, 3}
	secret, public, err := seal.NewKey(seed, bankStreams)
	if err != nil {
		fmt.Println(err)
		return
	}
	var rows [seal.Rows]seal.Row
	for k := range rows {
		rows[k].Points[0] = uint16(10 * (k % seal.RowsPerLine)) // ten points more in each bin
	}
	slice, _, err := secret.Seal(0, &rows, bankStreams)
	if err != nil {
		fmt.Println(err)
		return
	}

	// The holder has received the bytes of slice and public key.
	selector, err := seal.Prepare(seed, 0, slice, public)
	if err != nil {
		fmt.Println(err)
		return
	}
	var selected seal.Selection
	for line := range selected {
		selected[line] = seal.RowsPerLine*line + 2 // the third bin of every line
	}
	message := seal.Message{Groups: [seal.Groups]uint64{1_000_000}}
	holderStreams := func(name string) io.Reader { return canonical.Stream([]byte("secret of one label"), name) }
	response, err := selector.Select(selected, &message, holderStreams)
	if err != nil {
		fmt.Println(err)
		return
	}
	sent := response.Encode()

	// The bank reads the bytes and opens them.
	received, err := seal.DecodeResponse(sent)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(sent), "bytes,", secret.Open(received).Groups[0], "= 32·20 + mask")
	// Output: 76320 bytes, 1000640 = 32·20 + mask
}
