package proof

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// cosignatureAlgorithm marks Ed25519 keys that cosign (C2SP tlog-cosignature). A cosigner's key serves nothing else.
const cosignatureAlgorithm = 4

// Cosignature is a witness's word that, at a time, a checkpoint was the newest it had seen of a log and continued all
// earlier ones.
type Cosignature struct {
	Name string
	Time time.Time // whole seconds, UTC
}

// CosignatureKey is a witness's key in the text form of trust files and of other people's tools, name+hash+base64.
func CosignatureKey(name string, key ed25519.PublicKey) (string, error) {
	if _, err := VerifierKey(name, key); err != nil { // one rule for names and keys
		return "", err
	}
	public := append([]byte{cosignatureAlgorithm}, key...)
	return fmt.Sprintf("%s+%08x+%s", name, keyHash(name, public), base64.StdEncoding.EncodeToString(public)), nil
}

// Cosigner signs for a witness. Time is an argument of each signature.
type Cosigner struct {
	name string
	key  ed25519.PrivateKey
}

// NewCosigner is the witness of a name.
func NewCosigner(name string, key ed25519.PrivateKey) (*Cosigner, error) {
	if _, err := NewSigner(name, key); err != nil {
		return nil, err
	}
	return &Cosigner{name: name, key: key}, nil
}

// Cosign gives one signature line over a checkpoint: "— name base64(key hash ‖ time ‖ signature)" and a line feed. The
// caller must have verified that the checkpoint continues every other one of its log that it ever cosigned (Follower).
func (c *Cosigner) Cosign(checkpoint *Checkpoint, at time.Time) ([]byte, error) {
	if at.Unix() < 0 {
		return nil, fmt.Errorf("cosign checkpoint of %d records: a time before 1970", checkpoint.Size)
	}
	public := append([]byte{cosignatureAlgorithm}, c.key.Public().(ed25519.PublicKey)...)
	stamp := uint64(at.Unix())
	raw := binary.BigEndian.AppendUint32(nil, keyHash(c.name, public))
	raw = binary.BigEndian.AppendUint64(raw, stamp)
	raw = append(raw, ed25519.Sign(c.key, cosigned(stamp, []byte(checkpoint.text())))...)
	return fmt.Appendf(nil, "— %s %s\n", c.name, base64.StdEncoding.EncodeToString(raw)), nil
}

// Signed tells whether a note carries a line that says it is this cosigner's. The signature is not judged.
func (c *Cosigner) Signed(signed []byte) bool {
	public := append([]byte{cosignatureAlgorithm}, c.key.Public().(ed25519.PublicKey)...)
	want := keyHash(c.name, public)
	for line := range bytes.Lines(signed) {
		if name, hash, readable := signatureLine(line); readable && name == c.name && hash == want {
			return true
		}
	}
	return false
}

// Key is the cosigner's public key in its text form (CosignatureKey).
func (c *Cosigner) Key() string {
	text, err := CosignatureKey(c.name, c.key.Public().(ed25519.PublicKey))
	if err != nil {
		panic(err) // NewCosigner has checked the name and the key
	}
	return text
}

// cosigned is what a cosignature is over.
func cosigned(stamp uint64, text []byte) []byte {
	return append(fmt.Appendf(nil, "cosignature/v1\ntime %d\n", stamp), text...)
}

// With is a checkpoint with cosignatures added, each a line of Cosign, of keys in known. What is no good cosignature over
// this checkpoint, or one of a witness that is there already, is refused.
func (c *Checkpoint) With(known note.Verifiers, lines ...[]byte) (*Checkpoint, error) {
	b := append([]byte{}, c.Note...)
	for _, line := range lines {
		b = append(b, line...)
	}
	return OpenCheckpoint(b, c.Origin, known)
}

// witness verifies cosignatures: the note's signature is time ‖ Ed25519 signature.
type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func newWitness(text string) (*witness, error) {
	name, _, _ := strings.Cut(text, "+")
	raw := keyMaterial(text)
	if len(raw) != 1+ed25519.PublicKeySize || raw[0] != cosignatureAlgorithm {
		return nil, ErrKey
	}
	if again, err := CosignatureKey(name, raw[1:]); err != nil || again != text {
		return nil, ErrKey
	}
	return &witness{name: name, hash: keyHash(name, raw), key: raw[1:]}, nil
}

func (w *witness) Name() string    { return w.name }
func (w *witness) KeyHash() uint32 { return w.hash }

func (w *witness) Verify(text, signature []byte) bool {
	stamp, ok := stampOf(signature)
	return ok && ed25519.Verify(w.key, cosigned(stamp, text), signature[8:])
}

// stampOf is the time in a cosignature, Unix seconds.
func stampOf(signature []byte) (uint64, bool) {
	if len(signature) != 8+ed25519.SignatureSize {
		return 0, false
	}
	stamp := binary.BigEndian.Uint64(signature)
	return stamp, stamp <= math.MaxInt64
}

// cosignatures are those on an opened note.
func cosignatures(n *note.Note, known note.Verifiers) []Cosignature {
	var list []Cosignature
	for _, s := range n.Sigs {
		v, err := known.Verifier(s.Name, s.Hash)
		if _, isWitness := v.(*witness); err != nil || !isWitness {
			continue
		}
		raw, _ := base64.StdEncoding.DecodeString(s.Base64) // after the key's hash, the signature that was verified
		stamp, _ := stampOf(raw[4:])
		list = append(list, Cosignature{Name: s.Name, Time: time.Unix(int64(stamp), 0).UTC()})
	}
	return list
}
