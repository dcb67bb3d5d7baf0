// Package message is how the members of a consortium speak in public: who they are, what kinds of messages there are, who
// may post which, and how one is written, found and checked (protocol, section 2). It is for every party and for whoever
// checks them later; what the messages carry is in engine/offer and engine/inquiry.
//
// All of it is canonical bytes, signed: a message is the body of a transaction on the ledger. The package states what a
// ledger, a content store and a mail carrier are, and is none of them; it knows no clock, and refuses every byte string
// that is not the one encoding of a message within its stated size, or that a member posts outside its role.
package message

import (
	"crypto/ed25519"
	"errors"
	"fmt"

	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger"
)

// Kind says what a message carries; the lists are closed and append-only.
type Kind = ledger.Kind

// The kinds of public entries.
const (
	KindRecords       Kind = "records"       // offer.Records: a holder commits to one epoch of one source
	KindModel         Kind = "model"         // offer.Package: a bank's sealed model
	KindApproval      Kind = "approval"      // offer.Approval: a holder or the supervisor accepts a sealed model
	KindPeriodKey     Kind = "period-key"    // period.Key: a party's key for one month
	KindEncapsulation Kind = "encapsulation" // period.Encapsulation: one pair's key exchange
	KindPairConfirmed Kind = "pair-ok"       // period.Confirmation: one end of a pair has the key
	KindRequest       Kind = "request"       // inquiry.Request: a bank asks for one score
	KindCommit        Kind = "commit"        // inquiry.Commit: a party's contribution, without the response
	KindDeclined      Kind = "declined"      // inquiry.Declined: a party will not contribute
	KindSettlement    Kind = "settlement"    // inquiry.Settlement: the bank's number matched
	KindAccusation    Kind = "accusation"    // inquiry.Accusation: a party's response is not what it committed to
	KindRetry         Kind = "retry"         // inquiry.Retry: the bank asks again after an attempt without a score
	KindAnchor        Kind = "anchor"        // inquiry.Anchor: a checkpoint over the commits of all parties
	KindReleased      Kind = "released"      // inquiry.Released: a party's response stands in a content store
	KindMissing       Kind = "missing"       // inquiry.Missing: the bank cannot fetch a party's response
	KindAnswer        Kind = "answer"        // inquiry.Answer: the response itself, after Missing
	KindExpire        Kind = "expire"        // inquiry.Expire: an end that has come is to be written down
	KindConsent       Kind = "consent"       // consent.Public, signed by its consent key
	KindRevocation    Kind = "revocation"    // consent.Revocation, signed by its consent key
)

// The kinds of private messages.
const (
	KindEnrolment   Kind = "enrolment"   // an enterprise applies for a certificate; the answer is KindCertificate
	KindCertificate Kind = "certificate" // a registrar's certificate
	KindEvidence    Kind = "evidence"    // consent.Evidence, sealed to the receiver's period key
	// KindRevokedSerials is consent.RevokedSerials, sealed to the receiver's period key.
	KindRevokedSerials Kind = "revoked-serials"
	KindKeyChange      Kind = "key-change" // consent.KeyChange, sealed to the receiver's period key
)

// MaxPost bounds an encoded post, in bytes: the largest is a model package of eight slices.
const MaxPost = ledger.MaxTx

// ErrPost is returned for a post that is malformed, of another chain or kind, or not signed by the member it names.
var ErrPost = errors.New("post refused")

// ErrUnproven is returned for a commit, model or accusation whose proof does not hold.
var ErrUnproven = errors.New("proof does not hold")

// Post is one public message of a member: a transaction whose signature was checked.
type Post struct {
	*ledger.Tx
	Signer engine.Name
}

// Sign encodes body, a message of this kind, and gives the canonical bytes of the signed transaction. sequence is how many
// transactions of the signer stand on the ledger before it; it may stand in blocks up to height expiry.
func Sign(chain engine.Name, kind Kind, signer engine.Name, key ed25519.PrivateKey, sequence, expiry uint64, body any) []byte {
	return ledger.Draft{Chain: chain, Kind: kind, Sender: ledger.Account(signer), Sequence: sequence, Expiry: expiry,
		Body: canonical.Encode(body)}.Sign(key).Bytes()
}

// OpenPost reads a foreign post and checks it against the consortium: its chain, its signer's membership and signature.
func (g *Genesis) OpenPost(b []byte) (*Post, error) {
	tx, err := g.Read(b)
	if err != nil {
		return nil, err
	}
	name, _ := tx.Sender.Account()
	member, known := g.Member(name)
	if !known {
		return nil, fmt.Errorf("%w: signer is not a member of %s", ErrPost, g.Chain)
	}
	if !SignedBy(tx, member.SigningKey) {
		return nil, fmt.Errorf("%w: signature of %s does not verify", ErrPost, name)
	}
	return &Post{Tx: tx, Signer: name}, nil
}

// OpenBare reads a transaction of this kind that a bare key sent, and checks its chain and signature.
func (g *Genesis) OpenBare(kind Kind, b []byte) (tx *ledger.Tx, key [32]byte, err error) {
	if tx, err = g.Read(b); err != nil {
		return nil, key, err
	}
	key, bare := tx.Sender.Key()
	if !bare || tx.Kind != kind || !SignedBy(tx, key) {
		return nil, key, fmt.Errorf("%w: not a %s that its bare key signed", ErrPost, kind)
	}
	return tx, key, nil
}

// Read reads a foreign transaction and checks that it is made for this chain. Its signature is not judged.
func (g *Genesis) Read(b []byte) (*ledger.Tx, error) {
	tx, err := ledger.DecodeTx(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPost, err)
	}
	if tx.Chain != g.Chain {
		return nil, fmt.Errorf("%w: made for another chain", ErrPost)
	}
	return tx, nil
}

// SignedBy tells whether a key signed a transaction. No key, which is zeros, signs nothing: as a point, signatures under it
// can be made without any secret.
func SignedBy(tx *ledger.Tx, key [32]byte) bool {
	claim := ledger.Signature{Key: key, Digest: tx.ID(), Signature: tx.Signature}
	return key != [32]byte{} && claim.Verify()
}

// mayPost says which roles a kind of post is open to.
var mayPost = map[Kind][]Role{
	KindRecords:       {RoleHolder},
	KindModel:         {RoleBank},
	KindApproval:      {RoleHolder, RoleSupervisor},
	KindPeriodKey:     {RoleHolder, RoleBank},
	KindEncapsulation: {RoleHolder},
	KindPairConfirmed: {RoleHolder},
	KindRequest:       {RoleBank},
	KindCommit:        {RoleHolder},
	KindDeclined:      {RoleHolder},
	KindSettlement:    {RoleBank},
	KindAccusation:    {RoleBank},
	KindRetry:         {RoleBank},
	KindAnchor:        {RoleBank, RoleHolder},
	KindReleased:      {RoleHolder},
	KindMissing:       {RoleBank},
	KindAnswer:        {RoleHolder},
}

// SpeaksFor is nil when the party is well-formed and its holder signed the post: nobody speaks for another's sources.
func (p *Post) SpeaksFor(party engine.PartyID) error {
	if _, err := engine.ParsePartyID(string(party)); err != nil {
		return fmt.Errorf("%w: %s by %s: malformed party", ErrPost, p.Kind, p.Signer)
	}
	if party.Holder() != p.Signer {
		return fmt.Errorf("%w: %s speaks for %s", ErrPost, p.Signer, party)
	}
	return nil
}
