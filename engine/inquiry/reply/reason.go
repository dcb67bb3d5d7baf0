// Package reply is the sealed half of a refusal (protocol, section 9): why a party declined, for the enterprise's eyes
// alone. The public half, an inquiry.DeclineCode, says less.
//
// It is for agents, which seal, and wallets, which open. A reason is one of a closed list and carries no figure: nothing
// about points, records, the holder's other work or another enterprise can be told by it. All sealed reasons have one
// length, so that a reader of the ledger learns none from it. A reply that is no reason of the list, does not belong to the
// refusal it stands in or contradicts its public code is refused.
package reply

import "weir/engine/inquiry"

// Reason says why a party declined, from a closed, append-only list.
type Reason string

// The reasons.
const (
	NotApproved     Reason = "model not approved here"
	OtherBank       Reason = "model of another bank"
	OtherParties    Reason = "request does not name the model's sources"
	OtherRecords    Reason = "request does not name the newest records"
	NoConsent       Reason = "consent or its evidence missing"
	EvidenceRefused Reason = "evidence or certificate does not count"
	TakenBack       Reason = "consent taken back"
	OutsideTerms    Reason = "outside the consent's terms"
	NoPartners      Reason = "no key shared with another source"
	Paused          Reason = "source paused"
	BitsSpent       Reason = "bits about the enterprise used up"
	BankQuota       Reason = "bank's quota used up"
)

var codes = map[Reason]inquiry.DeclineCode{
	NotApproved: inquiry.DeclinedModel, OtherBank: inquiry.DeclinedModel, OtherParties: inquiry.DeclinedModel,
	OtherRecords: inquiry.DeclinedRecords,
	NoConsent:    inquiry.DeclinedConsent, EvidenceRefused: inquiry.DeclinedConsent,
	TakenBack: inquiry.DeclinedRevocation, OutsideTerms: inquiry.DeclinedTerms, NoPartners: inquiry.DeclinedPartners,
	Paused: inquiry.DeclinedRules, BitsSpent: inquiry.DeclinedRules, BankQuota: inquiry.DeclinedRules,
}

// Code is the public code that goes with a reason; empty for one that is not of the list.
func (r Reason) Code() inquiry.DeclineCode { return codes[r] }
