// Package message is how the members of a consortium speak in public: who they are, what kinds of messages there are, who
// may post which, and how one is signed, found and checked (protocol, section 2). It is for every party and for whoever
// checks them later; what the messages carry is in engine/offer and engine/inquiry.
//
// All of it is canonical bytes, signed. The package states what a board, a content store and a mail carrier are, and is
// none of them; it knows no clock, and refuses every byte string that is not the one encoding of a message within its
// stated size, or that a member posts outside its role.
package message

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"

	"weir/engine"
	"weir/engine/canonical"
)

// Kind says what a message carries; the lists are closed and append-only.
type Kind string

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
)

// MaxPost bounds an encoded post, in bytes: the largest is a model package of eight slices.
const MaxPost = 256 << 10

// ErrPost is returned for a post that is malformed, of another chain or kind, or not signed by the member it names.
var ErrPost = errors.New("post refused")

// ErrUnproven is returned for a commit, model or accusation whose proof does not hold.
var ErrUnproven = errors.New("proof does not hold")

// Post is one public, signed message. The signature is Ed25519 over H("weir/post/v1", [chain, kind, signer, body]).
type Post struct {
	_         struct{} `cbor:",toarray"`
	Chain     engine.Name
	Kind      Kind
	Signer    engine.Name
	Body      []byte
	Signature []byte
}

type signedPart struct {
	_      struct{} `cbor:",toarray"`
	Chain  engine.Name
	Kind   Kind
	Signer engine.Name
	Body   []byte
}

func (p *Post) digest() engine.Digest {
	return canonical.Digest("weir/post/v1", signedPart{Chain: p.Chain, Kind: p.Kind, Signer: p.Signer, Body: p.Body})
}

// Sign encodes body, a message of this kind, and gives the canonical bytes of the signed post.
func Sign(chain engine.Name, kind Kind, signer engine.Name, key ed25519.PrivateKey, body any) []byte {
	p := Post{Chain: chain, Kind: kind, Signer: signer, Body: canonical.Encode(body)}
	digest := p.digest()
	p.Signature = ed25519.Sign(key, digest[:])
	return canonical.Encode(p)
}

// OpenPost reads a foreign post and checks it against the consortium: its chain, its signer's membership and signature.
func (g *Genesis) OpenPost(b []byte) (*Post, error) {
	var p Post
	if err := canonical.Decode(b, MaxPost, &p); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPost, err)
	}
	if p.Chain != g.Chain {
		return nil, fmt.Errorf("%w: made for another chain", ErrPost)
	}
	member, known := g.Member(p.Signer)
	if !known {
		return nil, fmt.Errorf("%w: signer is not a member of %s", ErrPost, g.Chain)
	}
	digest := p.digest()
	if !ed25519.Verify(member.SigningKey[:], digest[:], p.Signature) {
		return nil, fmt.Errorf("%w: signature of %s does not verify", ErrPost, p.Signer)
	}
	return &p, nil
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
}

// OpenAs is OpenPost for a post that must be of the wanted kind, by a member whose role allows it; body receives its
// content, which is not looked at before.
func (g *Genesis) OpenAs(kind Kind, b []byte, body any) (*Post, error) {
	p, err := g.OpenPost(b)
	if err != nil {
		return nil, err
	}
	if p.Kind != kind {
		return nil, fmt.Errorf("%w: of another kind than %s", ErrPost, kind)
	}
	if member, _ := g.Member(p.Signer); !slices.Contains(mayPost[kind], member.Role) {
		return nil, fmt.Errorf("%w: %s by %s, who is a %s", ErrPost, kind, p.Signer, member.Role)
	}
	if err := canonical.Decode(p.Body, MaxPost, body); err != nil {
		return nil, fmt.Errorf("%w: %s by %s: %w", ErrPost, kind, p.Signer, err)
	}
	return p, nil
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
