package consortium

import (
	"context"
	"fmt"
	"sync"
	"time"

	"weir/engine"
	"weir/engine/message"
)

// KindBlob is what contents of the content store are counted under.
const KindBlob message.Kind = "ciphertext"

// receiver takes private messages.
type receiver interface {
	Receive(ctx context.Context, kind message.Kind, body []byte, now time.Time) ([]byte, error)
}

// network carries every byte between the parties: it is the only way from one to another, and counts what each receives.
type network struct {
	board *noticeBoard
	now   func() time.Time

	mu        sync.Mutex
	receivers map[string]receiver
	received  map[string]map[message.Kind]int64
}

func newNetwork(genesis *message.Genesis, now func() time.Time) *network {
	return &network{board: newNoticeBoard(genesis), now: now, receivers: map[string]receiver{}, received: map[string]map[message.Kind]int64{}}
}

// join makes a party reachable under its address.
func (n *network) join(address string, r receiver) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.receivers[address] = r
}

func (n *network) count(who string, kind message.Kind, bytes int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.received[who] == nil {
		n.received[who] = map[message.Kind]int64{}
	}
	n.received[who][kind] += int64(bytes)
}

// link is the network as one party sees it: message.Board, message.Blobs and message.Mail.
type link struct {
	*network
	who string
}

func (l link) Post(_ context.Context, kind message.Kind, key string, entry []byte) error {
	return l.board.post(kind, key, entry)
}

func (l link) Find(_ context.Context, kind message.Kind, prefix string) ([][]byte, error) {
	found := l.board.find(kind, prefix)
	for _, entry := range found {
		l.count(l.who, kind, len(entry))
	}
	return found, nil
}

func (l link) Store(_ context.Context, digest engine.Digest, content []byte) error {
	return l.board.store(digest, content)
}

func (l link) Fetch(_ context.Context, digest engine.Digest, limit int) ([]byte, error) {
	content, err := l.board.fetch(digest, limit)
	l.count(l.who, KindBlob, len(content))
	return content, err
}

func (l link) Send(ctx context.Context, to string, kind message.Kind, body []byte) ([]byte, error) {
	l.mu.Lock()
	r := l.receivers[to]
	l.mu.Unlock()
	if r == nil {
		return nil, fmt.Errorf("nobody answers at %s", to)
	}
	l.count(to, kind, len(body))
	answer, err := r.Receive(ctx, kind, body, l.now())
	if len(answer) > 0 {
		l.count(l.who, message.KindCertificate, len(answer))
	}
	return answer, err
}
