package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/engine"
	"weir/engine/canonical"
	"weir/engine/member/folder"
	"weir/engine/message"
	"weir/engine/model"
	"weir/ledger/api"
	"weir/ledger/contract/governance"
	"weir/ledger/contract/registry"
)

// council is a node as a process of its own, and the folders of members who speak to it by commands.
type council struct {
	t       *testing.T
	root    string
	address string
	node    *child
}

// councilRoles are the members that a council is founded with.
var councilRoles = map[string]string{"bank": "bank", "registrar": "registrar", "supervisor": "supervisor", "tax": "agent", "power": "agent", "social": "agent"}

func newCouncil(t *testing.T) *council {
	t.Helper()
	c := &council{t: t, root: t.TempDir(), address: freeAddress(t)}
	found := []string{"init", "node", c.path("node"), "--name", "operator", "--chain", "weir-test"}
	for name, role := range councilRoles {
		c.init(name, name, role)
		found = append(found, "--member", c.path(name, folder.MemberFile))
	}
	c.ok(found...)
	for name := range councilRoles {
		c.join(name)
	}
	log, err := os.Create(c.path("node.log"))
	if err != nil {
		t.Fatal(err)
	}
	c.node = &child{args: []string{"node", c.path("node"), "--set", "listen.address=" + c.address}, log: log}
	if err := c.node.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.node.kill(syscall.SIGTERM) })
	return c
}

func (c *council) path(parts ...string) string {
	return filepath.Join(append([]string{c.root}, parts...)...)
}

// init makes a member's folder.
func (c *council) init(dir, name, role string) {
	c.t.Helper()
	args := []string{"init", role, c.path(dir), "--name", name}
	if role == "agent" {
		args = append(args, "--source", "records")
	}
	c.ok(args...)
}

// join puts what a member needs to speak to the node into its folder.
func (c *council) join(dir string) {
	c.t.Helper()
	public, err := os.ReadFile(c.path("node", folder.ConsortiumFile))
	if err == nil {
		err = os.WriteFile(c.path(dir, folder.ConsortiumFile), public, 0o644)
	}
	if err == nil {
		err = os.CopyFS(c.path(dir, keysFolder), os.DirFS(c.path("node", keysFolder)))
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// weir runs one command and gives its status, its result and what it said.
func (c *council) weir(args ...string) (status int, out, said string) {
	c.t.Helper()
	var stdout, stderr bytes.Buffer
	status = run(c.t.Context(), args, nil, &stdout, &stderr)
	return status, stdout.String(), stderr.String()
}

func (c *council) ok(args ...string) string {
	c.t.Helper()
	status, out, said := c.weir(args...)
	if status != 0 {
		c.t.Fatalf("weir %v: %d: %s%s", args, status, out, said)
	}
	return out
}

// refused wants a status and a sentence.
func (c *council) refused(want int, sentence string, args ...string) {
	c.t.Helper()
	status, out, said := c.weir(args...)
	if status != want || !strings.Contains(said, sentence) {
		c.t.Errorf("weir %v: status %d, want %d and %q: %s%s", args, status, want, sentence, out, said)
	}
}

func (c *council) at() []string { return []string{"--node", "http://" + c.address} }

// propose gives the id of a proposal.
func (c *council) propose(args ...string) string {
	c.t.Helper()
	out := c.ok(append(append([]string{"governance", "propose"}, args...), append(c.at(), "--json")...)...)
	return c.read(out).ID.String()
}

func (c *council) read(out string) (p shownProposal) {
	c.t.Helper()
	if err := json.Unmarshal([]byte(out), &p); err != nil {
		c.t.Fatalf("%v: %s", err, out)
	}
	return p
}

func (c *council) ballot(dir, id, word string) []string {
	return append([]string{"governance", "vote", c.path(dir), id, word, "--sure", "--json"}, c.at()...)
}

// agree lets members agree and gives what became of the proposal.
func (c *council) agree(id string, dirs ...string) (p shownProposal) {
	c.t.Helper()
	for _, dir := range dirs {
		p = c.read(c.ok(c.ballot(dir, id, "yes")...))
	}
	return p
}

func (c *council) client() *api.Client {
	c.t.Helper()
	consortium, err := folder.ReadConsortium(c.path("node", folder.ConsortiumFile))
	if err != nil {
		c.t.Fatal(err)
	}
	return dialNode(c.t, c.address, consortium)
}

func TestMembersDecideByCommands(t *testing.T) {
	c := newCouncil(t)
	id := c.propose("suspend", c.path("bank"), "power")
	shows := c.ok(append([]string{"governance", "show", id, "--as", c.path("tax")}, c.at()...)...)
	for _, want := range []string{`suspend "power"`, "power has no say in it", "open at block 1", "of each holder: 0 agree, 2 needed; not voted yet: social, tax", "of each supervisor: 0 agree, 1 needed"} {
		if !strings.Contains(shows, want) {
			t.Errorf("%q is not in\n%s", want, shows)
		}
	}
	c.refused(1, "the sender's role allows the transaction: bank is a bank", c.ballot("bank", id, "yes")...)
	c.refused(1, "nobody has a say about itself", c.ballot("power", id, "no")...)
	c.refused(2, "nothing was sent", append([]string{"governance", "vote", c.path("tax"), id, "yes"}, c.at()...)...)
	c.refused(2, "a vote is yes or no", c.ballot("tax", id, "maybe")...)
	c.refused(1, "the proposal stands on the ledger", c.ballot("tax", strings.Repeat("0", 64), "yes")...)
	if p := c.agree(id, "tax"); p.State != governance.Open || len(p.Votes) != 1 {
		t.Errorf("%+v", p)
	}
	c.refused(1, "a member votes once on a proposal: tax has", c.ballot("tax", id, "no")...)
	if p := c.agree(id, "social", "supervisor"); p.State != governance.Enacted || p.Decided == 0 || p.Tally != nil {
		t.Errorf("%+v", p)
	}
	c.refused(1, "the proposal is open: it is enacted", c.ballot("tax", id, "yes")...)
	c.refused(1, "unknown sender", append([]string{"governance", "propose", "suspend", c.path("power"), "tax"}, c.at()...)...)
	for _, args := range [][]string{{}, {"--verified"}} {
		out := c.ok(append(append([]string{"registry", "show", "--as", c.path("supervisor")}, c.at()...), args...)...)
		if !strings.Contains(out, "suspended") {
			t.Errorf("%s", out)
		}
	}
	back := c.propose("lift", c.path("registrar"), "power")
	list := c.ok(append([]string{"governance", "list", "--open", "--verified", "--as", c.path("tax")}, c.at()...)...)
	if strings.Contains(list, id) || !strings.Contains(list, back) {
		t.Errorf("%s", list)
	}
	if p := c.agree(back, "tax", "social", "supervisor"); p.State != governance.Enacted {
		t.Errorf("%+v", p)
	}
	for _, args := range [][]string{
		{"governance", "show", id, "--as", c.path("tax"), "--node", "http://" + freeAddress(t)}, // nobody listens there
	} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		if status := run(ctx, args, nil, new(bytes.Buffer), new(bytes.Buffer)); status != exitUnreachable {
			t.Errorf("%v: %d", args, status)
		}
		cancel()
	}
}

func TestVotesAfterTheEndAreRefused(t *testing.T) {
	c := newCouncil(t)
	id := c.propose("suspend", c.path("bank"), "power", "--open", "2s")
	c.agree(id, "tax")
	if err := wait(t.Context(), 2100*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	c.refused(1, "its time has passed", c.ballot("social", id, "yes")...)
	c.refused(1, "a proposal is open for a while that the rules allow", append([]string{"governance", "propose", "suspend", c.path("bank"), "power", "--open", "721h"}, c.at()...)...)
	if p := c.read(c.ok(append([]string{"governance", "show", id, "--as", c.path("tax"), "--json"}, c.at()...)...)); p.State != governance.Expired {
		t.Errorf("%+v", p)
	}
}

// A newcomer is admitted by votes and has a say from then on; a lost key is replaced, and the old one speaks no more.
func TestAdmissionAndRecovery(t *testing.T) {
	c := newCouncil(t)
	c.init("second", "second", "supervisor")
	c.refused(2, "put the consortium's public file into the folder", "governance", "possess", c.path("second"))
	newcomer := func(dir, chain string) string {
		file := c.path(dir + "-" + chain + ".json")
		if err := os.WriteFile(file, []byte(c.ok("governance", "possess", c.path(dir), "--chain", chain)), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	good := newcomer("second", "weir-test")
	admit := func(file string) []string {
		return append([]string{"governance", "propose", "admit", c.path("tax"), file}, c.at()...)
	}
	c.refused(2, "its proof is for the ledger", admit(newcomer("second", "weir-other"))...)
	c.refused(2, "no proof", admit(c.path("second", folder.MemberFile))...)
	c.init("thief", "third", "supervisor")
	c.refused(1, "the new key signs for the account", admit(mixed(t, good, newcomer("thief", "weir-test")))...)
	id := c.propose("admit", c.path("tax"), good)
	if p := c.agree(id, "tax", "power", "supervisor"); p.State != governance.Enacted {
		t.Fatalf("%+v", p)
	}
	c.join("second")
	suspend := c.propose("suspend", c.path("second"), "bank")
	if p := c.agree(suspend, "tax", "power", "supervisor"); p.State != governance.Open { // of two supervisors more than one has to agree
		t.Errorf("%+v", p)
	}
	if p := c.agree(suspend, "second"); p.State != governance.Enacted {
		t.Errorf("%+v", p)
	}

	c.init("again", "supervisor", "supervisor")
	replaced := newcomer("again", "weir-test")
	c.refused(2, `is of "supervisor", not of "tax"`, append([]string{"governance", "propose", "recover", c.path("tax"), "tax", replaced}, c.at()...)...)
	id = c.propose("recover", c.path("tax"), "supervisor", replaced)
	c.refused(1, "nobody has a say about itself", c.ballot("supervisor", id, "no")...)
	if p := c.agree(id, "tax", "social", "second"); p.State != governance.Enacted {
		t.Fatalf("%+v", p)
	}
	c.join("again")
	lift := c.propose("lift", c.path("tax"), "bank")
	c.refused(1, "signature does not verify", c.ballot("supervisor", lift, "no")...)
	c.agree(lift, "again")
	var a shownAccount
	if err := json.Unmarshal([]byte(c.ok(append([]string{"registry", "show", "supervisor", "--as", c.path("tax"), "--json"}, c.at()...)...)), &a); err != nil {
		t.Fatal(err)
	}
	if len(a.Spans) != 2 || a.Spans[0].Cause != registry.KeyFounded || a.Spans[1].Cause != registry.KeyRecovered || a.Spans[1].Key != a.Key || a.Spans[0].Key == a.Key || a.Spans[1].From == 0 {
		t.Errorf("%+v", a)
	}
}

// mixed is one newcomer's file with another's proof of possession.
func mixed(t *testing.T, file, other string) string {
	t.Helper()
	read := func(file string) (n folder.Newcomer) {
		b, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(b, &n)
		}
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	n := read(file)
	n.Possession = read(other).Possession
	b, err := json.Marshal(n)
	if err == nil {
		err = os.WriteFile(file+".mixed", b, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	return file + ".mixed"
}

func TestParametersByVotes(t *testing.T) {
	c := newCouncil(t)
	stricter := c.path("policy.json")
	if err := os.WriteFile(stricter, []byte(`{"max_resolution": 6}`), 0o644); err != nil {
		t.Fatal(err)
	}
	c.refused(2, "--at", append([]string{"governance", "propose", "policy", c.path("bank"), stricter}, c.at()...)...)
	c.refused(1, "a change is announced some blocks before it takes effect", append([]string{"governance", "propose", "policy", c.path("bank"), stricter, "--at", "1"}, c.at()...)...)
	c.refused(2, "a window of 0 ms", append([]string{"governance", "propose", "windows", c.path("bank"), "--at", "+9", "--commit", "0s", "--anchor", "1m", "--release", "1m", "--settle", "1h"}, c.at()...)...)
	id := c.propose("policy", c.path("bank"), stricter, "--at", "+7")
	if p := c.agree(id, "tax", "power", "supervisor"); p.State != governance.Enacted || !strings.Contains(p.Words, "at most 6 bits") {
		t.Fatalf("%+v", p)
	}
	id = c.propose("windows", c.path("bank"), "--at", "+6", "--commit", "1m", "--anchor", "2m", "--release", "3m", "--settle", "4h")
	if p := c.agree(id, "tax", "power", "supervisor"); p.State != governance.Enacted || !strings.Contains(p.Words, "4h0m0s to settle") {
		t.Fatalf("%+v", p)
	}
	client := c.client()
	parameter := func(name string, into any) {
		set, err := ask[[][]byte](t.Context(), client, governance.Name, "parameter", name)
		if err != nil {
			t.Fatal(err)
		}
		if len(set) == 1 {
			err = canonical.Decode(set[0], 1024, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var policy model.Policy
	var windows governance.Windows
	for policy.MaxResolution != 6 || windows.Commit != 60_000 { // blocks go on
		c.propose("suspend", c.path("bank"), "bank")
		parameter("policy", &policy)
		parameter("windows", &windows)
		if status, err := client.Status(t.Context()); err != nil || status.Height > 30 {
			t.Fatalf("not in force at %+v: %+v, %+v, %v", status, policy, windows, err)
		}
	}
}

// A27: a version that was superseded never comes back; and a node without the version that members activated ends, says what
// it lacks, and does not start again.
func TestVersionsOfContracts(t *testing.T) {
	c := newCouncil(t)
	source := strings.Repeat("ab", 32)
	activate := func(version, at string) []string {
		return append([]string{"governance", "propose", "activate", c.path("tax"), version, "--source", source, "--at", at}, c.at()...)
	}
	c.refused(1, "a version is higher than all that were activated before it", activate("tasks@0.9.0", "+9")...)
	c.refused(1, "a version is higher than all that were activated before it", activate("tasks@1.0.0", "+9")...)
	c.refused(2, "want CONTRACT@VERSION", activate("tasks", "+9")...)
	status, out, said := c.weir(append(activate("tasks@1.1.0", "+6"), "--json")...)
	if status != 0 || !strings.Contains(said, "THIS PROGRAM DOES NOT HAVE tasks@1.1.0") {
		t.Fatalf("%d: %s%s", status, out, said)
	}
	id := c.read(out).ID.String()
	if p := c.agree(id, "tax", "power", "supervisor"); p.State != governance.Enacted {
		t.Fatalf("%+v", p)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.node.cmd.Wait() }()
	key, err := folder.Key(c.path("bank"))
	if err != nil {
		t.Fatal(err)
	}
	proposal := governance.Proposal{Action: governance.Suspend, Body: canonical.Encode(engine.Name("power")), Until: time.Now().Add(time.Hour).UnixMilli()}
	r, err := message.NewAuthor(c.client(), "weir-test", "bank", key).Write(t.Context(), governance.KindPropose, proposal)
	if err != nil || r.Height != 7 { // the last block before the version's
		t.Fatalf("%+v, %v", r, err)
	}
	want := "contract tasks@1.1.0 with source " + source + " judges transactions, and this program does not have it: install a release that does"
	for i := range 2 {
		var exit *exec.ExitError
		select {
		case err := <-ended:
			if !errors.As(err, &exit) || exit.ExitCode() != exitUsage {
				t.Fatalf("the node ended with %v", err)
			}
		case <-time.After(30 * time.Second):
			t.Fatal("the node goes on")
		}
		text, err := os.ReadFile(c.path("node.log"))
		if err != nil || strings.Count(string(text), want) != i+1 {
			t.Errorf("%d: %v: %s", i, err, text)
		}
		if err := c.node.start(); err != nil {
			t.Fatal(err)
		}
		go func() { ended <- c.node.cmd.Wait() }()
	}
	<-ended
	out = c.ok("governance", "show", id, "--as", c.path("tax"), "--store", c.path("node", "ledger", "store"))
	if !strings.Contains(out, "enacted") {
		t.Errorf("what was judged cannot be read: %s", out)
	}
}

// What a node says a proposal is counts for nothing beside the transaction that its id names.
func TestAnotherContentIsRefused(t *testing.T) {
	c := newCouncil(t)
	id := c.propose("suspend", c.path("bank"), "power")
	client := c.client()
	digest, err := engine.ParseDigest(id)
	if err != nil {
		t.Fatal(err)
	}
	lie := lyingAsker{client, func(s *governance.Status) { s.Proposal.Body = canonical.Encode(engine.Name("tax")) }}
	if _, err := findProposal(t.Context(), &view{Asker: lie, Board: client}, digest); !errors.Is(err, errOther) {
		t.Errorf("%v", err)
	}
	lie.change = func(s *governance.Status) { s.By = "tax" }
	if _, err := findProposal(t.Context(), &view{Asker: lie, Board: client}, digest); !errors.Is(err, errOther) {
		t.Errorf("%v", err)
	}
	lie.change = func(*governance.Status) {}
	if _, err := findProposal(t.Context(), &view{Asker: lie, Board: client}, digest); err != nil {
		t.Errorf("%v", err)
	}
}

type lyingAsker struct {
	*api.Client
	change func(*governance.Status)
}

func (l lyingAsker) Ask(ctx context.Context, name engine.Name, answer string, argument []byte) ([]byte, error) {
	s, err := ask[governance.Status](ctx, rawAsker{l.Client, argument}, name, answer, nil)
	if err != nil {
		return nil, fmt.Errorf("ask: %w", err)
	}
	l.change(&s)
	return canonical.Encode(&s), nil
}

// rawAsker puts a question with an argument that is encoded already.
type rawAsker struct {
	*api.Client
	argument []byte
}

func (r rawAsker) Ask(ctx context.Context, name engine.Name, answer string, _ []byte) ([]byte, error) {
	return r.Client.Ask(ctx, name, answer, r.argument)
}
