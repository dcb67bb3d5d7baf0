package consortium

import (
	"context"
	"fmt"
	"sync"
	"time"

	"weir/engine"
	"weir/engine/holder"
	"weir/engine/member"
	"weir/engine/message"
	"weir/ledger"
)

// What is counted that is no message's body.
const (
	KindBlob   message.Kind = "ciphertext" // contents of the content store
	KindResult message.Kind = "result"     // what became of a transaction
	KindProof  message.Kind = "log-proof"  // checkpoints and paths
)

// sharedLedger is the ledger and content store that all parties meet through.
type sharedLedger interface {
	message.Ledger
	message.Log
	message.Blobs
	// join is what a party has of this ledger.
	join(g *message.Genesis, l link, memory member.Memory) (*seat, error)
	// public is what a mere reader can have, in bytes by kind.
	public(ctx context.Context) (map[message.Kind]int64, error)
	close() error
}

// seat is a ledger as one party has it.
type seat struct {
	members  message.Members
	ledger   message.Ledger  // to read from, what the members are judged by is learned from it
	finality holder.Finality // the rule by which an agent releases
}

// receiver takes private messages.
type receiver interface {
	Receive(ctx context.Context, kind message.Kind, body []byte, now time.Time) ([]byte, error)
}

// network carries every byte between the parties: it is the only way from one to another, and counts what each receives.
type network struct {
	ledger sharedLedger
	now    func() time.Time

	mu        sync.Mutex
	receivers map[string]receiver
	received  map[string]map[message.Kind]int64
}

func newNetwork(ledger sharedLedger, now func() time.Time) *network {
	return &network{ledger: ledger, now: now, receivers: map[string]receiver{}, received: map[string]map[message.Kind]int64{}}
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

// link is the network as one party sees it: message.Ledger, message.Log, message.Blobs and message.Mail.
type link struct {
	*network
	who string
}

func (l link) Next(ctx context.Context, sender ledger.Sender) (sequence, height uint64, err error) {
	return l.ledger.Next(ctx, sender)
}

func (l link) Submit(ctx context.Context, tx []byte) (*ledger.Result, error) {
	result, err := l.ledger.Submit(ctx, tx)
	if result != nil {
		l.count(l.who, KindResult, len(result.Encode()))
	}
	return result, err
}

func (l link) Find(ctx context.Context, kind message.Kind, prefix string) ([][]byte, error) {
	found, err := l.ledger.Find(ctx, kind, prefix)
	for _, entry := range found {
		l.count(l.who, kind, len(entry))
	}
	return found, err
}

func (l link) Checkpoint(ctx context.Context) ([]byte, error) {
	b, err := l.ledger.Checkpoint(ctx)
	l.count(l.who, KindProof, len(b))
	return b, err
}

func (l link) Consistency(ctx context.Context, oldSize, newSize uint64) ([]engine.Digest, error) {
	steps, err := l.ledger.Consistency(ctx, oldSize, newSize)
	l.count(l.who, KindProof, len(steps)*len(engine.Digest{}))
	return steps, err
}

func (l link) Bundle(ctx context.Context, tx engine.Digest, size uint64) ([]byte, error) {
	b, err := l.ledger.Bundle(ctx, tx, size)
	l.count(l.who, KindProof, len(b))
	return b, err
}

func (l link) Header(ctx context.Context, height, size uint64) ([]byte, []engine.Digest, error) {
	header, path, err := l.ledger.Header(ctx, height, size)
	l.count(l.who, KindProof, len(header)+len(path)*len(engine.Digest{}))
	return header, path, err
}

func (l link) State(ctx context.Context, contract engine.Name, keys []string) ([]byte, error) {
	b, err := l.ledger.State(ctx, contract, keys)
	l.count(l.who, KindProof, len(b))
	return b, err
}

func (l link) Store(ctx context.Context, digest engine.Digest, content []byte) ([]byte, error) {
	return l.ledger.Store(ctx, digest, content)
}

func (l link) Fetch(ctx context.Context, digest engine.Digest, limit int) ([]byte, error) {
	content, err := l.ledger.Fetch(ctx, digest, limit)
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
