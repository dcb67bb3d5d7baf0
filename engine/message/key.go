package message

import (
	"encoding/hex"

	"weir/engine"
	"weir/engine/consent"
)

// RecordsKey is where a party's commitments to its records begin.
func RecordsKey(party engine.PartyID) string { return string(party) + "/" }

// ModelKey is where a sealed model stands, and the approvals of it.
func ModelKey(model engine.Digest) string { return model.String() }

// PeriodKey is where a key of a month stands.
func PeriodKey(month, owner string) string { return month + "/" + owner }

// PairKey is where one pair's exchange of a month stands.
func PairKey(month string, first, second engine.PartyID) string {
	return month + "/" + string(first) + "/" + string(second)
}

// ConsentKey is where a consent stands, and its revocation.
func ConsentKey(key consent.Key) string { return hex.EncodeToString(key[:]) }

// ContributionKey is where a party's commit to a label stands, or its refusal.
func ContributionKey(label engine.Digest, party engine.PartyID) string {
	return label.String() + "/" + string(party)
}

// RetryKey is where the retries of a request begin.
func RetryKey(request engine.RequestID) string { return request.String() + "/" }
