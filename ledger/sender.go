package ledger

import (
	"encoding/hex"
	"fmt"
	"strings"

	"weir/engine"
)

// Sender is who a transaction speaks for, in one text form: an account by its name ("tax-office"), or a bare Ed25519 key
// that is registered nowhere and speaks for itself alone ("key:" and 64 lower-case hexadecimal digits), such as the key
// of one consent. No account name has a colon in it.
type Sender string

const keyPrefix = "key:"

// Account is the sender that stands for a registered name.
func Account(name engine.Name) Sender { return Sender(name) }

// BareKey is the sender that is nothing but a key.
func BareKey(key [32]byte) Sender { return Sender(keyPrefix + hex.EncodeToString(key[:])) }

// ParseSender checks the text form of a sender.
func ParseSender(text string) (Sender, error) {
	digits, bare := strings.CutPrefix(text, keyPrefix)
	if !bare {
		if _, err := engine.ParseName(text); err != nil {
			return "", fmt.Errorf("sender: %w", err)
		}
		return Sender(text), nil
	}
	if _, err := engine.ParseDigest(digits); err != nil {
		return "", fmt.Errorf("sender: a bare key is %s and 64 lower-case hexadecimal digits", keyPrefix)
	}
	return Sender(text), nil
}

// Account is the account's name, or false for a bare key.
func (s Sender) Account() (engine.Name, bool) {
	if strings.HasPrefix(string(s), keyPrefix) {
		return "", false
	}
	return engine.Name(s), true
}

// Key is the bare key, or false for an account. The sender must come from ParseSender, DecodeTx or BareKey.
func (s Sender) Key() ([32]byte, bool) {
	digits, bare := strings.CutPrefix(string(s), keyPrefix)
	if !bare {
		return [32]byte{}, false
	}
	key, err := engine.ParseDigest(digits)
	return key, err == nil
}
