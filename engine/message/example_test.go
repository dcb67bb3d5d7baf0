package message_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"

	"weir/engine/message"
	"weir/engine/model"
	"weir/engine/period"
)

// A holder posts its key of a month; everybody who starts from the same founding document judges the post alike.
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
	secret, err := period.NewSecret("2026-11", rand.Reader)
	if err != nil {
		fmt.Println(err)
		return
	}
	post := message.Sign("weir-1", message.KindPeriodKey, "tax-office", private, 0, 100, secret.Key("tax-office/vat"))
	key, err := message.OpenPeriodKey(genesis, post, "tax-office/vat", "2026-11")
	fmt.Println(key.Owner, key.Period, err)

	post[len(post)-1] ^= 1
	_, err = message.OpenPeriodKey(genesis, post, "tax-office/vat", "2026-11")
	fmt.Println(err)
	// Output:
	// tax-office/vat 2026-11 <nil>
	// post refused: signature of tax-office does not verify
}
