package proof

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// ed25519Algorithm marks Ed25519 keys in C2SP signed-note.
const ed25519Algorithm = 1

// ErrKey is returned for a name or key that a note cannot carry.
var ErrKey = errors.New("checkpoint key malformed")

// VerifierKey is a key in the text form of trust files and of other people's tools, name+hash+base64 (C2SP signed-note).
// Unlike transactions, checkpoints follow the standard library's rule for Ed25519: other people's tools check them.
func VerifierKey(name string, key ed25519.PublicKey) (string, error) {
	if len(key) != ed25519.PublicKeySize {
		return "", fmt.Errorf("%w: %d bytes", ErrKey, len(key))
	}
	text, err := note.NewEd25519VerifierKey(name, key)
	if err == nil {
		_, err = note.NewVerifier(text) // refuses names that a note cannot carry
	}
	if err != nil {
		return "", fmt.Errorf("%w: name or key", ErrKey)
	}
	return text, nil
}

// NewSigner signs checkpoints with a key under a name.
func NewSigner(name string, key ed25519.PrivateKey) (note.Signer, error) {
	if len(key) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("%w: %d bytes", ErrKey, len(key))
	}
	public := append([]byte{ed25519Algorithm}, key.Public().(ed25519.PublicKey)...)
	seed := append([]byte{ed25519Algorithm}, key.Seed()...)
	signer, err := note.NewSigner(fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", name, keyHash(name, public), base64.StdEncoding.EncodeToString(seed)))
	if err != nil {
		return nil, fmt.Errorf("%w: name", ErrKey) // the library's error could repeat the key
	}
	return signer, nil
}

// keyHash is the first 4 bytes of SHA-256(name ‖ 0x0A ‖ algorithm ‖ public key).
func keyHash(name string, public []byte) uint32 {
	id := sha256.Sum256(append([]byte(name+"\n"), public...))
	return binary.BigEndian.Uint32(id[:])
}

// NewVerifier reads a key in its text form: one that signs checkpoints (VerifierKey) or cosigns them (CosignatureKey).
func NewVerifier(text string) (note.Verifier, error) {
	v, err := note.NewVerifier(text)
	if err == nil {
		return v, nil
	}
	if v, err := newWitness(text); err == nil {
		return v, nil
	}
	return nil, ErrKey
}

// verifierList reads keys that are all of one algorithm, each there once.
func verifierList(keys []string, algorithm byte) ([]note.Verifier, error) {
	list := make([]note.Verifier, len(keys))
	seen := map[[ed25519.PublicKeySize]byte]bool{}
	for i, text := range keys {
		v, err := NewVerifier(text)
		if err != nil {
			return nil, fmt.Errorf("%w: number %d", ErrKey, i+1)
		}
		raw := keyMaterial(text)
		if len(raw) != 1+ed25519.PublicKeySize || raw[0] != algorithm {
			return nil, fmt.Errorf("%w: number %d is for another use", ErrKey, i+1)
		}
		public := [ed25519.PublicKeySize]byte(raw[1:])
		if seen[public] {
			return nil, fmt.Errorf("%w: number %d is there twice", ErrKey, i+1)
		}
		seen[public] = true
		list[i] = v
	}
	return list, nil
}

// keyMaterial is the algorithm and the public key of a text form, whose base64 may hold plus signs.
func keyMaterial(text string) []byte {
	parts := strings.SplitN(text, "+", 3)
	raw, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil {
		return nil
	}
	return raw
}
