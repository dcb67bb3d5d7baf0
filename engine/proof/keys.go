// Package proof says which public bytes each zero-knowledge proof of the protocol is about: it turns messages into the
// statements of the circuits, for the parties' runtimes that prove and verify. It is the one place where messages and
// circuits meet.
//
// It refuses keys that the consortium did not register. It does no I/O: keys arrive as circuits.Keys. Whoever made
// development keys alone can forge every proof; Origin says so.
package proof

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"weir/circuits"
	"weir/circuits/accusation"
	"weir/circuits/contribution"
	"weir/circuits/keycache"
	"weir/circuits/model"
	"weir/engine"
	"weir/engine/message"
)

// ErrKeys is returned for proving or verifying keys that are not the ones the consortium registered.
var ErrKeys = errors.New("not the registered keys")

// Keys are the keys of all circuits.
type Keys struct {
	contribution, model, accusation *keycache.Keys
}

// Load gives the keys of all circuits from a key cache: those that a registry names, which must be installed there, or
// without a registry development keys, which are made when the cache has none.
func Load(ctx context.Context, cache *keycache.Cache, registry Registry) (*Keys, error) {
	var k Keys
	var group errgroup.Group
	group.Go(func() (err error) {
		k.contribution, err = cache.Load(ctx, circuits.Contribution, registry[circuits.Contribution], contribution.Compile)
		return err
	})
	group.Go(func() (err error) {
		k.model, err = cache.Load(ctx, circuits.Model, registry[circuits.Model], model.Compile)
		return err
	})
	group.Go(func() (err error) {
		k.accusation, err = cache.Load(ctx, circuits.Accusation, registry[circuits.Accusation], accusation.Compile)
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	return &k, nil
}

// Registered is the entry of each circuit for a founding document, ordered by name.
func (k *Keys) Registered() []message.Circuit {
	var list []message.Circuit
	for _, keys := range []*keycache.Keys{k.accusation, k.contribution, k.model} {
		list = append(list, message.Circuit{Name: string(keys.Circuit), ID: keys.ID, Origin: string(keys.Origin)})
	}
	return list
}

// LedgerKeys are the verifying keys that a ledger's judge needs (NewJudge), by circuit, as gnark writes them compressed.
func (k *Keys) LedgerKeys() (map[circuits.Name][]byte, error) {
	files := map[circuits.Name][]byte{}
	for _, keys := range []*keycache.Keys{k.contribution, k.accusation} {
		b, err := circuits.EncodeVerifyingKey(keys.VerifyingKey())
		if err != nil {
			return nil, fmt.Errorf("verifying key of %s: %w", keys.Circuit, err)
		}
		files[keys.Circuit] = b
	}
	return files, nil
}

// ContributionKey is the verifying key of the contribution circuit, as gnark writes it compressed: its SHA-256 is the
// circuit id. Receipts carry it.
func (k *Keys) ContributionKey() ([]byte, error) {
	return circuits.EncodeVerifyingKey(k.contribution.VerifyingKey())
}

// Check tells whether these are the keys that a consortium registered.
func (k *Keys) Check(genesis *message.Genesis) error {
	for _, c := range k.Registered() {
		if id, registered := genesis.CircuitID(c.Name); !registered || id != c.ID {
			return fmt.Errorf("%w: %s of circuit %s", ErrKeys, c.ID.Short(), c.Name)
		}
	}
	return nil
}

// Development tells whether one party made any of the keys, and could forge.
func (k *Keys) Development() bool {
	for _, keys := range []*keycache.Keys{k.contribution, k.model, k.accusation} {
		if keys.Origin == keycache.Development {
			return true
		}
	}
	return false
}

// fieldBytes is a digest as a circuit's public input: field(·) behind a zero byte.
func fieldBytes(d engine.Digest) [32]byte {
	var b [32]byte
	copy(b[1:], d[:31])
	return b
}
