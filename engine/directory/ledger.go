package directory

import (
	"context"
	"iter"

	"weir/engine/message"
	"weir/ledger"
)

// Ledger is the ledger that the directory follows, to read from: whatever it finds, the directory has learned to judge.
func (d *Directory) Ledger() message.Ledger { return learned{d.config.Ledger, d} }

type learned struct {
	message.Ledger
	directory *Directory
}

// Find is message.Board's. An error may also be that the ledger did not show who its members are.
func (l learned) Find(ctx context.Context, kind message.Kind, prefix string) ([][]byte, error) {
	found, err := l.Ledger.Find(ctx, kind, prefix)
	if err == nil {
		err = l.directory.learn(ctx, found)
	}
	if err != nil {
		return nil, err
	}
	return found, nil
}

// FindEach is message.Pager's.
func (l learned) FindEach(ctx context.Context, kind message.Kind, prefix string, yield func(tx []byte) bool) error {
	var unknown error
	err := message.FindEach(ctx, l.Ledger, kind, prefix, func(tx []byte) bool {
		unknown = l.directory.learn(ctx, [][]byte{tx})
		return unknown == nil && yield(tx)
	})
	if unknown != nil {
		return unknown
	}
	return err
}

// Watch is a feed whose blocks tell the directory when to ask again.
func (d *Directory) Watch(feed message.Feed) message.Feed { return watched{feed, d} }

type watched struct {
	message.Feed
	directory *Directory
}

// Blocks is message.Feed's.
func (w watched) Blocks(ctx context.Context, from uint64) iter.Seq2[*ledger.Committed, error] {
	return func(yield func(*ledger.Committed, error) bool) {
		for block, err := range w.Feed.Blocks(ctx, from) {
			if err == nil {
				w.directory.saw(block)
			}
			if !yield(block, err) {
				return
			}
		}
	}
}
