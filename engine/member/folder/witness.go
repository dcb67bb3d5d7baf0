package folder

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"weir/ledger/proof"
	"weir/ledger/witness/watch"
)

// The files of a witness's key.
const (
	WitnessKeyFile    = "witness.key" // 64 hexadecimal digits, an Ed25519 seed; it cosigns checkpoints and serves nothing else
	WitnessPublicFile = "witness.pub" // its public key with the witness's name, one line (C2SP signed-note)
)

// MaxWitnesses is how many witnesses a consortium may list: the lines of all of them fit on one checkpoint.
const MaxWitnesses = 15

// ErrWitness is returned for a witness key that is missing, malformed, or not the one that its public file names.
var ErrWitness = errors.New("witness key refused")

// maxWitnessKey bounds the public key's line, in bytes.
const maxWitnessKey = 512

// NewWitness makes a witness key in a folder, which is made where it is not there, and gives its public line.
func NewWitness(path, name string, random io.Reader) (string, error) {
	if _, err := proof.CosignatureKey(name, make([]byte, ed25519.PublicKeySize)); err != nil || len(name) > 129 {
		return "", fmt.Errorf("%w: name %q: want 1 to 129 characters, without spaces and plus signs", ErrWitness, name)
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return "", err
	}
	public, err := newKey(filepath.Join(path, WitnessKeyFile), random)
	if err != nil {
		return "", fmt.Errorf("witness key: %w", err)
	}
	line, err := proof.CosignatureKey(name, public)
	if err != nil {
		return "", err
	}
	return line, create(filepath.Join(path, WitnessPublicFile), []byte(line+"\n"), 0o644)
}

// InitWitness makes the folder of somebody who is a witness and no member.
func InitWitness(path, name, config string, random io.Reader) (string, error) {
	line, err := NewWitness(path, name, random)
	if err != nil {
		return "", fmt.Errorf("init %s: %w", path, err)
	}
	return line, create(filepath.Join(path, ConfigFile), []byte(config), 0o644)
}

// ReadWitness reads the public line of a witness.
func ReadWitness(file string) (string, error) {
	info, err := os.Stat(file)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() || info.Size() > maxWitnessKey {
		return "", fmt.Errorf("%w: %s is no file of one line", ErrWitness, file)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	return strings.TrimSuffix(string(b), "\n"), nil
}

// Cosigner is the witness of a folder.
func Cosigner(path string) (*proof.Cosigner, error) {
	seed, err := readSecret(filepath.Join(path, WitnessKeyFile))
	if err != nil {
		return nil, err
	}
	line, err := ReadWitness(filepath.Join(path, WitnessPublicFile))
	if err != nil {
		return nil, err
	}
	name, _, _ := strings.Cut(line, "+")
	c, err := proof.NewCosigner(name, ed25519.NewKeyFromSeed(seed[:]))
	if err != nil || c.Key() != line {
		return nil, fmt.Errorf("%w: %s is not the public key of %s", ErrWitness, WitnessPublicFile, WitnessKeyFile)
	}
	return c, nil
}

// Watching is how a folder's watch is opened.
type Watching struct {
	Node   watch.Node
	Cosign bool          // with the folder's witness key, which the consortium must list
	Pause  time.Duration // rest between two looks; for who does not cosign, at least followPause
	Log    *slog.Logger
}

// followPause is how often who only follows looks by itself: nobody waits for it, and what it rests on it measures when it does.
const followPause = time.Second

// Watch opens the watch of a folder over its consortium's log.
func (c *Consortium) Watch(path string, w Watching) (*watch.Watch, error) {
	trust, err := c.Trust()
	if err != nil {
		return nil, err
	}
	config := watch.Config{Folder: path, Trust: trust, Node: w.Node, Clock: time.Now, Pause: w.Pause, Log: w.Log}
	if !w.Cosign {
		config.Pause = max(config.Pause, followPause)
	} else {
		if config.Cosigner, err = Cosigner(path); err != nil {
			return nil, err
		}
		if key := config.Cosigner.Key(); !slices.Contains(c.Witness.Keys, key) {
			return nil, fmt.Errorf("%w: %s does not list this witness: %s", ErrWitness, ConsortiumFile, key)
		}
	}
	return watch.Open(config)
}
