package proof

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"

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
	id := sha256.Sum256(append([]byte(name+"\n"), public...))
	seed := append([]byte{ed25519Algorithm}, key.Seed()...)
	signer, err := note.NewSigner(fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", name, binary.BigEndian.Uint32(id[:]), base64.StdEncoding.EncodeToString(seed)))
	if err != nil {
		return nil, fmt.Errorf("%w: name", ErrKey) // the library's error could repeat the key
	}
	return signer, nil
}

// verifiers reads keys in their text form.
func verifiers(keys []string) (note.Verifiers, error) {
	list := make([]note.Verifier, len(keys))
	for i, text := range keys {
		v, err := note.NewVerifier(text)
		if err != nil {
			return nil, fmt.Errorf("%w: number %d", ErrKey, i+1)
		}
		list[i] = v
	}
	return note.VerifierList(list...), nil
}
