package rotation

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"time"

	"weir/engine/member/control"
	"weir/engine/member/folder"
	"weir/engine/message"
	"weir/ledger/api"
)

// The commands of a running daemon about its key.
const (
	CommandState  = "key"
	CommandRotate = "rotate-key"
	CommandRevoke = "revoke-key"
)

// Commands are what a daemon's operator may ask of its signer; each gives a State.
func (s *Signer) Commands(author *message.Author) map[string]control.Command {
	then := func(do func(context.Context) error) control.Command {
		return func(ctx context.Context, _ json.RawMessage) (any, error) {
			if err := do(ctx); err != nil {
				return nil, err
			}
			return s.State(ctx)
		}
	}
	return map[string]control.Command{
		CommandState:  then(func(context.Context) error { return nil }),
		CommandRotate: then(func(ctx context.Context) error { return s.Rotate(ctx, author, rand.Reader) }),
		CommandRevoke: then(func(ctx context.Context) error { return s.Revoke(ctx, author) }),
	}
}

// Do is one of the commands, for a folder without a daemon. A rotation that was interrupted after the ledger took it is
// finished, and no other one made.
func (s *Signer) Do(ctx context.Context, command string, l message.Ledger) (*State, error) {
	err := error(nil)
	switch command {
	case CommandRotate:
		var key ed25519.PrivateKey
		if key, err = s.load(); err == nil {
			err = s.Rotate(ctx, message.NewAuthor(l, s.Chain, s.Name, key), rand.Reader)
		}
	case CommandRevoke:
		var key ed25519.PrivateKey
		if key, err = s.Settle(ctx); err == nil {
			err = s.Revoke(ctx, message.NewAuthor(l, s.Chain, s.Name, key))
		}
	}
	if err != nil {
		return nil, err
	}
	return s.State(ctx)
}

// load reads the folder's signing key, whether it speaks or not.
func (s *Signer) load() (ed25519.PrivateKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key, err := folder.Key(s.Folder)
	if err == nil {
		s.set(key)
	}
	return key, err
}

// lag is how long the node may know of a change of keys before this process does.
const lag = 10 * time.Second

// With does something that takes the signing key, again with each new one, until it ends by itself or ctx does.
func (s *Signer) With(ctx context.Context, do func(ctx context.Context, key ed25519.PrivateKey) error) error {
	for {
		key, changed := s.Key()
		turn, cancel := context.WithCancel(ctx)
		go func() {
			select {
			case <-changed:
				cancel()
			case <-turn.Done():
			}
		}()
		err := do(turn, key)
		cancel()
		if ctx.Err() != nil || !changedWithin(ctx, changed, err) {
			return err
		}
	}
}

// changedWithin tells whether another key signs now. A node that does not know the key any more is given a moment.
func changedWithin(ctx context.Context, changed <-chan struct{}, err error) bool {
	wait := time.Duration(0)
	if errors.Is(err, api.ErrUnauthorised) {
		wait = lag
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-changed:
		return true
	default:
	}
	select {
	case <-changed:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}
