package badgerdb

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"weir/ledger"
	"weir/ledger/ledgertest"
	"weir/ledger/machine"
)

// The test binary is its own child: with these set it works on a ledger until it is killed.
const (
	childFolder = "WEIR_TEST_LEDGER_FOLDER"
	childStep   = "WEIR_TEST_LEDGER_KILL" // step:height
)

func TestMain(m *testing.M) {
	if folder := os.Getenv(childIdle); folder != "" {
		if err := idle(folder); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	if folder := os.Getenv(childFolder); folder != "" {
		os.Exit(child(folder))
	}
	os.Exit(m.Run())
}

// child opens or founds the ledger, says what it found, and adds blocks, saying so after each, until it is killed: by
// itself at a step of the commit of some block, or by its parent.
func child(folder string) int {
	d, err := Open(folder)
	if err != nil {
		fmt.Println("refused", err)
		return 3
	}
	if step, height, found := strings.Cut(os.Getenv(childStep), ":"); found {
		d.reached = func(at string) {
			next := "0"
			if h, begun := d.Head(); begun {
				next = strconv.FormatUint(h.Height+1, 10)
			}
			if at == step && next == height {
				syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {}
			}
		}
	}
	t := new(testing.T)
	var m *machine.Machine
	if _, begun := d.Head(); begun {
		if m, err = machine.Open(ledgertest.Config(t, d)); err != nil {
			fmt.Println("refused", err)
			return 3
		}
	} else {
		m = ledgertest.Found(t, d)
	}
	fmt.Println("opened", m.Head().Height, m.Head().Digest())
	for {
		n := m.Head().Height
		ledgertest.Run(t, m, blockOf(n)...)
		fmt.Println("acknowledged", m.Head().Height, m.Head().Digest())
	}
}

// blockOf is what the child puts into the block after height n: every run makes the same blocks.
func blockOf(n uint64) []*ledger.Tx {
	return []*ledger.Tx{ledgertest.Tx("alice", n, "count/add", "apples 1"), ledgertest.Tx("bob", n, "count/fill", "5")}
}

// killed runs a child on a folder until it ends, or until so many blocks were acknowledged and then kill -9, and gives
// its lines.
func killed(t *testing.T, folder, step string, blocks int) []string {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childFolder+"="+folder, childStep+"="+step)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	scanner := bufio.NewScanner(out)
	for scanner.Scan() {
		lines = append(lines, scanner.Text())
		if strings.HasPrefix(scanner.Text(), "acknowledged") && len(lines) > blocks {
			if err := c.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	rest, _ := io.ReadAll(out)
	if text := strings.TrimSpace(string(rest)); text != "" {
		lines = append(lines, strings.Split(text, "\n")...)
	}
	c.Wait() // killed: always an error
	return lines
}

// A22, I1: kill -9 at each step of a commit, then again at some later moment. Every block that was acknowledged is there
// afterwards, unchanged; the interrupted one is there wholly or not at all; a replay gives the same ledger.
func TestKilledAtEveryStep(t *testing.T) {
	for _, step := range []string{"begin", "stored", "head written", "head synced", "done"} {
		for _, height := range []int{0, 1, 4} {
			t.Run(fmt.Sprintf("step=%s/height=%d", step, height), func(t *testing.T) {
				t.Parallel()
				folder := t.TempDir()
				first := killed(t, folder, fmt.Sprintf("%s:%d", step, height), 1000)
				if len(first) != height { // opened, and the blocks before
					t.Fatalf("%q", first)
				}
				second := killed(t, folder, "", 3)
				check(t, folder, append(first, second...))
			})
		}
	}
}

// check compares what is in the folder with what children said about it.
func check(t *testing.T, folder string, lines []string) {
	t.Helper()
	d := open(t, folder)
	defer shut(t, d)
	m, err := machine.Open(ledgertest.Config(t, d))
	if err != nil {
		t.Fatal(err)
	}
	said := 0
	for _, line := range lines {
		var word, digest string
		var height uint64
		if _, err := fmt.Sscan(line, &word, &height, &digest); err != nil || word == "refused" {
			t.Fatalf("child: %s", line)
		}
		h, err := m.Header(height)
		if err != nil || h.Digest().String() != digest {
			t.Errorf("%s: now %v", line, err)
		}
		said++
	}
	last := m.Head().Height
	if got := ledgertest.Value(t, m, "apples"); got != strconv.FormatUint(last, 10) || said < 4 {
		t.Errorf("apples = %s at height %d, %d lines", got, last, said)
	}
	again, err := machine.Replay(m, ledgertest.Config(t, new(ledgertest.Memory)))
	if err != nil || again.Head().Digest() != m.Head().Digest() {
		t.Errorf("replay: %v", err)
	}
}
