package circuits

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"

	groth16 "github.com/consensys/gnark/backend/groth16/bn254"

	"weir/engine"
)

// VerifyingKey is what proofs of one circuit are judged by, not folded.
type VerifyingKey = groth16.VerifyingKey

// MaxVerifyingKey bounds an encoded verifying key, in bytes: the largest of the protocol has 25 KiB.
const MaxVerifyingKey = 64 << 10

// ErrVerifyingKey is returned for bytes that are not the verifying key with a circuit id.
var ErrVerifyingKey = errors.New("not the verifying key")

// EncodeVerifyingKey is the key as gnark writes it with compressed points; its SHA-256 is the circuit id.
func EncodeVerifyingKey(key *VerifyingKey) ([]byte, error) {
	var b bytes.Buffer
	if _, err := key.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("encode a verifying key: %w", err)
	}
	return b.Bytes(), nil
}

// DecodeVerifyingKey reads the key with a circuit id. The library's decoder, which allocates what the bytes claim, sees
// them only when their SHA-256 is the id: whoever vouches for the id vouches for them. Errors wrap ErrVerifyingKey.
func DecodeVerifyingKey(b []byte, id engine.Digest) (*VerifyingKey, error) {
	if len(b) > MaxVerifyingKey {
		return nil, fmt.Errorf("%w: %d bytes, limit %d", ErrVerifyingKey, len(b), MaxVerifyingKey)
	}
	if sha256.Sum256(b) != id {
		return nil, fmt.Errorf("%w: its SHA-256 is not %s", ErrVerifyingKey, id.Short())
	}
	key := new(VerifyingKey)
	read, err := key.ReadFrom(bytes.NewReader(b))
	if err != nil || read != int64(len(b)) {
		return nil, fmt.Errorf("%w: not in the form that gnark writes", ErrVerifyingKey)
	}
	return key, nil
}
