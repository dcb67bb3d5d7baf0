package inquiry_test

import (
	"encoding/csv"
	"os"
	"strconv"
	"testing"

	"weir/engine/canonical"
	"weir/engine/inquiry"
	"weir/engine/inquiry/reply"
	"weir/engine/internal/messagetest"
	"weir/engine/message"
	"weir/engine/offer"
	"weir/engine/period"
)

const wireSizes = "../../testdata/golden/wire_sizes.csv" // columns what,bytes

// The sizes of everything that is posted or sent for three parties, as bytes of the signed or sealed whole. Names enter:
// chain weir-test, members bank, power, social and tax.
func TestWireSizesAreGolden(t *testing.T) {
	given, _ := messagetest.GiveConsent(t)
	proven := messagetest.Commit("tax/vat")
	proven.Proof = make([]byte, inquiry.MaxProof)
	declined := inquiry.Declined{Party: "tax/vat", Code: inquiry.DeclinedConsent}
	told := declined
	replyKey, err := reply.NewKey(canonical.Stream([]byte("weir/test"), "reply"))
	if err == nil {
		told.Reply, err = reply.Seal(messagetest.Chain, &told, reply.PublicKey(replyKey), reply.EvidenceRefused)
	}
	if err != nil {
		t.Fatal(err)
	}
	pair, secret := period.PairOf("power/meter", "tax/vat"), messagetest.Secret(t, "size")
	first, second := messagetest.Secret(t, "first").Key("power/meter"), secret.Key("tax/vat")
	encapsulation, key, err := period.Encapsulate(messagetest.Chain, pair, &first, &second)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := period.SealTo(&second, string(message.KindEvidence), given.Evidence)
	if err != nil {
		t.Fatal(err)
	}
	response := inquiry.Response{Label: messagetest.Hash("label"), Party: "tax/vat", C1: make([]byte, 75776), C0: make([]byte, 544)}
	want := readSizes(t)
	for what, b := range map[string][]byte{
		"genesis of 7 members":               messagetest.Genesis().Encode(),
		"records of 1 feature":               messagetest.Sign(message.KindRecords, "tax", messagetest.Records(t)),
		"model package of 3 slices":          messagetest.Sign(message.KindModel, "bank", messagetest.Package()),
		"approval":                           messagetest.Sign(message.KindApproval, "tax", offer.Approval{Party: "tax/vat"}),
		"period key":                         messagetest.Sign(message.KindPeriodKey, "tax", second),
		"encapsulation":                      messagetest.Sign(message.KindEncapsulation, "power", encapsulation),
		"pair confirmation":                  messagetest.Sign(message.KindPairConfirmed, "tax", key.Confirm("tax/vat", pair, messagetest.Month)),
		"consent":                            given.Public,
		"consent as sent":                    messagetest.Bare(message.KindConsent, given.Key, given.Public),
		"consent evidence":                   given.Evidence,
		"consent evidence sealed":            sealed,
		"request over 3 roots":               messagetest.Sign(message.KindRequest, "bank", messagetest.Request()),
		"commit with 2 partners":             messagetest.Sign(message.KindCommit, "tax", messagetest.Commit("tax/vat")),
		"commit with 2 partners and a proof": messagetest.Sign(message.KindCommit, "tax", proven),
		"retry":                              messagetest.Sign(message.KindRetry, "bank", inquiry.Retry{}),
		"declined":                           messagetest.Sign(message.KindDeclined, "tax", declined),
		"declined with a reason":             messagetest.Sign(message.KindDeclined, "tax", told),
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
