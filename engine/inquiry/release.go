package inquiry

import (
	"weir/engine"
)

// Retry opens the next attempt of a request whose last one ended without a score through no fault of the bank: expired,
// refused(pair) or withheld; after accused only under a newer sealing. Request id, consent, purpose and roots stay.
type Retry struct {
	_     struct{}      `cbor:",toarray"`
	Label engine.Digest // of the last attempt
	Model engine.Digest // the sealing to ask: the same, or another one of the version
}

// Anchor shows a checkpoint of the ledger's log over the block that completed a task: from here the parties release.
type Anchor struct {
	_          struct{} `cbor:",toarray"`
	Label      engine.Digest
	Checkpoint []byte // signed note, at most proof.MaxCheckpoint bytes
}

// Released shows that a node holds a party's response and will hand it out.
type Released struct {
	_       struct{} `cbor:",toarray"`
	Label   engine.Digest
	Party   engine.PartyID
	Receipt []byte // proof.StorageReceipt, encoded
}

// Missing says that the bank can fetch a party's response from no node.
type Missing struct {
	_     struct{} `cbor:",toarray"`
	Label engine.Digest
	Party engine.PartyID
}

// Answer ends Missing: the response's file itself.
type Answer struct {
	_        struct{} `cbor:",toarray"`
	Label    engine.Digest
	Party    engine.PartyID
	Response []byte // at most MaxResponse bytes
}

// Expire asks the ledger to write down an end that has come already. Anybody may.
type Expire struct {
	_     struct{} `cbor:",toarray"`
	Label engine.Digest
}
