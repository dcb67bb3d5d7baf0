package mailbox

import (
	"crypto/sha256"
	"fmt"

	"weir/engine"
	"weir/engine/message"
	"weir/ledger"
)

// maxAddress bounds an address, in bytes: two names and a slash, or a bare key.
const maxAddress = 2*engine.MaxNameLength + 1

// CheckAddress tells whether an address is well-formed: a member's name, a party ("holder/source") or a bare key ("key:"
// and 64 hexadecimal digits).
func CheckAddress(address string) error {
	if len(address) > maxAddress {
		return fmt.Errorf("%w: address of %d characters, limit %d", ErrLetter, len(address), maxAddress)
	}
	_, err := ledger.ParseSender(address)
	if err != nil {
		_, err = engine.ParsePartyID(address)
	}
	if err != nil {
		return fmt.Errorf("%w: an address is a name, holder/source, or key: and 64 hexadecimal digits", ErrLetter)
	}
	return nil
}

func check(address string, kind message.Kind, body []byte) error {
	if err := CheckAddress(address); err != nil {
		return err
	}
	if err := kind.Check(); err != nil {
		return fmt.Errorf("%w: %w", ErrLetter, err)
	}
	if len(body) == 0 || len(body) > MaxBody {
		return fmt.Errorf("%w: %d bytes, want 1 to %d", ErrLetter, len(body), MaxBody)
	}
	return nil
}

// place is where an address's letters stand: a mailbox keeps no names.
func place(address string) []byte {
	h := sha256.Sum256([]byte(address))
	return h[:]
}
