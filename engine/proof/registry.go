package proof

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"weir/circuits"
	"weir/engine"
)

// Registry is which verifying key is registered for each circuit.
type Registry map[circuits.Name]engine.Digest

// maxRegistry bounds a registry or trust file, in bytes.
const maxRegistry = 1 << 20

// ErrRegistry is returned for a file that does not list one verifying key for each circuit.
var ErrRegistry = errors.New("no registry of verifying keys")

// ParseRegistry reads the verifying_keys of a ceremony's registry.json or of a trust.json: a list of {circuit, sha256,
// origin} with each circuit once. Other keys of the file are left to those whom they concern.
func ParseRegistry(r io.Reader) (Registry, error) {
	content, err := io.ReadAll(io.LimitReader(r, maxRegistry+1))
	if err != nil {
		return nil, err
	}
	if len(content) > maxRegistry {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrRegistry, maxRegistry)
	}
	var file struct {
		Keys []struct {
			Circuit circuits.Name `json:"circuit"`
			SHA256  engine.Digest `json:"sha256"`
		} `json:"verifying_keys"`
	}
	if err := json.Unmarshal(content, &file); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRegistry, err)
	}
	registry := Registry{}
	for _, key := range file.Keys {
		if _, twice := registry[key.Circuit]; twice {
			return nil, fmt.Errorf("%w: circuit %q stands twice", ErrRegistry, key.Circuit)
		}
		if key.SHA256.IsZero() { // to the key cache that would mean keys of its own making
			return nil, fmt.Errorf("%w: circuit %q has no sha256", ErrRegistry, key.Circuit)
		}
		registry[key.Circuit] = key.SHA256
	}
	for _, name := range circuits.Names() {
		if _, listed := registry[name]; !listed {
			return nil, fmt.Errorf("%w: circuit %q is missing", ErrRegistry, name)
		}
	}
	return registry, nil
}
