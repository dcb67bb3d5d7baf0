//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package keycache

import (
	"context"
	"errors"
	"fmt"

	"weir/circuits"
)

// acquire refuses: without a lock that ends with its process, two processes could mix their keys.
func (c *Cache) acquire(context.Context, circuits.Name) (unlock func(), err error) {
	return nil, fmt.Errorf("file locks on this system: %w", errors.ErrUnsupported)
}
