package api_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/api"
)

func ExampleDial() {
	c, err := api.Dial("http://127.0.0.1:1", api.ClientOptions{Chain: "pilot", Patience: time.Millisecond}) // nobody listens there
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	var _ message.Ledger = c
	_, _, err = c.Next(context.Background(), ledger.Account("bank-a"))
	fmt.Println(errors.Is(err, api.ErrUnreachable))
	// Output: true
}
