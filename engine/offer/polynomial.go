package offer

import (
	"context"
	"fmt"

	"weir/engine"
	"weir/engine/message"
)

// FetchPolynomial fetches a polynomial of exactly size bytes and compares it with its digest; another content is
// message.ErrPost.
func FetchPolynomial(ctx context.Context, blobs message.Fetcher, digest engine.Digest, size int) ([]byte, error) {
	content, err := blobs.Fetch(ctx, digest, size)
	if err != nil {
		return nil, err
	}
	if len(content) != size || message.Blob(content) != digest {
		return nil, fmt.Errorf("%w: content is not the polynomial that digest %s names", message.ErrPost, digest.Short())
	}
	return content, nil
}
