package proof

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"weir/circuits"
	"weir/engine/message"
)

// maxVerifyingKey bounds the file of a verifying key, in bytes.
const maxVerifyingKey = 64 << 10

// KeyFile is the name of the file in which a node keeps a circuit's verifying key.
func KeyFile(circuit circuits.Name) string { return string(circuit) + ".verifying" }

// OpenJudge reads the verifying keys of a ledger's judge from a folder: each the one that the founding document registers.
func OpenJudge(g *message.Genesis, files fs.FS) (*Judge, error) {
	registry, keys := Registry{}, map[circuits.Name][]byte{}
	for _, name := range []circuits.Name{circuits.Contribution, circuits.Accusation} {
		id, registered := g.CircuitID(string(name))
		if !registered {
			return nil, fmt.Errorf("%w: the founding document registers no %s", ErrKeys, name)
		}
		b, err := readKeyFile(files, KeyFile(name))
		if err != nil {
			return nil, fmt.Errorf("verifying key of %s: %w", name, err)
		}
		registry[name], keys[name] = id, b
	}
	return NewJudge(registry, keys)
}

func readKeyFile(files fs.FS, name string) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(f, maxVerifyingKey+1))
	if err == nil && len(b) > maxVerifyingKey {
		err = fmt.Errorf("more than %d bytes", maxVerifyingKey)
	}
	return b, errors.Join(err, f.Close())
}
