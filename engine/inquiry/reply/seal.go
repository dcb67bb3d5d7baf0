package reply

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"weir/engine"
	"weir/engine/inquiry"
	"weir/engine/message"
	"weir/engine/period"
)

// ErrReply is returned for a sealed reason that does not open with the consent's reply key, in the refusal where it stands,
// to a reason of the list that fits the public code.
var ErrReply = errors.New("sealed reason refused")

// padded is the length of a reason before it is sealed, in bytes: the text, then zeros.
const padded = 64

// month stands where other keys name their month: a reply key serves one consent, as long as that lives.
const month period.Period = "reply"

// NewKey makes the reply key of one consent from 64 bytes of randomness.
func NewKey(random io.Reader) (*period.Secret, error) { return period.NewSecret(month, random) }

// PublicKey is what the enterprise puts into the consent's envelope.
func PublicKey(secret *period.Secret) []byte { return secret.Key("").Public }

// Seal seals a reason to a reply key, for one refusal: it opens under no other label or party and on no other chain.
func Seal(chain engine.Name, d *inquiry.Declined, replyKey []byte, reason Reason) ([]byte, error) {
	if reason.Code() == "" || reason.Code() != d.Code {
		return nil, fmt.Errorf("%w: no reason to decline as %s", ErrReply, d.Code)
	}
	text := make([]byte, padded)
	copy(text, reason)
	return period.SealTo(&period.Key{Owner: string(d.Party), Period: month, Public: replyKey}, info(chain, d), text)
}

// Open opens the reason in a refusal.
func Open(chain engine.Name, d *inquiry.Declined, secret *period.Secret) (Reason, error) {
	text, err := secret.Open(string(d.Party), info(chain, d), d.Reply)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrReply, err)
	}
	reason := Reason(bytes.TrimRight(text, "\x00"))
	if len(text) != padded || reason.Code() == "" || reason.Code() != d.Code {
		return "", fmt.Errorf("%w: not a reason to decline as %s", ErrReply, d.Code)
	}
	return reason, nil
}

func info(chain engine.Name, d *inquiry.Declined) string {
	return fmt.Sprintf("%s/%s/%s", message.KindDeclined, chain, d.Label)
}
