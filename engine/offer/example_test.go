package offer_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"

	"weir/engine"
	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/offer"
)

// A holder approves a sealed model in public; everybody who starts from the same founding document judges it alike.
func Example() {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		fmt.Println(err)
		return
	}
	founding := message.Genesis{Chain: "weir-1", Policy: model.DefaultPolicy(),
		Members: []message.Member{{Name: "tax-office", Role: message.RoleHolder, SigningKey: [32]byte(public)}}}
	genesis, err := message.DecodeGenesis(founding.Encode())
	if err != nil {
		fmt.Println(err)
		return
	}
	post := message.Sign("weir-1", message.KindApproval, "tax-office", private, 0, 100, offer.Approval{Model: engine.Digest{1}, Party: "tax-office/vat"})
	who, what, err := offer.OpenApproval(genesis, post)
	fmt.Println(who, "approves", what.Short(), err)

	post[len(post)-1] ^= 1
	_, _, err = offer.OpenApproval(genesis, post)
	fmt.Println(err)
	// Output:
	// tax-office/vat approves 01000000 <nil>
	// post refused: signature of tax-office does not verify
}
