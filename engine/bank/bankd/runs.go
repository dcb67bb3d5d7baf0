package bankd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"weir/engine"
	"weir/engine/member"
	"weir/engine/member/folder"
	"weir/engine/message"
	"weir/engine/open"
	ledgerproof "weir/ledger/proof"
)

// run is a request on its way to its end.
type run struct {
	done    chan struct{} // closed at the end
	score   *open.Score
	receipt string // file
	err     error
}

func (r *run) end(score *open.Score, receipt string, err error) {
	r.score, r.receipt, r.err = score, receipt, err
	close(r.done)
}

// wait waits for the end.
func (r *run) wait(ctx context.Context) error {
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// runs are the requests of this process. One that failed is begun again when it is asked for again.
type runs struct {
	mu   sync.Mutex
	byID map[engine.RequestID]*run
}

func (r *runs) begin(id engine.RequestID) (*run, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known := r.byID[id]; known != nil {
		select {
		case <-known.done:
			if known.err == nil {
				return known, false
			}
		default:
			return known, false
		}
	}
	if r.byID == nil {
		r.byID = map[engine.RequestID]*run{}
	}
	r.byID[id] = &run{done: make(chan struct{})}
	return r.byID[id], true
}

// keepReceipt writes the open receipt of a settled request, unless it is there, and gives its file.
func (d *daemon) keepReceipt(id engine.RequestID) (string, error) {
	path := folder.Within(d.path, d.config.Receipts)
	file := filepath.Join(path, id.String()+".receipt")
	if _, err := os.Stat(file); err == nil {
		return file, nil
	}
	if err := d.awaitFinal(id); err != nil {
		return "", fmt.Errorf("receipt: %w", err)
	}
	receipt, err := d.bank.Receipt(d.ctx, id)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return "", fmt.Errorf("receipt: %w", err)
	}
	if err := os.WriteFile(file+".new", receipt.Encode(), 0o600); err != nil {
		return "", fmt.Errorf("receipt: %w", err)
	}
	if err := os.Rename(file+".new", file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("receipt: %w", err)
	}
	return file, nil
}

// awaitFinal waits until everything that stands on the ledger by now is under a final checkpoint.
func (d *daemon) awaitFinal(id engine.RequestID) error {
	head, err := d.client.Status(d.ctx)
	if err != nil {
		return err
	}
	for told := false; ; {
		note, err := d.watch.Await(d.ctx, head.Height)
		var c *ledgerproof.Checkpoint
		if err == nil {
			c, err = ledgerproof.ReadCheckpoint(note)
		}
		switch {
		case err == nil && c.Size > head.Height:
			return nil
		case err != nil && !errors.Is(err, message.ErrNotFound):
			return err
		case !told:
			d.log.Info("settled; the receipt waits for witnesses", "request", id)
			told = true
		}
		if err := member.Wait(d.ctx, nil, d.driver.Patience/10); err != nil {
			return err
		}
	}
}
