package inquiry_test

import (
	"context"
	"testing"

	"weir/engine"
	"weir/engine/inquiry"
	"weir/engine/internal/messagetest"
)

// A board that cannot be read is an error, never an answer.
func TestABrokenBoardIsAnError(t *testing.T) {
	g, board := messagetest.Genesis(), new(messagetest.Bulletin)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, find := range map[string]func() error{
		"attempt": func() error { _, err := inquiry.FindAttempt(ctx, g, board, engine.RequestID{}); return err },
		"commits": func() error {
			_, err := inquiry.FindCommits(ctx, g, board, engine.Digest{}, messagetest.Parties)
			return err
		},
	} {
		messagetest.Refused(t, name, find(), context.Canceled)
	}
}
