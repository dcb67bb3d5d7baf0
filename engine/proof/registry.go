package proof

import (
	"errors"
	"fmt"
	"io"

	"weir/circuits"
	"weir/engine"
	"weir/engine/schema/strictjson"
)

// Registry is which verifying key is registered for each circuit.
type Registry map[circuits.Name]engine.Digest

// maxRegistry bounds a registry or trust file, in bytes.
const maxRegistry = 1 << 20

// ErrRegistry is returned for a file that does not list one verifying key for each circuit.
var ErrRegistry = errors.New("no registry of verifying keys")

// ParseRegistry reads the verifying_keys of a ceremony's registry.json or of a trust.json: a list of {circuit, sha256,
// origin} with each circuit once. Other keys of the file are left to those whom they concern. A key that stands twice
// is refused: two readers could take two of them.
func ParseRegistry(r io.Reader) (Registry, error) {
	root, err := strictjson.Parse(r, "registry", maxRegistry)
	var at *strictjson.Error
	if err != nil && !errors.As(err, &at) {
		return nil, err
	}
	registry := Registry{}
	if err == nil {
		err = registry.read(root)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRegistry, err)
	}
	for _, name := range circuits.Names() {
		if _, listed := registry[name]; !listed {
			return nil, fmt.Errorf("%w: circuit %q is missing", ErrRegistry, name)
		}
	}
	return registry, nil
}

func (r Registry) read(root strictjson.Value) error {
	file, err := root.Map()
	if err != nil {
		return err
	}
	list, err := file.Required("verifying_keys")
	if err != nil {
		return err
	}
	keys, err := list.List()
	if err != nil {
		return err
	}
	for _, key := range keys {
		circuit, digest, err := readKey(key)
		if err != nil {
			return err
		}
		if _, twice := r[circuit]; twice {
			return key.Errorf("circuit %q stands twice", circuit)
		}
		r[circuit] = digest
	}
	return nil
}

func readKey(key strictjson.Value) (circuits.Name, engine.Digest, error) {
	var digest engine.Digest
	fields, err := key.Map()
	if err != nil {
		return "", digest, err
	}
	var texts [2]string
	for i, name := range []string{"circuit", "sha256"} {
		v, err := fields.Required(name)
		if err != nil {
			return "", digest, err
		}
		if texts[i], err = v.Text(); err != nil {
			return "", digest, err
		}
	}
	if digest, err = engine.ParseDigest(texts[1]); err != nil {
		return "", digest, key.Errorf("circuit %q: %v", texts[0], err)
	}
	if digest.IsZero() { // to the key cache that would mean keys of its own making
		return "", digest, key.Errorf("circuit %q: a digest of zeros", texts[0])
	}
	return circuits.Name(texts[0]), digest, nil
}
