package open_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"weir/engine/consent"
	"weir/engine/internal/partytest"
	"weir/engine/period"
)

// Nothing secret that the two steps handle shows its content in any verb of fmt: each prints one short bracketed word,
// by value, by pointer and inside a list.
func TestSecretsDoNotPrint(t *testing.T) {
	a := partytest.New(2)
	p := a.Parties[0]
	task, err := a.Duty(p).Judge()
	if err != nil {
		t.Fatal(err)
	}
	secret, err := period.NewSecret(period.Of(time.Now()), partytest.Stream("period"))
	if err != nil {
		t.Fatal(err)
	}
	contribution, pair, witness := a.Contribute(p), a.Secrets[p].Pairs[a.Parties[1]], a.Sealing.Key.Witness()
	evidence := *task.Consent
	for name, thing := range map[string]any{
		"sealing": *a.Sealing, "pointer to sealing": a.Sealing, "points": a.Points[0], "list of points": a.Points,
		"secret key": *a.Sealing.Key, "pointer to secret key": a.Sealing.Key, "key witness": witness, "pointer to key witness": &witness,
		"period secret": *secret, "pointer to period secret": secret, "pair key": pair, "pointer to pair key": &pair,
		"mask": pair.Mask(a.Label()), "total": period.Sum(p, nil), "secrets": a.Secrets[p],
		"contribution": *contribution, "pointer to contribution": contribution, "task": *task, "pointer to task": task,
		"duty": a.Duty(p), "given": *a.Given, "pointer to given": a.Given, "evidence": evidence, "pointer to evidence": task.Consent,
		"envelope": evidence.Envelope, "certificate": a.Cert, "list of certificates": []consent.Certificate{a.Cert},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q", "%d"} {
			shown := fmt.Sprintf(verb, thing)
			plain := strings.NewReplacer("[]open.SlicePoints{", "[", "[]consent.Certificate{", "[", "}", "]").Replace(shown)
			if len(shown) > 120 || !strings.HasPrefix(plain, "[") || !strings.HasSuffix(plain, "]") {
				t.Errorf("%s shows %d characters under %s: %.60s…", name, len(shown), verb, shown)
			}
			if strings.Contains(shown, a.Subject.Text) {
				t.Errorf("%s names the enterprise under %s", name, verb)
			}
		}
	}
}
