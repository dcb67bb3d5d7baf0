package wire

import (
	"errors"
	"fmt"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/contract"
	"weir/ledger/mailbox"
	"weir/ledger/merkle"
	"weir/ledger/proof"
)

// ErrAnswer is returned for an answer that is not what was asked for: malformed, too long, or about something else.
var ErrAnswer = errors.New("the node's answer is refused")

// Bounds on encodings, in bytes or, where it says so, numbers.
const (
	PageTxs   = 256     // transactions of one page
	PageBytes = 1 << 20 // of one page's transactions, but one may be larger
	MaxPage   = PageBytes + ledger.MaxTx + 16*PageTxs
	MaxBlock  = ledger.MaxBlockBytes + ledger.MaxBlockWrites + ledger.MaxHeader + 64*ledger.MaxBlockTxs
	MaxLetter = mailbox.MaxBody + 512
	MaxPath   = 128 * 34 // of a consistency proof: at most two paths in a log of 2^63 headers
)

// Page is a part of what find gives: transactions, oldest first, and where the next page begins, 0 for no more.
type Page struct {
	_    struct{} `cbor:",toarray"`
	Txs  [][]byte
	Next uint64
}

// DecodePage reads a page of transactions of a chain and of one kind.
func DecodePage(b []byte, chain engine.Name, kind message.Kind) (*Page, error) {
	var p Page
	if err := canonical.Decode(b, MaxPage, &p); err != nil {
		return nil, fmt.Errorf("%w: page: %w", ErrAnswer, err)
	}
	if len(p.Txs) > PageTxs || p.Next > 0 && len(p.Txs) == 0 {
		return nil, fmt.Errorf("%w: page of %d transactions", ErrAnswer, len(p.Txs))
	}
	for _, b := range p.Txs {
		tx, err := ledger.DecodeTx(b)
		if err != nil {
			return nil, fmt.Errorf("%w: page: %w", ErrAnswer, err)
		}
		if tx.Kind != kind || tx.Chain != chain {
			return nil, fmt.Errorf("%w: a %s of %s where %s of %s was asked for", ErrAnswer, tx.Kind, tx.Chain, kind, chain)
		}
	}
	return &p, nil
}

// Place is a sender's next sequence number, and the height of the last block.
type Place struct {
	_        struct{} `cbor:",toarray"`
	Sequence uint64
	Height   uint64
}

// block is ledger.Committed in its three encodings.
type block struct {
	_       struct{} `cbor:",toarray"`
	Header  []byte
	Txs     [][]byte
	Results [][]byte
}

// EncodeBlock gives the canonical bytes of a block, at most MaxBlock.
func EncodeBlock(c *ledger.Committed) []byte {
	b := block{Header: c.Header.Encode()}
	for i := range c.Txs {
		b.Txs = append(b.Txs, c.Txs[i].Bytes())
		b.Results = append(b.Results, c.Results[i].Encode())
	}
	return canonical.Encode(b)
}

// DecodeBlock reads a block: transactions and results are those that its header commits to.
func DecodeBlock(b []byte) (*ledger.Committed, error) {
	var w block
	if err := canonical.Decode(b, MaxBlock, &w); err != nil {
		return nil, fmt.Errorf("%w: block: %w", ErrAnswer, err)
	}
	header, err := ledger.DecodeHeader(w.Header)
	if err != nil {
		return nil, fmt.Errorf("%w: block: %w", ErrAnswer, err)
	}
	if len(w.Txs) != len(w.Results) || len(w.Txs) > ledger.MaxBlockTxs {
		return nil, fmt.Errorf("%w: block of %d transactions and %d results", ErrAnswer, len(w.Txs), len(w.Results))
	}
	if merkle.Root(w.Txs) != header.Txs || merkle.Root(w.Results) != header.Results {
		return nil, fmt.Errorf("%w: block %d does not hold what its header says", ErrAnswer, header.Height)
	}
	c := &ledger.Committed{Header: header}
	for i := range w.Txs {
		tx, err := ledger.DecodeTx(w.Txs[i])
		if err != nil {
			return nil, fmt.Errorf("%w: block: %w", ErrAnswer, err)
		}
		result, err := ledger.DecodeResult(w.Results[i])
		if err != nil {
			return nil, fmt.Errorf("%w: block: %w", ErrAnswer, err)
		}
		if result.Tx != tx.ID() || result.Height != header.Height || int(result.Index) != i {
			return nil, fmt.Errorf("%w: block %d: result %d is of another transaction", ErrAnswer, header.Height, i)
		}
		c.Txs, c.Results = append(c.Txs, tx), append(c.Results, result)
	}
	return c, nil
}

// Letter is a sealed letter on its way.
type Letter struct {
	_    struct{} `cbor:",toarray"`
	Kind message.Kind
	Body []byte
}

// DecodeLetter reads a letter; whether a mailbox takes it is the mailbox's to say.
func DecodeLetter(b []byte) (*Letter, error) {
	var l Letter
	if err := canonical.Decode(b, MaxLetter, &l); err != nil {
		return nil, fmt.Errorf("%w: letter: %w", ErrRequest, err)
	}
	return &l, nil
}

// Waiting is a letter as its addressee gets it.
type Waiting struct {
	_    struct{} `cbor:",toarray"`
	Kind message.Kind
	Time int64 // Unix milliseconds
	Body []byte
}

// DecodeWaiting reads a letter that was waiting.
func DecodeWaiting(b []byte) (*Waiting, error) {
	var w Waiting
	if err := canonical.Decode(b, MaxLetter, &w); err != nil {
		return nil, fmt.Errorf("%w: letter: %w", ErrAnswer, err)
	}
	if err := w.Kind.Check(); err != nil || len(w.Body) == 0 || len(w.Body) > mailbox.MaxBody {
		return nil, fmt.Errorf("%w: letter of %d bytes", ErrAnswer, len(w.Body))
	}
	return &w, nil
}

// DecodePath reads a list of digests, such as a consistency proof.
func DecodePath(b []byte) ([]engine.Digest, error) {
	var path []engine.Digest
	if err := canonical.Decode(b, MaxPath, &path); err != nil {
		return nil, fmt.Errorf("%w: path: %w", ErrAnswer, err)
	}
	return path, nil
}

// MaxStateKeys bounds an encoded list of keys of a contract's state, in bytes.
const MaxStateKeys = proof.MaxStateEntries * (contract.MaxKey + 3)

// EncodeStateKeys gives the canonical bytes of a list of keys.
func EncodeStateKeys(keys []string) []byte {
	encoded := make([][]byte, len(keys))
	for i, key := range keys {
		encoded[i] = []byte(key)
	}
	return canonical.Encode(encoded)
}

// DecodeStateKeys reads the keys of a contract's state that are asked about: 1 to 32, of at most 512 bytes each.
func DecodeStateKeys(b []byte) ([]string, error) {
	var encoded [][]byte
	if err := canonical.Decode(b, MaxStateKeys, &encoded); err != nil {
		return nil, fmt.Errorf("%w: keys: %w", ErrRequest, err)
	}
	if len(encoded) == 0 || len(encoded) > proof.MaxStateEntries {
		return nil, fmt.Errorf("%w: %d keys, want 1 to %d", ErrRequest, len(encoded), proof.MaxStateEntries)
	}
	keys := make([]string, len(encoded))
	for i, key := range encoded {
		if len(key) > contract.MaxKey {
			return nil, fmt.Errorf("%w: key %d has %d bytes, limit %d", ErrRequest, i+1, len(key), contract.MaxKey)
		}
		keys[i] = string(key)
	}
	return keys, nil
}

// MaxLogged bounds a header with its path, in bytes.
const MaxLogged = ledger.MaxHeader + MaxPath + 16

// Logged is a header and its path in the log.
type Logged struct {
	_      struct{} `cbor:",toarray"`
	Header []byte
	Path   []engine.Digest
}

// DecodeLogged reads a header with its path; what they show is for the reader to check.
func DecodeLogged(b []byte) (*Logged, error) {
	var l Logged
	if err := canonical.Decode(b, MaxLogged, &l); err != nil {
		return nil, fmt.Errorf("%w: header: %w", ErrAnswer, err)
	}
	return &l, nil
}
