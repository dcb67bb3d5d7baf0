package message

import (
	"encoding/csv"
	"os"
	"strconv"
	"testing"

	"weir/engine/period"
)

const wireSizes = "../../testdata/golden/wire_sizes.csv" // columns what,bytes

// The sizes of everything that is posted or sent for three parties, as bytes of the signed or sealed whole. Names enter:
// chain weir-test, members bank, power, social and tax.
func TestWireSizesAreGolden(t *testing.T) {
	given, _ := giveConsent(t)
	proven := testCommit("tax/vat")
	proven.Proof = make([]byte, MaxProof)
	pair, secret := period.PairOf("power/meter", "tax/vat"), newSecret(t, "size")
	first, second := newSecret(t, "first").Key("power/meter"), secret.Key("tax/vat")
	encapsulation, key, err := period.Encapsulate(testChain, pair, &first, &second)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := period.SealTo(&second, string(KindEvidence), given.Evidence)
	if err != nil {
		t.Fatal(err)
	}
	response := Response{Label: hash("label"), Party: "tax/vat", C1: make([]byte, 75776), C0: make([]byte, 544)}
	want := readSizes(t)
	for what, b := range map[string][]byte{
		"genesis of 7 members":               testGenesis().Encode(),
		"records of 1 feature":               sign(KindRecords, "tax", testRecords(t)),
		"model package of 3 slices":          sign(KindModel, "bank", testPackage()),
		"approval":                           sign(KindApproval, "tax", Approval{Party: "tax/vat"}),
		"period key":                         sign(KindPeriodKey, "tax", second),
		"encapsulation":                      sign(KindEncapsulation, "power", encapsulation),
		"pair confirmation":                  sign(KindPairConfirmed, "tax", key.Confirm("tax/vat", pair, month)),
		"consent":                            given.Public,
		"consent evidence":                   given.Evidence,
		"consent evidence sealed":            sealed,
		"request over 3 roots":               sign(KindRequest, "bank", testRequest()),
		"commit with 2 partners":             sign(KindCommit, "tax", testCommit("tax/vat")),
		"commit with 2 partners and a proof": sign(KindCommit, "tax", proven),
		"declined":                           sign(KindDeclined, "tax", Declined{Party: "tax/vat", Code: DeclinedConsent}),
		"response file":                      response.File(),
	} {
		if got := strconv.Itoa(len(b)); want[what] != got {
			t.Errorf("%s: the row of %s is %q, want %q", what, wireSizes, want[what], what+","+got)
		}
	}
}

func readSizes(t *testing.T) map[string]string {
	file, err := os.Open(wireSizes)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	sizes := map[string]string{}
	for _, row := range rows[1:] {
		sizes[row[0]] = row[1]
	}
	return sizes
}
