package consortium

import (
	"bytes"
	"fmt"
	"strings"
	"sync"

	"weir/engine"
	"weir/engine/consent"
	"weir/engine/inquiry"
	"weir/engine/message"
)

// noticeBoard is the in-memory board and content store that stand where the ledger will. It checks what message.Board
// promises and nothing of the protocol's rules: those are checked by whoever reads.
type noticeBoard struct {
	genesis *message.Genesis

	mu      sync.RWMutex
	entries map[message.Kind][]boardEntry
	blobs   map[engine.Digest][]byte
	bytes   map[message.Kind]int64 // what a mere reader of the board sees
}

type boardEntry struct {
	key    string
	author string
	bytes  []byte
}

func newNoticeBoard(genesis *message.Genesis) *noticeBoard {
	return &noticeBoard{genesis: genesis, entries: map[message.Kind][]boardEntry{}, blobs: map[engine.Digest][]byte{},
		bytes: map[message.Kind]int64{}}
}

func (b *noticeBoard) post(kind message.Kind, key string, entry []byte) error {
	author, err := b.author(kind, entry)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.entries[kind] {
		if e.key == key && e.author == author {
			if bytes.Equal(e.bytes, entry) {
				return nil
			}
			return fmt.Errorf("%w: %s by %s", message.ErrConflict, kind, author)
		}
	}
	b.entries[kind] = append(b.entries[kind], boardEntry{key: key, author: author, bytes: bytes.Clone(entry)})
	b.bytes[kind] += int64(len(entry))
	return nil
}

// author checks an entry's signature and says whose it is.
func (b *noticeBoard) author(kind message.Kind, entry []byte) (string, error) {
	switch kind {
	case message.KindConsent:
		public, err := consent.OpenPublic(entry, b.genesis.Chain)
		if err != nil {
			return "", err
		}
		return message.ConsentKey(public.Key), nil
	case message.KindRevocation:
		key, err := consent.OpenRevocation(entry, b.genesis.Chain)
		return message.ConsentKey(key), err
	}
	post, err := b.genesis.OpenPost(entry)
	if err != nil {
		return "", err
	}
	if post.Kind != kind {
		return "", fmt.Errorf("%w: a %s posted as %s", message.ErrPost, post.Kind, kind)
	}
	return string(post.Signer), nil
}

func (b *noticeBoard) find(kind message.Kind, prefix string) [][]byte {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var found [][]byte
	for _, e := range b.entries[kind] {
		if strings.HasPrefix(e.key, prefix) {
			found = append(found, bytes.Clone(e.bytes))
		}
	}
	return found
}

func (b *noticeBoard) store(digest engine.Digest, content []byte) error {
	if !inquiry.IsNamedBy(digest, content) {
		return fmt.Errorf("content store: %d bytes are not what digest %s names", len(content), digest.Short())
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, have := b.blobs[digest]; !have {
		b.blobs[digest] = bytes.Clone(content)
		b.bytes[KindBlob] += int64(len(content))
	}
	return nil
}

func (b *noticeBoard) fetch(digest engine.Digest, limit int) ([]byte, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	content, have := b.blobs[digest]
	if !have {
		return nil, fmt.Errorf("%w: content %s", message.ErrNotFound, digest.Short())
	}
	if len(content) > limit {
		return nil, fmt.Errorf("content store: %s has %d bytes, limit %d", digest.Short(), len(content), limit)
	}
	return bytes.Clone(content), nil
}

// seen is what a mere reader of the board can have: bytes by kind.
func (b *noticeBoard) seen() map[message.Kind]int64 {
	b.mu.RLock()
	defer b.mu.RUnlock()
	seen := map[message.Kind]int64{}
	for kind, n := range b.bytes {
		seen[kind] = n
	}
	return seen
}
