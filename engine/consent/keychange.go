package consent

import (
	"crypto/ed25519"
	"fmt"
	"io"
	"time"

	"weir/engine"
	"weir/engine/canonical"
)

// KeyChange is the registrar's notice that an enterprise has given up one long-term key for another. It goes to agents under
// their seal, never in public. Without it a holder that has seen the first key declines the second: else a registrar,
// or whoever has its key, could consent for an enterprise that a holder already knows, and nobody would notice.
type KeyChange struct {
	_          struct{} `cbor:",toarray"`
	Chain      engine.Name
	Kind       engine.SubjectKind
	Identifier string
	From, To   Key
	At         int64 // Unix seconds
	Signature  []byte
}

// Format keeps the enterprise out of every log line.
func (KeyChange) Format(f fmt.State, _ rune) { io.WriteString(f, "[notice of a key change]") }

func (c *KeyChange) digest() engine.Digest {
	return canonical.Digest("weir/key-change/v1", []any{c.Chain, c.Kind, c.Identifier, c.From, c.To, c.At})
}

// ChangeKey signs a notice with the registrar's key.
func ChangeKey(chain engine.Name, id engine.Identifier, from, to Key, at time.Time, registrar ed25519.PrivateKey) []byte {
	c := KeyChange{Chain: chain, Kind: id.Kind, Identifier: id.Text, From: from, To: to, At: at.Unix()}
	digest := c.digest()
	c.Signature = ed25519.Sign(registrar, digest[:])
	return canonical.Encode(c)
}

// OpenKeyChange reads a notice and tells which enterprise it is about. Errors wrap ErrCertificate and name none.
func OpenKeyChange(b []byte, chain engine.Name, registrar Key) (engine.Identifier, *KeyChange, error) {
	var c KeyChange
	if err := canonical.Decode(b, maxMessage, &c); err != nil {
		return engine.Identifier{}, nil, fmt.Errorf("%w: notice of a key change: %w", ErrCertificate, err)
	}
	id, err := engine.ParseIdentifier(c.Kind, c.Identifier)
	if err != nil {
		return engine.Identifier{}, nil, fmt.Errorf("%w: notice of a key change: %w", ErrCertificate, err)
	}
	digest := c.digest()
	switch {
	case c.Chain != chain || !ed25519.Verify(registrar[:], digest[:], c.Signature):
		err = fmt.Errorf("%w: notice of a key change not signed by the registrar for this chain", ErrCertificate)
	case c.From == c.To:
		err = fmt.Errorf("%w: notice of a key change that changes nothing", ErrCertificate)
	}
	if err != nil {
		return engine.Identifier{}, nil, err
	}
	return id, &c, nil
}

// Follow is the key to know from now on, for who knew another: the notice's new one exactly if the known key is the one given
// up. A notice that comes again, or is about an earlier change, changes nothing.
func (c *KeyChange) Follow(known Key) Key {
	if known == c.From {
		return c.To
	}
	return known
}
