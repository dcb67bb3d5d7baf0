package model

import (
	"fmt"

	"weir/engine"
	"weir/engine/canonical"
)

// ParameterSet names the ring and moduli that a version is sealed under (protocol, section 2).
const ParameterSet = "P2"

// MaxEncodedVersion bounds the encoding of a Version, in bytes: eight slices of 32 lines take less.
const MaxEncodedVersion = 32 << 10

// Version is the public description of one version of a bank's model. Its canonical CBOR is an array in the order of
// the fields, which is the list that protocol section 2 puts under versionDigest.
type Version struct {
	_ struct{} `cbor:",toarray"`

	Params  string      // ParameterSet
	Chain   engine.Name // the ledger it is registered on
	Bank    engine.Name
	Name    engine.Name
	Version engine.Name
	// Groups is the set of groups in use, bit g for group g. Bit 0, the score, is always set.
	Groups uint8
	// Resolution is the number of bits one score may tell at most, 1 to MaxResolution.
	Resolution uint8
	Range      [2]int64 // how a score is shown, low < high; what is proven is never clamped
	// BaseC is baseC = base'·G_0 + β·H, an encoded point of the prime subgroup.
	BaseC  [32]byte
	Slices []Slice // one a party, by party id, 2 to 8
}

// Encode is the one canonical encoding, at most MaxEncodedVersion bytes for a well-formed version.
func (v *Version) Encode() []byte { return canonical.Encode(v) }

// DecodeVersion reads what Encode wrote and checks its form (everything of Check that needs no policy). Errors wrap
// canonical.ErrTooLong, canonical.ErrNotCanonical or are a *Refusal.
func DecodeVersion(b []byte) (*Version, error) {
	v := new(Version)
	if err := canonical.Decode(b, MaxEncodedVersion, v); err != nil {
		return nil, fmt.Errorf("model version: %w", err)
	}
	if err := v.checkForm(); err != nil {
		return nil, fmt.Errorf("model version: %w", err)
	}
	return v, nil
}

// Digest is versionDigest = H("weir/version/v1", …) of protocol section 2.
func (v *Version) Digest() engine.Digest { return canonical.DigestBytes("weir/version/v1", v.Encode()) }

// Slice is the slice of one party, or nil.
func (v *Version) Slice(party engine.PartyID) *Slice {
	for i := range v.Slices {
		if v.Slices[i].Party == party {
			return &v.Slices[i]
		}
	}
	return nil
}

// Parties are the parties of the version in the order of their ids.
func (v *Version) Parties() []engine.PartyID {
	parties := make([]engine.PartyID, len(v.Slices))
	for i := range v.Slices {
		parties[i] = v.Slices[i].Party
	}
	return parties
}
