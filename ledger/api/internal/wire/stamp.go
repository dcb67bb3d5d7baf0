package wire

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger"
)

// Window is how far the time of a stamp may be from the node's clock.
const Window = 2 * time.Minute

const (
	header = "Authorization"
	scheme = "Weir "
)

// Stamp proves that the addressee of a mailbox makes a request: an Ed25519 signature, in the header
//
//	Authorization: Weir BASE64(canonical [milliseconds, signature])
//
// over H("weir/api-request/v1", [chain, method, path with query, SHA-256 of the body, milliseconds]). The path names the
// mailbox, and with it whose key is meant.
//
// Whoever sees a request can make the same one again within the window. That is harmless: letters are sealed, deleting
// them up to a number again deletes nothing more, because numbers rise, and an older mail key does not replace a newer.
type Stamp struct {
	_         struct{} `cbor:",toarray"`
	Time      int64    // Unix milliseconds
	Signature [ledger.SignatureSize]byte
}

func stampDigest(chain engine.Name, method, uri string, body []byte, at int64) engine.Digest {
	return canonical.Digest("weir/api-request/v1", []any{chain, method, uri, sha256.Sum256(body), at})
}

// Sign puts a stamp on a request whose body is given.
func Sign(r *http.Request, chain engine.Name, key ed25519.PrivateKey, body []byte, at time.Time) {
	s := Stamp{Time: at.UnixMilli()}
	digest := stampDigest(chain, r.Method, r.URL.RequestURI(), body, s.Time)
	s.Signature = [ledger.SignatureSize]byte(ed25519.Sign(key, digest[:]))
	r.Header.Set(header, scheme+base64.StdEncoding.EncodeToString(canonical.Encode(s)))
}

// Check is nil when a request carries a stamp of the key and of about now. Errors wrap ErrUnauthorised.
func Check(authorization, method, uri string, body []byte, chain engine.Name, key [32]byte, now time.Time) error {
	text, is := strings.CutPrefix(authorization, scheme)
	if !is || len(text) > 200 {
		return fmt.Errorf("%w: no stamp", ErrUnauthorised)
	}
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return fmt.Errorf("%w: stamp malformed", ErrUnauthorised)
	}
	var s Stamp
	if err := canonical.Decode(b, 128, &s); err != nil {
		return fmt.Errorf("%w: stamp malformed", ErrUnauthorised)
	}
	if away := now.Sub(time.UnixMilli(s.Time)); away > Window || away < -Window {
		return fmt.Errorf("%w: stamp is %v from the node's clock, limit %v", ErrUnauthorised, away.Round(time.Second), Window)
	}
	claim := ledger.Signature{Key: key, Digest: stampDigest(chain, method, uri, body, s.Time), Signature: s.Signature}
	if !claim.Verify() {
		return fmt.Errorf("%w: signature does not verify", ErrUnauthorised)
	}
	return nil
}
