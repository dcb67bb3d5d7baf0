package ceremony

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"weir/circuits"
	"weir/engine"
	"weir/engine/canonical"
)

// ErrTranscript is returned for a ceremony.json that is not one in its one valid form.
var ErrTranscript = errors.New("transcript of the ceremony is not valid")

// Transcript is what happened in a ceremony, in order. Contributions are named by the SHA-256 of their files.
type Transcript struct {
	Format   string    `json:"format"`
	Circuits []Subject `json:"circuits"`
	Phase1   Phase1    `json:"phase1"`
	Phase2   Phase2    `json:"phase2"`
}

// Subject is a circuit that keys are made for. The sizes of its files follow from its numbers.
type Subject struct {
	Circuit     circuits.Name `json:"circuit"`
	System      engine.Digest `json:"system_sha256"`
	Constraints int           `json:"constraints"`
	Domain      int           `json:"domain"`    // the power of two that holds all constraints
	Private     int           `json:"private"`   // wires that are neither public nor under a commitment
	Committed   []int         `json:"committed"` // private wires under each commitment, at most one commitment
}

// Phase1 is the powers of τ.
type Phase1 struct {
	Contributions []Contribution `json:"contributions"`
	Beacon        *Beacon        `json:"beacon,omitempty"` // closes the phase
}

// Phase2 is what depends on the circuits. Digests stand in the order of the circuits.
type Phase2 struct {
	Start         []engine.Digest `json:"start,omitempty"`
	Contributions []Contribution  `json:"contributions"`
	Beacon        *Beacon         `json:"beacon,omitempty"` // closes the ceremony
	Keys          []KeyDigests    `json:"keys,omitempty"`
}

// Contribution is one contributor's turn: one file in phase 1, one for each circuit in phase 2.
type Contribution struct {
	By    engine.Name     `json:"by"` // a claim
	Files []engine.Digest `json:"sha256"`
}

// Beacon is a public value that nobody knew before the last contribution to the phase was published, say the hash of a
// block of a public chain announced by its height. Value is 16 to 64 bytes, Source tells a reader where to find it.
type Beacon struct {
	Value  HexBytes `json:"value"`
	Source string   `json:"source"`
}

// KeyDigests are the keys of one circuit: SHA-256 of the verifying key in compressed form, which is the circuit id, and
// of the proving key in uncompressed form.
type KeyDigests struct {
	Verifying engine.Digest `json:"verifying_key_sha256"`
	Proving   engine.Digest `json:"proving_key_sha256"`
}

// HexBytes are bytes that JSON shows as lower-case hexadecimal digits.
type HexBytes []byte

// MarshalText writes the digits.
func (h HexBytes) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h), nil }

// UnmarshalText reads lower-case digits only.
func (h *HexBytes) UnmarshalText(text []byte) error {
	b, err := hex.AppendDecode(nil, text)
	if err != nil || hex.EncodeToString(b) != string(text) {
		return errors.New("want lower-case hexadecimal digits")
	}
	*h = b
	return nil
}

const (
	transcriptFormat   = "weir/ceremony/v1"
	transcriptFile     = "ceremony.json"
	maxTranscriptBytes = 1 << 20
	maxCircuits        = 8
	maxContributions   = 1000
	maxDomain          = 1 << 20 // phase 1 takes 384 MB of memory then
	maxSourceLength    = 200
	minBeacon          = 16
	maxBeacon          = 64
)

// DecodeTranscript reads a transcript in exactly the form in which Encode writes it. Errors wrap ErrTranscript.
func DecodeTranscript(b []byte) (*Transcript, error) {
	if len(b) > maxTranscriptBytes {
		return nil, fmt.Errorf("%w: %d bytes, limit %d", ErrTranscript, len(b), maxTranscriptBytes)
	}
	t := new(Transcript)
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(t); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTranscript, err)
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	again, err := t.Encode()
	if err != nil || !bytes.Equal(again, b) {
		return nil, fmt.Errorf("%w: not in its one valid form", ErrTranscript)
	}
	return t, nil
}

// Encode is the transcript as ceremony.json holds it.
func (t *Transcript) Encode() ([]byte, error) {
	t.Format = transcriptFormat
	for _, turns := range []*[]Contribution{&t.Phase1.Contributions, &t.Phase2.Contributions} {
		if *turns == nil {
			*turns = []Contribution{}
		}
	}
	b, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode the transcript: %w", err)
	}
	return append(b, '\n'), nil
}

// Digest identifies a finished ceremony: H("weir/ceremony/v1", …) over everything but the keys, which follow from the
// rest.
func (t *Transcript) Digest() engine.Digest {
	type beacon struct {
		Value  []byte
		Source string
	}
	flat := func(b *Beacon) []beacon {
		if b == nil {
			return nil
		}
		return []beacon{{b.Value, b.Source}}
	}
	return canonical.Digest(transcriptFormat, []any{t.Circuits, t.Phase1.Contributions, flat(t.Phase1.Beacon),
		t.Phase2.Start, t.Phase2.Contributions, flat(t.Phase2.Beacon)})
}

// phase is 1 or 2 while that phase takes contributions, and 3 when the ceremony is finished.
func (t *Transcript) phase() int {
	switch {
	case t.Phase1.Beacon == nil:
		return 1
	case t.Phase2.Beacon == nil:
		return 2
	}
	return 3
}

// domain is the size of phase 1.
func (t *Transcript) domain() int {
	largest := 0
	for _, s := range t.Circuits {
		largest = max(largest, s.Domain)
	}
	return largest
}

func (s Subject) equal(o Subject) bool {
	return s.Circuit == o.Circuit && s.System == o.System && s.Constraints == o.Constraints && s.Domain == o.Domain &&
		s.Private == o.Private && slices.Equal(s.Committed, o.Committed)
}
