// Package wire is the bytes between a node and its clients that are not the ledger's own: problem documents, pages, events
// of a stream, letters, and the stamp by which an addressee proves itself. Both ends use it, so that one reads what the
// other writes. It does no I/O of its own beyond reading from what it is given, and refuses what is not canonical.
package wire

import (
	"time"

	"weir/engine"
	"weir/ledger"
	"weir/ledger/mailbox"
)

// The content types of bodies.
const (
	CBOR   = "application/cbor"
	Octets = "application/octet-stream"
	Note   = "text/plain; charset=utf-8"
	Stream = "text/event-stream"
)

// What both ends know of each other's patience.
const (
	MaxWait    = 20 * time.Second // a node waits no longer for a result before it tells the client to ask again
	Heartbeats = 15 * time.Second // a silent stream says this often that it is alive
)

// Status says where a node stands.
type Status struct {
	Chain      engine.Name   `json:"chain" doc:"the ledger's id"`
	Height     uint64        `json:"height" doc:"of the last block"`
	Time       time.Time     `json:"time" doc:"of the last block"`
	Contracts  engine.Digest `json:"contracts" doc:"hash of the contract set that judged the last block"`
	Checkpoint uint64        `json:"checkpoint" doc:"headers under the newest signed checkpoint, 0 before the first"`
}

// Addressee is whose key an address is read with: the holder of a party, otherwise the sender of that name or key.
func Addressee(address string) (ledger.Sender, error) {
	if err := mailbox.CheckAddress(address); err != nil {
		return "", err
	}
	if party, err := engine.ParsePartyID(address); err == nil {
		return ledger.Account(party.Holder()), nil
	}
	return ledger.Sender(address), nil
}
