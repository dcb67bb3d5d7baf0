package api_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/api"
	"weir/ledger/ledgertest"
)

// evil serves whatever a handler says.
func evil(t *testing.T, handler http.HandlerFunc) *api.Client {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return dialWith(t, s.URL, api.ClientOptions{Chain: "test", Patience: 50 * time.Millisecond, Timeout: 5 * time.Second})
}

// everything calls everything that a client can, and gives what went wrong under each name.
func everything(t *testing.T, c *api.Client) map[string]error {
	t.Helper()
	ctx := t.Context()
	tx := post("alice", 0, "a")
	_, _, next := c.Next(ctx, "alice")
	calls := map[string]error{
		"next":        next,
		"status":      second(c.Status(ctx)),
		"submit":      second(c.Submit(ctx, tx.Bytes())),
		"result":      second(c.Result(ctx, tx.ID())),
		"wait":        second(c.Wait(ctx, tx.ID())),
		"find":        second(c.Find(ctx, "post", "")),
		"consistency": second(c.Consistency(ctx, 1, 2)),
		"fetch":       second(c.Fetch(ctx, engine.Digest{1}, 1000)),
	}
	ctx, cancel := context.WithTimeout(ctx, 200*time.Millisecond) // a stream that ends is dialled again until then
	defer cancel()
	for _, err := range c.Blocks(ctx, 0) {
		calls["blocks"] = err
		break
	}
	for _, err := range c.Letters(ctx, "alice", ledgertest.Key("alice"), 0) {
		calls["letters"] = err
		break
	}
	return calls
}

// A15, A18: whatever a node answers, a client neither believes nor breaks nor grows.
func TestAnswersThatAreRefused(t *testing.T) {
	endless := func(w http.ResponseWriter, r *http.Request) {
		for chunk := make([]byte, 64<<10); r.Context().Err() == nil; {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
	for name, handler := range map[string]http.HandlerFunc{
		"endless": endless,
		"empty":   func(http.ResponseWriter, *http.Request) {},
		"null":    func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("null")) },
		"web page": func(w http.ResponseWriter, _ *http.Request) {
			w.Write([]byte("<html><body>log in first</body></html>"))
		},
		"too large": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9223372036854775807")
			w.Write([]byte("x"))
		},
		"huge CBOR": func(w http.ResponseWriter, _ *http.Request) {
			w.Write([]byte{0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
		},
		"nested": func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(strings.Repeat("\x81", 5000))) },
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		},
		"other result": func(w http.ResponseWriter, _ *http.Request) {
			w.Write((&ledger.Result{Tx: engine.Digest{9}, Height: 1, Of: 1, Code: ledger.CodeOK}).Encode())
		},
		"other chain": func(w http.ResponseWriter, _ *http.Request) {
			d := post("alice", 0, "a").Draft
			d.Chain = "other"
			w.Write(canonical.Encode([]any{[][]byte{d.Sign(ledgertest.Key("alice")).Bytes()}, 0}))
		},
		"endless error": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			endless(w, r)
		},
		"error without words": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"evil error": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusTeapot)
			json.NewEncoder(w).Encode(map[string]any{"code": "made-up", "detail": "\x1b[31mred\r\nFAKE LOG LINE" + strings.Repeat("x", 5000)})
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := evil(t, handler)
			for call, err := range everything(t, c) {
				plain := errors.Is(err, api.ErrAnswer) || errors.Is(err, api.ErrRequest) || errors.Is(err, api.ErrInternal) || errors.Is(err, api.ErrUnreachable) ||
					errors.Is(err, context.DeadlineExceeded)
				if !plain || len(err.Error()) > 2000 || strings.ContainsAny(err.Error(), "\x1b\r\n") {
					t.Errorf("%s: %v", call, err)
				}
			}
		})
	}
}

func TestNobodyThere(t *testing.T) {
	s := httptest.NewServer(nil)
	s.Close()
	c := dialWith(t, s.URL, api.ClientOptions{Chain: "test", Patience: time.Millisecond})
	if _, err := c.Find(t.Context(), "post", "who-is-asked-about"); !errors.Is(err, api.ErrUnreachable) || strings.Contains(err.Error(), "who-is") {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Submit(ctx, post("alice", 0, "a").Bytes()); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that ended: %v", err)
	}
}

func TestAddressesThatAreRefused(t *testing.T) {
	for _, url := range []string{"", "node:7443", "ftp://node", "https://", "https://user:password@node", "https://node/?q=1", "http://\x00"} {
		if _, err := api.Dial(url, api.ClientOptions{Chain: "test"}); err == nil || strings.Contains(err.Error(), "password") {
			t.Errorf("%q: %v", url, err)
		}
	}
	if _, err := api.Dial("https://node", api.ClientOptions{}); err == nil {
		t.Error("dialled without a chain")
	}
}

// event is a server-sent event.
func event(number uint64, data []byte) string {
	return fmt.Sprintf("id: %d\ndata: %s\n\n", number, base64.StdEncoding.EncodeToString(data))
}

// wireBlock is a block as the node sends it.
func wireBlock(c *ledger.Committed) []byte {
	txs, results := [][]byte{}, [][]byte{}
	for i := range c.Txs {
		txs, results = append(txs, c.Txs[i].Bytes()), append(results, c.Results[i].Encode())
	}
	return canonical.Encode([]any{c.Header.Encode(), txs, results})
}

// chainOf is the blocks of a world with so many transactions.
func chainOf(t *testing.T, count int) []*ledger.Committed {
	t.Helper()
	w := newWorld(t)
	for i := range uint64(count) {
		submit(t, w.node, post("alice", i, fmt.Sprint(i)))
	}
	var chain []*ledger.Committed
	for h := range w.machine.Head().Height + 1 {
		chain = append(chain, must(w.machine.Block(h))(t))
	}
	return chain
}

// A18: a stream that leaves out, repeats, changes or swaps blocks ends with an error; nothing wrong is given out.
func TestStreamsThatAreRefused(t *testing.T) {
	chain, fork := chainOf(t, 3), chainOf(t, 4)
	swapped := *chain[1]
	swapped.Results = chain[2].Results
	renamed := *chain[1].Header
	renamed.Chain = "other"
	for name, events := range map[string]string{
		"left out":         event(0, wireBlock(chain[0])) + event(2, wireBlock(chain[2])),
		"repeated":         event(0, wireBlock(chain[0])) + event(0, wireBlock(chain[0])),
		"begins later":     event(1, wireBlock(chain[1])),
		"another number":   event(0, wireBlock(chain[0])) + event(1, wireBlock(chain[2])),
		"of a fork":        event(0, wireBlock(chain[0])) + event(1, wireBlock(chain[1])) + event(2, wireBlock(fork[2])),
		"other results":    event(0, wireBlock(chain[0])) + event(1, wireBlock(&swapped)),
		"other chain":      event(0, wireBlock(chain[0])) + event(1, wireBlock(&ledger.Committed{Header: &renamed, Txs: chain[1].Txs, Results: chain[1].Results})),
		"no transactions":  event(0, wireBlock(chain[0])) + event(1, wireBlock(&ledger.Committed{Header: chain[1].Header})),
		"not base64":       event(0, wireBlock(chain[0])) + "id: 1\ndata: ####\n\n",
		"no number":        "data: AA==\n\n",
		"negative":         "id: -1\ndata: AA==\n\n",
		"another field":    "event: block\nid: 0\ndata: AA==\n\n",
		"endless line":     "id: 0\ndata: " + strings.Repeat("A", 8<<20),
		"carriage returns": "id: 0\r\ndata: AA==\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			c := evil(t, func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(events)) })
			height := uint64(0)
			for block, err := range c.Blocks(t.Context(), 0) {
				if err == nil && block.Header.Digest() == chain[height].Header.Digest() {
					height++
					continue
				}
				if !errors.Is(err, api.ErrAnswer) {
					t.Errorf("%v", err)
				}
			}
		})
	}
}

// A stream that breaks off anywhere, again and again, is taken up where it stopped: nothing twice, nothing left out.
func TestStreamBreaksOff(t *testing.T) {
	chain := chainOf(t, 3)
	all := ""
	for h, b := range chain {
		all += event(uint64(h), wireBlock(b))
	}
	for _, cut := range []int{0, 1, 5, 20, len(event(0, wireBlock(chain[0]))) - 1, len(all) / 2, len(all) - 1} {
		t.Run(fmt.Sprint(cut), func(t *testing.T) {
			var dialled atomic.Int64
			c := evil(t, func(w http.ResponseWriter, r *http.Request) {
				from := 0
				fmt.Sscan(r.URL.Query().Get("from"), &from)
				rest := ""
				for h := from; h < len(chain); h++ {
					rest += event(uint64(h), wireBlock(chain[h]))
				}
				if n := dialled.Add(1); n%2 == 1 {
					rest = rest[:min(cut, len(rest))]
				}
				w.Write([]byte(rest))
			})
			var heights []uint64
			for block, err := range c.Blocks(t.Context(), 0) {
				if err != nil {
					t.Fatal(err)
				}
				if heights = append(heights, block.Header.Height); len(heights) == len(chain) {
					break
				}
			}
			for i, h := range heights {
				if h != uint64(i) {
					t.Errorf("heights %v", heights)
				}
			}
		})
	}
}

// A node that is put up again goes on with its streams where they were.
func TestServerStartsAgainInTheMiddle(t *testing.T) {
	w := newWorld(t)
	var current atomic.Pointer[http.Handler]
	front := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if h := current.Load(); h != nil {
			(*h).ServeHTTP(rw, r)
			return
		}
		rw.WriteHeader(http.StatusServiceUnavailable)
		json.NewEncoder(rw).Encode(map[string]string{"code": "closed"})
	}))
	t.Cleanup(front.Close)
	stop := w.start(&current)
	c := dialWith(t, front.URL, api.ClientOptions{Chain: "test", Patience: 10 * time.Second})
	heights, letters := 0, 0
	nextBlock, endBlocks := pull(t, c.Blocks(t.Context(), 0))
	defer endBlocks()
	nextLetter, endLetters := pull(t, c.Letters(t.Context(), "alice", ledgertest.Key("alice"), 0))
	defer endLetters()
	nextBlock()
	for round := range 3 {
		send(t, c, "alice", fmt.Sprint("letter ", round))
		submit(t, c, post("alice", uint64(round), fmt.Sprint(round)))
		if b := nextBlock(); b.Header.Height != uint64(heights+1) {
			t.Errorf("block %d after %d", b.Header.Height, heights)
		}
		if l := nextLetter(); string(l.Body) != fmt.Sprint("letter ", letters) {
			t.Errorf("letter %q", l.Body)
		}
		heights, letters = heights+1, letters+1
		stop()
		again := make(chan func(), 1)
		time.AfterFunc(20*time.Millisecond, func() { again <- w.start(&current) })
		if _, err := c.Status(t.Context()); err != nil { // asks until it is there
			t.Error(err)
		}
		stop = <-again
	}
}

var _ message.Ledger = (*api.Client)(nil)
