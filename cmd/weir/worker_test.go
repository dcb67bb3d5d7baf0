package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"weir/engine"
	"weir/engine/holder/agentd"
	"weir/engine/inquiry"
	"weir/engine/member/control"
	"weir/engine/message"
)

// crew is the workers of the deployment's tax agent, each a process of its own.
type crew struct {
	*deployment
	asked int
	ids   []engine.Identifier
}

func (c *crew) hire(name string) {
	c.t.Helper()
	c.child(name, "agent", "worker", c.path("tax"), "--log-level", "debug")
	c.eventually(name+" joins", time.Minute, func(context.Context) error { return c.logged(name, "joined the agent", 1) })
}

// logged tells whether a process said something often enough.
func (c *crew) logged(name, what string, times int) error {
	text, err := os.ReadFile(c.path(name + ".log"))
	if err == nil && strings.Count(string(text), what) < times {
		err = fmt.Errorf("%s did not say %q %d times", name, what, times)
	}
	return err
}

func (c *crew) count(name, what string) int {
	text, err := os.ReadFile(c.path(name + ".log"))
	if err != nil {
		c.t.Fatal(err)
	}
	return strings.Count(string(text), what)
}

// scored asks for a score in the background; the answer is checked against the plaintext, and that it cost one use.
func (c *crew) scored(group *errgroup.Group) {
	i := c.asked
	c.asked++
	id := c.ids[i%len(c.ids)]
	group.Go(func() error {
		key, score, err := c.ask(c.t.Context(), i, id, plain)
		if err != nil {
			return fmt.Errorf("request %d: %w", i, err)
		}
		if want := c.reference(id); score != want {
			return fmt.Errorf("request %d: a wrong score", i)
		}
		c.usedOnce(i, key)
		return c.committedOnce()
	})
}

// committedOnce looks for two commits of one party to one label.
func (c *crew) committedOnce() error {
	found, err := c.client.Find(c.t.Context(), message.KindCommit, "")
	if err != nil {
		return err
	}
	seen := map[string]int{}
	for _, b := range found {
		read, err := inquiry.OpenCommit(c.genesis, b)
		if err != nil {
			return err
		}
		place := message.ContributionKey(read.Commit.Label, read.Party)
		if seen[place]++; seen[place] > 1 {
			return errors.New("two commits of one party to one label")
		}
	}
	return nil
}

// took waits until one of the workers takes a job, and names it.
func (c *crew) took(before map[string]int) (name string) {
	c.t.Helper()
	for range 6000 {
		for worker, n := range before {
			if c.count(worker, "took a job") > n {
				return worker
			}
		}
		if wait(c.t.Context(), 5*time.Millisecond) != nil {
			break
		}
	}
	c.t.Fatal("no worker took a job")
	return ""
}

// taken is how many jobs each worker took so far.
func (c *crew) taken(names ...string) map[string]int {
	before := map[string]int{}
	for _, name := range names {
		before[name] = c.count(name, "took a job")
	}
	return before
}

// Workers of one agent share its proofs; whichever is killed, restarted or lies, every score is given, once and right.
func TestWorkersOfOneAgent(t *testing.T) {
	if testing.Short() {
		t.Skip("about two minutes: real processes and real proofs")
	}
	d := deploy(t, time.Minute)
	d.sealModel()
	c := &crew{deployment: d, ids: enterprises(t, 3)}
	c.hire("worker1")
	c.hire("worker2")

	shared, _ := errgroup.WithContext(t.Context())
	c.scored(shared)
	c.scored(shared)
	c.must("sharing", shared)
	if one, two := c.count("worker1", `"proved"`), c.count("worker2", `"proved"`); one+two != 2 {
		t.Errorf("the workers proved %d and %d of 2", one, two)
	}

	c.killHolder()

	var restarted errgroup.Group
	before := c.taken("worker1", "worker2")
	c.scored(&restarted)
	c.took(before)
	if err := d.children["tax"].restart(); err != nil {
		t.Fatal(err)
	}
	c.must("an agent that was killed", &restarted)
	c.eventually("the workers come back", time.Minute, func(context.Context) error { return c.logged("worker1", "joined the agent", 2) })

	for _, name := range []string{"worker1", "worker2"} {
		d.children[name].kill(syscall.SIGINT)
		if err := c.logged(name, `"stopped"`, 1); err != nil {
			t.Error(err)
		}
	}
	c.liars()
	d.receiptsHold(c.asked)
	c.silent()
}

// silent looks for the enterprises in what was written: logs, and files beside the records.
func (c *crew) silent() {
	c.t.Helper()
	for _, name := range []string{"worker1", "worker2", "tax"} {
		text, err := os.ReadFile(c.path(name + ".log"))
		if err != nil {
			c.t.Fatal(err)
		}
		for _, id := range c.ids {
			subject := id.Subject()
			for _, secret := range [][]byte{[]byte(id.Text), subject[:], []byte(hex.EncodeToString(subject[:])), []byte(base64.StdEncoding.EncodeToString(subject[:]))} {
				if bytes.Contains(text, secret) {
					c.t.Errorf("%s names an enterprise", name)
				}
			}
		}
	}
	files, err := os.ReadDir(c.path("tax"))
	if err != nil {
		c.t.Fatal(err)
	}
	for _, f := range files {
		switch f.Name() {
		case "config.yaml", "consortium.json", "control.sock", "member.json", "memory", "records", "secret.key", "signing.key", "workers.sock",
			"witness.lock", "witness.seen":
		default:
			c.t.Errorf("%s lies in the agent's folder", f.Name())
		}
	}
}

func (c *crew) must(what string, group *errgroup.Group) {
	c.t.Helper()
	if err := group.Wait(); err != nil {
		c.t.Fatalf("%s: %v", what, err)
	}
}

// killHolder kills, with kill -9, a worker that holds a lease: the other one finishes.
func (c *crew) killHolder() {
	c.t.Helper()
	for range 5 {
		var group errgroup.Group
		before := c.taken("worker1", "worker2")
		proved := map[string]int{"worker1": c.count("worker1", `"proved"`), "worker2": c.count("worker2", `"proved"`)}
		c.scored(&group)
		held := c.took(before)
		c.children[held].kill(syscall.SIGKILL)
		other := map[string]string{"worker1": "worker2", "worker2": "worker1"}[held]
		c.must("a killed worker", &group)
		caught := c.count(held, `"proved"`) == proved[held]
		finished := c.count(other, `"proved"`) == proved[other]+1
		if err := c.children[held].start(); err != nil {
			c.t.Fatal(err)
		}
		if caught {
			if !finished {
				c.t.Errorf("%s was killed and %s did not finish its job", held, other)
			}
			return
		}
	}
	c.t.Error("no worker was killed in time")
}

// liars are workers that answer wrongly: nothing of it is used, and the agent ends up without workers.
func (c *crew) liars() {
	c.t.Helper()
	found, err := c.client.Find(c.t.Context(), message.KindCommit, "")
	if err != nil {
		c.t.Fatal(err)
	}
	earlier, err := inquiry.OpenCommit(c.genesis, found[0])
	if err != nil {
		c.t.Fatal(err)
	}
	lies := []struct {
		name  string
		proof []byte
	}{{"garbage", []byte("garbage")}, {"a proof of another job", earlier.Commit.Proof}, {"oversized", bytes.Repeat([]byte{1}, 1<<20)}}
	for _, lie := range lies {
		joined, err := c.tell("join", agentd.ToAgent{Circuit: c.circuit()})
		if err != nil || joined.Status != agentd.StatusOK {
			c.t.Fatalf("%s: %+v, %v", lie.name, joined, err)
		}
		var group errgroup.Group
		c.scored(&group)
		taken := new(agentd.ToWorker)
		for taken.Status != agentd.StatusOK && err == nil {
			taken, err = c.tell("take", agentd.ToAgent{Worker: joined.Worker})
		}
		if err != nil || len(taken.Job) == 0 {
			c.t.Fatalf("%s: %v", lie.name, err)
		}
		said, err := c.tell("give", agentd.ToAgent{Worker: joined.Worker, Lease: taken.Lease, Proof: lie.proof})
		if err != nil || said.Status != agentd.StatusBanned {
			c.t.Errorf("%s: %+v, %v", lie.name, said, err)
		}
		if again, err := c.tell("take", agentd.ToAgent{Worker: joined.Worker}); err != nil || again.Status != agentd.StatusBanned {
			c.t.Errorf("%s: asked again: %+v, %v", lie.name, again, err)
		}
		c.must(lie.name, &group)
	}
	if joined, err := c.tell("join", agentd.ToAgent{Circuit: c.circuit()}); err != nil || joined.Status != agentd.StatusBanned {
		c.t.Errorf("after three lies: %+v, %v", joined, err)
	}
	var out, stderr bytes.Buffer
	if status := run(c.t.Context(), []string{"agent", "worker", c.path("tax")}, nil, &out, &stderr); status != exitFalse {
		c.t.Errorf("a worker after three lies: %d: %s", status, stderr.String())
	}
	if err := c.logged("tax", "a worker gave a wrong result and is not asked any more", 3); err != nil {
		c.t.Error(err)
	}
}

func (c *crew) circuit() engine.Digest {
	id, _ := c.genesis.CircuitID("contribution")
	return id
}

func (c *crew) tell(command string, a agentd.ToAgent) (*agentd.ToWorker, error) {
	answer := new(agentd.ToWorker)
	return answer, control.CallOn(c.t.Context(), c.path("tax"), agentd.WorkersSocket, command, a, answer)
}
