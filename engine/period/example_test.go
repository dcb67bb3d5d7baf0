package period_test

import (
	"crypto/rand"
	"fmt"
	"time"

	"weir/engine"
	"weir/engine/period"
)

// Two parties agree on a key for a month and mask a sum for one label: what one adds, the other subtracts.
func Example() {
	month := period.Of(time.Date(2026, 11, 5, 12, 0, 0, 0, time.UTC))
	pair := period.PairOf("tax/vat", "power/meter")
	keys := map[engine.PartyID]period.Key{}
	secrets := map[engine.PartyID]*period.Secret{}
	for _, party := range []engine.PartyID{pair.First, pair.Second} {
		secret, err := period.NewSecret(month, rand.Reader)
		if err != nil {
			fmt.Println(err)
			return
		}
		secrets[party], keys[party] = secret, secret.Key(string(party))
	}
	first, second := keys[pair.First], keys[pair.Second]

	// The first encapsulates; the ciphertext is public.
	encapsulation, sent, err := period.Encapsulate("weir-1", pair, &first, &second)
	if err != nil {
		fmt.Println(err)
		return
	}
	received, err := secrets[pair.Second].Decapsulate("weir-1", encapsulation, &first, &second)
	fmt.Println(pair.First, "and", pair.Second, "agree:", sent == received, err)

	label := engine.Digest{1}
	plus := period.Sum(pair.First, map[engine.PartyID]period.Mask{pair.Second: sent.Mask(label)})
	minus := period.Sum(pair.Second, map[engine.PartyID]period.Mask{pair.First: received.Mask(label)})
	fmt.Println("masks cancel:", plus.Mu[0]+minus.Mu[0] == 0)
	// Output:
	// power/meter and tax/vat agree: true <nil>
	// masks cancel: true
}
