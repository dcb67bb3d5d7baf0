package archive

import (
	"errors"
	"fmt"
	"io"

	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger"
	"weir/ledger/history"
	"weir/ledger/merkle"
	"weir/ledger/proof"
)

// Sealed is what a snapshot begins with: the header whose state it is, and what proves that header.
type Sealed struct {
	_          struct{} `cbor:",toarray"`
	Header     []byte
	LogPath    []engine.Digest
	Checkpoint []byte
}

// sealedKey sorts before every key of a state, which begins with the name of a contract.
var sealedKey = []byte{0}

// Snapshot writes the state after the last block, which must have a checkpoint, with what proves it. The store must not
// change meanwhile.
func Snapshot(store ledger.Store, out io.Writer, step func()) (ledger.Head, error) {
	r := history.Reader{Store: store}
	head, begun := store.Head()
	if !begun {
		return head, fmt.Errorf("snapshot: %w", history.ErrNotFound)
	}
	sealed, err := seal(r, head)
	if err != nil {
		return head, fmt.Errorf("snapshot: %w", err)
	}
	w := newWriter(out, snapshotFormat)
	w.entry(sealedKey, canonical.Encode(sealed))
	err = store.Range(history.StatePrefix, nil, func(key, value []byte) bool {
		w.entry(key[len(history.StatePrefix):], value)
		step()
		return w.err == nil
	})
	if err == nil {
		err = w.end(head)
	}
	if err != nil {
		return head, fmt.Errorf("snapshot: %w", err)
	}
	return head, nil
}

func seal(r history.Reader, head ledger.Head) (*Sealed, error) {
	h, err := r.Header(head.Height)
	if err != nil {
		return nil, err
	}
	s := &Sealed{Header: h.Encode()}
	if s.Checkpoint, err = r.Checkpoint(); err != nil {
		return nil, err
	}
	c, err := proof.ReadCheckpoint(s.Checkpoint)
	if err != nil || c.Size != head.Height+1 {
		return nil, fmt.Errorf("%w: a checkpoint over block %d", history.ErrNotFound, head.Height)
	}
	s.LogPath, err = r.Log(c.Size).Path(head.Height)
	return s, err
}

// Content is a snapshot that was read and found whole.
type Content struct {
	Sealed
	Of      *ledger.Header
	Entries uint64
}

// Read reads a snapshot, gives each entry of the state to take, and checks that all of them together are the state of the
// header in it. What it gave is good only when no error comes in the end. Whether the header is the ledger's is told by
// Verify.
func Read(in io.Reader, take func(key, value []byte)) (*Content, error) {
	r, err := newReader(in, snapshotFormat)
	if err != nil {
		return nil, err
	}
	c, err := begin(r)
	if err != nil {
		return nil, err
	}
	at := ledger.NewStateTree(c.Of.Chain)
	var list []merkle.Entry
	for {
		key, value, err := r.next()
		if err != nil {
			return nil, err
		}
		if key == nil {
			break
		}
		k := at.Key(key)
		list = append(list, merkle.Entry{Key: k, Value: at.Value(k, value)})
		take(key, value)
	}
	head, err := r.end()
	if err != nil {
		return nil, err
	}
	c.Entries = uint64(len(list))
	if head.Header != c.Of.Digest() || (merkle.Sparse{}).With(list).Root() != c.Of.State {
		return nil, fmt.Errorf("%w: its entries are not the state of block %d", ErrArchive, c.Of.Height)
	}
	return c, nil
}

func begin(r *reader) (*Content, error) {
	key, value, err := r.next()
	if err != nil {
		return nil, err
	}
	c := new(Content)
	if string(key) != string(sealedKey) || canonical.Decode(value, proof.MaxCheckpoint+ledger.MaxHeader+4<<10, &c.Sealed) != nil {
		return nil, fmt.Errorf("%w: it does not begin with a header", ErrArchive)
	}
	if c.Of, err = ledger.DecodeHeader(c.Header); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrArchive, err)
	}
	return c, nil
}

// Verify tells whether the snapshot's header stands under a checkpoint that a reader trusts.
func (c *Content) Verify(t *proof.Trust) error {
	signed, err := t.Open(c.Checkpoint)
	if err != nil {
		return err
	}
	if c.Of.Chain != t.Chain {
		return fmt.Errorf("%w: of %s, not of %s", ErrArchive, c.Of.Chain, t.Chain)
	}
	if err := merkle.CheckPath(signed.Root, signed.Size, c.Of.Height, c.Header, c.LogPath); err != nil {
		return errors.Join(ErrArchive, err)
	}
	return nil
}
