package keycache

import (
	"encoding/json"
	"errors"
	"fmt"

	"weir/circuits"
	"weir/engine"
)

// record is the digest file beside a pair of keys. It is written after them, so a record without its keys never stands.
type record struct {
	Format    string        `json:"format"`
	Circuit   circuits.Name `json:"circuit"`
	Origin    Origin        `json:"origin"`
	Warning   string        `json:"warning,omitempty"`
	System    stored        `json:"system"`
	Proving   stored        `json:"proving_key"`
	Verifying stored        `json:"verifying_key"` // its digest is the circuit id
}

// stored is what a file must be before a decoder sees it.
type stored struct {
	SHA256 engine.Digest `json:"sha256"`
	Bytes  int64         `json:"bytes"`
}

const (
	recordFormat       = "weir/keys/v1"
	developmentWarning = "development keys: whoever made them can forge proofs"
	maxRecordBytes     = 16 << 10
	maxFileBytes       = 2 << 30 // the largest circuit of the protocol needs 46 MB
)

var errRecord = errors.New("record of keys is not valid")

func (r *record) encode() ([]byte, error) {
	r.Format = recordFormat
	if r.Origin == Development {
		r.Warning = developmentWarning
	}
	return json.MarshalIndent(r, "", "  ")
}

// decodeRecord checks that the record is about exactly the keys that its file name promises.
func decodeRecord(b []byte, t task, system engine.Digest) (*record, error) {
	r := new(record)
	if err := json.Unmarshal(b, r); err != nil {
		return nil, fmt.Errorf("%w: %w", errRecord, err)
	}
	development := t.file == developmentFile
	switch {
	case r.Format != recordFormat:
		return nil, fmt.Errorf("%w: format is not %s", errRecord, recordFormat)
	case r.Circuit != t.circuit:
		return nil, fmt.Errorf("%w: it is about another circuit", errRecord)
	case r.System.SHA256 != system:
		return nil, fmt.Errorf("%w: it is about another compiled system", errRecord)
	case development != (r.Origin == Development), !development && r.Verifying.SHA256.String() != t.file:
		return nil, fmt.Errorf("%w: it is about other keys", errRecord)
	}
	return r, nil
}

// builds is which executable compiled which system, the newest first.
type builds struct {
	Builds []build `json:"builds"`
}

type build struct {
	Executable string        `json:"executable_sha256"`
	System     engine.Digest `json:"system_sha256"`
}

// maxBuilds is how many executables are remembered for a circuit. One that was forgotten compiles again.
const maxBuilds = 16

func (b *builds) system(executable string) (engine.Digest, bool) {
	for _, known := range b.Builds {
		if known.Executable == executable {
			return known.System, true
		}
	}
	return engine.Digest{}, false
}

func (b *builds) remember(newest build) {
	list := []build{newest}
	for _, known := range b.Builds {
		if known.Executable != newest.Executable && len(list) < maxBuilds {
			list = append(list, known)
		}
	}
	b.Builds = list
}
