// Package keycache keeps compiled circuits and their Groth16 keys in a folder, so that a machine makes development keys
// once and every process and test after that loads them in milliseconds. It is for the commands, the runtimes and the
// tests of weir; they take what it gives as circuits.Keys.
//
// It refuses to hand a file to a library decoder before the file's length and SHA-256 are the recorded ones, and it
// refuses to make keys where keys from a ceremony were asked for. It never calls development keys anything else: one
// party made them, with circuits/setup, and that party can forge. It does not defend against a user who may write to
// the folder: such a user can replace keys and record together.
//
// Files, all written under a temporary name, synced and renamed, so that a reader or a crash meets whole files only:
//
//	CIRCUIT.lock               held while anything about the circuit is written (flock)
//	CIRCUIT.builds.json        which executable compiled which system, the newest few
//	DIGEST.system              the compiled system with that SHA-256
//	DIGEST.ORIGIN.json         the record of one pair of keys, written last; ORIGIN is "development" or a circuit id
//	DIGEST.ORIGIN.proving      the proving key as this machine's memory holds it (gnark's dump)
//	DIGEST.ORIGIN.verifying    the verifying key, compressed; its SHA-256 is the circuit id
package keycache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
	cs "github.com/consensys/gnark/constraint/bn254"

	"weir/circuits"
	"weir/engine"
)

// DirVariable is the environment variable that names another folder than the user's cache.
const DirVariable = "WEIR_KEY_CACHE"

// ErrNotInstalled is returned when keys with a certain circuit id were asked for and the folder does not have them.
var ErrNotInstalled = errors.New("keys not in the key cache")

// DefaultDir is the folder that DirVariable names, else weir/keys in the user's cache folder.
func DefaultDir() (string, error) {
	if dir := os.Getenv(DirVariable); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder for keys (set %s): %w", DirVariable, err)
	}
	return filepath.Join(dir, "weir", "keys"), nil
}

// Cache is one folder of keys as one process sees it. It is safe for concurrent use, and keeps what it has loaded.
type Cache struct {
	dir    string
	report func(Progress)
	build  func() string // identifies the running executable, "" where that is not possible

	lock    sync.Mutex
	flights map[flightKey]*flight
}

// Open gives the cache in dir, which is made when something is first written. report, which may be nil, is called while
// something takes long, from one goroutine at a time for each circuit.
func Open(dir string, report func(Progress)) *Cache {
	if report == nil {
		report = func(Progress) {}
	}
	return &Cache{dir: dir, report: report, build: executableDigest, flights: make(map[flightKey]*flight)}
}

// Keys is a compiled circuit with one pair of keys, and where the keys come from.
type Keys struct {
	circuits.KeySet
	Circuit circuits.Name
	Digest  engine.Digest // of the compiled system
	ID      engine.Digest // circuit id: SHA-256 of the verifying key
	Origin  Origin
}

// Origin says who made a pair of keys, in the words of trust.json: Development, or "ceremony:" and the transcript's digest.
type Origin string

// Development is the origin of keys that one party made and that this party can forge under.
const Development Origin = "development"

// Keys gives the compiled circuit and its development keys: from memory, else from the folder, else made now. compile is
// called only where this executable has not compiled the circuit before; a name therefore has to mean one circuit
// throughout a program. Callers in this process share one load, and processes that need the same keys wait for one of
// them to make these.
//
// Files that do not match their record are reported (Rejected) and made anew, with other keys. Errors: ctx's, compile's,
// those of the file system, setup.ErrCircuit. A key generation that has begun runs to its end before ctx is looked at.
func (c *Cache) Keys(ctx context.Context, circuit circuits.Name, compile func() (*cs.R1CS, error)) (*Keys, error) {
	return c.shared(ctx, flightKey{circuit, developmentFile}, func() (*Keys, error) {
		return c.load(ctx, task{circuit, developmentFile, compile}, true)
	})
}

// Registered gives the compiled circuit with the installed keys whose circuit id is the given one, or ErrNotInstalled.
// It makes no keys.
func (c *Cache) Registered(ctx context.Context, circuit circuits.Name, id engine.Digest, compile func() (*cs.R1CS, error)) (*Keys, error) {
	return c.shared(ctx, flightKey{circuit, id.String()}, func() (*Keys, error) {
		return c.load(ctx, task{circuit, id.String(), compile}, false)
	})
}

// Load is Registered for a circuit id, and Keys without one.
func (c *Cache) Load(ctx context.Context, circuit circuits.Name, id engine.Digest, compile func() (*cs.R1CS, error)) (*Keys, error) {
	if id.IsZero() {
		return c.Keys(ctx, circuit, compile)
	}
	return c.Registered(ctx, circuit, id, compile)
}

// Install puts keys into the folder, for Registered to find. The caller has checked where they come from.
func (c *Cache) Install(ctx context.Context, circuit circuits.Name, origin Origin, system *cs.R1CS, pk *groth16.ProvingKey, vk *groth16.VerifyingKey) (*Keys, error) {
	if origin == Development {
		return nil, errors.New("install keys: development keys are made by the cache itself")
	}
	id, err := circuits.ID(vk)
	if err != nil {
		return nil, err
	}
	t := task{circuit, id.String(), func() (*cs.R1CS, error) { return system, nil }}
	return c.locked(ctx, t, func() (*Keys, error) {
		digest, err := c.saveSystem(circuit, system)
		if err != nil {
			return nil, err
		}
		return c.saveKeys(t, &Keys{KeySet: circuits.KeySet{R1CS: system, Proving: pk, Verifying: vk}, Circuit: circuit, Digest: digest, ID: id, Origin: origin})
	})
}

// developmentFile stands in file names where installed keys have their circuit id.
const developmentFile = "development"

// task is one thing to load.
type task struct {
	circuit circuits.Name
	file    string // developmentFile or a circuit id
	compile func() (*cs.R1CS, error)
}

// load looks into the folder, and only if that fails, once more under the lock before it makes what is missing.
func (c *Cache) load(ctx context.Context, t task, generate bool) (*Keys, error) {
	if err := checkName(t.circuit); err != nil {
		return nil, err
	}
	keys, err := c.read(t)
	if err == nil {
		return keys, nil
	}
	return c.locked(ctx, t, func() (*Keys, error) {
		keys, err := c.read(t)
		if err == nil {
			return keys, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			c.report(Progress{Circuit: t.circuit, Step: Rejected, Reason: err})
		}
		return c.produce(t, generate)
	})
}

// produce compiles the circuit, and makes keys unless another executable that compiled the same system already has.
func (c *Cache) produce(t task, generate bool) (*Keys, error) {
	c.report(Progress{Circuit: t.circuit, Step: Compiling})
	system, err := t.compile()
	if err != nil {
		return nil, fmt.Errorf("key cache: compile %s: %w", t.circuit, err)
	}
	digest, err := c.saveSystem(t.circuit, system)
	if err != nil {
		return nil, err
	}
	keys, err := c.readKeys(t, digest)
	switch {
	case err == nil:
		keys.R1CS = system
		return keys, nil
	case !generate:
		return nil, fmt.Errorf("%w: %s with circuit id %s in %s", ErrNotInstalled, t.circuit, t.file, c.dir)
	}
	keys, err = c.generate(t.circuit, system)
	if err != nil {
		return nil, err
	}
	keys.Digest = digest
	return c.saveKeys(t, keys)
}
