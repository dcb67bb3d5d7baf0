// Package rotation changes the signing key of a member's own folder so that the key which speaks for it on the ledger is
// always at hand: a new key is stored before the ledger is told of it, and the old one leaves the folder when the ledger
// has shown, under the member's own trust, that the new one speaks. It is for daemons and for `weir key`.
//
// A crash at any step leaves a folder of two keys, and Settle asks the ledger which of them counts. The package never
// guesses: where the ledger names a third key, or none, it says so and changes nothing. Contract: registry; decision 0038.
package rotation

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"weir/engine"
	"weir/engine/directory"
	"weir/engine/member/folder"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/contract/registry"
	"weir/ledger/proof"
)

// ErrOtherKey is returned when the ledger shows a key for the member that its folder does not have.
var ErrOtherKey = errors.New("another key speaks for the member than this folder has: its members gave it one by votes, or another copy of the folder rotated it")

// Registry is what is asked whose key speaks: *directory.Directory.
type Registry interface {
	KeyOf(ctx context.Context, name engine.Name) ([32]byte, error)
}

// Signer is a member's folder with its key, and where the ledger shows which one speaks.
type Signer struct {
	Folder   string
	Chain    engine.Name
	Name     engine.Name
	Registry Registry

	mu      sync.Mutex
	key     ed25519.PrivateKey
	changed chan struct{}
}

// Format keeps keys out of every log line.
func (s *Signer) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[signer %s]", s.Name) }

// Settle reads the folder's signing key. Where a next key is there as well, it asks the ledger which of the two speaks, and
// lets the next one take the place of the other if it does. Without a next key it asks nobody. Errors wrap ErrOtherKey,
// directory.ErrNoKey where none speaks, and those of the registry.
func (s *Signer) Settle(ctx context.Context) (ed25519.PrivateKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	current, err := folder.Key(s.Folder)
	if err != nil {
		return nil, err
	}
	s.set(current)
	next, err := folder.NextKey(s.Folder)
	if err != nil || next == nil {
		return current, err
	}
	if _, err := s.settle(ctx, next); err != nil {
		return nil, err
	}
	return s.key, nil
}

// Check asks whether the folder's key speaks: one that does not would be refused one transaction after the other. Settle comes
// before. A ledger on which nothing was said yet shows nothing, and that is no error. Errors wrap ErrOtherKey,
// directory.ErrNoKey and directory.ErrStranger, and those of the registry.
func (s *Signer) Check(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	speaks, err := s.Registry.KeyOf(ctx, s.Name)
	switch {
	case errors.Is(err, message.ErrNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("which key speaks for %s: %w", s.Name, err)
	case speaks != public(s.key):
		return fmt.Errorf("%s: %w", s.Name, ErrOtherKey)
	}
	return nil
}

// settle asks which of two keys speaks; promoted tells that it is the next one, which is the folder's from then on.
func (s *Signer) settle(ctx context.Context, next ed25519.PrivateKey) (promoted bool, err error) {
	speaks, err := s.Registry.KeyOf(ctx, s.Name)
	if err != nil {
		return false, fmt.Errorf("which key speaks for %s: %w", s.Name, err)
	}
	switch speaks {
	case public(s.key):
		return false, nil
	case public(next):
		if err := folder.PromoteKey(s.Folder); err != nil {
			return false, err
		}
		s.set(next)
		return true, nil
	}
	return false, fmt.Errorf("%s: %w", s.Name, ErrOtherKey)
}

// set changes the key; the caller holds s.mu.
func (s *Signer) set(key ed25519.PrivateKey) {
	if s.changed != nil {
		close(s.changed)
	}
	s.key, s.changed = key, make(chan struct{})
}

// Key is the key that signs, and a channel that is closed when another one does. Settle comes before.
func (s *Signer) Key() (ed25519.PrivateKey, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.key, s.changed
}

// Rotate gives the member another key: the prepared one, or a fresh one. It may be called again after any failure or crash,
// and goes on where it was; a rotation that had come onto the ledger is found there. Settle comes before.
func (s *Signer) Rotate(ctx context.Context, author *message.Author, random io.Reader) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next, err := folder.PrepareKey(s.Folder, random)
	if err != nil {
		return fmt.Errorf("rotate key of %s: %w", s.Name, err)
	}
	promoted, err := s.settle(ctx, next)
	if err == nil && !promoted {
		rotation := registry.Rotation{Key: public(next), Possession: registry.Possess(s.Chain, s.Name, next)}
		_, err = author.WriteLast(ctx, registry.KindRotate, rotation, next)
		if err == nil || perhapsDone(err) {
			err = s.confirm(ctx, next, err)
		}
	}
	if err != nil {
		return fmt.Errorf("rotate key of %s: %w", s.Name, err)
	}
	author.Use(s.key)
	return nil
}

// confirm looks on the ledger for what became of a rotation that gave an error, or none.
func (s *Signer) confirm(ctx context.Context, next ed25519.PrivateKey, before error) error {
	if before == nil {
		return await(ctx, func() (bool, error) { return s.settle(ctx, next) })
	}
	promoted, err := s.settle(ctx, next)
	if err == nil && !promoted {
		err = before
	}
	return err
}

// What the ledger took it may show only when witnesses have cosigned it.
const (
	patience = 30 * time.Second
	pause    = 50 * time.Millisecond
)

var errNotShown = errors.New("the ledger took it, and does not show it yet: run the same again to go on")

// await asks until the ledger shows what it took.
func await(ctx context.Context, shown func() (bool, error)) error {
	for deadline := time.Now().Add(patience); ; {
		is, err := shown()
		if is || err != nil && !errors.Is(err, proof.ErrNotFinal) {
			return err
		}
		if !time.Now().Before(deadline) {
			return errors.Join(errNotShown, err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// perhapsDone tells whether an error may come of a rotation that had reached the ledger before.
func perhapsDone(err error) bool {
	var refused *message.RefusedError
	return errors.Is(err, ledger.ErrSignature) || errors.As(err, &refused)
}

// Revoke leaves the member without a key, at once and until its members give it another one by votes: for a key that
// somebody else may have. The folder keeps the key, which signs nothing any more.
func (s *Signer) Revoke(ctx context.Context, author *message.Author) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := author.Write(ctx, registry.KindRevoke, registry.Revocation{Key: public(s.key)})
	if err == nil {
		err = await(ctx, func() (bool, error) {
			_, err := s.Registry.KeyOf(ctx, s.Name)
			if errors.Is(err, directory.ErrNoKey) {
				return true, nil
			}
			return false, err
		})
	}
	if err != nil {
		return fmt.Errorf("revoke key of %s: %w", s.Name, err)
	}
	return nil
}

// Offered is a key that others may give a member by votes, with the proof that the member has it (registry.Recovery and
// registry.Admission).
type Offered struct {
	Name       engine.Name `json:"name"`
	Key        string      `json:"key"`        // 64 hexadecimal digits
	Possession string      `json:"possession"` // 128 hexadecimal digits
}

// Offer prepares a next key, which Settle takes up once the ledger shows that it speaks.
func (s *Signer) Offer(random io.Reader) (*Offered, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next, err := folder.PrepareKey(s.Folder, random)
	if err != nil {
		return nil, fmt.Errorf("next key of %s: %w", s.Name, err)
	}
	key := public(next)
	return &Offered{Name: s.Name, Key: hex.EncodeToString(key[:]), Possession: hex.EncodeToString(registry.Possess(s.Chain, s.Name, next))}, nil
}

// State is what folder and ledger say of a member's keys.
type State struct {
	Name    engine.Name `json:"name"`
	Signing string      `json:"signing"` // the folder's key, 64 hexadecimal digits
	Next    string      `json:"next"`    // prepared; empty for none
	Speaks  string      `json:"speaks"`  // that the ledger shows; empty for none
}

// State asks the ledger, and changes nothing.
func (s *Signer) State(ctx context.Context) (*State, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	current, err := folder.Key(s.Folder)
	if err != nil {
		return nil, err
	}
	next, err := folder.NextKey(s.Folder)
	if err != nil {
		return nil, err
	}
	state := &State{Name: s.Name, Signing: text(current)}
	if next != nil {
		state.Next = text(next)
	}
	speaks, err := s.Registry.KeyOf(ctx, s.Name)
	if errors.Is(err, directory.ErrNoKey) {
		return state, nil
	}
	if err != nil {
		return nil, fmt.Errorf("which key speaks for %s: %w", s.Name, err)
	}
	state.Speaks = hex.EncodeToString(speaks[:])
	return state, nil
}

func public(key ed25519.PrivateKey) [32]byte {
	return [32]byte(key.Public().(ed25519.PublicKey))
}

func text(key ed25519.PrivateKey) string {
	b := public(key)
	return hex.EncodeToString(b[:])
}
