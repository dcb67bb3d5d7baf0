package badgerdb

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"weir/ledger/ledgertest"
	"weir/ledger/machine"
	"weir/ledger/solo"
)

// childIdle makes the test binary open a ledger, order one transaction, and say how much memory it has resident.
const childIdle = "WEIR_TEST_LEDGER_IDLE"

func idle(folder string) error {
	d, err := Open(folder)
	if err != nil {
		return err
	}
	defer d.Close()
	t := new(testing.T)
	m, err := machine.Open(ledgertest.Config(t, d))
	if err != nil {
		return err
	}
	s, err := solo.Start(solo.Config{Machine: m, Proposer: ledgertest.Sequencer, Origin: ledgertest.Origin, Signer: ledgertest.Signer(t), Clock: time.Now})
	if err != nil {
		return err
	}
	defer s.Close()
	next, err := m.Sequence("carol")
	if err == nil {
		_, err = s.Submit(context.Background(), ledgertest.Tx("carol", next, "count/add", "idle 1").Bytes())
	}
	if err != nil {
		return err
	}
	debug.FreeOSMemory()
	status, err := os.ReadFile("/proc/self/status")
	fmt.Printf("%s\n", status)
	return err
}

// A node with nothing to do is small: the ledger alone, in a process of its own, opened over some thousand entries.
func TestIdleMemory(t *testing.T) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("no /proc here")
	}
	folder := t.TempDir()
	d := open(t, folder)
	m := ledgertest.Found(t, d)
	for n := range uint64(10) {
		ledgertest.Run(t, m, ledgertest.Tx("bob", n, "count/fill", "900"))
	}
	shut(t, d)
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childIdle+"="+folder)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	const limit = 100 << 10
	sizes := map[string]int{}
	for line := range strings.Lines(string(out)) {
		var name string
		var kib int
		if n, _ := fmt.Sscan(line, &name, &kib); n == 2 {
			sizes[name] = kib
		}
	}
	t.Logf("resident %d KiB (anonymous %d, mapped files %d), peak %d KiB", sizes["VmRSS:"], sizes["RssAnon:"], sizes["RssFile:"], sizes["VmHWM:"])
	if sizes["VmRSS:"] == 0 || sizes["VmRSS:"] > limit {
		t.Errorf("%d KiB, limit %d", sizes["VmRSS:"], limit)
	}
}
