package receipt_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"weir/engine"
	"weir/engine/receipt"
	"weir/engine/schema/strictjson"
	"weir/ledger/ledgertest"
	"weir/ledger/proof"
)

func noteKey(t testing.TB, name string, public [32]byte) string {
	t.Helper()
	key, err := proof.VerifierKey(name, public[:])
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func witnessKey(t testing.TB, name string) string {
	t.Helper()
	public := ledgertest.Public(name)
	key, err := proof.CosignatureKey(name, public[:])
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestTrustFiles(t *testing.T) {
	log, witness := noteKey(t, "log", ledgertest.Public("log")), witnessKey(t, "witness")
	trust := &receipt.Trust{Trust: proof.Trust{Chain: "c", Origin: "o", CheckpointKeys: []string{log}, ContractSets: []engine.Digest{{9}},
		Witnesses: proof.Witnesses{Need: 1, Keys: []string{witness}}},
		VerifyingKeys: []receipt.VerifyingKey{{Circuit: "contribution", ID: engine.Digest{1}, Origin: "ceremony:x"}}}
	text := string(trust.Encode())
	again, err := receipt.ParseTrust(strings.NewReader(text), "trust.json")
	if err != nil || !reflect.DeepEqual(again, trust) {
		t.Fatalf("%+v, %v", again, err)
	}
	if again.Development() {
		t.Error("a ceremony's keys are no development keys")
	}
	twin := noteKey(t, "log2", ledgertest.Public("log"))
	for name, change := range map[string][2]string{
		"no JSON": {"{", ""}, "unknown key": {`"chain"`, `"chian"`}, "chain that is no name": {`"c"`, `"a b"`}, "empty origin": {`"o"`, `""`},
		"no key of the log": {`"` + log + `"`, ``}, "a key that is none": {log, "key"}, "a key twice": {`"` + log + `"`, `"` + log + `","` + log + `"`},
		"a key under two names":  {`"` + log + `"`, `"` + log + `","` + twin + `"`},
		"more needed than named": {`"need": 1`, `"need": 2`}, "a negative need": {`"need": 1`, `"need": -1`},
		"a short digest": {engine.Digest{1}.String(), "ab"}, "upper case": {engine.Digest{9}.String(), strings.ToUpper("09" + strings.Repeat("ab", 31))},
		"an origin that is none": {"ceremony:x", "trust me"}, "something after": {"}\n", "} 1"}, "NUL": {`"o"`, `"` + "\x00" + `"`},
		"a circuit twice": {`"verifying_keys": [`, `"verifying_keys": [{"circuit": "contribution", "sha256": "` + engine.Digest{2}.String() + `", "origin": "development"},`},
	} {
		bad := strings.Replace(text, change[0], change[1], 1)
		if bad == text {
			t.Errorf("%s: nothing changed", name)
		}
		var place *strictjson.Error
		if _, err := receipt.ParseTrust(strings.NewReader(bad), "trust.json"); !errors.As(err, &place) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := receipt.ParseTrust(strings.NewReader(strings.Repeat(" ", receipt.MaxTrust+1)), "trust.json"); err == nil {
		t.Error("a file without end")
	}
	minimal := `{"chain": "c", "origin": "o", "checkpoint_keys": ["` + log + `"], "verifying_keys": []}`
	if _, err := receipt.ParseTrust(strings.NewReader(minimal), "trust.json"); err != nil {
		t.Error(err)
	}
}
