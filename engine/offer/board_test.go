package offer_test

import (
	"context"
	"testing"

	"weir/engine"
	"weir/engine/consent"
	"weir/engine/internal/messagetest"
	"weir/engine/offer"
)

// A board that cannot be read is an error, never an answer.
func TestABrokenBoardIsAnError(t *testing.T) {
	g, board := messagetest.Genesis(), new(messagetest.Bulletin)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, find := range map[string]func() error{
		"consent":    func() error { _, err := offer.FindConsent(ctx, g, board, consent.Key{}); return err },
		"revocation": func() error { _, err := offer.ConsentRevoked(ctx, g, board, consent.Key{}); return err },
		"records":    func() error { _, _, err := offer.FindRecords(ctx, g, board, "tax/vat"); return err },
		"model":      func() error { _, err := offer.FindPackage(ctx, g, board, engine.Digest{}); return err },
	} {
		messagetest.Refused(t, name, find(), context.Canceled)
	}
}
