// Package folder is a member's own folder on disk: its signing key, its configuration, and the public file of the
// consortium it belongs to. It is for the daemons and for whoever sets them up.
//
// Secrets are files of mode 0600; a file that others can read is refused. Nothing is overwritten.
package folder

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"weir/engine"
	"weir/engine/message"
)

// The files of a folder.
const (
	KeyFile        = "signing.key"     // 64 hexadecimal digits, an Ed25519 seed (RFC 8032, section 5.1.5)
	SecretFile     = "secret.key"      // a holder's record key: whoever has it can test guesses against its published roots
	ConfigFile     = "config.yaml"     // see Config
	ConsortiumFile = "consortium.json" // see Consortium; the same for all members
	MemberFile     = "member.json"     // what others need to know of this member, for the founding document
)

// ErrMode is returned for a secret that others can read.
var ErrMode = errors.New("a secret must be readable by its owner alone")

// Member is the public description of a member, as it goes into the founding document.
type Member struct {
	Name engine.Name  `json:"name"`
	Role message.Role `json:"role"`
	Key  string       `json:"key"` // 64 hexadecimal digits
}

// Private tells whether a folder is its owner's alone.
func Private(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() || info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s: %w: mode %04o, want a folder of mode 0700", path, ErrMode, info.Mode().Perm())
	}
	return nil
}

// InitClient makes a folder for who is no member of a consortium: a configuration, and no key.
func InitClient(path, config string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	if err := Private(path); err != nil {
		return err
	}
	return create(filepath.Join(path, ConfigFile), []byte(config), 0o600)
}

// Init makes a folder with a fresh signing key, a configuration and the member's public description.
func Init(path string, name engine.Name, role message.Role, config string, random io.Reader) (*Member, error) {
	if _, err := engine.ParseName(string(name)); err != nil {
		return nil, fmt.Errorf("init %s: %w", path, err)
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	public, err := newKey(filepath.Join(path, KeyFile), random)
	if err != nil {
		return nil, fmt.Errorf("init %s: %w", path, err)
	}
	m := &Member{Name: name, Role: role, Key: hex.EncodeToString(public)}
	described, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, err
	}
	if role == message.RoleHolder {
		if err := newSecret(filepath.Join(path, SecretFile), random); err != nil {
			return nil, fmt.Errorf("init %s: %w", path, err)
		}
	}
	for name, content := range map[string]string{ConfigFile: config, MemberFile: string(described) + "\n"} {
		if err := create(filepath.Join(path, name), []byte(content), 0o644); err != nil {
			return nil, fmt.Errorf("init %s: %w", path, err)
		}
	}
	return m, nil
}

func newKey(path string, random io.Reader) (ed25519.PublicKey, error) {
	var seed [ed25519.SeedSize]byte
	if _, err := io.ReadFull(random, seed[:]); err != nil {
		return nil, fmt.Errorf("randomness: %w", err)
	}
	key := ed25519.NewKeyFromSeed(seed[:])
	return key.Public().(ed25519.PublicKey), create(path, []byte(hex.EncodeToString(seed[:])+"\n"), 0o600)
}

func newSecret(path string, random io.Reader) error {
	var secret [32]byte
	if _, err := io.ReadFull(random, secret[:]); err != nil {
		return fmt.Errorf("randomness: %w", err)
	}
	return create(path, []byte(hex.EncodeToString(secret[:])+"\n"), 0o600)
}

// create writes a file that is not there yet, durably.
func create(path string, content []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// Key reads the signing key of a folder.
func Key(path string) (ed25519.PrivateKey, error) {
	seed, err := readSecret(filepath.Join(path, KeyFile))
	if err != nil {
		return nil, err
	}
	return ed25519.NewKeyFromSeed(seed[:]), nil
}

// RecordKey reads the record key of a holder's folder.
func RecordKey(path string) (secret [32]byte, err error) {
	return readSecret(filepath.Join(path, SecretFile))
}

// readSecret reads 32 bytes in hexadecimal digits.
func readSecret(path string) (secret [32]byte, err error) {
	digits, err := SecretText(path, maxSecret)
	if err != nil {
		return secret, err
	}
	if n, err := hex.Decode(secret[:], []byte(digits[:min(len(digits), 64)])); err != nil || n != 32 || len(digits) != 64 {
		return [32]byte{}, fmt.Errorf("%s: not 64 hexadecimal digits", path)
	}
	return secret, nil
}

// maxSecret bounds the file of a key, in bytes.
const maxSecret = 1 << 10

// SecretText is the text of a file of at most so many bytes that only its owner can read, without the white space around
// it. The error repeats nothing of it.
func SecretText(path string, most int64) (string, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s: not a regular file", path)
	case info.Mode().Perm()&0o077 != 0:
		return "", fmt.Errorf("%s: %w: mode %04o, want 0600", path, ErrMode, info.Mode().Perm())
	case info.Size() > most:
		return "", fmt.Errorf("%s: %d bytes, limit %d", path, info.Size(), most)
	}
	text, err := os.ReadFile(path)
	return strings.TrimSpace(string(text)), err
}

// ReadMember reads the description of a member.
func ReadMember(path string) (message.Member, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return message.Member{}, err
	}
	var m Member
	strict := json.NewDecoder(bytes.NewReader(b))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&m); err != nil {
		return message.Member{}, fmt.Errorf("%s: %w", path, err)
	}
	key, err := hex.DecodeString(m.Key)
	if err != nil || len(key) != 32 {
		return message.Member{}, fmt.Errorf("%s: key: not 64 hexadecimal digits", path)
	}
	return message.Member{Name: m.Name, Role: m.Role, SigningKey: [32]byte(key)}, nil
}
