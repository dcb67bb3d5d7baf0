package seal

import (
	"fmt"
	"strings"
	"testing"
)

// TestSecretsDoNotPrint plants one number in everything secret that leaves this package.
func TestSecretsDoNotPrint(t *testing.T) {
	witness, key := &SliceWitness{}, KeyWitness{}
	witness.M[5], witness.E[5], key.SK[5] = 97, 97, 97
	row := Row{Points: [Groups]uint16{97}}
	selection, message := Selection{5: 97}, Message{Limbs: [Limbs]uint64{97}}
	opened := Opened{Groups: [Groups]int64{97}}
	for _, secret := range []any{row, &row, []Row{row}, *witness, witness, key, &key, selection, &selection, message, &message, opened, &opened,
		struct{ Rows []Row }{[]Row{row}}, *sealed().secret, sealed().secret} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%q"} {
			if text := fmt.Sprintf(verb, secret); strings.Contains(text, "97") || strings.Contains(text, "61") {
				t.Errorf("%s of a %T prints %q", verb, secret, text)
			}
		}
	}
}
