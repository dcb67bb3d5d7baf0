package offer_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"weir/engine"
	"weir/engine/internal/messagetest"
	"weir/engine/message"
	"weir/engine/offer"
)

// shelf is a content store with one content for every digest.
type shelf []byte

func (s shelf) Store(context.Context, engine.Digest, []byte) error { return nil }

func (s shelf) Fetch(_ context.Context, _ engine.Digest, limit int) ([]byte, error) {
	if s == nil {
		return nil, message.ErrNotFound
	}
	return s, nil // more than limit, if it likes
}

func TestFetchedPolynomialsAreCompared(t *testing.T) {
	content := []byte("polynomial")
	if got, err := offer.FetchPolynomial(t.Context(), shelf(content), message.Blob(content), len(content)); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%v", err)
	}
	_, err := offer.FetchPolynomial(t.Context(), shelf(content), message.Blob(content), len(content)-1)
	messagetest.Refused(t, "longer than asked", err, message.ErrPost)
	_, err = offer.FetchPolynomial(t.Context(), shelf("polynomiaL"), message.Blob(content), len(content))
	messagetest.Refused(t, "another content", err, message.ErrPost)
	if _, err = offer.FetchPolynomial(t.Context(), shelf(nil), message.Blob(content), len(content)); !errors.Is(err, message.ErrNotFound) {
		t.Errorf("nothing there: %v", err)
	}
}
