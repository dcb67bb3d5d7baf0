package rotation_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/engine"
	"weir/engine/directory"
	"weir/engine/internal/messagetest"
	"weir/engine/internal/worldtest"
	"weir/engine/member"
	"weir/engine/member/folder"
	"weir/engine/member/rotation"
	"weir/engine/message"
	"weir/engine/vault"
	"weir/ledger"
	"weir/ledger/api"
	"weir/ledger/contract/registry"
)

// office is the folder of the bank, on a real ledger.
type office struct {
	*worldtest.World
	path   string
	node   *faulty
	signer *rotation.Signer
	author *message.Author
}

func open(t *testing.T) *office {
	t.Helper()
	w := worldtest.New(t)
	w.PeriodKey(t, "tax", "tax/vat") // a ledger that only began shows nothing
	o := &office{World: w, path: t.TempDir(), node: &faulty{World: w}}
	seed := hex.EncodeToString(w.Keys["bank"].Seed())
	if err := os.WriteFile(filepath.Join(o.path, folder.KeyFile), []byte(seed+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := o.start(t); err != nil {
		t.Fatal(err)
	}
	return o
}

// start is a process that begins, over what the folder holds.
func (o *office) start(t *testing.T) error {
	t.Helper()
	follower, err := directory.Follow(o.node, member.LogMemory{Memory: new(vault.Transient)}, o.Trust)
	if err != nil {
		t.Fatal(err)
	}
	members := directory.New(directory.Config{Genesis: o.Genesis, Ledger: o.node, Follower: follower})
	o.signer = &rotation.Signer{Folder: o.path, Chain: o.Genesis.Chain, Name: "bank", Registry: members}
	key, err := o.signer.Settle(t.Context())
	if err == nil {
		o.author = message.NewAuthor(o.node, o.Genesis.Chain, "bank", key)
	}
	return err
}

// speaks tells whether the bank can write with what it has, and gives the folder's key.
func (o *office) speaks(t *testing.T) (ed25519.PrivateKey, error) {
	t.Helper()
	_, err := o.author.Write(t.Context(), message.KindPeriodKey, worldtest.MonthKey(t, "bank"))
	if errors.Is(err, message.ErrConflict) { // it has said so before
		err = nil
	}
	key, bad := folder.Key(o.path)
	if bad != nil {
		t.Fatal(bad)
	}
	return key, err
}

// faulty is a node that fails where a test says, before or after it did what it was asked.
type faulty struct {
	*worldtest.World
	submit, after error
	state         error
	lost          [][]byte // transactions that never arrived
	late          []byte   // one that arrives now, before the next
}

func (f *faulty) Submit(ctx context.Context, tx []byte) (*ledger.Result, error) {
	if f.submit != nil {
		f.lost = append(f.lost, tx)
		return nil, f.submit
	}
	if late := f.late; late != nil {
		f.late = nil
		if _, err := f.World.Submit(ctx, late); err != nil {
			return nil, err
		}
	}
	result, err := f.World.Submit(ctx, tx)
	if f.after != nil {
		return nil, f.after
	}
	return result, err
}

func (f *faulty) State(ctx context.Context, contract engine.Name, keys []string) ([]byte, error) {
	if f.state != nil {
		return nil, f.state
	}
	return f.World.State(ctx, contract, keys)
}

func TestRotateAndGoOn(t *testing.T) {
	o := open(t)
	before, changed := o.signer.Key()
	for range 3 {
		if err := o.signer.Rotate(t.Context(), o.author, rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	key, err := o.speaks(t)
	if err != nil || key.Equal(before) {
		t.Errorf("%v", err)
	}
	select {
	case <-changed:
	default:
		t.Error("nobody was told")
	}
	if now, _ := o.signer.Key(); !now.Equal(key) {
		t.Error("another key than the folder's")
	}
	for _, file := range []string{folder.NextFile, folder.NextFile + ".new"} {
		if _, err := os.Stat(filepath.Join(o.path, file)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is left: %v", file, err)
		}
	}
	info, err := os.Stat(filepath.Join(o.path, folder.KeyFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v", err)
	}
	if err := o.start(t); err != nil {
		t.Fatal(err)
	}
	if _, err := o.speaks(t); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	state, err := o.signer.State(t.Context())
	if err != nil || state.Speaks != state.Signing || state.Next != "" {
		t.Errorf("%+v, %v", state, err)
	}
}

// Whatever fails, and wherever the process ends: after a new start the folder has a key that speaks, and to rotate again
// leads to the end. The key that speaks is in the folder at every moment.
func TestRotationsThatAreInterrupted(t *testing.T) {
	away := errors.New("the node is away")
	for name, fault := range map[string]func(*faulty){
		"before the ledger has it":                func(f *faulty) { f.submit = away },
		"after the ledger took it, unknown to us": func(f *faulty) { f.after = away },
		"before anything can be asked":            func(f *faulty) { f.state = away },
		"after the ledger took it, nothing shown": func(f *faulty) { f.after, f.state = away, nil },
	} {
		for _, restart := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, restart %v", name, restart), func(t *testing.T) {
				o := open(t)
				fault(o.node)
				if err := o.signer.Rotate(t.Context(), o.author, rand.Reader); !errors.Is(err, away) {
					t.Fatal(err)
				}
				*o.node = faulty{World: o.World}
				o.hasTheKeyThatSpeaks(t)
				if restart {
					if err := o.start(t); err != nil {
						t.Fatal(err)
					}
					if _, err := o.speaks(t); err != nil {
						t.Fatalf("after the restart: %v", err)
					}
				}
				if err := o.signer.Rotate(t.Context(), o.author, rand.Reader); err != nil {
					t.Fatal(err)
				}
				if key, err := o.speaks(t); err != nil || worldtest.Public(key) == worldtest.Public(o.Keys["bank"]) {
					t.Errorf("%v", err)
				}
			})
		}
	}
}

func (o *office) hasTheKeyThatSpeaks(t *testing.T) {
	t.Helper()
	state, err := o.signer.State(t.Context())
	if err != nil || state.Speaks == "" || state.Speaks != state.Signing && state.Speaks != state.Next {
		t.Errorf("%+v, %v", state, err)
	}
}

// A rotation that was on its way for long arrives just before the second one, which then is signed by a former key.
func TestARotationThatArrivesLate(t *testing.T) {
	o := open(t)
	o.node.submit = errors.New("the node is away")
	if err := o.signer.Rotate(t.Context(), o.author, rand.Reader); !errors.Is(err, o.node.submit) {
		t.Fatal(err)
	}
	*o.node = faulty{World: o.World, late: o.node.lost[0]}
	o.PeriodKey(t, "power", "power/meter") // the ledger goes on: the second one is not the same transaction
	if err := o.signer.Rotate(t.Context(), o.author, rand.Reader); err != nil {
		t.Fatal(err)
	}
	if _, err := o.speaks(t); err != nil {
		t.Error(err)
	}
}

// Without a daemon: an interrupted rotation is finished, and no second one made.
func TestDoWithoutADaemon(t *testing.T) {
	o := open(t)
	o.node.after = errors.New("the node is away")
	if _, err := o.signer.Do(t.Context(), rotation.CommandRotate, o.node); !errors.Is(err, o.node.after) {
		t.Fatal(err)
	}
	next, err := folder.NextKey(o.path)
	if err != nil {
		t.Fatal(err)
	}
	*o.node = faulty{World: o.World}
	state, err := o.signer.Do(t.Context(), rotation.CommandRotate, o.node)
	if key, _ := folder.Key(o.path); err != nil || !key.Equal(next) || state.Speaks != state.Signing || state.Next != "" {
		t.Errorf("%+v, %v", state, err)
	}
	if state, err = o.signer.Do(t.Context(), rotation.CommandState, o.node); err != nil || state.Speaks != state.Signing {
		t.Errorf("%+v, %v", state, err)
	}
	if state, err = o.signer.Do(t.Context(), rotation.CommandRevoke, o.node); err != nil || state.Speaks != "" {
		t.Errorf("%+v, %v", state, err)
	}
}

// What takes the key is done again with each new one; a node that knows of the change first does not end it.
func TestWithEachNewKey(t *testing.T) {
	o := open(t)
	begun := make(chan ed25519.PrivateKey)
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		ended <- o.signer.With(ctx, func(ctx context.Context, key ed25519.PrivateKey) error {
			begun <- key
			if key.Equal(messagetest.Key("bank")) {
				return fmt.Errorf("%w: another key speaks", api.ErrUnauthorised)
			}
			<-ctx.Done()
			return ctx.Err()
		})
	}()
	first := <-begun
	for range 2 {
		if err := o.signer.Rotate(t.Context(), o.author, rand.Reader); err != nil {
			t.Fatal(err)
		}
		if second := <-begun; second.Equal(first) {
			t.Error("the same key again")
		}
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	broken := errors.New("broken")
	if err := o.signer.With(t.Context(), func(context.Context, ed25519.PrivateKey) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("ended with %v", err)
	}
}

// A half-written next key of a crash was never used: a fresh one is made.
func TestAHalfWrittenKeyIsNotUsed(t *testing.T) {
	o := open(t)
	if err := os.WriteFile(filepath.Join(o.path, folder.NextFile+".new"), []byte("00"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := o.signer.Rotate(t.Context(), o.author, rand.Reader); err != nil {
		t.Fatal(err)
	}
}

// A26: the key is revoked, nothing is signed with it any more, and the key that the members give is the prepared one.
func TestRevokedAndRecovered(t *testing.T) {
	o := open(t)
	if err := o.signer.Revoke(t.Context(), o.author); err != nil {
		t.Fatal(err)
	}
	if _, err := o.speaks(t); !errors.Is(err, ledger.ErrSender) {
		t.Errorf("a revoked key signs: %v", err)
	}
	if err := o.signer.Rotate(t.Context(), o.author, rand.Reader); !errors.Is(err, directory.ErrNoKey) {
		t.Errorf("rotated without a key: %v", err)
	}
	if state, err := o.signer.State(t.Context()); err != nil || state.Speaks != "" {
		t.Errorf("%+v, %v", state, err)
	}
	if err := o.start(t); !errors.Is(err, directory.ErrNoKey) {
		t.Errorf("started: %v", err)
	}
	offered, err := o.signer.Offer(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	again, err := o.signer.Offer(rand.Reader)
	if err != nil || *again != *offered {
		t.Errorf("another key the second time: %v", err)
	}
	next, err := folder.NextKey(o.path)
	if err != nil || !strings.HasPrefix(offered.Possession, hex.EncodeToString(registry.Possess(o.Genesis.Chain, "bank", next))) {
		t.Fatalf("%v", err)
	}
	o.Recover(t, "bank", next)
	if err := o.start(t); err != nil {
		t.Fatal(err)
	}
	if key, err := o.speaks(t); err != nil || !key.Equal(next) {
		t.Errorf("recovered: %v", err)
	}
}

// Others gave the account a key that is not here: nothing is changed, and the error says so.
func TestAThirdKey(t *testing.T) {
	o := open(t)
	if _, err := o.signer.Offer(rand.Reader); err != nil {
		t.Fatal(err)
	}
	o.Recover(t, "bank", worldtest.Key("somebody's"))
	for name, try := range map[string]func() error{
		"start":  func() error { return o.start(t) },
		"rotate": func() error { return o.signer.Rotate(t.Context(), o.author, rand.Reader) },
	} {
		if err := try(); !errors.Is(err, rotation.ErrOtherKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if key, err := folder.Key(o.path); err != nil || !key.Equal(messagetest.Key("bank")) {
		t.Errorf("the folder's key is gone: %v", err)
	}
}

// A daemon learns at its start that its key does not speak: that of a backup from before a rotation, of a member that was not
// admitted yet, or a revoked one. On a ledger that only began nothing can have changed.
func TestCheckedAtTheStart(t *testing.T) {
	o := open(t)
	if err := o.signer.Check(t.Context()); err != nil {
		t.Error(err)
	}
	o.Rotate(t, "bank", worldtest.Key("elsewhere"))
	if err := o.signer.Check(t.Context()); !errors.Is(err, rotation.ErrOtherKey) {
		t.Errorf("another key: %v", err)
	}
	o.Send(t, "bank", registry.KindRevoke, registry.Revocation{Key: worldtest.Public(o.Keys["bank"])})
	if err := o.signer.Check(t.Context()); !errors.Is(err, directory.ErrNoKey) {
		t.Errorf("no key: %v", err)
	}
	o.signer.Name = "water"
	if err := o.signer.Check(t.Context()); !errors.Is(err, directory.ErrStranger) {
		t.Errorf("a stranger: %v", err)
	}
	o.node.state = message.ErrNotFound
	if err := o.signer.Check(t.Context()); err != nil {
		t.Errorf("nothing to show: %v", err)
	}
}

// A signer never prints its keys.
func TestASignerDoesNotPrint(t *testing.T) {
	o := open(t)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		if shown := fmt.Sprintf(verb, o.signer); shown != "[signer bank]" {
			t.Errorf("%s shows %.60s", verb, shown)
		}
	}
}
