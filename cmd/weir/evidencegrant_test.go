package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/engine/canonical"
	"weir/engine/member/control"
	"weir/engine/message"
	"weir/engine/period"
	"weir/ledger/deposit"
)

// A granted document is handed over: the receiver's daemon opens it, nobody else's does, and out comes the depositor's
// certificate.
func TestEvidenceHandOver(t *testing.T) {
	w := foundEvidence(t, 0)
	file := w.file("contract.txt", "we agree")
	certificate := file + certificateSuffix
	want(t, 0, "evidence", "deposit", file, "--as", w.path("bank"))
	to := func(verb string, more ...string) []string {
		return append([]string{"evidence", verb, certificate, "--to", "tax-office/tax", "--as", w.path("bank")}, more...)
	}
	out := w.path("contract.handover")
	if said := want(t, 1, to("hand-over", "--out", out)...); !strings.Contains(said, "no grant") {
		t.Error(said)
	}
	want(t, 2, "evidence", "grant", certificate, "--to", "tax-office/tax", "--as", w.path("tax")) // not the depositor
	want(t, 1, "evidence", "grant", certificate, "--to", "nobody/tax", "--as", w.path("bank"))
	want(t, 0, to("grant")...)
	want(t, 0, to("grant")...) // it stands
	if said := want(t, 1, to("hand-over", "--out", out)...); !strings.Contains(said, "has registered no key") {
		t.Error(said)
	}
	secret := w.register("tax", "tax-office", "tax-office/tax")
	want(t, 0, to("hand-over", "--out", out)...)
	want(t, 2, to("hand-over", "--out", out)...) // the file is there
	if kept, _ := filepath.Glob(w.path("bank", "deposits", "*")); len(kept) != 0 {
		t.Errorf("left over: %q", kept)
	}
	receive := []string{"evidence", "receive", out, "--as", w.path("tax"), "--out", w.path("received")}
	if said := want(t, 3, receive...); !strings.Contains(said, control.ErrNotRunning.Error()) {
		t.Error(said)
	}
	w.daemon("tax", secret)
	want(t, 1, append(receive, "--file", w.file("other.txt", "we do not"))...)
	want(t, 0, append(receive, "--file", file)...)
	if r := w.verify(0, file, w.path("received")); r.Facts.Depositor != "bank" {
		t.Errorf("%+v", r)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/3] ^= 1
	want(t, 1, "evidence", "receive", w.file("spoiled.handover", string(b)), "--as", w.path("tax"), "--out", w.path("again"))
	want(t, 0, to("withdraw")...)
	want(t, 0, to("withdraw")...)
	want(t, 1, to("grant")...) // not again
	want(t, 1, to("hand-over", "--out", w.path("late"))...)
}

// register posts a party's key of the month, as its daemon does.
func (w *evidenceWorld) register(name, holder, party string) *period.Secret {
	w.t.Helper()
	m, err := new(console).openFolder(w.path(name), "")
	if err != nil {
		w.t.Fatal(err)
	}
	_, author, err := m.author()
	if err != nil {
		w.t.Fatal(err)
	}
	secret, err := period.NewSecret(period.Of(time.Now()), canonical.Stream([]byte("test"), holder))
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := author.Write(w.t.Context(), message.KindPeriodKey, secret.Key(party)); err != nil {
		w.t.Fatal(err)
	}
	return secret
}

// daemon answers at a folder's socket as an agent does, with the secret of the month.
func (w *evidenceWorld) daemon(name string, secret *period.Secret) {
	w.t.Helper()
	m, err := new(console).openFolder(w.path(name), "")
	if err != nil {
		w.t.Fatal(err)
	}
	receive := func(transfer []byte) ([]byte, error) {
		t, err := deposit.DecodeTransfer(transfer)
		if err != nil {
			return nil, err
		}
		return t.Receive(m.trust, "tax-office/tax", secret)
	}
	w.begin(name, func(ctx context.Context) error {
		return control.Serve(ctx, w.path(name), map[string]control.Command{control.ReceiveDeposit: control.ReceivingDeposits(receive)})
	})
	for range 100 {
		if _, err := os.Stat(w.path(name, control.Socket)); err == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}
