package holder_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"testing"

	"weir/engine"
	"weir/engine/directory"
	"weir/engine/holder"
	"weir/engine/inquiry"
	"weir/engine/internal/messagetest"
	"weir/engine/internal/partytest"
	"weir/engine/member"
	"weir/engine/message"
	"weir/engine/vault"
	"weir/ledger/proof"
)

// log is a log of headers of which only the newest checkpoint is there: it shows no consistency and no bundle.
type log struct {
	*messagetest.Ledger
	newest []byte
}

func (l *log) Checkpoint(context.Context) ([]byte, error) { return l.newest, nil }

// checkpoint is signed by a key made from a name.
func checkpoint(t *testing.T, key engine.Name, size uint64, root engine.Digest) []byte {
	t.Helper()
	signer, err := proof.NewSigner("log", messagetest.Key(key))
	if err != nil {
		t.Fatal(err)
	}
	c, err := proof.SignCheckpoint("weir/test", size, root, signer)
	if err != nil {
		t.Fatal(err)
	}
	return c.Note
}

// Anchored believes only checkpoints of the log that the party trusts, and only one history of it, across restarts.
func TestAnchoredBelievesOneHistory(t *testing.T) {
	verifier, err := proof.VerifierKey("log", messagetest.Key("log").Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	trust := &proof.Trust{Chain: "test-chain", Origin: "weir/test", CheckpointKeys: []string{verifier}}
	a, root := partytest.New(2), engine.Digest{7}
	attempt, err := inquiry.OpenAttempt(a.Genesis, [][]byte{a.Request}, a.Public.Tag)
	if err != nil {
		t.Fatal(err)
	}
	memory := new(vault.Transient)
	judge := func(anchor, newest []byte) error {
		l := &log{newLedger(), newest}
		if anchor != nil {
			l.Put(message.KindAnchor, attempt.Label.String(), a.Sign(partytest.Bank, message.KindAnchor, inquiry.Anchor{Label: attempt.Label, Checkpoint: anchor}))
		}
		follower, err := directory.Follow(l, member.LogMemory{Memory: memory}, trust)
		if err != nil {
			t.Fatal(err)
		}
		f := holder.NewAnchored(a.Genesis, l, follower)
		answer := a.Answers()[a.Parties[0]]
		return f.Final(t.Context(), attempt, map[engine.PartyID]*inquiry.Contributed{a.Parties[0]: answer.Commit})
	}
	good := checkpoint(t, "log", 5, root)
	for _, c := range []struct {
		name           string
		anchor, newest []byte
		want           error
	}{
		{"no anchor", nil, good, holder.ErrNotFinal},
		{"junk for an anchor", []byte("junk"), good, holder.ErrNotFinal},
		{"an anchor by another key", checkpoint(t, "stranger", 5, root), good, holder.ErrNotFinal},
		{"an anchor ahead of the log", checkpoint(t, "log", 6, root), good, holder.ErrNotFinal},
		{"an anchor of another history", checkpoint(t, "log", 5, engine.Digest{8}), good, proof.ErrFork},
		{"an older anchor that nothing connects", checkpoint(t, "log", 4, root), good, message.ErrNotFound},
		{"a commit that nobody shows", good, good, message.ErrNotFound},
		{"a log that went back", good, checkpoint(t, "log", 4, root), proof.ErrRollback},
		{"a log that tells another history", good, checkpoint(t, "log", 5, engine.Digest{8}), proof.ErrFork},
		{"a log that grew from nowhere", good, checkpoint(t, "log", 9, root), message.ErrNotFound},
	} {
		if err := judge(c.anchor, c.newest); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if err := judge(good, checkpoint(t, "stranger", 5, root)); err == nil {
		t.Error("a checkpoint by another key was followed")
	}
}
