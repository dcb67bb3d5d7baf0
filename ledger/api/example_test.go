package api_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"weir/ledger/api"
)

func ExampleDial() {
	url := newWorld(new(testing.T)).listen(new(testing.T)) // a node, such as https://node.example:7443
	c, err := api.Dial(url, api.ClientOptions{Chain: "test"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	result, err := c.Submit(context.Background(), post("alice", 0, "a body").Bytes())
	fmt.Println(result.Code, result.Height, err)
	for block, err := range c.Blocks(context.Background(), 1) {
		fmt.Println(block.Header.Height, len(block.Txs), err)
		break
	}
	// Output:
	// ok 1 <nil>
	// 1 1 <nil>
}

// More than a page holds comes in several, in order.
func TestFindByPages(t *testing.T) {
	w := newWorld(t)
	var want [][]byte
	for i := range uint64(300) {
		tx := post("alice", i, fmt.Sprintf("many/%d", i))
		submit(t, w.node, tx)
		want = append(want, tx.Bytes())
	}
	for i := range uint64(6) { // each a quarter of a page in bytes
		tx := post("bob", i, fmt.Sprintf("many/%d %s", i, bytes.Repeat([]byte("x"), 250_000)))
		submit(t, w.node, tx)
		want = append(want, tx.Bytes())
	}
	found, err := w.serve(t).Find(t.Context(), "post", "many/")
	if err != nil || len(found) != len(want) {
		t.Fatalf("%d found, %v; want %d", len(found), err, len(want))
	}
	for i := range want {
		if !bytes.Equal(found[i], want[i]) {
			t.Fatalf("entry %d is another one", i)
		}
	}
}
