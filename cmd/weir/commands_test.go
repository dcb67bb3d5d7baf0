package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/authority/registrard"
	"weir/engine/bank/bankd"
	"weir/engine/consent"
)

// A consortium that is run by commands alone, from an enterprise that nobody knows to its score, with every process killed
// on the way; and everybody who wants something that is not theirs.
func testCommands(t *testing.T, d *deployment) {
	id := enterprises(t, 20)[19] // none of the others'
	w := d.applies(id)
	d.killedRegistrar(enterprises(t, 20)[18])
	d.scores(w, id)
	d.takenBack(w)
	d.killedWallet(w)
	d.refuses(w)
	d.suspended(w)
	d.lostKey(w, id)
	d.nothingInLogs(id, w.key)
}

// fails runs a command that must not succeed, with a status and for a reason.
func (d *deployment) fails(status int, reason string, args ...string) {
	d.t.Helper()
	out, err := d.try(d.t.Context(), args...)
	var failed *commandError
	if !errors.As(err, &failed) || failed.status != status || !strings.Contains(failed.said, reason) {
		d.t.Errorf("weir %s: %q, %v; want status %d: %s", strings.Join(args, " "), out, err, status, reason)
	}
}

// read runs a command that prints JSON.
func (d *deployment) read(into any, args ...string) {
	d.t.Helper()
	if err := json.Unmarshal([]byte(d.weir(append(args, "--json")...)), into); err != nil {
		d.t.Fatalf("weir %s: %v", strings.Join(args, " "), err)
	}
}

// applies is an enterprise that applies for its certificate, and a stranger who applies for the same code.
func (d *deployment) applies(id engine.Identifier) *wallet {
	d.t.Helper()
	w, err := d.newWallet("acme", id)
	if err != nil {
		d.t.Fatal(err)
	}
	stranger, err := d.newWallet("stranger", id)
	if err != nil {
		d.t.Fatal(err)
	}
	const unidentified = "has not identified"
	d.fails(2, "enrol first", "consent", "give", w.path, "--bank", "bank", "--model", string(d.card.Name))
	d.fails(1, unidentified, "consent", "enrol", w.path)
	d.fails(1, unidentified, "consent", "enrol", stranger.path)
	var applied registrard.Applications
	d.read(&applied, "registrar", "applications", d.path("registrar"))
	if n := len(applied.Applications); n != 2 || applied.Applications[0].Key.String() != w.key || applied.Applications[0].Subject != id.Text {
		d.t.Errorf("%d applications", n)
	}
	d.fails(2, "--key", "registrar", "identify", d.path("registrar"), id.Text)
	d.fails(2, "check character", "registrar", "identify", d.path("registrar"), id.Text[:17]+"-", "--key", w.key)
	file := d.path("identified.csv")
	if err := os.WriteFile(file, []byte("subject,key\n"+id.Text+","+w.key+"\n"), 0o600); err != nil {
		d.t.Fatal(err)
	}
	d.weir("registrar", "identify", d.path("registrar"), "--subjects", file)
	d.fails(1, unidentified, "consent", "enrol", stranger.path)
	first := d.weir("consent", "enrol", w.path)
	d.fails(1, unidentified, "consent", "enrol", stranger.path)
	d.fails(1, "revoke it first", "registrar", "identify", d.path("registrar"), id.Text, "--key", stranger.key)
	if err := d.children["registrar"].restart(); err != nil {
		d.t.Fatal(err)
	}
	if again := d.weir("consent", "enrol", w.path); again != first {
		d.t.Errorf("after kill -9 the registrar gives another certificate: %q, %q", first, again)
	}
	d.fails(1, unidentified, "consent", "enrol", stranger.path)
	if err := os.Chmod(w.path, 0o755); err != nil {
		d.t.Fatal(err)
	}
	d.fails(2, "mode 0755", "consent", "list", w.path)
	if err := errors.Join(os.Chmod(w.path, 0o700), os.Chmod(filepath.Join(w.path, "memory", "vault.key"), 0o640)); err != nil {
		d.t.Fatal(err)
	}
	d.fails(2, "mode 0640", "consent", "list", w.path)
	if err := os.Chmod(filepath.Join(w.path, "memory", "vault.key"), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return w
}

// killedRegistrar is an enrolment whose registrar is killed while the applicant waits.
func (d *deployment) killedRegistrar(id engine.Identifier) {
	d.t.Helper()
	w, err := d.newWallet("patient", id)
	if err != nil {
		d.t.Fatal(err)
	}
	w.identify(id)
	d.children["registrar"].kill(syscall.SIGKILL)
	enrolled := make(chan error)
	go func() {
		_, err := w.enrol()
		enrolled <- err
	}()
	d.fails(3, "no daemon", "registrar", "list", d.path("registrar"))
	if err := d.children["registrar"].start(); err != nil {
		d.t.Fatal(err)
	}
	if err := <-enrolled; err != nil {
		d.t.Error(err)
	}
	var list registrard.List
	d.read(&list, "registrar", "list", d.path("registrar"))
	if list.Total != 2 || list.Enterprises[0].State != "certified" || list.Enterprises[1].State != "certified" {
		d.t.Errorf("the register: %+v", list)
	}
}

func (d *deployment) mustGive(w *wallet) engine.Digest {
	d.t.Helper()
	key, err := w.give("30d")
	if err != nil {
		d.t.Fatal(err)
	}
	return engine.Digest(key)
}

// asksFor is the bank's command for a score.
func (d *deployment) asksFor(reference string, key engine.Digest) []string {
	return []string{"bank", "score", d.path("bank"), "--reference", reference, "--model", d.model.String(), "--consent", key.String()}
}

// state is what the wallet's owner reads of a consent.
func (d *deployment) state(w *wallet, key engine.Digest) string {
	d.t.Helper()
	var list []consentLine
	d.read(&list, "consent", "list", w.path)
	for _, l := range list {
		if l.Consent == key {
			return l.State
		}
	}
	return "not a consent of the wallet"
}

func (d *deployment) inState(w *wallet, key engine.Digest, want string) {
	d.t.Helper()
	if got := d.state(w, key); got != want {
		d.t.Errorf("the consent is %q, want %q", got, want)
	}
}

// scores is a score for which every process was killed once.
func (d *deployment) scores(w *wallet, id engine.Identifier) {
	d.t.Helper()
	d.fails(2, "no bank of", "consent", "give", w.path, "--bank", "tax-office", "--model", string(d.card.Name))
	d.fails(1, string(d.card.Name), "consent", "give", w.path, "--bank", "bank", "--model", "another-card")
	key := d.mustGive(w)
	d.inState(w, key, "live")
	for _, c := range d.children {
		if err := c.restart(); err != nil {
			d.t.Fatal(err)
		}
	}
	answer, err := d.score(d.t.Context(), "commands-1", consent.Key(key))
	if err != nil || told(answer.Score, answer.Reasons) != d.reference(id) {
		d.t.Fatalf("the score: %v", err)
	}
	var again bankd.Scored
	d.read(&again, d.asksFor("commands-1", key)...)
	if again.Score != answer.Score || again.Request != answer.Request {
		d.t.Error("the same reference is another score")
	}
	d.inState(w, key, "used up")
	d.weir("supervisor", "settled", d.path("supervisor"), answer.Request.String())
	d.fails(1, "not on the ledger", "supervisor", "settled", d.path("supervisor"), engine.Digest{1}.String())
	var asked []askedLine
	d.read(&asked, "consent", "asked", w.path)
	if len(asked) != 1 || asked[0].State != "settled" || asked[0].Request != answer.Request || asked[0].Bank != "bank" {
		d.t.Errorf("asked: %+v", asked)
	}
}

// takenBack is a consent that the enterprise takes back before the bank asks.
func (d *deployment) takenBack(w *wallet) {
	d.t.Helper()
	key := d.mustGive(w)
	for range 2 { // twice is no error
		d.weir("consent", "revoke", w.path, key.String())
	}
	d.inState(w, key, "revoked")
	d.fails(1, "revoked", d.asksFor("commands-2", key)...)
	live := d.mustGive(w)
	for want, again := range map[int][]string{0: nil, 1: {live.String()}} {
		var resumed struct{ Finished int }
		if d.read(&resumed, append([]string{"consent", "resume", w.path}, again...)...); resumed.Finished != want {
			d.t.Errorf("resumed %d, want %d", resumed.Finished, want)
		}
	}
	d.fails(2, "taken back", "consent", "resume", w.path, key.String())
	d.fails(2, "not a consent of this wallet", "consent", "revoke", w.path, engine.Digest{1}.String())
}

// killedWallet is a command of the wallet that is killed at different moments: afterwards every consent that it remembers stands,
// with its evidence sent, once its owner says resume.
func (d *deployment) killedWallet(w *wallet) {
	d.t.Helper()
	log, err := os.Create(d.path("killed.log"))
	if err != nil {
		d.t.Fatal(err)
	}
	defer log.Close()
	for _, after := range []time.Duration{30, 60, 90, 120, 180} {
		give := &child{log: log, args: []string{"consent", "give", w.path, "--bank", "bank", "--model", string(d.card.Name), "--set", "node.url=http://" + d.address}}
		if err := give.start(); err != nil {
			d.t.Fatal(err)
		}
		wait(d.t.Context(), after*time.Millisecond)
		give.kill(syscall.SIGKILL)
		d.weir("consent", "resume", w.path)
		var list []consentLine
		d.read(&list, "consent", "list", w.path)
		for _, l := range list {
			if l.State == "not published" || len(l.Unsent) > 0 {
				d.t.Errorf("killed after %d ms: %q, not sent to %v", after, l.State, l.Unsent)
			}
		}
	}
}

// refuses is a source that declines; the enterprise reads why, the bank does not.
func (d *deployment) refuses(w *wallet) {
	d.t.Helper()
	d.weir("agent", "pause", d.path("tax"))
	key := d.mustGive(w)
	d.fails(1, "declined", d.asksFor("commands-3", key)...)
	d.weir("agent", "resume", d.path("tax"))
	var refusals []refusalLine
	d.read(&refusals, "consent", "refusals", w.path)
	if len(refusals) != 1 || refusals[0].Party != "tax-office/tax" || refusals[0].Code != "rules" || refusals[0].Reason != "source paused" ||
		refusals[0].Consent != key || refusals[0].Error != "" {
		d.t.Errorf("refusals: %+v", refusals)
	}
}

// suspended is a model that the supervisor suspends and allows again.
func (d *deployment) suspended(w *wallet) {
	d.t.Helper()
	key := d.mustGive(w)
	for range 2 {
		d.weir("supervisor", "suspend", d.path("supervisor"), d.model.String())
	}
	if out := d.weir("supervisor", "models", d.path("supervisor")); !strings.Contains(out, "suspended") {
		d.t.Errorf("models: %s", out)
	}
	d.fails(1, "suspended", d.asksFor("commands-4", key)...)
	d.fails(1, "no sealed model", "consent", "give", w.path, "--bank", "bank", "--model", string(d.card.Name))
	d.weir("supervisor", "lift", d.path("supervisor"), d.model.String())
	if out := d.weir("supervisor", "models", d.path("supervisor")); !strings.Contains(out, "approved") {
		d.t.Errorf("models: %s", out)
	}
	d.fails(1, "not on the ledger", "supervisor", "approve", d.path("supervisor"), engine.Digest{1}.String())
}

// lostKey is an enterprise whose wallet is gone: the registrar revokes, identifies another key, and the holders follow.
func (d *deployment) lostKey(lost *wallet, id engine.Identifier) {
	d.t.Helper()
	old := d.mustGive(lost)
	d.fails(1, "no such enterprise", "registrar", "revoke", d.path("registrar"), enterprises(d.t, 20)[17].Text)
	var revoked registrard.Revoked
	d.read(&revoked, "registrar", "revoke", d.path("registrar"), id.Text)
	if revoked.Told != 4 || revoked.Of != 4 {
		d.t.Errorf("told: %+v", revoked)
	}
	if err := d.children["registrar"].restart(); err != nil {
		d.t.Fatal(err)
	}
	d.fails(1, "given this key up", "consent", "enrol", lost.path)
	found, err := d.newWallet("found", id)
	if err != nil {
		d.t.Fatal(err)
	}
	d.fails(1, "has not identified", "consent", "enrol", found.path)
	found.identify(id)
	if _, err := found.enrol(); err != nil {
		d.t.Fatal(err)
	}
	key := d.mustGive(found)
	answer, err := d.score(d.t.Context(), "commands-5", consent.Key(key))
	if err != nil || told(answer.Score, answer.Reasons) != d.reference(id) {
		d.t.Errorf("the score under the new key: %v", err)
	}
	d.fails(1, "declined", d.asksFor("commands-6", old)...)
}

// nothingInLogs looks for the enterprise and its key in everything that the processes said, and in what lies on disk of
// registrar and wallet.
func (d *deployment) nothingInLogs(id engine.Identifier, key string) {
	d.t.Helper()
	files := []string{d.path("registrar", "memory", "vault.db"), d.path("acme", "memory", "vault.db"), d.path("registrar", "config.yaml"), d.path("acme", "config.yaml")}
	for name := range d.children {
		files = append(files, d.path(name+".log"))
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil || len(b) == 0 {
			d.t.Errorf("%s: %v", file, err)
		}
		for what, canary := range map[string]string{"code": id.Text, "subject": fmt.Sprintf("%x", id.Subject()), "key": key} {
			if strings.Contains(string(b), canary) {
				d.t.Errorf("%s holds the enterprise's %s", file, what)
			}
		}
	}
	if log, err := os.ReadFile(d.path("registrar.log")); err != nil || !strings.Contains(string(log), "enrolment refused") || !strings.Contains(string(log), "told") {
		d.t.Errorf("the registrar's log says nothing: %v", err)
	}
}
