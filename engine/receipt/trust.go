package receipt

import (
	"encoding/json"
	"io"
	"strings"

	"weir/engine"
	"weir/engine/schema/strictjson"
	"weir/ledger/proof"
)

// Trust is a trust file: whose word counts for a reader.
type Trust struct {
	proof.Trust   // the ledger's part
	VerifyingKeys []VerifyingKey
}

// VerifyingKey is a circuit's key that the reader accepts, and where it comes from.
type VerifyingKey struct {
	Circuit string
	ID      engine.Digest // SHA-256 of the key
	Origin  string        // "ceremony:…" or Development
}

// Development is the origin of keys that one party made, and that this party can forge under.
const Development = "development"

// MaxTrust bounds a trust file, in bytes.
const MaxTrust = 1 << 20

// ParseTrust reads trust.json; file is the name for errors, which are *strictjson.Error (or what r returned):
//
//	{"chain", "origin", "checkpoint_keys": [..], "witnesses": {"need": k, "keys": [..]},
//	 "verifying_keys": [{"circuit", "sha256", "origin"}], "contract_sets": [..]}
//
// Witnesses may be left out (none are needed), and contract_sets (all are accepted).
func ParseTrust(r io.Reader, file string) (*Trust, error) {
	root, err := strictjson.Parse(r, file, MaxTrust)
	if err != nil {
		return nil, err
	}
	fields, err := root.Object("chain", "origin", "checkpoint_keys", "witnesses", "verifying_keys", "contract_sets")
	if err != nil {
		return nil, err
	}
	t := new(Trust)
	for _, f := range []struct {
		key      string
		required bool
		read     func(strictjson.Value) error
	}{
		{"chain", true, t.readChain}, {"origin", true, t.readOrigin}, {"checkpoint_keys", true, t.readLogKeys},
		{"witnesses", false, t.readWitnesses}, {"verifying_keys", true, t.readKeys}, {"contract_sets", false, t.readSets},
	} {
		value, given := fields.Optional(f.key)
		if !given && f.required {
			_, err := fields.Required(f.key)
			return nil, err
		}
		if given {
			if err := f.read(value); err != nil {
				return nil, err
			}
		}
	}
	if err := t.Check(); err != nil {
		return nil, fields.Errorf("%v", err)
	}
	return t, nil
}

// Encode writes the file that ParseTrust reads.
func (t *Trust) Encode() []byte {
	type key struct {
		Circuit string        `json:"circuit"`
		SHA256  engine.Digest `json:"sha256"`
		Origin  string        `json:"origin"`
	}
	type witnesses struct {
		Need int      `json:"need"`
		Keys []string `json:"keys"`
	}
	file := struct {
		Chain     engine.Name     `json:"chain"`
		Origin    string          `json:"origin"`
		Keys      []string        `json:"checkpoint_keys"`
		Witnesses witnesses       `json:"witnesses"`
		Verifying []key           `json:"verifying_keys"`
		Sets      []engine.Digest `json:"contract_sets"`
	}{t.Chain, t.Origin, t.CheckpointKeys, witnesses{t.Witnesses.Need, append([]string{}, t.Witnesses.Keys...)}, []key{}, append([]engine.Digest{}, t.ContractSets...)}
	for _, k := range t.VerifyingKeys {
		file.Verifying = append(file.Verifying, key{k.Circuit, k.ID, k.Origin})
	}
	b, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		panic(err) // names, texts and digests
	}
	return append(b, '\n')
}

// Circuit is the entry of a circuit, or false where the reader accepts no such proofs.
func (t *Trust) Circuit(name string) (VerifyingKey, bool) {
	for _, k := range t.VerifyingKeys {
		if k.Circuit == name {
			return k, true
		}
	}
	return VerifyingKey{}, false
}

// Development tells whether one party made any of the keys, and could forge.
func (t *Trust) Development() bool {
	for _, k := range t.VerifyingKeys {
		if k.Origin == Development {
			return true
		}
	}
	return false
}

func (t *Trust) readChain(v strictjson.Value) error {
	text, err := v.Text()
	if err != nil {
		return err
	}
	if t.Chain, err = engine.ParseName(text); err != nil {
		return v.Errorf("%v", err)
	}
	return nil
}

func (t *Trust) readOrigin(v strictjson.Value) (err error) {
	t.Origin, err = text(v, 1, 256)
	return err
}

func (t *Trust) readLogKeys(v strictjson.Value) (err error) {
	t.CheckpointKeys, err = noteKeys(v)
	if err == nil && len(t.CheckpointKeys) == 0 {
		err = v.Errorf("no key: nobody's word would count")
	}
	return err
}

func (t *Trust) readWitnesses(v strictjson.Value) error {
	fields, err := v.Object("need", "keys")
	if err != nil {
		return err
	}
	keys, err := fields.Required("keys")
	if err != nil {
		return err
	}
	if t.Witnesses.Keys, err = noteKeys(keys); err != nil {
		return err
	}
	need, err := fields.Required("need")
	if err != nil {
		return err
	}
	n, err := need.Integer(0, int64(len(t.Witnesses.Keys)))
	t.Witnesses.Need = int(n)
	return err
}

// maxListed bounds the lists of a trust file.
const maxListed = 256

// list reads a list whose items differ.
func list(v strictjson.Value, read func(strictjson.Value) (string, error)) error {
	items, err := v.List()
	if err != nil {
		return err
	}
	if len(items) > maxListed {
		return v.Errorf("%d entries, limit %d", len(items), maxListed)
	}
	seen := map[string]bool{}
	for _, item := range items {
		is, err := read(item)
		if err != nil {
			return err
		}
		if seen[is] {
			return item.Errorf("stands twice")
		}
		seen[is] = true
	}
	return nil
}

// noteKeys reads keys in their text form, name+hash+base64; one key under two names counts as one, and is refused.
func noteKeys(v strictjson.Value) (keys []string, err error) {
	return keys, list(v, func(item strictjson.Value) (string, error) {
		key, err := text(item, 1, 512)
		if err != nil {
			return "", err
		}
		if _, err := proof.NewVerifier(key); err != nil {
			return "", item.Errorf("not a key in the form name+hash+base64")
		}
		keys = append(keys, key)
		return key[strings.LastIndex(key, "+"):], nil
	})
}

func (t *Trust) readKeys(v strictjson.Value) error {
	return list(v, func(item strictjson.Value) (string, error) {
		fields, err := item.Object("circuit", "sha256", "origin")
		if err != nil {
			return "", err
		}
		var key VerifyingKey
		if key.Circuit, err = member(fields, "circuit"); err != nil {
			return "", err
		}
		if key.Origin, err = member(fields, "origin"); err != nil {
			return "", err
		}
		sha, err := fields.Required("sha256")
		if err != nil {
			return "", err
		}
		if key.ID, err = digest(sha); err != nil {
			return "", err
		}
		if key.Origin != Development && !strings.HasPrefix(key.Origin, "ceremony:") {
			return "", item.Errorf(`the origin is "ceremony:…" or %q`, Development)
		}
		t.VerifyingKeys = append(t.VerifyingKeys, key)
		return key.Circuit, nil
	})
}

func (t *Trust) readSets(v strictjson.Value) error {
	return list(v, func(item strictjson.Value) (string, error) {
		set, err := digest(item)
		t.ContractSets = append(t.ContractSets, set)
		return set.String(), err
	})
}

func member(o strictjson.Object, key string) (string, error) {
	v, err := o.Required(key)
	if err != nil {
		return "", err
	}
	return text(v, 1, 128)
}

func text(v strictjson.Value, least, most int) (string, error) {
	s, err := v.Text()
	if err == nil && (len(s) < least || len(s) > most) {
		err = v.Errorf("text of %d bytes, want %d to %d", len(s), least, most)
	}
	return s, err
}

func digest(v strictjson.Value) (engine.Digest, error) {
	s, err := v.Text()
	if err != nil {
		return engine.Digest{}, err
	}
	d, err := engine.ParseDigest(s)
	if err != nil {
		return d, v.Errorf("%v", err)
	}
	return d, nil
}
