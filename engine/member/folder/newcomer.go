package folder

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"weir/engine"
	"weir/engine/message"
	"weir/ledger"
	"weir/ledger/contract/registry"
)

// Newcomer is a member that is to be admitted, or whose lost key is to be replaced: who it is, and its proof that it has the
// key that it names. It is public.
type Newcomer struct {
	Member
	Chain      engine.Name `json:"chain"`      // the ledger that the proof is for
	Possession string      `json:"possession"` // registry.Possess, 128 hexadecimal digits
}

// maxNewcomer bounds the file of a newcomer, in bytes.
const maxNewcomer = 4 << 10

// Possess makes the newcomer's description out of its own folder, for one ledger.
func Possess(path string, chain engine.Name) (*Newcomer, error) {
	if _, err := engine.ParseName(string(chain)); err != nil {
		return nil, fmt.Errorf("chain: %w", err)
	}
	m, err := ReadMember(filepath.Join(path, MemberFile))
	if err != nil {
		return nil, err
	}
	key, err := Key(path)
	if err != nil {
		return nil, err
	}
	if m.SigningKey != [32]byte(key.Public().(ed25519.PublicKey)) {
		return nil, fmt.Errorf("%s and %s in %s are of two keys", MemberFile, KeyFile, path)
	}
	return &Newcomer{Member: Member{Name: m.Name, Role: m.Role, Key: hex.EncodeToString(m.SigningKey[:])}, Chain: chain,
		Possession: hex.EncodeToString(registry.Possess(chain, m.Name, key))}, nil
}

// ReadNewcomer reads the description of a newcomer to a ledger. Whether its key suits is for the ledger to judge.
func ReadNewcomer(path string, chain engine.Name) (*registry.Admission, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxNewcomer {
		return nil, fmt.Errorf("%s: %d bytes, limit %d", path, info.Size(), maxNewcomer)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	a, err := parseNewcomer(b, chain)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

func parseNewcomer(b []byte, chain engine.Name) (*registry.Admission, error) {
	var n Newcomer
	strict := json.NewDecoder(bytes.NewReader(b))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&n); err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(n.Key)
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("key: not 64 hexadecimal digits")
	}
	if n.Possession == "" {
		return nil, fmt.Errorf("it has no proof that %q holds its key: the newcomer makes one with `weir governance possess`", n.Name)
	}
	if n.Chain != chain {
		return nil, fmt.Errorf("its proof is for the ledger %q, not for %q", n.Chain, chain)
	}
	proof, err := hex.DecodeString(n.Possession)
	if err != nil || len(proof) != ledger.SignatureSize {
		return nil, fmt.Errorf("possession: not %d hexadecimal digits", 2*ledger.SignatureSize)
	}
	return &registry.Admission{Name: n.Name, Role: message.Role(n.Role), Key: [32]byte(key), Possession: proof}, nil
}
