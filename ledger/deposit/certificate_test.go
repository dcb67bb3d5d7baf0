package deposit_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"weir/engine"
	"weir/engine/canonical"
	"weir/ledger/deposit"
	"weir/ledger/deposit/timestamp/timestamptest"
)

const text = "the file that somebody will want to have had"

func describe(t testing.TB, depositor engine.Name, file string) *deposit.Document {
	t.Helper()
	d, err := deposit.Describe(strings.NewReader(file), canonical.Stream([]byte("salt"), file), depositor, "file.txt", "text/plain", "a note")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// single is a document, and its certificate.
func single(t testing.TB, c *court) (*deposit.Document, []byte) {
	t.Helper()
	d := describe(t, "alice", text)
	bundle := c.shown(t, "alice", deposit.KindDeposit, deposit.Deposit{Digest: d.Digest(), Count: 1, Public: "case 7"})
	return d, deposit.Assemble(d, deposit.Place{}, bundle, nil)
}

// failed is the check that did not hold, "" where all did.
func failed(err error) deposit.Check {
	var check *deposit.CheckError
	if errors.As(err, &check) && errors.Is(err, deposit.ErrCertificate) {
		return check.Check
	}
	return deposit.Check(fmt.Sprint(err))
}

func TestSingleDeposit(t *testing.T) {
	c := found(t)
	d, certificate := single(t, c)
	v, err := deposit.Verify(strings.NewReader(text), certificate, trust(t))
	if err != nil {
		t.Fatal(err)
	}
	if v.Depositor != "alice" || v.Height != 1 || !v.Time.Equal(c.Head().At()) || v.Public != "case 7" || v.Count != 1 || len(v.Passed) != 7 || !v.Stamped.IsZero() {
		t.Errorf("%+v", v)
	}
	if fmt.Sprint(d) != "[document]" || strings.Contains(fmt.Sprintf("%+v %#v", d, *d), "file.txt") {
		t.Errorf("a document is printed: %v", d)
	}
	t.Logf("a certificate of %d bytes", len(certificate))
}

// No byte of a certificate is free: whatever is changed, a named check fails.
func TestEveryByteIsBound(t *testing.T) {
	_, certificate := single(t, found(t))
	trusted := trust(t)
	checks := map[deposit.Check]int{}
	for i := range certificate {
		for _, flip := range []byte{1, 0x80, 0xff} {
			changed := bytes.Clone(certificate)
			changed[i] ^= flip
			_, err := deposit.Verify(strings.NewReader(text), changed, trusted)
			var check *deposit.CheckError
			if !errors.As(err, &check) {
				t.Fatalf("byte %d changed by %#x: %v", i, flip, err)
			}
			checks[check.Check]++
		}
	}
	for _, certificate := range [][]byte{nil, certificate[:len(certificate)-1], append(bytes.Clone(certificate), 0), make([]byte, deposit.MaxCertificate+1)} {
		if _, err := deposit.Verify(strings.NewReader(text), certificate, trusted); failed(err) != deposit.CheckEncoding {
			t.Errorf("%d bytes: %v", len(certificate), err)
		}
	}
	t.Logf("failed checks: %v", checks)
}

// Each check finds its own fault.
func TestChecksByName(t *testing.T) {
	c := found(t)
	d := describe(t, "alice", text)
	body := deposit.Deposit{Digest: d.Digest(), Count: 1}
	bundle := c.shown(t, "alice", deposit.KindDeposit, body)
	copied := c.shown(t, "bob", deposit.KindDeposit, body)
	refused := c.bundle(t, c.send(t, "alice", deposit.KindDeposit, body).Tx)
	grant := c.shown(t, "alice", deposit.KindGrant, deposit.Grant{Document: d.Digest(), Deposit: d.Digest(), To: "bob"})
	other := c.shown(t, "alice", deposit.KindDeposit, deposit.Deposit{Digest: engine.Digest{1}, Count: 1})
	stolen := *d
	stolen.Depositor = "bob" // another digest: bob did not deposit it
	untrusted := trust(t)
	untrusted.Ledger.Origin = "elsewhere"
	for name, v := range map[string]struct {
		file        string
		certificate []byte
		trust       *deposit.Trust
		want        deposit.Check
	}{
		"another file":          {text + ".", deposit.Assemble(d, deposit.Place{}, bundle, nil), trust(t), deposit.CheckFile},
		"no bundle":             {text, deposit.Assemble(d, deposit.Place{}, nil, nil), trust(t), deposit.CheckLedger},
		"another ledger":        {text, deposit.Assemble(d, deposit.Place{}, bundle, nil), untrusted, deposit.CheckLedger},
		"no deposit":            {text, deposit.Assemble(d, deposit.Place{}, grant, nil), trust(t), deposit.CheckDeposit},
		"refused":               {text, deposit.Assemble(d, deposit.Place{}, refused, nil), trust(t), deposit.CheckDeposit},
		"copied by another":     {text, deposit.Assemble(d, deposit.Place{}, copied, nil), trust(t), deposit.CheckDepositor},
		"under another's name":  {text, deposit.Assemble(&stolen, deposit.Place{}, copied, nil), trust(t), deposit.CheckDigest},
		"another digest":        {text, deposit.Assemble(d, deposit.Place{}, other, nil), trust(t), deposit.CheckDigest},
		"a place in no batch":   {text, deposit.Assemble(d, deposit.Place{Index: 1}, bundle, nil), trust(t), deposit.CheckDigest},
		"a token nobody named":  {text, deposit.Assemble(d, deposit.Place{}, bundle, []byte{1}), trust(t), deposit.CheckStamp},
		"a later format":        {text, canonical.Encode(deposit.Certificate{Version: 2, Document: *d, Bundle: bundle}), trust(t), deposit.CheckEncoding},
		"a name without bounds": {text, deposit.Assemble(&deposit.Document{Depositor: "alice", Name: strings.Repeat("x", 256)}, deposit.Place{}, bundle, nil), trust(t), deposit.CheckEncoding},
	} {
		if _, err := deposit.Verify(strings.NewReader(v.file), v.certificate, v.trust); failed(err) != v.want {
			t.Errorf("%s: %v, want check %s", name, err, v.want)
		}
	}
	broken := errors.New("disk")
	if _, err := deposit.Verify(iotest.ErrReader(broken), deposit.Assemble(d, deposit.Place{}, bundle, nil), trust(t)); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

// A batch is one transaction; each of its documents has a certificate of its own, and no other document has.
func TestBatch(t *testing.T) {
	c := found(t)
	var documents []*deposit.Document
	var digests []engine.Digest
	for i := range 5 {
		documents = append(documents, describe(t, "alice", fmt.Sprint(text, i)))
		digests = append(digests, documents[i].Digest())
	}
	batch, err := deposit.NewBatch(digests)
	if err != nil {
		t.Fatal(err)
	}
	bundle := c.shown(t, "alice", deposit.KindDeposit, batch.Deposit("five"))
	for i, d := range documents {
		for j := range documents {
			_, err := deposit.Verify(strings.NewReader(fmt.Sprint(text, i)), deposit.Assemble(d, batch.Place(j), bundle, nil), trust(t))
			if (err == nil) != (i == j) || i != j && failed(err) != deposit.CheckDigest {
				t.Errorf("document %d at place %d: %v", i, j, err)
			}
		}
	}
	outside := describe(t, "alice", "outside")
	longer := batch.Place(2)
	longer.Path = append(longer.Path, engine.Digest{})
	inner := batch.Place(0)
	inner.Path = inner.Path[1:]
	for name, certificate := range map[string][]byte{"outside": deposit.Assemble(outside, batch.Place(0), bundle, nil), "past the end": deposit.Assemble(outside, deposit.Place{Index: 5}, bundle, nil)} {
		if _, err := deposit.Verify(strings.NewReader("outside"), certificate, trust(t)); failed(err) != deposit.CheckDigest {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, place := range map[string]deposit.Place{"longer": longer, "shorter": inner} {
		if _, err := deposit.Verify(strings.NewReader(fmt.Sprint(text, place.Index)), deposit.Assemble(documents[place.Index], place, bundle, nil), trust(t)); failed(err) != deposit.CheckDigest {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, digests := range [][]engine.Digest{nil, digests[:1], make([]engine.Digest, deposit.MaxCount+1)} {
		if _, err := deposit.NewBatch(digests); !errors.Is(err, deposit.ErrDocument) {
			t.Errorf("a batch of %d: %v", len(digests), err)
		}
	}
}

// The token of an authority is bound by the deposit, byte for byte, whether or not a reader can judge it.
func TestTokensAreBound(t *testing.T) {
	c := found(t)
	d := describe(t, "alice", text)
	token := []byte("not judged without roots")
	bundle := c.shown(t, "alice", deposit.KindDeposit, deposit.Deposit{Digest: d.Digest(), Count: 1, Stamp: canonicalSum(token)})
	for name, v := range map[string]struct {
		token []byte
		want  deposit.Check
	}{"as named": {token, "<nil>"}, "none": {nil, deposit.CheckStamp}, "another": {token[1:], deposit.CheckStamp}} {
		if _, err := deposit.Verify(strings.NewReader(text), deposit.Assemble(d, deposit.Place{}, bundle, v.token), trust(t)); failed(err) != v.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A token that an authority made over the deposited digest shows its time too; one over another digest fails.
func TestTokensAreJudged(t *testing.T) {
	c := found(t)
	d, other := describe(t, "alice", text), describe(t, "alice", "other")
	authority := timestamptest.New(t, d.Digest(), timestamptest.Purpose(true))
	token := authority.Token()
	trusted := trust(t)
	trusted.Stamps = authority.Roots
	bundle := c.shown(t, "alice", deposit.KindDeposit, deposit.Deposit{Digest: d.Digest(), Count: 1, Stamp: canonicalSum(token)})
	v, err := deposit.Verify(strings.NewReader(text), deposit.Assemble(d, deposit.Place{}, bundle, token), trusted)
	if err != nil || !v.Stamped.Equal(timestamptest.Began) {
		t.Fatalf("%+v, %v", v, err)
	}
	bundle = c.shown(t, "alice", deposit.KindDeposit, deposit.Deposit{Digest: other.Digest(), Count: 1, Stamp: canonicalSum(token)})
	if _, err := deposit.Verify(strings.NewReader("other"), deposit.Assemble(other, deposit.Place{}, bundle, token), trusted); failed(err) != deposit.CheckStamp {
		t.Errorf("a token of another digest: %v", err)
	}
}

func TestDescriptionsRefused(t *testing.T) {
	random := canonical.Stream([]byte("salt"), "")
	for name, describe := range map[string]func() (*deposit.Document, error){
		"no depositor": func() (*deposit.Document, error) {
			return deposit.Describe(strings.NewReader(""), random, "", "", "", "")
		},
		"a long name": func() (*deposit.Document, error) {
			return deposit.Describe(strings.NewReader(""), random, "a", strings.Repeat("x", 256), "", "")
		},
		"a long type": func() (*deposit.Document, error) {
			return deposit.Describe(strings.NewReader(""), random, "a", "", strings.Repeat("x", 128), "")
		},
		"a long note": func() (*deposit.Document, error) {
			return deposit.Describe(strings.NewReader(""), random, "a", "", "", strings.Repeat("x", 1025))
		},
		"no text": func() (*deposit.Document, error) {
			return deposit.Describe(strings.NewReader(""), random, "a", "\xff", "", "")
		},
	} {
		if _, err := describe(); !errors.Is(err, deposit.ErrDocument) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, read := range [][2]string{{"file", ""}, {"", "salt"}} {
		broken := errors.New(read[0] + read[1])
		file, salt := iotest.ErrReader(broken), iotest.ErrReader(broken)
		var err error
		if read[0] != "" {
			_, err = deposit.Describe(file, random, "a", "", "", "")
		} else {
			_, err = deposit.Describe(strings.NewReader(""), salt, "a", "", "", "")
		}
		if !errors.Is(err, broken) {
			t.Errorf("%v: %v", read, err)
		}
	}
}
