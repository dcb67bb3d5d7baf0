package engine

import (
	"encoding/hex"
	"fmt"
)

// Digest is a SHA-256 value; as text it is 64 lower-case hexadecimal digits.
type Digest [32]byte

// ParseDigest reads 64 lower-case hexadecimal digits and nothing else.
func ParseDigest(text string) (Digest, error) {
	var d Digest
	if len(text) != 2*len(d) {
		return d, fmt.Errorf("digest: %d characters, want %d", len(text), 2*len(d))
	}
	_, err := hex.Decode(d[:], []byte(text))
	for i := range len(text) {
		if err != nil || text[i] >= 'A' && text[i] <= 'F' {
			return Digest{}, fmt.Errorf("digest: want lower-case hexadecimal")
		}
	}
	return d, nil
}

// String is the digest as 64 lower-case hexadecimal digits.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// Short is the first eight hexadecimal digits, for people; never an identifier.
func (d Digest) Short() string { return hex.EncodeToString(d[:4]) }

// IsZero tells whether the digest was never set.
func (d Digest) IsZero() bool { return d == Digest{} }

// MarshalText makes a digest readable hexadecimal in JSON.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText is the inverse of MarshalText.
func (d *Digest) UnmarshalText(text []byte) error {
	parsed, err := ParseDigest(string(text))
	if err == nil {
		*d = parsed
	}
	return err
}

// RequestID identifies one request of a bank: the digest of its signed request.
type RequestID Digest

// MarshalText makes an identifier readable hexadecimal in JSON.
func (r RequestID) MarshalText() ([]byte, error) { return Digest(r).MarshalText() }

// UnmarshalText is the inverse of MarshalText.
func (r *RequestID) UnmarshalText(text []byte) error { return (*Digest)(r).UnmarshalText(text) }

// String is the identifier as 64 lower-case hexadecimal digits.
func (r RequestID) String() string { return Digest(r).String() }
